"""`/tocsin alert …` over signed HTTP: alerts are opened, listed and answered with words, and each wrong word is told so."""

from __future__ import annotations

import pytest
from slack_talk import direct
from slack_world import World

from tocsin.acts.alerting.looks import alert_of, alerts
from tocsin.acts.receipts import Heard


@pytest.fixture
def paging(world: World) -> World:
    world.house.given = {one.via: one for one in world.link.given_channels}
    world.house.receipts = Heard(world.house)
    return world


async def said(world: World, user: str, words: str) -> str:
    await world.command(user, f"alert {words}".strip())
    return world.whispered(user)


async def test_an_alert_is_opened_and_it_is_said_who_is_paged(paging: World) -> None:
    words = await said(paging, "alice", "open P1 the disk of db1 is full")
    assert "A-1" in words
    assert "P1 *the disk of db1 is full*: open" in words
    assert "Bob" in words
    assert "_next_" in words
    assert len(direct(paging, "bob")) == 1


async def test_whom_it_pages_first_may_be_named(paging: World) -> None:
    await said(paging, "bob", "open the disk is full for alice")
    assert len(direct(paging, "alice")) == 1
    assert (await alert_of(paging.house, "A-1")).alert.opening.message == "the disk is full"


async def test_a_name_that_is_nobodys_belongs_to_the_text(paging: World) -> None:
    await said(paging, "bob", "open no space for backups")
    one = (await alert_of(paging.house, "A-1")).alert.opening
    assert (one.message, one.priority) == ("no space for backups", "P3")


async def test_it_is_listed_acknowledged_and_closed(paging: World) -> None:
    assert "No alert is open" in await said(paging, "bob", "list")
    await said(paging, "alice", "open P2 the disk is full")
    assert "P2 the disk is full: open" in await said(paging, "bob", "")
    assert "A-1 is yours" in await said(paging, "bob", "ack A-1")
    assert "acknowledged by bob" in await said(paging, "bob", "list")
    assert "acknowledged it at" in await said(paging, "alice", "ack a-1")
    assert "A-1 is closed" in await said(paging, "bob", "close A-1 emptied it")
    assert "No alert is open" in await said(paging, "bob", "list")


async def test_it_is_snoozed_and_escalated(paging: World) -> None:
    await said(paging, "alice", "open P1 the disk is full")
    assert "A-1 is silent until" in await said(paging, "bob", "snooze A-1 2h")
    assert "A-1 is silent until" in await said(paging, "bob", "snooze A-1")
    assert "A-1 goes to the next people" in await said(paging, "bob", "escalate A-1")


async def test_who_is_paged_is_shown_with_what_became_of_it(paging: World) -> None:
    await said(paging, "alice", "open P1 the disk is full")
    for words in ("who A-1", "show A-1", "A-1"):
        assert "slack handed over" in await said(paging, "alice", words)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("ack", "Say which alert"),
        ("snooze A-1 yesterday", "is no time to come"),
        ("ack A-77", "There is no alert A-77"),
        ("open P1", "Say what is wrong"),
    ],
)
async def test_each_wrong_word_is_told_so(paging: World, words: str, wrong: str) -> None:
    await paging.command("bob", "alert open P1 the disk is full")
    assert wrong in await said(paging, "bob", words)
    assert len(await alerts(paging.house)) == 1


@pytest.mark.parametrize("words", ["open P1 pay me", "list", "close A-1", "escalate A-1", "ack A-1", "A-1"])
async def test_a_stranger_neither_sees_nor_changes_alerts(paging: World, words: str) -> None:
    await paging.command("bob", "alert open P1 the disk is full")
    assert "Only a person" in await said(paging, "dan", words)
    [one] = await alerts(paging.house)
    assert one.status == "open"


async def test_what_only_begins_with_the_word_is_a_report(paging: World) -> None:
    await paging.command("bob", "alert emails are not sent since noon")
    assert (await paging.incident()).title.startswith("alert emails")
    assert await alerts(paging.house) == []


async def test_the_help_names_it(paging: World) -> None:
    await paging.command("bob", "help")
    assert "/tocsin alert open" in paging.whispered("bob")
