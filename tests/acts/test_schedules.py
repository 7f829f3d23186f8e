"""Making, editing and ending schedules: the past stays, a stale edit is refused by name, and a preview changes nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tocsin.acts import looks as everywhere
from tocsin.acts import people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.absences import add_absence
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.schedules import Head, end_schedule, save_schedule
from tocsin.acts.people import remove_person
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.weekly import weekly
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound, TocsinError

ALICE = By(Actor("alice", "web", "Alice"))
CAROL = By(Actor("carol", "web", "Carol"))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LOCAL = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - local wall clock
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def turns(*participants: Any, first: datetime = LOCAL, zone: str = "UTC") -> dict[str, Any]:
    return weekly(zone, first, participants)


async def who(house: House, at: datetime) -> list[str]:
    [one] = await everywhere.on_call(house, "ops", at)
    return [person.handle for person in one.people]


async def people_of(house: House, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    return [(one.person, one.start, one.end) for one in await looks.shifts(house, "ops", start, end)]


async def test_an_edit_moves_no_past_shift(house: House, clock: HandClock) -> None:
    clock.advance(10 * DAY)
    before = await people_of(house, MONDAY, clock.now())

    await save_schedule(house, ALICE, "ops", turns("carol"), expected=1)

    assert await people_of(house, MONDAY, clock.now()) == before
    assert await who(house, clock.now()) == ["carol"]
    assert await who(house, clock.now() - DAY) == ["alice"]


async def test_a_stale_edit_is_refused_and_says_who_was_first(house: House, clock: HandClock) -> None:
    await save_schedule(house, ALICE, "ops", turns("alice"), expected=1)

    with pytest.raises(
        Conflict,
        match=r"ops is at version 2, and you saw 1: alice changed the schedule ops at 2026-03-02 09:00",
    ):
        await save_schedule(house, OPERATOR, "ops", turns("carol"), expected=1)

    assert await who(house, clock.now()) == ["alice"]


async def test_of_two_edits_at_once_on_two_nodes_one_is_refused(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    other = await make_house(pool, clock)

    both = await asyncio.gather(
        save_schedule(house, ALICE, "ops", turns("alice"), expected=1),
        save_schedule(other, OPERATOR, "ops", turns("carol"), expected=1),
        return_exceptions=True,
    )

    [lost] = [one for one in both if isinstance(one, BaseException)]
    assert isinstance(lost, Conflict)
    assert (await looks.schedule(house, "ops"))[1].version == 2


async def test_a_day_of_leave_stays_where_it_was_when_the_zone_changes(
    house: House, clock: HandClock
) -> None:
    clock.advance(14 * timedelta(hours=1) + timedelta(minutes=41))  # 23:41
    await add_absence(house, ALICE, "bob", start=date(2026, 3, 3), end=date(2026, 3, 5))
    clock.advance(DAY)
    before = await people_of(house, MONDAY, clock.now())

    await save_schedule(house, ALICE, "ops", turns("bob", "alice", zone="Asia/Kathmandu"), expected=1)

    assert await people_of(house, MONDAY, clock.now()) == before


async def test_a_version_that_can_not_be_is_a_stale_one(house: House) -> None:
    with pytest.raises(Conflict, match="ops is at version 1, and you saw 99999999999"):
        await save_schedule(house, ALICE, "ops", turns("carol"), expected=99999999999)


async def test_an_edit_that_names_no_version_is_refused(house: House) -> None:
    with pytest.raises(Invalid, match="expected_version is missing: ops is there already") as refused:
        await save_schedule(house, ALICE, "ops", turns("carol"))

    assert refused.value.field == "expected_version"


async def test_a_preview_says_whose_shifts_move_and_changes_nothing(house: House, clock: HandClock) -> None:
    saved = await save_schedule(house, ALICE, "ops", turns("carol"), expected=1, preview=True)

    first = [(one.person, one.gains, one.start, one.end) for one in saved.effect.moves][:2]
    assert first == [("bob", False, MONDAY, MONDAY + WEEK), ("carol", True, MONDAY, MONDAY + 90 * DAY)]
    assert saved.effect.people == ("alice", "bob", "carol")
    assert await who(house, clock.now()) == ["bob"]
    assert (await looks.schedule(house, "ops"))[1].version == 1
    assert [one.words for one in await looks.changes(house, person="bob")] == ["made the schedule ops"]


async def test_a_change_that_opens_a_gap_says_so(house: House) -> None:
    plan = turns("bob")
    plan["layers"][0]["rotations"][0]["until"] = "2026-03-12 09:00"

    saved = await save_schedule(house, ALICE, "ops", plan, expected=1, preview=True)

    [gap] = saved.effect.opens
    assert (gap.schedule, gap.start, gap.end) == ("ops", MONDAY + 10 * DAY, MONDAY + 90 * DAY)


async def test_a_person_who_can_not_be_reached_opens_a_gap(house: House) -> None:
    await people.save_person(house, "zoe", name="Zoe")

    saved = await save_schedule(house, ALICE, "ops", turns("zoe"), expected=1, preview=True)

    assert [(one.start, one.end) for one in saved.effect.opens] == [(MONDAY, MONDAY + 90 * DAY)]


async def test_my_shifts_changed_and_the_log_says_by_whom(house: House) -> None:
    await save_schedule(house, ALICE, "ops", turns("carol"), expected=1)

    [entry] = [one for one in await looks.changes(house, person="bob") if one.before_version == 1]
    assert (entry.by, entry.door, entry.schedule, entry.after_version) == ("alice", "web", "ops", 2)
    assert entry.moves[0]["person"] == "bob"
    assert entry.moves[0]["gains"] is False


async def test_the_history_of_a_schedule_tells_what_a_team_and_leave_did_to_its_shifts(
    house: House, clock: HandClock
) -> None:
    await save_schedule(house, OPERATOR, "tm", turns("team:ops_team"))
    await save_schedule(house, OPERATOR, "both", turns("team:ops_team", "carol"))
    await save_schedule(house, OPERATOR, "other", turns("carol"))
    await people.save_team(house, "ops_team", ["alice"])
    today = clock.now().date()
    await add_absence(house, ALICE, "alice", start=today + 8 * DAY, end=today + 9 * DAY)

    told = {one.what: one for one in await looks.changes(house, schedule="tm")}

    assert {one["schedule"] for one in told["team saved"].moves} == {"tm"}
    assert told["team saved"].people == ("bob",)
    assert told["absence added"].people == ("alice",)
    assert {one.what for one in await looks.changes(house, schedule="other")} == {"schedule saved"}


async def test_a_plan_may_begin_later_and_gives_way_only_when_told(house: House, clock: HandClock) -> None:
    later = clock.now() + 3 * DAY
    await save_schedule(house, ALICE, "ops", turns("carol"), expected=1, since=later)
    assert await who(house, later - timedelta(seconds=1)) == ["bob"]
    assert await who(house, later) == ["carol"]

    with pytest.raises(Conflict, match="Version 2 of ops is to hold from 2026-03-05 09:00 UTC on"):
        await save_schedule(house, ALICE, "ops", turns("alice"), expected=2)
    await save_schedule(house, ALICE, "ops", turns("alice"), expected=2, drop_planned=True)

    assert await who(house, later) == ["alice"]


async def test_what_was_planned_for_later_holds_from_now_on_where_it_takes_its_own_place(
    house: House, clock: HandClock
) -> None:
    later = clock.now() + 3 * DAY
    await save_schedule(house, ALICE, "ops", turns("carol"), expected=1, since=later)

    kept = await save_schedule(house, ALICE, "ops", turns("carol"), expected=2)
    now = await save_schedule(house, ALICE, "ops", turns("carol"), expected=2, drop_planned=True)
    again = await save_schedule(house, ALICE, "ops", turns("carol"), expected=3, drop_planned=True)

    assert (kept.is_changed, now.is_changed, again.is_changed) == (False, True, False)
    assert await who(house, clock.now()) == ["carol"]
    assert [one.since for one in now.kept.schedule.versions][-1] == clock.now()


async def test_a_new_schedule_may_tell_of_what_was_before_tocsin_kept_it(
    house: House, clock: HandClock
) -> None:
    long_ago = turns("bob", first=LOCAL - 52 * WEEK)

    now = await save_schedule(house, OPERATOR, "now", long_ago)
    past = await save_schedule(house, OPERATOR, "past", long_ago, since=clock.now() - 26 * WEEK)

    assert now.is_new
    assert past.kept.version == 1
    assert await looks.shifts(house, "now", MONDAY - WEEK, MONDAY) == []
    assert [one.person for one in await looks.shifts(house, "past", MONDAY - WEEK, MONDAY)] == ["bob"]
    assert await looks.shifts(house, "past", MONDAY - 40 * WEEK, MONDAY - 30 * WEEK) == []


async def test_nothing_new_makes_no_new_version(house: House) -> None:
    saved = await save_schedule(house, ALICE, "ops", turns("bob", "alice"), expected=1)

    assert not saved.is_changed
    assert saved.kept.version == 1


async def test_a_plan_that_is_sent_again_as_it_was_written_changes_nothing(
    house: House, clock: HandClock
) -> None:
    plan = turns("carol", "bob", "alice")
    await save_schedule(
        house, ALICE, "ops", plan, expected=1
    )  # Bob keeps his turn: the plan that is kept says so.
    await save_schedule(house, ALICE, "ops", turns("carol"), expected=2, since=clock.now() + 3 * DAY)
    _, kept = await looks.schedule(house, "ops")

    same = await save_schedule(house, ALICE, "ops", turns("carol"), expected=3)
    clock.advance(DAY)
    back = await save_schedule(house, ALICE, "ops", plan, expected=3, drop_planned=True)
    again = await save_schedule(house, ALICE, "ops", plan, expected=4)

    assert not same.is_changed
    assert len(kept.schedule.versions) == 3
    assert (back.is_changed, again.is_changed) == (True, False)
    assert await who(house, clock.now()) == ["bob"]


async def test_a_name_a_team_and_a_channel_are_edits_too(house: House) -> None:
    head = Head(name="Operations", slack_group="S1", slack_channel="C1")
    saved = await save_schedule(house, ALICE, "ops", turns("bob", "alice"), head=head, expected=1)

    _, kept = await looks.schedule(house, "ops")
    assert (kept.schedule.name, kept.schedule.team, kept.slack_group, kept.slack_channel) == (
        "Operations",
        "ops_team",
        "S1",
        "C1",
    )
    assert kept.version == saved.kept.version == 2
    assert len(kept.schedule.versions) == 2, "the plan is the same"


async def test_a_schedule_that_is_ended_has_nobody_and_its_past_stays(house: House, clock: HandClock) -> None:
    clock.advance(DAY)
    preview = await end_schedule(house, ALICE, "ops", expected=1, preview=True)
    assert await who(house, clock.now()) == ["bob"]
    await end_schedule(house, ALICE, "ops", expected=1)

    assert preview.effect.people == ("alice", "bob")
    assert (await everywhere.roster(house)).on_call == ()
    assert await everywhere.on_call(house) == []
    assert await people_of(house, MONDAY, clock.now() + DAY) == [("bob", MONDAY, MONDAY + DAY)]
    with pytest.raises(NotFound, match="There is no schedule ops; there are: none"):
        await everywhere.on_call(house, "ops")


async def test_an_ended_schedule_can_be_made_anew(house: House, clock: HandClock) -> None:
    clock.advance(DAY)
    await end_schedule(house, ALICE, "ops", expected=1)
    clock.advance(DAY)

    saved = await save_schedule(house, ALICE, "ops", turns("carol"))

    assert (saved.is_new, saved.kept.version) == (True, 3)
    assert await people_of(house, MONDAY, MONDAY + 3 * DAY) == [
        ("bob", MONDAY, MONDAY + DAY),
        ("carol", MONDAY + 2 * DAY, MONDAY + 3 * DAY),
    ]


async def test_a_past_shift_stays_when_a_team_changes(house: House, clock: HandClock) -> None:
    await save_schedule(house, ALICE, "ops", turns("team:ops_team"), expected=1)
    clock.advance(DAY)

    effect = await people.save_team(house, "ops_team", ["alice", "carol"], ALICE)

    assert effect.people == ("bob", "carol")
    assert await who(house, clock.now() - timedelta(seconds=1)) == ["alice", "bob"]
    assert await who(house, clock.now()) == ["alice", "carol"]
    assert (await looks.schedule(house, "ops"))[1].version == 3


async def test_who_leaves_goes_from_every_schedule_and_it_says_what_opens(
    house: House, clock: HandClock
) -> None:
    await save_schedule(house, OPERATOR, "web", turns("bob"), head=Head(team="ops_team"))
    clock.advance(DAY)

    seen = await remove_person(house, "bob", ALICE, preview=True)
    assert "bob" in (await people.everybody(house)).people
    left = await remove_person(house, "bob", ALICE)

    assert seen == left
    assert (left.teams, left.schedules) == (("ops_team",), ("ops", "web"))
    assert [(one.schedule, one.start) for one in left.effect.opens] == [("web", clock.now())]
    assert await people_of(house, MONDAY, MONDAY + DAY) == [("bob", MONDAY, MONDAY + DAY)]
    assert "bob" not in [
        one.person for one in await looks.shifts(house, "ops", clock.now(), clock.now() + 4 * WEEK)
    ]


async def test_another_node_reads_only_what_changed(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    other = await make_house(pool, clock)
    await save_schedule(house, OPERATOR, "web", turns("carol"))
    first = (await people.everybody(other)).kept

    await save_schedule(house, ALICE, "ops", turns("alice"), expected=1)

    second = (await people.everybody(other)).kept
    assert second["web"] is first["web"]
    assert second["ops"].version == 2


async def test_a_plan_that_can_not_be_read_stops_no_other_schedule(house: House, pool: asyncpg.Pool) -> None:
    await save_schedule(house, OPERATOR, "web", turns("carol"))
    await pool.execute(
        "UPDATE schedule_versions SET plan = '{\"zone\": \"Mars/Base\"}' WHERE schedule = 'web'"
    )
    await people.save_person(house, "zoe")
    fresh = await make_house(pool, house.clock)

    assert (await everywhere.roster(fresh)).on_call == ("bob",)


@pytest.mark.parametrize(
    ("by", "id", "given", "error", "words"),
    [
        (CAROL, "ops", {"expected": 1}, Forbidden, "carol can't change the schedule ops: ask somebody of ops_team or an admin"),
        (ALICE, "web", {}, Forbidden, "ask an admin, since it is no team's"),
        (ALICE, "Web Ops", {"head": Head(team="ops_team")}, Invalid, "'Web Ops' is no id for a schedule"),
        (ALICE, "ops", {"expected": 1, "head": Head(team="zebras")}, NotFound, "There is no team zebras; there are: ops_team"),
        (ALICE, "ops", {"expected": 1, "since": MONDAY - DAY}, Invalid, "an edit never moves a past shift"),
        (ALICE, "ops", {"expected": 1, "since": LOCAL}, Invalid, "since has no zone"),
        (ALICE, "gone", {"expected": 4}, Conflict, "There is no schedule gone any more"),
        (ALICE, "ops", {"expected": 1, "plan": turns("zoe")}, Invalid, "nobody is called zoe"),
        (ALICE, "ops", {"expected": 1, "plan": turns("bob", zone="Mars/Base")}, Invalid, "no time zone"),
        (ALICE, "ops", {"expected": 1, "plan": {"zone": "UTC", "layers": [{"calendar": "x"}]}}, Invalid, "there is no calendar x; there are: none"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_by_name(
    house: House, by: By, id: str, given: dict[str, Any], error: type[TocsinError], words: str
) -> None:
    plan = given.pop("plan", turns("alice"))

    with pytest.raises(error, match=words):
        await save_schedule(house, by, id, plan, **given)
