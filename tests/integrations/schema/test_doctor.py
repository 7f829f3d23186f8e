"""The doctor on a real PostgreSQL: what it says of a schema that a migrator left dirty, and of tables that are not what they should be."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from schema_world import DATABASE, World, now
from tocsin.core.procedures.hands import Seen
from tocsin.core.schema.examination import Script, examination_from
from tocsin.core.schema.repair import compose
from tocsin.core.schema.words import told
from tocsin.core.work import Later, Refused
from tocsin.integrations.schema.connecting import READ_ONLY
from tocsin.store.postgres import EmbeddedPostgres


def states(script: Script | None) -> list[str]:
    assert script
    return [one.state for one in script.items]


async def test_says_how_far_each_statement_went_where_the_way_up_failed_one_by_one(world: World) -> None:
    migrator = world.migrator(one_by_one=True)
    await migrator.up_to(1)
    world.files["2_email.up.sql"] += "; CREATE INDEX broken ON nowhere (email)"
    await migrator.fails(migrator.up_to(2))

    seen = await world.examined()

    assert (seen.version, seen.dirty, seen.previous, seen.next) == (2, True, 1, 3)
    assert states(seen.up_failed) == ["done", "done", "not done"]
    assert seen.up_failed
    assert seen.up_failed.items[2].line == 2
    assert "index broken" in seen.up_failed.items[2].why


async def test_a_file_that_failed_within_its_transaction_left_nothing(world: World) -> None:
    migrator = world.migrator()
    await migrator.up_to(1)
    world.files["2_email.up.sql"] += "; UPDATE users SET email = 'x'; CREATE INDEX broken ON nowhere (email)"
    await migrator.fails(migrator.up_to(2))

    seen = await world.examined()

    assert states(seen.up_failed) == ["not done"] * 4
    assert seen.up_failed
    assert seen.up_failed.items[2].inferred


async def test_shows_both_readings_of_a_way_down_that_failed(world: World) -> None:
    migrator = world.migrator(one_by_one=True)
    await migrator.up_to(3)
    world.files["3_teams.down.sql"] = (
        "ALTER TABLE users DROP COLUMN team_id; DROP TABLE nowhere; DROP TABLE teams"
    )
    await migrator.fails(migrator.down_from(3))

    seen = await world.examined()

    assert (seen.version, seen.dirty) == (2, True)
    assert states(seen.up_failed) == ["done", "done"]
    assert states(seen.down_failed) == ["done", "done", "not done"]
    assert seen.down_failed
    assert seen.down_failed.file == "3_teams.down.sql"


async def test_a_migrator_that_was_killed_after_its_work_left_all_of_it(world: World) -> None:
    migrator = world.migrator()
    await migrator.up_to(2)
    await migrator.set_version(2, True)

    seen = await world.examined()

    assert seen.up_failed
    assert seen.up_failed.is_done


async def test_tells_an_index_that_was_left_invalid(world: World) -> None:
    migrator = world.migrator(one_by_one=True)
    await migrator.up_to(1)
    await world.conn.execute("INSERT INTO users (name) VALUES ('a'), ('a')")
    world.files["2_email.up.sql"] = "CREATE UNIQUE INDEX CONCURRENTLY users_name ON users (name)"
    await migrator.fails(migrator.up_to(2))

    seen = await world.examined()

    assert states(seen.up_failed) == ["left unusable"]
    assert seen.invalid == ("public.users_name on users",)
    assert seen.up_failed
    assert seen.up_failed.items[0].unusable == "users_name"


async def test_names_a_migrator_that_holds_its_lock_or_runs_a_file(world: World) -> None:
    migrator = world.migrator()
    await migrator.up_to(1)
    await migrator.set_version(2, True)
    async with world.another() as holder, world.another() as runner:
        await holder.execute("SELECT pg_advisory_lock($1)", migrator.key)
        await runner.execute("BEGIN")
        await runner.execute(world.files["2_email.up.sql"])

        seen = await world.examined()

    assert len(seen.live) == 2
    assert "holds golang-migrate's lock" in seen.live[0]
    assert "runs ALTER TABLE users ADD COLUMN email" in seen.live[1]


async def test_an_index_that_is_being_built_at_this_moment_is_not_taken_for_a_leftover(world: World) -> None:
    migrator = world.migrator()
    await migrator.up_to(1)
    await migrator.set_version(2, True)
    world.files["2_email.up.sql"] = "CREATE INDEX CONCURRENTLY users_name ON users (name)"
    async with world.another() as writer, world.another() as builder:
        await writer.execute("BEGIN; INSERT INTO users (name) VALUES ('x')")
        build = asyncio.create_task(builder.execute(world.files["2_email.up.sql"]))
        while not await world.conn.fetchval(
            "SELECT count(*) FROM pg_stat_progress_create_index WHERE index_relid > 0"
        ):
            await asyncio.sleep(0.01)

        seen = await world.examined()
        plan = compose(seen, 2, now())
        await writer.execute("COMMIT")
        await build

    assert states(seen.up_failed) == ["being done now"]
    assert seen.invalid == ()
    assert "runs CREATE INDEX CONCURRENTLY users_name" in seen.live[0]
    assert any("builds the index users_name on users" in one for one in seen.others)
    assert any("others wait for it" in one for one in seen.others)
    assert "a migrator still works" in plan.refusals[0]


async def test_names_who_holds_locks_on_the_tables_and_how_to_end_it(world: World) -> None:
    migrator = world.migrator()
    await migrator.up_to(1)
    await migrator.set_version(2, True)
    async with world.another() as holder:
        await holder.execute("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE")

        seen = await world.examined()

    assert seen.live == ()
    assert any("holds users (ExclusiveLock)" in one and "pg_cancel_backend" in one for one in seen.others)


async def test_warns_that_lower_versions_cannot_be_told_and_of_missing_files(world: World) -> None:
    await world.migrator().up_to(3)
    del world.files["2_email.up.sql"]

    seen = await world.examined()

    assert any("each of the 2 below it was ever run can't be told" in one for one in seen.warnings)
    assert any("version 2 has no file for the way up" in one for one in seen.warnings)


# Bad input


BAD_TABLES = (
    ("SELECT 1", "there is no table public.schema_migrations"),
    (
        "CREATE TABLE schema_migrations (version bigint, dirty boolean); INSERT INTO schema_migrations VALUES (1, true), (2, true)",
        "has 2 rows",
    ),
    ("CREATE TABLE schema_migrations (version varchar)", "it looks like that of dbmate or Rails"),
    ("CREATE TABLE schema_migrations (version bigint, inserted_at timestamp)", "it looks like that of Ecto"),
    ("CREATE TABLE schema_migrations (x int)", "it has the columns x"),
    ("CREATE TABLE codeintel_schema_migrations (x int)", "there is public.codeintel_schema_migrations"),
    (
        "CREATE TABLE schema_migrations (version numeric, dirty boolean); INSERT INTO schema_migrations VALUES (18446744073709551616, true)",
        "more than 64 bits hold",
    ),
    (
        "CREATE TABLE schema_migrations (version bigint, dirty boolean); INSERT INTO schema_migrations VALUES (-7, true)",
        "which no migration can have",
    ),
    (
        "CREATE TABLE schema_migrations (version text, dirty boolean); INSERT INTO schema_migrations VALUES ('abc', true)",
        "says version 'abc', which is no number",
    ),
    (
        "CREATE TABLE schema_migrations (version numeric, dirty boolean); INSERT INTO schema_migrations VALUES (2.5, false)",
        "says version '2.5', which is no number",
    ),
    (
        "CREATE TABLE schema_migrations (version bigint, dirty boolean); INSERT INTO schema_migrations VALUES (NULL, true)",
        "has a row whose version says nothing",
    ),
    (
        "CREATE TABLE schema_migrations (version bigint, dirty text); INSERT INTO schema_migrations VALUES (2, 'false')",
        "has a row whose dirty says nothing",
    ),
)


@pytest.mark.parametrize(("made", "said"), BAD_TABLES, ids=[said for _, said in BAD_TABLES])
async def test_a_table_that_is_not_the_migrators_is_named(world: World, made: str, said: str) -> None:
    await world.conn.execute(made)

    seen = await world.hand().look("doctor", {"database": DATABASE})

    assert isinstance(seen, Seen)
    assert said in seen.problems[0]
    told_of = list(told(examination_from(seen.values)))
    assert told_of[0] == "frontend: public.schema_migrations says nothing that can be taken for a version"
    assert "It means one of two things" not in " ".join(told_of)


async def test_an_empty_table_is_no_version(world: World) -> None:
    await world.migrator().make_table()

    seen = await world.examined()

    assert (seen.version, seen.dirty, seen.rows, seen.next) == (-1, False, 0, 1)


async def test_files_that_no_migrator_could_run_are_named(world: World) -> None:
    await world.migrator().up_to(1)
    world.files["99999999999999999999_x.up.sql"] = ""
    world.files["2_again.up.sql"] = ""

    seen = await world.examined()

    assert any("version 99999999999999999999 is more than 64 bits hold" in one for one in seen.problems)
    assert any("version 2 has two files up" in one for one in seen.problems)


async def test_a_file_that_cannot_be_told_apart_says_where(world: World) -> None:
    await world.migrator().up_to(1)
    await world.migrator().set_version(2, True)
    world.files["2_email.up.sql"] = "SELECT 1;\nSELECT 'no end"

    seen = await world.examined()

    assert seen.up_failed
    assert seen.up_failed.unreadable == "line 2: a quoted text begins here and has no end"


async def test_no_connection_is_said_by_name_and_without_the_password(world: World) -> None:
    hand = world.hand()
    hand.secrets = {"FRONTEND": "postgresql://tocsin:geheim@127.0.0.1:1/frontend"}

    seen = await hand.look("doctor", {"database": DATABASE})

    assert isinstance(seen, Later)
    assert "the database frontend can't be looked at now: no connection" in seen.why
    assert "geheim" not in seen.why


async def test_a_wrong_password_a_wrong_name_and_a_wrong_address_are_told_apart(world: World) -> None:
    hand, whys = world.hand(), []
    for dsn in (
        world.dsn.replace("tocsin:", "tocsin:x", 1),
        world.dsn.replace("/frontend", "/nowhere"),
        "http://x",
    ):
        hand.secrets = {"FRONTEND": dsn}
        seen = await hand.look("doctor", {"database": DATABASE})
        assert isinstance(seen, Refused)
        whys.append(seen.why)

    assert "does not let us in" in whys[0]
    assert 'database "nowhere" does not exist' in whys[1]
    assert "no address of a PostgreSQL" in whys[2]


async def test_a_role_without_rights_is_told_which_to_give(
    world: World, postgres_server: EmbeddedPostgres
) -> None:
    await world.migrator().up_to(1)
    hand = world.hand()
    hand.secrets = {"FRONTEND": await reader(world, postgres_server)}

    seen = await hand.look("doctor", {"database": DATABASE})

    assert isinstance(seen, Seen)
    assert "role reader has no right to read public.schema_migrations: GRANT SELECT" in seen.problems[0]


# Never a write


async def test_a_role_that_may_only_read_suffices_for_all_of_it(
    world: World, postgres_server: EmbeddedPostgres
) -> None:
    migrator = world.migrator()
    await migrator.up_to(2)
    await migrator.set_version(2, True)
    hand = world.hand()
    hand.secrets = {"FRONTEND": await reader(world, postgres_server)}
    await world.conn.execute("GRANT SELECT ON schema_migrations TO reader")

    seen = await world.examined(hand)

    assert seen.problems == ()
    assert seen.up_failed
    assert seen.up_failed.is_done
    assert any("hidden from our role" in one for one in seen.warnings)


async def test_the_doctors_connection_cannot_write_even_as_the_owner(world: World) -> None:
    conn = await asyncpg.connect(world.dsn, server_settings=READ_ONLY)

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await conn.execute("CREATE TABLE x ()")

    await conn.close()


async def test_a_look_changes_no_transaction_counter_of_the_server(world: World) -> None:
    await world.migrator().up_to(2)
    hand, before = world.hand(), await world.conn.fetchval("SELECT pg_current_xact_id()::text::bigint")

    await world.examined(hand)

    assert await world.conn.fetchval("SELECT pg_current_xact_id()::text::bigint") == before + 1


async def reader(world: World, server: EmbeddedPostgres) -> str:
    """The address for a role that owns nothing and may write nothing."""
    admin = await asyncpg.connect(server.admin_dsn())
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        await admin.execute("CREATE ROLE reader LOGIN PASSWORD 'reader'")
    await admin.close()
    secret = world.dsn.partition("://")[2].partition("@")[0]
    await world.conn.execute("GRANT USAGE ON SCHEMA public TO reader")
    return world.dsn.replace(secret, "reader:reader")


async def test_names_what_earlier_migrations_left_and_is_not_there(world: World) -> None:
    world.files["1_users.up.sql"] += (
        "CREATE TABLE old (id int, x int); CREATE INDEX old_x ON old (x); ALTER TABLE old RENAME TO new;"
    )
    world.files["1_users.up.sql"] += (
        "ALTER TABLE new RENAME x TO y; CREATE TYPE mood AS ENUM ('sad'); DROP TYPE mood;"
    )
    await world.migrator().up_to(2)
    whole = await world.examined()
    await world.migrator().set_version(2, True)
    await world.conn.execute("DROP TABLE new")

    seen = await world.examined()

    assert whole.missing == ()
    assert seen.missing == ("table new (1_users.up.sql)",)
    assert any("things that earlier migrations left are not there" in one for one in seen.warnings)
