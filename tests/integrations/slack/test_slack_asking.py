"""What people ask of each other, in Slack: the request in a direct message, its answer, and what the message reads afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_talk import ALICE, BOB, clicks, direct
from slack_world import World

from tocsin.acts import asking, incidents, learning
from tocsin.core.facts import MessageDelivered


@pytest.fixture
async def owned(world: World) -> World:
    """INC-1, which Alice owns."""
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await world.settle()
    return world


async def test_a_task_is_asked_for_in_a_direct_message_and_taken_there(owned: World) -> None:
    await asking.delegate(owned.house, ALICE, "INC-1", "bob", "Look at the certificates")
    await owned.settle()

    asked = direct(owned, "bob")[-1]
    assert f"<@{owned.id('alice')}> asks you to do this now, before all other work (T1)" in asked.text
    assert "> Look at the certificates" in asked.text
    assert clicks(asked) == ["accept_task", "decline_task"]

    await owned.click("bob", asked, "accept_task")

    assert f"<@{owned.id('bob')}> takes T1." in owned.thread()[-1]
    assert f"<@{owned.id('bob')}> takes T1." in direct(owned, "alice")[-1].text
    settled = direct(owned, "bob")[-1]
    assert settled.ts == asked.ts
    assert f"T1: <@{owned.id('bob')}> took it." in settled.text
    assert clicks(settled) == ["report_task"]


async def test_a_task_that_is_done_leaves_no_click(owned: World) -> None:
    await asking.delegate(owned.house, ALICE, "INC-1", "bob", "Look at the certificates")
    await owned.settle()
    await owned.click("bob", direct(owned, "bob")[-1], "accept_task")
    await asking.report_task(owned.house, BOB, "INC-1", "T1", "it had run out")
    await owned.settle()

    [asked] = [message for message in direct(owned, "bob") if "T1" in message.text]
    assert "T1 is done: it had run out" in asked.text
    assert clicks(asked) == []


async def test_a_task_that_nobody_answers_is_returned_in_the_message_too(owned: World) -> None:
    await asking.delegate(owned.house, ALICE, "INC-1", "bob", "Look at the certificates")
    await owned.settle()
    await owned.pass_by(timedelta(minutes=11))

    requests = [message for message in direct(owned, "bob") if "T1" in message.text]
    assert requests
    assert all("T1 was returned: no answer by" in message.text for message in requests)
    assert all(clicks(message) == [] for message in requests)
    assert any("T1 is yours again" in message.text for message in direct(owned, "alice"))


async def test_a_handover_is_asked_for_and_accepted_in_a_direct_message(owned: World) -> None:
    await asking.hand_over(owned.house, ALICE, "INC-1", "bob", "certificates, see the thread")
    await owned.settle()

    asked = direct(owned, "bob")[-1]
    assert "asks you to take it over" in asked.text
    assert clicks(asked) == ["accept_handover", "decline_handover"]
    await owned.click("bob", asked, "accept_handover")

    assert (await owned.incident()).owner == "bob"
    settled = direct(owned, "bob")[-1]
    assert f"H1: <@{owned.id('bob')}> took over at" in settled.text
    assert clicks(settled) == []
    assert "You are released." in direct(owned, "alice")[-1].text


async def test_the_delivery_is_on_the_timeline_with_whom_and_how(owned: World) -> None:
    await asking.delegate(owned.house, ALICE, "INC-1", "bob", "Look")
    await owned.settle()

    delivered = [x.what for x in (await owned.incident()).facts if isinstance(x.what, MessageDelivered)]
    assert {(one.does, one.about, one.person, one.via) for one in delivered} == {
        ("ask", "T1", "bob", "slack"),
        ("ask", "T1", "bob", "email"),
    }


async def test_a_follow_up_is_told_with_its_click_which_goes_when_it_is_done(owned: World) -> None:
    await learning.file_follow_up(owned.house, ALICE, "INC-1", "Renew them by machine", "bob")
    await owned.settle()
    told = direct(owned, "bob")[-1]
    assert "gave you the follow-up F1: Renew them by machine" in told.text
    assert clicks(told) == ["follow_up_done"]

    await learning.finish_follow_up(owned.house, ALICE, "INC-1", "F1", "a job does it")
    await owned.settle()
    settled = direct(owned, "bob")[-1]
    assert settled.ts == told.ts
    assert "F1 is done: a job does it" in settled.text
    assert clicks(settled) == []

    await learning.reopen_follow_up(owned.house, ALICE, "INC-1", "F1", "the job fails")
    await owned.settle()
    assert "is not done after all: the job fails" in direct(owned, "bob")[-1].text
    assert clicks(direct(owned, "bob")[-1]) == ["follow_up_done"]


async def test_a_page_for_a_late_duty_is_rewritten_when_it_is_done(owned: World) -> None:
    await owned.pass_by(timedelta(minutes=21))
    late = [message for message in direct(owned, "alice") if "Late:" in message.text]
    assert "next" in clicks(late[-1])

    await incidents.state_next_steps(owned.house, ALICE, "INC-1", "look at the certificates")
    await owned.settle()

    for message in direct(owned, "alice"):
        assert "next" not in clicks(message)
    assert any("Communicate intended next steps: done by" in m.text for m in direct(owned, "alice"))
