"""A customer's schema goes back by its down files: newest first, each in one transaction, up to the first error."""

from __future__ import annotations

from schema_world import World, context, now
from tocsin.core.procedures.hands import Failed
from tocsin.core.schema.going_down import compose_down
from tocsin.core.schema.repair import Repair


async def planned(world: World, to: int | None) -> Repair:
    seen = await world.examined() if to is None else await world.examined(to=to)
    return compose_down(seen, to, now())


async def test_newest_first_and_each_with_its_record(world: World) -> None:
    await world.migrator().up_to(3)

    plan = await planned(world, 1)
    rows = []
    for step in plan.steps:
        await world.done(step)
        rows += await world.row()

    assert [one.id for one in plan.steps] == ["down-3", "down-2"]
    assert rows == [(2, False), (1, False)]
    assert (await world.examined()).missing == ()


async def test_all_the_way_down_is_refused_though_it_is_named(world: World) -> None:
    await world.migrator().up_to(2)

    plan = await planned(world, -1)

    assert plan.steps == ()
    assert plan.refusals == (
        "that takes back all 2 migrations: all the way down is never gone. 1 is the lowest version to go to",
    )


async def test_the_first_migration_taken_back_leaves_no_row(world: World) -> None:
    await world.migrator().up_to(1)

    for step in (await planned(world, -1)).steps:
        await world.done(step)

    assert await world.row() == []
    assert await world.conn.fetchval("SELECT to_regclass('users')") is None


async def test_stops_at_the_first_error_with_nothing_of_that_file_done(world: World) -> None:
    await world.migrator().up_to(3)
    world.files["2_email.down.sql"] = "ALTER TABLE users DROP COLUMN email; DROP TABLE nowhere"
    (third, second) = (await planned(world, 1)).steps
    await world.done(third)

    outcome = await world.hand().do(second, context())

    assert isinstance(outcome, Failed)
    assert 'table "nowhere" does not exist' in outcome.why
    assert await world.row() == [(2, False)]
    assert (
        await world.conn.fetchval(
            "SELECT count(*) FROM pg_attribute WHERE attname = 'email' AND attrelid = 'users'::regclass"
        )
        == 1
    )


async def test_a_step_that_died_before_its_record_is_not_done_twice(world: World) -> None:
    await world.migrator().up_to(3)
    world.files["3_teams.down.sql"] += "INSERT INTO users (name) VALUES ('once');"
    (third, _) = (await planned(world, 1)).steps
    await world.done(third)

    again = await world.done(third)

    assert again.said == "it was there already"
    assert await world.conn.fetchval("SELECT count(*) FROM users") == 1


async def test_refuses_without_a_version_a_way_up_and_a_version_that_is_unknown(world: World) -> None:
    await world.migrator().up_to(2)

    assert "all the way down is never gone" in (await planned(world, None)).refusals[0]
    assert "the way up is for the migrator" in (await planned(world, 3)).refusals[0]
    world.files["5_x.up.sql"] = "SELECT 1"
    await world.migrator().set_version(5, False)
    assert "version 4 is unknown" in (await planned(world, 4)).refusals[0]


async def test_refuses_what_cannot_be_taken_back(world: World) -> None:
    await world.migrator().up_to(3)
    said = []
    for text in ("", "-- nothing to do", "DROP INDEX CONCURRENTLY x; DROP TABLE teams", "DROP SCHEMA public"):
        world.files["3_teams.down.sql"] = text
        said += (await planned(world, 2)).refusals
    del world.files["3_teams.down.sql"]
    said += (await planned(world, 2)).refusals

    assert [one.partition(": ")[0] for one in said[:2]] == ["version 3 can't be taken back"] * 2
    assert "mixes what must run alone" in said[2]
    assert "DROP SCHEMA" in said[3]
    assert "it has no file for the way down" in said[4]


async def test_refuses_a_dirty_schema(world: World) -> None:
    await world.migrator().up_to(3)
    await world.migrator().set_version(3, True)

    assert "is dirty: repair it first" in (await planned(world, 2)).refusals[0]


async def test_warns_to_roll_the_code_back_first_to_rehearse_and_of_rows_that_are_lost(world: World) -> None:
    await world.migrator().up_to(3)

    warnings = (await planned(world, 2)).warnings

    assert any("roll the code back first" in one for one in warnings)
    assert any("rehearse it" in one for one in warnings)
    assert any("a sign that a migration was not backward compatible" in one for one in warnings)
    assert any("3_teams.down.sql takes away rows that are not brought back" in one for one in warnings)
