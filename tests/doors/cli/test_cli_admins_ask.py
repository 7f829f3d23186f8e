"""An admin's commands that move shifts: they show whose, and ask before a gap opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.schedules import save_schedule
from tocsin.acts.policies_saved import save_policy
from tocsin.core.oncall.weekly import weekly

Run = Callable[..., Awaitable[Any]]
MONDAY = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - local wall clock
SET = ("schedule", "set", "--zone", "UTC")


async def test_who_is_removed_is_asked_for_and_what_opens_is_shown(run: Run, house: House, dsn: str) -> None:
    await save_schedule(house, OPERATOR, "web", weekly("UTC", MONDAY, ["bob"]))
    await save_policy(house, OPERATOR, {"id": "pay", "steps": [{"to": ["person:bob", "on-call"]}]})

    asked = await run("person", "remove", "bob", DATABASE_URL=dsn)
    no = await run("person", "remove", "bob", stdin="n\n", DATABASE_URL=dsn)

    assert (asked.code, no.code) == (1, 1)
    assert no.out.startswith(
        "They go from the teams ops_team.\nThey go from the schedules ops, web.\nShifts that move (UTC):\n"
    )
    assert "NOBODY IS ON CALL THEN (UTC):\n  web: " in no.out
    assert "It is taken out of the policies:\n  pay (step 1)\n" in no.out
    assert "Remove bob? [y/N]:" in no.err
    assert "Nothing was changed" in no.err
    assert "bob" in (await people.everybody(house)).people

    unseen = await run("person", "remove", "bob", "--yes", DATABASE_URL=dsn)
    done = await run("person", "remove", "bob", "--yes", "--force", DATABASE_URL=dsn)

    assert "The person bob can't go: pay (step 1) names it" in unseen.err
    assert done.out.endswith("bob is gone from Tocsin, its teams and its schedules.\n")
    assert "bob" not in (await people.everybody(house)).people


async def test_a_team_that_leaves_a_schedule_with_nobody_is_asked_about(
    run: Run, house: House, dsn: str
) -> None:
    await people.save_person(house, "quiet")  # There is no way to reach them.
    await save_schedule(house, OPERATOR, "web", weekly("UTC", MONDAY, ["team:ops_team"]))

    moved = await run("team", "set", "ops_team", "alice", "carol", DATABASE_URL=dsn)
    asked = await run("team", "set", "ops_team", "quiet", stdin="n\n", DATABASE_URL=dsn)

    assert moved.code == 0
    assert "+ carol: " in moved.out
    assert moved.out.endswith("ops_team: alice, carol.\n")
    assert asked.code == 1
    assert "NOBODY IS ON CALL THEN (UTC):\n  web: " in asked.out
    assert (await people.everybody(house)).teams["ops_team"] == ("alice", "carol")
    assert (await run("team", "set", "ops_team", "quiet", "-y", DATABASE_URL=dsn)).code == 0


async def test_a_team_says_which_pager_it_keeps(house: House, dsn: str, run: Run) -> None:
    opsgenie = {"DATABASE_URL": dsn, "TOCSIN_OPSGENIE_KEY": "k"}
    wrong = await run("team", "set", "ops_team", "alice", "bob", "--pager", "splunk", **opsgenie)
    done = await run("team", "set", "ops_team", "alice", "bob", "--pager", "opsgenie:Ops", **opsgenie)
    kept = (await people.everybody(house)).pagers
    back = await run("team", "set", "ops_team", "alice", "bob", "--pager", "all", **opsgenie)

    assert wrong.code == 2
    assert "splunk is no pager that is linked here: write own or opsgenie" in wrong.err
    assert done.out == "ops_team: alice, bob. Paged by opsgenie:Ops.\n"
    assert kept == {"ops_team": "opsgenie:Ops"}
    assert back.out == "ops_team: alice, bob.\n"
    assert (await people.everybody(house)).pagers == {}


async def test_a_weekly_rotation_is_shown_asked_about_and_keeps_its_team(
    run: Run, house: House, dsn: str
) -> None:
    before = (await looks.schedule(house, "ops"))[1].schedule

    later = (*SET, "ops", "--first-handoff", "2099-01-05T09:00", "--people", "alice")
    asked = await run(*later, stdin="n\n", DATABASE_URL=dsn)
    stale = await run(*later, "--yes", "--expect", "7", DATABASE_URL=dsn)
    moved = await run(
        *SET, "ops", "--first-handoff", "2026-03-02T09:00", "--people", "carol", DATABASE_URL=dsn
    )

    assert asked.code == 1
    assert "NOBODY IS ON CALL THEN (UTC):\n  ops: " in asked.out
    assert (stale.code, "ops is at version 1, and you saw 7" in stale.err) == (1, True)
    assert (moved.code, "+ carol: " in moved.out) == (0, True)
    after = (await looks.schedule(house, "ops"))[1].schedule
    assert after.team == before.team
    assert [one.people for one in after.plan.layers[0].rotations[0].participants] == [("carol",)]


async def test_a_schedule_that_is_more_than_a_weekly_rotation_is_not_replaced(
    run: Run, house: House, dsn: str
) -> None:
    plan = weekly("UTC", MONDAY, ["alice"])
    plan["layers"].append({"name": "upper"})
    await save_schedule(house, OPERATOR, "web", plan)

    ended = await run(
        *SET, "web", "--first-handoff", "2026-03-02T09:00", "--people", "bob", "-y", DATABASE_URL=dsn
    )

    assert ended.code == 1
    assert "web is more than one weekly rotation, which this would replace" in ended.err
    assert "tocsin oncall schedule save" in ended.err
    assert len((await looks.schedule(house, "web"))[1].schedule.plan.layers) == 2
