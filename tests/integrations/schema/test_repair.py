"""A dirty schema put right on a real PostgreSQL, from each place where a migrator can leave it; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zlib import crc32

import pytest

from schema_world import World, context, now
from tocsin.core.procedures.hands import Done, Failed
from tocsin.core.schema.repair import Repair, compose
from tocsin.core.work import Later
from tocsin.integrations.schema.statements import OURS


def ran(done: list[Done]) -> list[bool]:
    """Which steps did something, rather than finding it done."""
    return [one.said != "it was there already" for one in done]


async def planned(world: World, target: int | None) -> Repair:
    return compose(await world.examined(), target, now())


async def half_way_up(world: World, *, one_by_one: bool = True, text: str = "") -> None:
    """Version 2 failed at its last statement."""
    migrator = world.migrator(one_by_one=one_by_one)
    await migrator.up_to(1)
    good = text or world.files["2_email.up.sql"]
    world.files["2_email.up.sql"] = good.replace("users_email ON users", "users_email ON nowhere")
    await migrator.fails(migrator.up_to(2))
    world.files["2_email.up.sql"] = good


async def test_the_rest_of_the_way_up_is_run_and_the_flag_cleared(world: World) -> None:
    await half_way_up(world)

    plan = await planned(world, 2)
    done = await world.repaired(2)

    assert [one.id for one in plan.steps] == ["run-up-2-2", "flag"]
    assert ran(done) == [True, True]
    assert await world.row() == [(2, False)]
    assert (await world.examined()).up_failed.is_done  # type: ignore[union-attr]


async def test_what_was_done_of_the_way_up_is_undone_by_its_down_file(world: World) -> None:
    await half_way_up(world)
    world.files["2_email.down.sql"] = "DROP INDEX IF EXISTS users_email; ALTER TABLE users DROP COLUMN email"

    plan = await planned(world, 1)
    await world.repaired(1)

    assert [one.id for one in plan.steps] == ["run-down-2-2", "flag"]
    assert any("'force 1' alone would be wrong" in one for one in plan.warnings)
    assert await world.row() == [(1, False)]
    await world.migrator().up_to(3)


async def test_where_nothing_was_applied_only_the_flag_goes_back(world: World) -> None:
    await half_way_up(world, one_by_one=False)

    plan = await planned(world, 1)
    await world.repaired(1)

    assert [one.id for one in plan.steps] == ["flag"]
    assert not any("force" in one for one in plan.warnings)
    assert await world.row() == [(1, False)]


async def test_what_was_done_but_not_recorded_needs_the_flag_only(world: World) -> None:
    await world.migrator().up_to(2)
    await world.migrator().set_version(2, True)

    plan = await planned(world, 2)
    await world.repaired(2)

    assert [one.id for one in plan.steps] == ["flag"]
    assert "it was done, but not recorded" in plan.reasons[0]
    assert await world.row() == [(2, False)]


async def half_way_down(world: World) -> None:
    migrator = world.migrator(one_by_one=True)
    await migrator.up_to(3)
    good = world.files["3_teams.down.sql"]
    world.files["3_teams.down.sql"] = good.replace("DROP TABLE teams", "DROP TABLE nowhere")
    await migrator.fails(migrator.down_from(3))
    world.files["3_teams.down.sql"] = good


async def test_the_rest_of_the_way_down_is_run(world: World) -> None:
    await half_way_down(world)

    plan = await planned(world, 2)
    await world.repaired(2)

    assert [one.id for one in plan.steps] == ["run-down-3-2", "flag"]
    assert "the way down to 2 failed" in plan.reasons[0]
    assert await world.row() == [(2, False)]


async def test_a_way_down_that_failed_can_be_gone_up_again(world: World) -> None:
    await half_way_down(world)

    plan = await planned(world, 3)
    await world.repaired(3)

    assert [one.id for one in plan.steps] == ["run-up-3-2", "flag"]
    assert await world.row() == [(3, False)]


async def test_the_first_way_down_that_failed_is_gone_to_its_end_and_leaves_no_row(world: World) -> None:
    migrator = world.migrator(one_by_one=True)
    world.files["1_users.up.sql"] = "CREATE TABLE users (id int); CREATE TABLE more (id int)"
    world.files["1_users.down.sql"] = "DROP TABLE more; DROP TABLE nowhere; DROP TABLE users"
    await migrator.up_to(1)
    await migrator.fails(migrator.down_from(1))
    assert await world.row() == [(-1, True)]
    world.files["1_users.down.sql"] = "DROP TABLE more; DROP TABLE users"

    await world.repaired(-1)

    assert await world.row() == []


async def test_an_invalid_index_is_dropped_and_built_anew_outside_a_transaction(world: World) -> None:
    migrator = world.migrator(one_by_one=True)
    await migrator.up_to(1)
    await world.conn.execute("INSERT INTO users (name) VALUES ('a'), ('a')")
    world.files["2_email.up.sql"] = "CREATE UNIQUE INDEX CONCURRENTLY users_name ON users (name)"
    await migrator.fails(migrator.up_to(2))
    await world.conn.execute("DELETE FROM users WHERE id = 2")

    plan = await planned(world, 2)
    await world.repaired(2)

    assert [one.id for one in plan.steps] == ["drop-up-2-1", "run-up-2-1", "flag"]
    assert any("left the invalid index users_name" in one for one in plan.warnings)
    assert any("can't run in a transaction" in one for one in plan.warnings)
    assert (await world.examined()).invalid == ()


async def test_an_index_that_fails_again_stops_the_run_and_says_what_it_left(world: World) -> None:
    migrator = world.migrator(one_by_one=True)
    await migrator.up_to(1)
    await world.conn.execute("INSERT INTO users (name) VALUES ('a'), ('a')")
    world.files["2_email.up.sql"] = "CREATE UNIQUE INDEX CONCURRENTLY users_name ON users (name)"
    await migrator.set_version(2, True)
    (build, _) = (await planned(world, 2)).steps

    outcome = await world.hand().do(build, context())

    assert isinstance(outcome, Failed)
    assert "could not create unique index" in outcome.why
    assert "index users_name (unique on users: name) is there but invalid" in outcome.details[0]
    assert await world.row() == [(2, True)]


# Never twice


async def test_a_step_that_died_before_its_record_is_found_done(world: World) -> None:
    await half_way_up(world)
    steps = (await planned(world, 2)).steps
    for step in steps:
        await world.done(step)

    again = [await world.done(step) for step in steps]

    assert ran(again) == [False, False]


async def test_rows_are_never_changed_twice_though_the_catalogue_cannot_tell(world: World) -> None:
    await half_way_up(
        world,
        text="UPDATE users SET name = name || '!'; CREATE INDEX users_email ON users (name)",
        one_by_one=False,
    )
    await world.conn.execute(
        "INSERT INTO users (name) VALUES ('a'); COMMENT ON TABLE schema_migrations IS 'ours'"
    )
    (update, index, flag) = (await planned(world, 2)).steps
    await world.done(update)

    again = await world.done(update)

    assert again.said == "it was there already"
    assert await world.conn.fetchval("SELECT name FROM users") == "a!"
    await world.done(index)
    await world.done(flag)
    assert await world.conn.fetchval("SELECT obj_description('schema_migrations'::regclass)") == "ours"


async def test_two_of_us_never_work_on_one_database_at_a_time(world: World) -> None:
    await half_way_up(world)
    step = (await planned(world, 2)).steps[0]
    async with world.another() as first:
        key = crc32(b"public.schema_migrations") - 2**31
        await first.execute("SELECT pg_advisory_lock($1, $2)", OURS, key)
        outcome = await world.hand().do(step, context())

    assert isinstance(outcome, Later)
    assert "another step still works" in outcome.why


async def test_what_can_be_run_again_is_run_again_rather_than_taken_for_done(world: World) -> None:
    await world.migrator().up_to(1)
    await world.migrator().set_version(2, True)
    await world.conn.execute("CREATE VIEW v AS SELECT id FROM users")
    world.files["2_email.up.sql"] = "CREATE OR REPLACE VIEW v AS SELECT id, name FROM users"

    plan = await planned(world, 2)
    await world.repaired(2)

    assert [one.id for one in plan.steps] == ["run-up-2-1", "flag"]
    assert await world.conn.fetchval("SELECT count(*) FROM pg_attribute WHERE attrelid = 'v'::regclass") == 2


async def test_refuses_to_turn_round_while_nobody_knows_whether_rows_were_changed(world: World) -> None:
    await half_way_up(world, text="UPDATE users SET name = 'x'; CREATE INDEX users_email ON users (name)")
    hand = world.hand(multi_statement=True)

    refused = compose(await world.examined(hand), 1, now())
    said = [{"version": 2, "way": "up", "number": 1, "done": False}]
    allowed = compose(await world.examined(hand, said=said), 1, now())

    assert "statement 1 (line 1) of 2_email.up.sql is unverified" in refused.refusals[0]
    assert (allowed.refusals, [one.id for one in allowed.steps]) == ((), ["flag"])


# Guards


async def test_a_row_that_has_changed_meanwhile_stops_the_step(world: World) -> None:
    await half_way_up(world)
    (run, flag) = (await planned(world, 2)).steps
    await world.conn.execute("UPDATE schema_migrations SET version = 9")

    outcomes = [await world.hand().do(step, context()) for step in (run, flag)]

    assert all(isinstance(one, Failed) and "things have moved on" in one.why for one in outcomes)
    assert await world.row() == [(9, True)]


async def test_two_rows_stop_the_flag(world: World) -> None:
    await world.migrator().up_to(2)
    await world.migrator().set_version(2, True)
    (flag,) = (await planned(world, 2)).steps
    await world.conn.execute("INSERT INTO schema_migrations VALUES (3, true)")

    outcome = await world.hand().do(flag, context())

    assert isinstance(outcome, Failed)
    assert "has 2 rows" in outcome.why


async def test_a_migrator_that_begins_meanwhile_stops_the_step(world: World) -> None:
    await half_way_up(world)
    step = (await planned(world, 2)).steps[0]
    async with world.another() as migrator:
        await migrator.execute("SELECT pg_advisory_lock($1)", world.migrator().key)
        outcome = await world.hand().do(step, context())

    assert isinstance(outcome, Failed)
    assert "a migrator works in the database" in outcome.why


async def test_a_lock_that_is_not_to_be_had_stops_the_step_and_names_the_holder(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.integrations.schema.connecting.LOCK_SECONDS", 0.05)
    await half_way_up(world)
    step = (await planned(world, 2)).steps[0]
    async with world.another() as other:
        await other.execute("BEGIN; UPDATE users SET name = 'x'; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        outcome = await world.hand().do(step, context())

    assert isinstance(outcome, Failed)
    assert "a lock was not to be had" in outcome.why
    assert any("idle in transaction" in one for one in outcome.details)


# Refusals


async def test_refuses_an_unbounded_way_down(world: World) -> None:
    await half_way_up(world)

    assert "all the way down is never gone" in (await planned(world, None)).refusals[0]


async def test_refuses_what_is_not_dirty(world: World) -> None:
    await world.migrator().up_to(2)

    assert "is not dirty" in (await planned(world, 2)).refusals[0]


async def test_refuses_a_version_that_no_file_has(world: World) -> None:
    await world.migrator().up_to(2)
    await world.migrator().set_version(7, True)

    assert "version 7 is unknown" in (await planned(world, 7)).refusals[0]


async def test_refuses_a_version_that_lies_further_away(world: World) -> None:
    await half_way_down(world)

    assert "version 9 can't be reached" in (await planned(world, 9)).refusals[0]


async def test_refuses_while_a_migrator_works(world: World) -> None:
    await half_way_up(world)
    async with world.another() as migrator:
        await migrator.execute("SELECT pg_advisory_lock($1)", world.migrator().key)

        plan = await planned(world, 2)

    assert "a migrator still works" in plan.refusals[0]
    assert plan.steps == ()


async def test_refuses_a_statement_that_nobody_verified_until_a_person_has(world: World) -> None:
    await world.migrator().up_to(1)
    await world.migrator().set_version(2, True)
    world.files["2_email.up.sql"] = "INSERT INTO users (name) VALUES ('x'); UPDATE users SET name = 'y'"

    refused = await planned(world, 2)
    said = [{"version": 2, "way": "up", "number": number, "done": True} for number in (1, 2)]
    allowed = compose(await world.examined(said=said), 2, now())

    assert "statement 1 (line 1) is unverified: it changes rows" in refused.refusals[0]
    assert allowed.refusals == ()


async def test_refuses_where_neither_reading_fits(world: World) -> None:
    await half_way_up(world)
    await world.conn.execute("CREATE TABLE teams (id int PRIMARY KEY)")

    assert "neither reading fits" in (await planned(world, 2)).refusals[0]


async def test_refuses_what_is_there_in_part(world: World) -> None:
    await world.migrator().up_to(1)
    await world.migrator().set_version(2, True)
    world.files["2_email.up.sql"] = "CREATE TABLE IF NOT EXISTS users (id int, more int)"

    assert "is there in part" in (await planned(world, 2)).refusals[0]


async def test_refuses_to_undo_without_a_file_for_it(world: World) -> None:
    await half_way_up(world)
    del world.files["2_email.down.sql"]

    assert "there is no file for the way down from 2" in (await planned(world, 1)).refusals[0]


async def test_refuses_statements_that_reach_beyond_the_schema(world: World) -> None:
    await half_way_up(
        world,
        text="ALTER TABLE users ADD email text; DROP SCHEMA other CASCADE; CREATE INDEX users_email ON users (email)",
    )
    await world.conn.execute("CREATE SCHEMA other")

    plan = await planned(world, 2)
    await world.conn.execute("DROP SCHEMA other")

    assert "DROP SCHEMA takes away more than a migration made" in plan.refusals[0]


async def test_refuses_what_needs_a_temporary_table(world: World) -> None:
    await half_way_up(world, text="CREATE TEMP TABLE x (id int); CREATE INDEX users_email ON users (name)")

    assert "a temporary table ends with its session" in (await planned(world, 2)).refusals[0]


async def test_no_fresh_backup_is_refused_but_a_written_reason_overrides_it(world: World) -> None:
    await half_way_up(world)
    seen = await world.examined()
    old = compose(replace(seen, backup_at=(now() - timedelta(minutes=61)).isoformat()), 2, now())
    none = compose(replace(seen, backup_at=""), 2, now())

    assert compose(seen, 2, now()).overridable == ()
    assert "no fresh backup: the last one of frontend is of 20" in old.overridable[0]
    assert "more than 60 minutes ago" in old.overridable[0]
    assert "is not known" in none.overridable[0]
    to_come = compose(replace(seen, backup_at=(now() + timedelta(hours=9)).isoformat()), 2, now())
    assert "which is yet to come" in to_come.overridable[0]
    assert old.steps != ()


@pytest.mark.parametrize("said", ["yesterday", "1" + "0" * 30])
async def test_a_backup_whose_age_cannot_be_found_out_says_why(world: World, said: str) -> None:
    await world.migrator().up_to(1)

    seen = await world.examined(world.hand(backup_command=("echo", said)))

    assert seen.backup_at == ""
    assert any(f"{said!r} is no time" in one for one in seen.warnings)


# Warnings


async def test_warns_where_somebody_did_part_of_it_by_hand(world: World) -> None:
    await world.migrator().up_to(1)
    await world.migrator().set_version(2, True)
    world.files["2_email.up.sql"] = "CREATE TABLE a (id int); CREATE TABLE b (id int)"
    await world.conn.execute("CREATE TABLE b (id int)")

    assert any("not run from the top down" in one for one in (await planned(world, 2)).warnings)


async def test_warns_of_what_is_taken_for_done_and_of_what_is_run_once_more(world: World) -> None:
    await half_way_up(
        world,
        text="UPDATE users SET name = 'x'; CREATE TABLE a (id int); GRANT SELECT ON a TO tocsin; CREATE INDEX users_email ON users (name)",
    )

    plan = compose(await world.examined(world.hand(multi_statement=True)), 2, now())

    assert any("statement 1 is taken for done" in one for one in plan.warnings)
    assert any("statement 3 is run once more, which does no harm" in one for one in plan.warnings)
    assert [one.id for one in plan.steps] == ["run-up-2-3", "run-up-2-4", "flag"]


async def test_settings_of_the_file_hold_for_the_statements_after_them(world: World) -> None:
    await half_way_up(
        world,
        one_by_one=False,
        text="BEGIN; SET LOCAL search_path TO public; CREATE INDEX users_email ON users (name); COMMIT",
    )

    (step, _) = (await planned(world, 2)).steps
    await world.repaired(2)

    assert step.inputs["before"] == ["SET LOCAL search_path TO public"]
    assert await world.row() == [(2, False)]
