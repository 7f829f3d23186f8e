"""A user group and a channel's topic are kept equal to the schedule, and people's own words stay."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_world import World

from tocsin.acts.oncall import looks
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.acts.oncall.schedules import Head, end_schedule, save_schedule
from tocsin.acts.oncall.showing import slack_problems
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.acts.people import save_person
from tocsin.core.oncall.model import Change
from tocsin.core.oncall.written import written_plan
from tocsin.core.work import SHOWS_ON_CALL
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MONDAY = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - local wall clock
HANDOFF = datetime(2026, 3, 9, 9, tzinfo=UTC)
BOB = "On call: Bob Okafor until Mon 9 Mar 09:00 UTC"
ALICE_WEEKLY = "Alice Lee until Mon 9 Mar 09:00 UTC"
ALICE = "On call: Alice Lee until Mon 16 Mar 09:00 UTC"


@pytest.fixture(autouse=True)
def shown(world: World) -> None:
    world.house.abilities |= {SHOWS_ON_CALL}
    world.town.slack.add_group("ops-oncall", "Ops on call", "dan")
    world.town.slack.add_channel("ops", bot_in=False)
    _channel(world).topic = "Operations & more | docs"


def _channel(world: World, name: str = "ops") -> Any:
    channel = world.town.slack.space.channel(name)
    assert channel
    return channel


async def show(world: World, group: str = "@Ops-OnCall", channel: str = "#ops", id: str = "ops") -> None:
    _, kept = await looks.schedule(world.house, id)
    plan = written_plan(kept.schedule.plan)
    head = Head(slack_group=group, slack_channel=channel)
    await save_schedule(world.house, OPERATOR, id, plan, head=head, expected=kept.version)
    await world.settle()


async def pass_by(world: World, span: timedelta) -> None:
    world.clock.advance(span)
    await world.settle()


def calls(world: World, method: str) -> int:
    return sum(one.path.endswith(f"/{method}") for one in world.town.requests)


async def problem(world: World, id: str = "ops") -> str:
    _, kept = await looks.schedule(world.house, id)
    return (await slack_problems(world.house, [kept])).get(id, "")


async def test_both_follow_the_schedule_and_nothing_is_written_twice(world: World) -> None:
    await show(world)
    assert world.town.slack.group("ops-oncall") == ["bob"]
    assert _channel(world).topic == f"Operations & more | docs | {BOB}"

    for _ in range(3):
        await pass_by(world, HOUR)
    assert calls(world, "usergroups.list") >= 3
    assert (calls(world, "usergroups.users.update"), calls(world, "conversations.setTopic")) == (1, 1)

    await pass_by(world, HANDOFF - world.clock.now())
    assert world.town.slack.group("ops-oncall") == ["alice"]
    assert _channel(world).topic == f"Operations & more | docs | {ALICE}"
    assert await problem(world) == ""


async def test_an_override_counts_at_once_and_until_its_end(world: World) -> None:
    await show(world)
    end = world.clock.now() + 2 * HOUR
    await add_override(
        world.house, OPERATOR, "ops", Wish(Change.TAKE, end, ("alice",), "", world.clock.now(), "")
    )
    await world.settle()
    assert world.town.slack.group("ops-oncall") == ["alice"]
    assert "On call: Alice Lee until Mon 2 Mar 11:00 UTC" in _channel(world).topic
    await pass_by(world, 2 * HOUR)
    assert world.town.slack.group("ops-oncall") == ["bob"]
    assert BOB in _channel(world).topic


async def test_what_somebody_changed_by_hand_is_mended_within_the_hour_and_their_words_stay(
    world: World,
) -> None:
    await show(world)
    [group] = world.town.slack.space.groups.values()
    group.users = [world.id("dan")]
    _channel(world).topic = "On call: ask Dan | new docs"
    await pass_by(world, HOUR)
    assert world.town.slack.group("ops-oncall") == ["bob"]
    assert _channel(world).topic == f"{BOB} | new docs"


async def test_where_slack_knows_nobody_of_them_the_topic_says_that_the_group_is_old(world: World) -> None:
    await show(world)
    end = world.clock.now() + 9 * HOUR
    await add_override(world.house, OPERATOR, "ops", Wish(Change.TAKE, end, ("carol",)))
    await world.settle()

    assert world.town.slack.group("ops-oncall") == ["bob"]
    assert "On call: Carol until" in _channel(world).topic
    assert "(@ops-oncall still names who was last)" in _channel(world).topic


async def test_who_has_no_slack_id_is_left_out_and_named_once(world: World) -> None:
    await show(world)
    end = world.clock.now() + 9 * HOUR
    both = Wish(Change.ADD, end, ("carol",), "", world.clock.now(), "")
    await add_override(world.house, OPERATOR, "ops", both)
    await save_person(
        world.house, "bob", name="Bob Okafor", slack_id=world.id("bob"), rights=["respond", "admin"]
    )
    await world.settle()
    assert world.town.slack.group("ops-oncall") == ["bob"]
    assert "Bob Okafor, Carol" in _channel(world).topic
    assert (
        await problem(world)
        == "Carol has no Slack id, and can't be in the user group: enter it with their person"
    )
    await pass_by(world, HOUR)
    await pass_by(world, HOUR)
    told = [one.text for one in world.town.slack.dm("bob") if "does not show who is on call" in one.text]
    assert told == [
        "*Slack does not show who is on call: user group ops-oncall*\n"
        "Carol has no Slack id, and can't be in the user group: enter it with their person"
    ]


async def test_nobody_on_call_keeps_the_group_and_the_topic_says_so(world: World) -> None:
    await show(world)
    end = world.clock.now() + 2 * HOUR
    await add_override(world.house, OPERATOR, "ops", Wish(Change.TAKE, end, (), "", world.clock.now(), ""))
    await world.settle()
    assert world.town.slack.group("ops-oncall") == ["bob"]
    assert _channel(world).topic == (
        "Operations & more | docs | On call: nobody until Mon 2 Mar 11:00 UTC (@ops-oncall still names who was last)"
    )
    assert calls(world, "usergroups.users.update") == 1


async def test_schedules_share_a_group_and_a_channel_by_name_or_id(world: World) -> None:
    await show(world)
    await save_weekly(world.house, "website", zone="UTC", first_handoff=MONDAY, participants=["alice"])
    ids = {one.handle: one.id for one in world.town.slack.space.groups.values()}
    await show(world, ids["ops-oncall"], _channel(world).id, "website")
    assert sorted(world.town.slack.group("ops-oncall")) == ["alice", "bob"]
    topic = _channel(world).topic
    assert topic == f"Operations & more | docs | {BOB.replace(': ', ': ops: ', 1)}; website: {ALICE_WEEKLY}"
    await pass_by(world, HOUR)
    assert _channel(world).topic == topic
    assert calls(world, "conversations.setTopic") == 2


async def test_a_channel_that_is_named_no_more_is_cleared_and_the_group_left_alone(world: World) -> None:
    await show(world)
    world.town.slack.add_channel("other")
    await show(world, channel="other")
    assert _channel(world).topic == "Operations & more | docs"
    assert _channel(world, "other").topic == BOB
    _, kept = await looks.schedule(world.house, "ops")
    await end_schedule(world.house, OPERATOR, "ops", expected=kept.version)
    await world.settle()
    assert _channel(world, "other").topic == ""
    assert world.town.slack.group("ops-oncall") == ["bob"]


async def test_nobody_is_bothered_with_a_place_that_no_schedule_names_any_more(world: World) -> None:
    await show(world)
    await save_person(world.house, "bob", name="Bob", slack_id=world.id("bob"), rights=["respond", "admin"])
    _channel(world).is_archived = True
    await show(world, group="", channel="")
    assert calls(world, "conversations.info") >= 2
    assert (await problem(world), world.town.slack.dm("bob")) == ("", [])


@pytest.mark.parametrize(
    ("group", "channel", "forbidden", "why"),
    [
        ("@nobodys", "", "", "Slack has no user group @nobodys: make it there, or correct the schedule"),
        ("@old", "", "", "the user group @old is disabled: enable it in Slack, or name another"),
        (
            "",
            "#nowhere",
            "",
            "Slack shows no such channel to Tocsin: create it, invite Tocsin there with /invite",
        ),
        ("", "#attic", "", "the channel is archived: take it out of the archive, or name another"),
        ("", "#full", "", "the channel's topic leaves no room for who is on call: shorten it"),
        (
            "@ops-oncall",
            "",
            "usergroups.users.update",
            "lacks the scopes usergroups:read and usergroups:write",
        ),
        ("", "#ops", "conversations.setTopic", "the app lacks the scope channels:manage"),
    ],
)
async def test_what_stands_in_the_way_is_said_and_not_tried_again_and_again(
    world: World, group: str, channel: str, forbidden: str, why: str
) -> None:
    slack = world.town.slack
    slack.add_group("old", "Old")
    slack.space.groups[list(slack.space.groups)[-1]].disabled_at = 1
    slack.add_channel("attic")
    _channel(world, "attic").is_archived = True
    slack.add_channel("full")
    _channel(world, "full").topic = "x" * 250
    if forbidden:
        slack.forbid(forbidden)
    await show(world, group, channel)
    assert why in await problem(world)
    before = len(world.town.requests)
    for _ in range(10):
        await pass_by(world, MINUTE)
    assert len(world.town.requests) - before <= 4
    _channel(world, "attic").is_archived = False
    slack.add_channel("nowhere")
    slack.add_group("nobodys", "Nobody's")
    await pass_by(world, HOUR)
    assert (await problem(world) == "") == (group == "@nobodys" or channel in ("#attic", "#nowhere"))


async def test_slack_asks_to_slow_down_and_is_given_the_time(world: World) -> None:
    world.town.faults.add("slack", "usergroups.users.update", "429", retry_after=30)
    await show(world)
    assert world.town.slack.group("ops-oncall") == ["dan"]
    await pass_by(world, timedelta(seconds=29))
    assert calls(world, "usergroups.users.update") == 1
    await pass_by(world, timedelta(seconds=2))
    assert world.town.slack.group("ops-oncall") == ["bob"]


@pytest.mark.parametrize("method", ["usergroups.users.update", "conversations.setTopic"])
async def test_an_answer_that_was_lost_is_not_written_again(world: World, method: str) -> None:
    world.town.faults.add("slack", method, "lost_answer")
    await show(world)
    await pass_by(world, MINUTE)
    assert (world.town.slack.group("ops-oncall"), BOB in _channel(world).topic) == (["bob"], True)
    assert calls(world, method) == 1


@pytest.mark.parametrize("steps", [40, 80, 120, 160, 200, 260, 320, 400])
async def test_killed_at_any_step_both_are_right_in_the_end_and_written_once(
    world: World, steps: int
) -> None:
    await show(world)
    world.clock.advance(HANDOFF - world.clock.now())
    assert world.link.reach
    node = Engine(world.house, Reaches([world.link.reach, world.mailbox.under("email")]))
    task = asyncio.create_task(node.run_due())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await pass_by(world, 2 * MINUTE)
    assert world.town.slack.group("ops-oncall") == ["alice"]
    assert _channel(world).topic == f"Operations & more | docs | {ALICE}"
    assert (calls(world, "usergroups.users.update"), calls(world, "conversations.setTopic")) == (2, 2)
