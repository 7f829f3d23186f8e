"""Alembic's, Django's and Flyway's tables on a real PostgreSQL, read with their files, which are never run."""

from __future__ import annotations

from typing import Any

from schema_world import DATABASE, World
from tocsin.core.procedures.hands import Seen
from tocsin.core.schema.flyway import checksum
from tocsin.core.schema.standing import Standing, standing_from
from tocsin.core.schema.words import standing_told

ALEMBIC = {"tool": "alembic", "table": "alembic_version"}
DJANGO = {"tool": "django", "table": "django_migrations"}
FLYWAY = {"tool": "flyway", "table": "flyway_schema_history"}
HISTORY = """
CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description text, type text, script text,
  checksum int, installed_by text, installed_on timestamp DEFAULT now(), execution_time int, success boolean)
"""


async def seen(world: World, files: dict[str, str], **declared: Any) -> Standing:
    world.files = files
    found = await world.hand(**declared).look("doctor", {"database": DATABASE})
    assert isinstance(found, Seen), found
    return standing_from(found.values)


def revision(id: str, after: object) -> str:
    return f"import sys\nsys.exit('never run')\nrevision: str = {id!r}\ndown_revision = {after!r}\ndef upgrade():\n    pass\n"


async def test_alembic_says_what_waits_which_heads_there_are_and_what_has_no_file(world: World) -> None:
    await world.conn.execute(
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('b'), ('zz')"
    )
    files = {
        "a_first.py": revision("a", None),
        "b.py": revision("b", "a"),
        "c.py": revision("c", "b"),
        "d.py": revision("d", "b"),
        "env.py": "x = 1",
        "broken.py": "def",
    }

    found = await seen(world, files, **ALEMBIC)

    assert (found.recorded, found.pending, found.unknown) == (("b", "zz"), ("c", "d"), ("zz",))
    assert "the files have 2 heads (c, d)" in found.warnings[0]
    assert "broken.py can't be read" in found.problems[0]


async def test_alembic_merges_are_followed_and_a_missing_file_is_named(world: World) -> None:
    await world.conn.execute(
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('m')"
    )
    files = {"a.py": revision("a", None), "b.py": revision("b", "gone"), "m.py": revision("m", ("a", "b"))}

    found = await seen(world, files, **ALEMBIC)

    assert found.pending == ()
    assert found.problems == ("b.py follows revision gone, of which there is no file",)


def migration(body: str) -> str:
    return f"from django.db import migrations\nclass Migration(migrations.Migration):\n    {body}\n"


async def test_django_says_what_waits_what_has_no_file_and_what_lacks_what_it_needs(world: World) -> None:
    await world.conn.execute(
        "CREATE TABLE django_migrations (id serial, app varchar, name varchar, applied timestamptz)"
    )
    await world.conn.execute(
        "INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial'), ('shop', '0003_c'), ('shop', '0009_x'), ('auth', '0001_initial')"
    )
    files = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": migration("initial = True"),
        "shop/migrations/0002_b.py": migration(
            "dependencies = [('shop', '0001_initial')]\n    atomic = False"
        ),
        "shop/migrations/0003_c.py": migration(
            "dependencies = [('shop', '0002_b'), migrations.swappable_dependency(X)]"
        ),
    }

    found = await seen(world, files, **DJANGO)

    assert (found.pending, found.unknown) == (("shop.0002_b",), ("shop.0009_x",))
    assert found.problems == (
        "shop.0003_c is recorded, and shop.0002_b, which it needs, is not: Django refuses to go on",
    )
    assert "shop.0002_b is not done in one transaction" in found.warnings[0]


async def test_django_knows_migrations_that_replace_others(world: World) -> None:
    await world.conn.execute(
        "CREATE TABLE django_migrations (id serial, app varchar, name varchar, applied timestamptz)"
    )
    await world.conn.execute(
        "INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_a'), ('shop', '0002_b')"
    )
    files = {
        "shop/migrations/0001_squashed.py": migration("replaces = [('shop', '0001_a'), ('shop', '0002_b')]")
    }

    found = await seen(world, files, **DJANGO)

    assert (found.pending, found.unknown, found.problems) == ((), (), ())


async def test_flyway_says_what_failed_how_far_it_got_and_what_was_changed_afterwards(world: World) -> None:
    first = "CREATE TABLE a (id int);\r\n"
    files = {
        "V1__a.sql": first + "-- changed",
        "V1.1__b.sql": "CREATE TABLE b (id int);",
        "V2__c.sql": "CREATE TABLE c (id int);\nCREATE INDEX CONCURRENTLY c_id ON c (id);",
        "R__views.sql": "SELECT 1",
    }
    await world.conn.execute(HISTORY)
    rows = (
        (1, "1", "V1__a.sql", checksum(first), True),
        (2, "2", "V2__c.sql", checksum(files["V2__c.sql"]), False),
    )
    for row in rows:
        await world.conn.execute(
            "INSERT INTO flyway_schema_history (installed_rank, version, script, checksum, success) VALUES ($1, $2, $3, $4, $5)",
            *row,
        )
    await world.conn.execute("CREATE TABLE c (id int)")

    found = await seen(world, files, **FLYWAY)

    assert (found.failed, found.pending) == (("V2__c.sql",), ("V1.1__b.sql", "V2__c.sql"))
    assert found.script
    assert [one.state for one in found.script.items] == ["done", "not done"]
    assert "V1__a.sql is not what was run" in found.problems[0]
    told = "\n".join(standing_told(found))
    assert (
        "FAILED:\n   V2__c.sql\nHow far it got (V2__c.sql):\n     1 done       CREATE TABLE c (id int)"
        in told
    )


def test_flyways_checksum_leaves_out_line_ends_and_the_byte_order_mark() -> None:
    assert checksum("a\nb\n") == checksum("\ufeffa\r\nb") == checksum("ab")
    assert checksum("ab") == -1635563411  # crc32 of "ab", as a signed number


async def test_a_table_of_another_tool_is_named(world: World) -> None:
    await world.conn.execute("CREATE TABLE alembic_version (version bigint, dirty boolean)")

    found = await seen(world, {}, **ALEMBIC)

    assert "is not a table of alembic: it looks like that of golang-migrate" in found.problems[0]
