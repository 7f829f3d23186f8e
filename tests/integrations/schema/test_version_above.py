"""A dirty schema whose next migration leaves no trace in the catalogue: it must not keep the repair from being planned, nor be guessed at."""

from __future__ import annotations

import pytest

from schema_world import World, now
from tocsin.core.procedures.hands import JSON
from tocsin.core.schema.repair import Repair, compose

ROWS = "UPDATE users SET name = lower(name)"


@pytest.fixture
async def failed(world: World) -> World:
    """The first of two statements of version 2 was done."""
    await world.migrator().up_to(1)
    await world.migrator().set_version(2, True)
    await world.conn.execute("ALTER TABLE users ADD COLUMN email text")
    return world


async def planned(world: World, target: int, *said: JSON) -> Repair:
    return compose(await world.examined(said=[*said]), target, now())


def above(way: str, is_done: bool) -> dict[str, JSON]:
    return {"version": 3, "way": way, "number": 1, "done": is_done}


@pytest.mark.parametrize(
    "text", [ROWS, "", "GRANT SELECT ON users TO PUBLIC", "DROP INDEX IF EXISTS nowhere"]
)
async def test_a_version_above_that_leaves_no_trace_is_in_nobodys_way(failed: World, text: str) -> None:
    failed.files |= {"3_teams.up.sql": text, "3_teams.down.sql": ""}

    plan = await planned(failed, 2)
    back = await planned(failed, 1)
    await failed.repaired(2)

    assert (plan.refusals, [one.id for one in plan.steps]) == ((), ["run-up-2-2", "flag"])
    told = "that 3_teams.up.sql was not begun is concluded from 2_email.up.sql, which was not done to its end before it"
    assert (told in plan.warnings) is bool(text)
    assert (back.refusals, back.reasons) == (
        (),
        ("what was done of 2_email.up.sql is undone by 2_email.down.sql",),
    )
    assert await failed.row() == [(2, False)]


async def test_what_was_killed_before_its_record_asks_whether_the_rows_above_were_changed(
    failed: World,
) -> None:
    await failed.conn.execute("CREATE INDEX users_email ON users (email)")
    failed.files |= {"3_teams.up.sql": ROWS, "3_teams.down.sql": "UPDATE users SET name = upper(name)"}

    asked = await planned(failed, 2)
    not_begun = await planned(failed, 2, above("up", False))
    was_there = await planned(failed, 2, above("up", True), above("down", False))

    assert asked.refusals[0].startswith("whether 3_teams.up.sql was begun can't be told: it changes rows")
    assert "done or not_done: up 3: 1" in asked.refusals[0]
    assert (not_begun.refusals, [one.id for one in not_begun.steps]) == ((), ["flag"])
    assert [one.id for one in was_there.steps] == ["run-down-3-1", "flag"]


async def test_what_the_version_above_made_if_needed_is_taken_away_where_this_one_is_done(
    failed: World,
) -> None:
    await failed.conn.execute("CREATE INDEX users_email ON users (email)")
    failed.files |= {
        "3_teams.up.sql": "CREATE INDEX IF NOT EXISTS lower_name ON users (lower(name))",
        "3_teams.down.sql": "DROP INDEX IF EXISTS lower_name",
    }
    await failed.conn.execute(failed.files["3_teams.up.sql"])

    plan = await planned(failed, 2)

    assert plan.reasons == ("the way down to 2 failed: the rest of 3_teams.down.sql has to be done",)
    assert [one.id for one in plan.steps] == ["run-down-3-1", "flag"]


async def test_what_may_have_been_there_before_is_not_called_changed_by_hand(failed: World) -> None:
    await failed.conn.execute("CREATE INDEX users_email ON users (email)")
    failed.files |= {"3_teams.up.sql": "DROP INDEX IF EXISTS nowhere", "3_teams.down.sql": ""}

    back, on = await planned(failed, 1), await planned(failed, 2)

    assert back.refusals[0].startswith(
        "whether 3_teams.up.sql was begun can't be told: whatever of it is there says IF"
    )
    assert back.refusals[0].endswith("repair it to 2")
    assert (on.refusals, [one.id for one in on.steps]) == ((), ["flag"])


async def test_the_flag_of_a_schema_without_a_version_is_put_back_by_an_insert(failed: World) -> None:
    await failed.migrator().set_version(-1, True)
    await failed.conn.execute("DROP TABLE users")

    flag = (await planned(failed, -1)).steps[-1]

    assert flag.undo == "By hand: INSERT INTO public.schema_migrations (version, dirty) VALUES (-1, true)"


async def test_warns_of_what_the_way_down_leaves_of_the_way_up(failed: World) -> None:
    failed.files["2_email.up.sql"] = (
        "CREATE TYPE mood AS ENUM ('well'); ALTER TABLE users ADD COLUMN email text;"
        "CREATE INDEX users_email ON users (email); CREATE INDEX users_name ON users (name)"
    )
    failed.files["2_email.down.sql"] = "ALTER TABLE users DROP COLUMN email"
    await failed.conn.execute("CREATE TYPE mood AS ENUM ('well'); CREATE INDEX users_email ON users (email)")

    undone = await planned(failed, 1)
    failed.files["2_email.down.sql"] = "ALTER TABLE users DROP COLUMN email; DROP TYPE mood"
    whole = await planned(failed, 1)

    said = "2_email.down.sql does not take back all that 2_email.up.sql made: type mood, value well of mood stays"
    assert said in undone.warnings
    assert not any("does not take back" in one for one in whole.warnings)


async def test_refuses_rows_that_only_psql_could_feed(failed: World) -> None:
    failed.files["2_email.up.sql"] = (
        "ALTER TABLE users ADD COLUMN email text; COPY users FROM stdin;\n1\tx\n\\.\n"
    )

    plan = await planned(failed, 2, {"version": 2, "way": "up", "number": 2, "done": False})

    assert plan.refusals == (
        "statement 2 (line 1) is not run by Tocsin: psql feeds its rows, and golang-migrate can't either",
    )
