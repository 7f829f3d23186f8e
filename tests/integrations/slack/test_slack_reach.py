"""What goes out to Slack, and that nothing goes out twice: lost answers, slow-downs, outages, refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from slack_talk import ALICE, clicks
from slack_world import World

from tocsin.acts import asking, incidents, looks
from tocsin.clock import HandClock
from tocsin.core import work as w
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.work import Delivered, Desk, Later, Outcome, Refused, Work
from tocsin.integrations.slack import connect
from tocsin.settings import read_settings
from town.specs import check_slack_request

BOB = Actor("bob", "web", "Bob")
UNDESCRIBED = {"conversations.join"}
"""Of these the description, trimmed, no longer says which arguments they take."""
NO_ANSWER = ["lost_answer", "timeout", "503"]


async def carry_out(world: World, work: Work, attempt: int = 1) -> Outcome:
    view = await looks.case(world.house, "INC-1", TOCSIN)
    roster = await looks.roster(world.house)
    desk = Desk(view.incident, view.handbook, roster, world.house.places, world.clock.now(), world.house.sign)
    assert world.link.reach
    return await world.link.reach.carry_out(work, desk, attempt)


async def test_the_root_message_bears_its_key_and_where_it_is_becomes_the_evidence(world: World) -> None:
    await world.declare()

    thread = (await world.incident()).thread
    root = world.root()
    assert thread
    assert (thread.channel, thread.message) == (root.channel, root.ts)
    assert root.metadata == {"event_type": "tocsin", "event_payload": {"key": "INC-1/open-thread"}}
    assert root.ts in thread.url


@pytest.mark.parametrize("fault", NO_ANSWER)
async def test_the_thread_is_opened_once_although_the_answer_was_lost(world: World, fault: str) -> None:
    world.town.faults.add("slack", "chat.postMessage", fault, times=1)
    world.quick()
    await world.declare()

    await world.pass_by(timedelta(minutes=2))

    assert len(world.town.slack.messages("incidents")) == 1
    assert (await world.incident()).thread


@pytest.mark.parametrize("fault", NO_ANSWER)
async def test_a_reply_is_posted_once_although_the_answer_was_lost(world: World, fault: str) -> None:
    world.quick()
    await world.declare()
    world.town.faults.add("slack", "chat.postMessage", fault, times=1)
    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()

    await world.pass_by(timedelta(minutes=2))

    assert len([text for text in world.thread() if "I'm on it." in text]) == 1


async def test_a_page_reaches_once_although_the_answer_was_lost(world: World) -> None:
    world.town.faults.add("slack", "chat.postMessage", "lost_answer", times=1)
    await world.declare()

    await world.pass_by(timedelta(minutes=1))

    assert len(world.town.slack.dm("bob")) == 1


async def test_a_page_that_arrived_unseen_is_rewritten_though_it_was_answered_before_the_next_try(
    world: World,
) -> None:
    world.town.faults.add("slack", "chat.postMessage", "lost_answer", times=1)
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await world.pass_by(timedelta(minutes=1))

    [page] = world.town.slack.dm("bob")
    assert "is on it since" in page.text
    assert "own" not in clicks(page)


async def test_a_page_that_did_not_arrive_is_not_sent_once_somebody_has_it(world: World) -> None:
    world.town.faults.add("slack", "chat.postMessage", "503", times=1)
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await world.pass_by(timedelta(minutes=1))

    assert world.town.slack.dm("bob") == []


async def test_a_request_that_arrived_unseen_is_rewritten_though_it_was_answered_before_the_next_try(
    world: World,
) -> None:
    world.quick()
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()
    world.town.faults.add("slack", "chat.postMessage", "lost_answer", times=1)
    await asking.delegate(world.house, BOB, "INC-1", "alice", "look at the logs")
    await world.settle()
    await asking.accept_task(world.house, ALICE, "INC-1", "T1")

    await world.pass_by(timedelta(minutes=1))

    [asked] = world.town.slack.dm("alice")
    assert "accept_task" not in clicks(asked)


async def test_a_slow_down_is_kept_to(world: World) -> None:
    await world.declare()
    world.town.faults.add("slack", "chat.update", "429", retry_after=30)

    outcome = await carry_out(world, Work(w.THREAD_CARD, "card", "card/1"))

    assert outcome == Later("Slack asks to slow down", timedelta(seconds=30))


async def test_an_outage_is_waited_out_and_what_comes_late_says_so(world: World, clock: HandClock) -> None:
    await world.declare()
    world.town.faults.add("slack", "*", "503", times=1000)
    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()
    clock.advance(timedelta(minutes=3))
    await world.settle()
    world.town.faults.clear()

    await world.pass_by(timedelta(minutes=5))

    assert [text for text in world.thread() if text.startswith("late, from 09:00 UTC: ")]


async def test_a_message_that_somebody_deleted_is_refused_with_why(world: World) -> None:
    await world.declare()
    world.town.slack.desk.delete(world.root())

    outcome = await carry_out(world, Work(w.THREAD_CARD, "card", "card/1"))

    assert isinstance(outcome, Refused)
    assert "somebody deleted it (message_not_found)" in outcome.why


async def test_a_wrong_token_is_refused_with_what_to_do(world: World) -> None:
    await world.declare()
    world.town.slack._api._bot_token = "xoxb-new"

    outcome = await carry_out(world, Work(w.THREAD_CARD, "card", "card/1"))

    assert isinstance(outcome, Refused)
    assert "check TOCSIN_SLACK_BOT_TOKEN" in outcome.why


async def test_a_missing_channel_is_named(world: World) -> None:
    await world.declare()
    link = connect(
        read_settings(
            {
                "TOCSIN_SLACK_BOT_TOKEN": world.town.slack.bot_token,
                "TOCSIN_SLACK_SIGNING_SECRET": "s",
                "TOCSIN_SLACK_BASE_URL": f"{world.town.url}/slack/api/",
                "TOCSIN_SLACK_CHANNEL": "#incident",
            }
        )
    )
    assert link
    world.link = link  # type: ignore[assignment]

    outcome = await carry_out(world, Work(w.THREAD_OPEN, "thread", "thread/2"))
    await link.aclose()

    assert isinstance(outcome, Refused)
    assert "there is no channel #incident that Tocsin can see" in outcome.why


async def test_a_page_to_somebody_whom_slack_does_not_know_says_which_id_to_correct(world: World) -> None:
    await world.declare()

    payload = {"person": "bob", "address": "U0NOBODY", "why": "first step"}
    outcome = await carry_out(world, Work(w.PAGE, "p", "p/1", payload=payload))

    assert isinstance(outcome, Refused)
    assert "correct the Slack id of the person" in outcome.why


async def test_an_unreachable_slack_is_tried_later(world: World) -> None:
    await world.declare()
    link = connect(
        read_settings(
            {
                "TOCSIN_SLACK_BOT_TOKEN": "xoxb-1",
                "TOCSIN_SLACK_SIGNING_SECRET": "s",
                "TOCSIN_SLACK_BASE_URL": "http://127.0.0.1:9/api/",
            }
        )
    )
    assert link
    world.link = link  # type: ignore[assignment]

    outcome = await carry_out(world, Work(w.THREAD_CARD, "card", "card/1"))
    await link.aclose()

    assert isinstance(outcome, Later)
    assert outcome.why.startswith("Slack can't be reached")


async def test_a_reminder_of_a_duty_that_was_done_meanwhile_is_not_sent(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")
    before = len(world.town.slack.dm("bob"))

    payload = {"person": "bob", "address": world.id("bob"), "duty": "own"}
    outcome = await carry_out(world, Work(w.REMIND, "r", "r/1", payload=payload))

    assert outcome == Delivered()
    assert len(world.town.slack.dm("bob")) == before


async def test_who_owes_a_late_duty_is_reminded_alone_first(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")

    await world.pass_by(timedelta(minutes=11))

    reminders = [
        message for message in world.town.slack.dm("bob") if "Communicate intended next steps" in message.text
    ]
    assert len(reminders) == 1
    offered = [button[0] for button in reminders[0].buttons]
    assert offered == ["next", "snooze", "hand_over", "open_thread", "open_page"]


async def test_loud_messages_show_in_the_channel_as_well(world: World) -> None:
    await world.declare()
    await world.command("bob", "own")

    await world.command("bob", "resolve restarted | the check is green")

    loud = [m for m in world.town.slack.replies(world.root()) if m.broadcast]
    assert any("*Resolved* by" in message.text for message in loud)


def calls(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Every call to the Web API with its arguments, whichever way they came."""
    made = []
    for request in world.town.requests:
        method = request.path.rpartition("/slack/api/")[2]
        sent = (
            request.json
            if isinstance(request.json, dict)
            else dict(parse_qsl(f"{request.query}&{request.body}"))
        )
        if "/slack/api/" in request.path and method not in UNDESCRIBED:
            made.append((method, sent))
    return made


