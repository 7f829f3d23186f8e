"""Files say what the house is to be: planned first, done as it was reviewed, all or nothing; what lasts for a while is not touched."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from doubles import EVERYTHING
from tocsin.acts import looks as everywhere
from tocsin.acts import people
from tocsin.acts.building import make_house
from tocsin.acts.configuration.applying import Applied, apply
from tocsin.acts.configuration.documents import Documents, configuration
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.absences import absences_of, add_absence
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.overrides import Wish, add_override, overrides_of
from tocsin.acts.oncall.schedules import save_schedule
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.errors import Conflict, Forbidden, Invalid

ALICE, CAROL = By(Actor("alice", "cli", "Alice")), By(Actor("carol", "cli", "Carol"))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def files_of(found: Documents) -> Documents:
    """The documents, free to be changed."""
    return copy.deepcopy(found)


async def exported(house: House) -> Documents:
    return files_of((await configuration(house, OPERATOR))[1])


def rotation(found: Documents, id: str = "ops") -> dict[str, Any]:
    assert found.schedules is not None
    one: dict[str, Any] = found.schedules[id]["layers"][0]["rotations"][0]
    return one


def schedules(**docs: Mapping[str, Any]) -> Documents:
    return Documents(schedules=docs)


def actions(done: Applied) -> dict[tuple[str, str], str]:
    return {(step.kind, step.id): step.action for step in done.steps}


async def who(house: House, at: datetime) -> list[str]:
    [one] = await everywhere.on_call(house, "ops", at)
    return [person.handle for person in one.people]


async def test_what_was_exported_changes_nothing(house: House) -> None:
    done = await apply(house, OPERATOR, await exported(house))

    assert set(actions(done).values()) == {"unchanged"}
    assert (await looks.schedule(house, "ops"))[1].version == 1
    assert done.effect.moves == ()


async def test_an_edit_keeps_whose_turn_it_is_and_says_whose_shifts_move(
    house: House, clock: HandClock
) -> None:
    clock.advance(8 * DAY)
    files = await exported(house)
    rotation(files)["participants"] = ["bob", "carol", "alice"]

    done = await apply(house, OPERATOR, files)

    [change] = done.changes
    assert change.words[0] == "rotation weekly: participants: bob, alice are now bob, carol, alice" or (
        "participants: bob, alice is now bob, carol, alice" in change.words[0]
    )
    assert await who(house, clock.now()) == ["alice"]
    assert await who(house, MONDAY) == ["bob"]
    assert {move.person for move in done.effect.moves} == {"alice", "bob", "carol"}
    again = await apply(house, OPERATOR, files)
    assert again.changes == ()


async def test_a_dry_run_changes_nothing_and_its_plan_is_done_as_it_was_reviewed(house: House) -> None:
    files = await exported(house)
    rotation(files)["participants"] = ["bob", "carol"]

    planned = await apply(house, CAROL, files, dry_run=True)
    assert await apply(house, CAROL, files, dry_run=True) == planned
    before = (await looks.schedule(house, "ops"))[1].version
    done = await apply(house, OPERATOR, files, plan_id=planned.plan_id)

    assert (before, planned.is_applied, done.is_applied) == (1, False, True)
    assert done.plan_id == planned.plan_id
    assert (await looks.schedule(house, "ops"))[1].version == 2


async def test_a_change_in_between_is_refused_and_says_whose_it_was(house: House) -> None:
    files = await exported(house)
    rotation(files)["participants"] = ["bob", "carol"]
    planned = await apply(house, OPERATOR, files, dry_run=True)
    plan = (await exported(house)).schedules["ops"]  # type: ignore[index]
    plan["layers"][0]["rotations"][0]["every"] = "2 weeks"
    await save_schedule(house, ALICE, "ops", {k: plan[k] for k in ("zone", "layers")}, expected=1)

    with pytest.raises(Conflict, match="since then: alice changed the schedule ops at 2026-03-02 09:00 UTC"):
        await apply(house, OPERATOR, files, plan_id=planned.plan_id)

    assert rotation(await exported(house))["participants"] == ["bob", "alice"]


async def test_what_lasts_for_a_while_is_never_touched(house: House) -> None:
    await add_override(house, ALICE, "ops", Wish(Change.TAKE, MONDAY + DAY, ["alice"]))
    await add_absence(house, ALICE, "alice", start=MONDAY + 8 * DAY, end=MONDAY + 9 * DAY)
    files = await exported(house)
    rotation(files)["participants"] = ["bob", "carol", "alice"]

    await apply(house, OPERATOR, files, prune=True)

    assert len(await overrides_of(house, "ops", MONDAY, MONDAY + WEEK)) == 1
    assert len(await absences_of(house, MONDAY, MONDAY + 2 * WEEK)) == 1
    assert await who(house, MONDAY) == ["alice"]


async def test_one_thing_that_is_wrong_changes_nothing_and_all_that_is_wrong_is_told(house: House) -> None:
    files = await exported(house)
    rotation(files)["participants"] = ["carol"]
    files.people["zoe"] = {"name": "Zoe", "email": "bob@acme.example"}  # type: ignore[index]
    files.teams["night"] = ["nina"]  # type: ignore[index]
    files.schedules["night"] = {"zone": "Mars/Olympus", "layers": []}  # type: ignore[index]

    with pytest.raises(Invalid) as why:
        await apply(house, OPERATOR, files)

    places = dict(why.value.places)
    assert set(places) == {"person.zoe", "team.night", "schedule.night"}
    assert "is bob's address already" in places["person.zoe"]
    assert "Nobody is called nina" in places["team.night"]
    assert "no time zone" in places["schedule.night"]
    assert "zoe" not in (await people.everybody(house)).people
    assert rotation(await exported(house))["participants"] == ["bob", "alice"]


async def test_people_teams_and_schedules_that_need_each_other_come_together(house: House) -> None:
    plan = {
        "zone": "UTC",
        "layers": [
            {
                "name": "base",
                "rotations": [
                    {"id": "n", "first_handoff": "2026-03-02 09:00", "participants": ["team:night"]}
                ],
            }
        ],
    }
    files = Documents(
        {"nina": {"name": "Nina", "email": "n@acme.example"}}, {"night": ["nina"]}, None, {"night": plan}
    )

    done = await apply(house, OPERATOR, files)

    assert [(step.kind, step.action) for step in done.changes] == [
        ("person", "create"), ("team", "create"), ("schedule", "create"),
    ]  # fmt: skip
    [one] = await everywhere.on_call(house, "night")
    assert [person.name for person in one.people] == ["Nina"]
    assert ("schedule", "ops") in actions(done)
    assert actions(done)["schedule", "ops"] == "left"


async def test_a_team_that_changes_moves_the_schedules_that_name_it(house: House, clock: HandClock) -> None:
    files = await exported(house)
    rotation(files)["participants"] = ["team:ops_team"]
    await apply(house, OPERATOR, files)
    clock.advance(DAY)

    done = await apply(house, OPERATOR, Documents(teams={"ops_team": ["carol"]}))

    assert actions(done)["schedule", "ops"] == "update"
    assert await who(house, clock.now()) == ["carol"]
    assert await who(house, MONDAY) == ["bob", "alice"] or await who(house, MONDAY) == ["alice", "bob"]
    assert (await looks.schedule(house, "ops"))[1].version == 3


async def test_only_prune_deletes_and_only_of_kinds_that_are_there(house: House) -> None:
    left = await apply(house, OPERATOR, schedules())
    gone = await apply(house, OPERATOR, schedules(), prune=True)

    assert actions(left) == {("schedule", "ops"): "left"}
    assert actions(gone) == {("schedule", "ops"): "delete"}
    assert [gap.schedule for gap in gone.effect.opens] == ["ops"]
    assert await everywhere.on_call(house) == []
    assert set((await people.everybody(house)).people) == {"alice", "bob", "carol"}


async def test_prune_takes_people_out_of_what_stays_but_not_who_does_it(house: House) -> None:
    await people.save_person(house, "dora", rights=("admin",))
    dora = By(Actor("dora", "cli", "Dora"), is_admin=True)
    files = await exported(house)
    for handle in ("carol", "dora"):
        del files.people[handle]  # type: ignore[attr-defined]

    done = await apply(house, dora, files, prune=True)

    assert actions(done)["person", "carol"] == "delete"
    assert actions(done)["person", "dora"] == "left"
    assert "carol" not in (await people.everybody(house)).people


async def test_a_team_that_a_schedule_names_can_not_be_pruned(house: House) -> None:
    with pytest.raises(Invalid, match=r"team\.ops_team: can't go: ops name it"):
        await apply(house, OPERATOR, Documents(teams={}), prune=True)


async def test_who_may_change_what_is_as_everywhere(house: House) -> None:
    files = await exported(house)
    rotation(files)["participants"] = ["bob"]
    mine = Documents(schedules=files.schedules)

    with pytest.raises(Forbidden, match="carol can't change the schedule ops"):
        await apply(house, CAROL, mine)
    with pytest.raises(Forbidden, match="alice can't change the team ops_team"):
        await apply(house, ALICE, Documents(teams={"ops_team": ["carol"]}))
    await apply(house, ALICE, mine)

    assert rotation(await exported(house))["participants"] == ["bob"]


async def test_a_dry_run_tells_who_may_only_read_no_address(house: House) -> None:
    files = Documents(people={"bob": {"email": "new@acme.example", "name": "Robert"}})

    read = await apply(house, ALICE, files, dry_run=True)
    full = await apply(house, OPERATOR, files, dry_run=True)

    assert read.changes[0].words == ("name: Bob is now Robert", "email changes")
    assert full.changes[0].words[1] == "email: bob@acme.example is now new@acme.example"
    assert read.plan_id == full.plan_id


async def test_a_plan_that_is_to_hold_later_is_in_the_way_unless_it_is_dropped(house: House) -> None:
    files = await exported(house)
    rotation(files)["participants"] = ["carol"]
    plan = {name: files.schedules["ops"][name] for name in ("zone", "layers")}  # type: ignore[index]
    await save_schedule(house, OPERATOR, "ops", plan, expected=1, since=MONDAY + WEEK)
    rotation(files)["participants"] = ["alice"]

    with pytest.raises(Invalid, match="Version 2 of ops is to hold from 2026-03-09 09:00 UTC on"):
        await apply(house, OPERATOR, files)
    await apply(house, OPERATOR, files, drop_planned=True)

    assert await who(house, MONDAY + 2 * WEEK) == ["alice"]


async def test_a_team_whose_name_has_spaces_around_it_is_named(house: House) -> None:
    """TOML allows them in a quoted key, and a look would not show them."""
    with pytest.raises(Invalid, match=r"^team\. night : write the name without spaces around it: night"):
        await apply(house, OPERATOR, Documents(teams={" night ": ["bob"]}))


async def test_a_calendar_is_declared_by_its_address_and_keeps_what_was_read(house: House) -> None:
    leave = {"kind": "days-off", "url": "https://example.com/leave.ics", "who": ["team:ops_team"]}

    made = await apply(house, OPERATOR, Documents(calendars={"leave": leave, "late": {}}))
    again = await apply(house, OPERATOR, Documents(calendars={"leave": leave}))

    assert [step.action for step in made.changes] == ["create", "create"]
    assert "it is empty until a file is imported" in made.changes[1].words[-1]
    assert again.changes == ()
    assert (await exported(house)).calendars == {"late": {"kind": "shifts", "zone": "UTC"}, "leave": leave}


@pytest.mark.parametrize(
    ("doc", "says"),
    [
        ({"kind": "days-off"}, "who is empty"),
        ({"who": ["bob"]}, "who is of use with kind: days-off only"),
        ({"url": "file:///etc/passwd"}, "write one that begins with https://"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
    ],
)
async def test_a_calendar_that_can_not_be_is_named(house: House, doc: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=r"^calendar\.c: .*" + says):
        await apply(house, OPERATOR, Documents(calendars={"c": doc}))


@pytest.mark.parametrize(
    ("doc", "says"),
    [
        ({"zone": "UTC", "layers": [], "evry": 1}, "unknown evry; there are name, team"),
        ({"zone": "UTC", "name": ["a"]}, "name is \\['a'\\]: write a text"),
        ({"layers": []}, "no time zone"),
        ({"zone": "UTC", "team": "none"}, "There is no team none"),
    ],
)
async def test_a_schedule_that_can_not_be_is_named(house: House, doc: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=r"^schedule\.new: .*" + says):
        await apply(house, OPERATOR, schedules(new=doc))


async def test_what_one_house_says_another_that_is_empty_takes_over(
    house: House, clock: HandClock, pool: asyncpg.Pool
) -> None:
    await people.save_person(house, "dora", email="d@acme.example", rights=("admin",), zone="Europe/Berlin")
    files = await exported(house)
    rotation(files)["participants"] = ["carol", "bob", ["alice", "dora"], "nobody", "team:ops_team"]
    await apply(house, OPERATOR, files)
    clock.advance(9 * DAY)
    first, shifts = (
        await exported(house),
        await looks.shifts(house, "ops", clock.now(), clock.now() + 60 * DAY),
    )
    await pool.execute("TRUNCATE people, teams, schedules, schedule_versions, calendars CASCADE")
    await pool.execute("UPDATE roster_version SET version = 1")
    other = await make_house(pool, clock, abilities=EVERYTHING)

    await apply(other, OPERATOR, first)

    assert await exported(other) == first
    assert await looks.shifts(other, "ops", clock.now(), clock.now() + 60 * DAY) == shifts


async def test_who_is_pruned_leaves_what_no_file_names_as_well(house: House, clock: HandClock) -> None:
    await add_override(
        house, ALICE, "ops", Wish(Change.TAKE, MONDAY + 9 * DAY, ["bob"], start=MONDAY + 8 * DAY)
    )
    files = Documents(people={"alice": {}, "carol": {}})
    clock.advance(DAY)

    done = await apply(house, OPERATOR, files, prune=True)

    assert actions(done)["person", "bob"] == "delete"
    assert actions(done)["team", "ops_team"] == "update"
    assert actions(done)["schedule", "ops"] == "update"
    assert rotation(await exported(house))["participants"] == ["alice"]
    assert await who(house, MONDAY) == ["bob"] or await who(house, MONDAY) == []
    assert await who(house, MONDAY + 8 * DAY + WEEK / 14) == ["alice"]


async def test_who_can_not_be_reached_any_more_opens_a_gap(house: House) -> None:
    done = await apply(
        house, OPERATOR, Documents(people={"bob": {"email": "", "slack_id": ""}}), dry_run=True
    )

    assert next((gap.schedule, gap.start) for gap in done.effect.opens) == ("ops", MONDAY)


async def test_a_schedule_that_was_deleted_comes_back_by_its_file(house: House, clock: HandClock) -> None:
    files = await exported(house)
    await apply(house, OPERATOR, schedules(), prune=True)
    clock.advance(DAY)

    done = await apply(house, OPERATOR, files)

    assert actions(done)["schedule", "ops"] == "create"
    assert await who(house, clock.now()) == ["bob"]
    assert (await apply(house, OPERATOR, files)).changes == ()


async def test_two_who_apply_at_once_do_not_mix(house: House) -> None:
    first, second = await exported(house), await exported(house)
    rotation(first)["participants"] = ["carol"]
    rotation(second)["participants"] = ["alice"]
    plans = [(await apply(house, OPERATOR, one, dry_run=True)).plan_id for one in (first, second)]

    done = await asyncio.gather(
        *(
            apply(house, OPERATOR, one, plan_id=plan)
            for one, plan in zip((first, second), plans, strict=True)
        ),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in done) == ["Applied", "Conflict"]
