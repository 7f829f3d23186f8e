"""Pages in Slack that are out of date, over real signed HTTP with the town: which buttons stay, what they say, and what an old one does."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest
from slack_talk import clicks, direct
from slack_world import World

from alert_steps import KEY
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.receipts import Heard
from tocsin.core.alerting.alert import opening_of
from tocsin.core.case import Actor

BUTTONS = ["alert_ack", "alert_close", "alert_more"]
ALICE = Actor("alice", "web")


@pytest.fixture
async def paging(world: World) -> World:
    """Bob, who is on call, is paged for A-1; Slack is all that pages go by."""
    world.house.given = {one.via: one for one in world.link.given_channels}
    world.house.receipts = Heard(world.house)
    await open_alert(world.house, KEY, opening_of("The disk is full", priority="P1"))
    await world.settle()
    return world


def shown(world: World, who: str) -> list[tuple[str, list[str]]]:
    """The last line of each message to them, and what can be pressed there."""
    return [(one.text.rpartition("\n")[2], clicks(one)) for one in direct(world, who)]


async def test_reassigned_the_old_page_has_no_button_and_whoever_still_sees_one_is_told_by_name(
    paging: World,
) -> None:
    still_shown = deepcopy(direct(paging, "bob")[0])
    await deeds.reassign(paging.house, ALICE, "A-1", ["person:alice"])
    await paging.settle()

    assert shown(paging, "bob") == [("Alice Lee reassigned it to Alice Lee.", [])]
    assert [pressed for _, pressed in shown(paging, "alice")] == [BUTTONS]
    await paging.click("bob", still_shown, "alert_ack")
    assert "A-1: Alice Lee reassigned it to Alice Lee at 09:" in paging.whispered("bob")
    assert (await alert_of(paging.house, "A-1")).alert.status == "open"


async def test_an_acknowledgement_taken_back_leaves_buttons_on_the_newest_page_only(paging: World) -> None:
    await paging.click("bob", direct(paging, "bob")[0], "alert_ack")
    await paging.pass_by(timedelta(minutes=1))
    await deeds.unacknowledge(paging.house, ALICE, "A-1")
    await paging.pass_by(timedelta(minutes=1))

    [old, new] = shown(paging, "bob")
    assert old == ("It is open again: Alice Lee took the acknowledgement back.", [])
    assert new[1] == BUTTONS


async def test_handed_up_the_first_page_says_by_whom_and_keeps_its_buttons(paging: World) -> None:
    await deeds.escalate_now(paging.house, ALICE, "A-1")
    await paging.settle()

    assert shown(paging, "bob")[0] == ("Alice Lee handed it up.", BUTTONS)
    await paging.click("bob", direct(paging, "bob")[0], "alert_ack")
    assert [pressed for who in ("alice", "bob") for _, pressed in shown(paging, who)] == [[]] * 3