async def test_every_call_is_one_that_slack_describes(world: World) -> None:
    world.quick()
    world.town.faults.add("slack", "chat.postMessage", "lost_answer", times=3)
    await world.declare()
    await world.pass_by(timedelta(minutes=2))
    await world.command("carol", "own")
    await world.command("carol", "resolve")
    await world.say("dan", "general", "@tocsin search is empty")

    made = calls(world)
    assert {method for method, _ in made} >= {
        "chat.postMessage", "chat.update", "chat.getPermalink", "conversations.list",
        "conversations.history", "conversations.open", "users.info", "views.open", "chat.postEphemeral",
    }  # fmt: skip
    for method, arguments in made:
        check_slack_request(method, arguments)


async def test_what_slack_refused_for_being_too_much_is_not_sent_there_before(
    world: World, clock: HandClock
) -> None:
    await world.declare()
    world.town.faults.add("slack", "chat.update", "429", times=1, retry_after=30)
    card = Work(w.THREAD_CARD, "card", "card/1")
    await carry_out(world, card)
    clock.advance(timedelta(seconds=10))

    assert await carry_out(world, card) == Later("Slack asks to slow down", timedelta(seconds=20))
    clock.advance(timedelta(seconds=20))
    assert isinstance(await carry_out(world, card), Delivered)
