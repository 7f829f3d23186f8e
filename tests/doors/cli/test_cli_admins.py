"""An admin's commands work on the database itself, whether a Tocsin runs on it or not."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tocsin.acts import access, incidents, people
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.store.postgres import EmbeddedPostgres

Run = Callable[..., Awaitable[Any]]
numbers = count(1)


@pytest.fixture
def folder(open_folder: Path) -> Path:
    """A folder for a database of the program's own."""
    folder = open_folder / f"admin{next(numbers)}"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


async def test_an_empty_folder_is_told_apart_from_a_database(run: Run, folder: Path) -> None:
    ended = await run("key", "list", "--data", str(folder / "data"))

    assert ended.code == 1
    assert f"There is no database in {folder}/data yet" in ended.err
    assert not (folder / "data").exists()


async def test_a_database_is_made_filled_backed_up_and_restored(run: Run, folder: Path) -> None:
    data = ("--data", str(folder / "data"))
    assert "Applied 0001_first." in (await run("db", "migrate", *data)).out
    added = await run("person", "add", "alice", "--name", "Alice", "--rights", "admin", *data)
    assert added.out == "alice is Alice, and may admin.\n"
    assert (await run("db", "backup", str(folder / "dump"), *data)).code == 0

    refused = await run("db", "restore", str(folder / "dump"), *data)
    assert (refused.code, "not empty" in refused.err) == (1, True)
    assert (await run("person", "remove", "alice", "--yes", *data)).code == 0
    assert (await run("db", "restore", str(folder / "dump"), "--overwrite", *data)).code == 0

    chosen = await run("person", "notices", "alice", "1h", "now", *data)
    assert chosen.out == "alice hears of a shift: 1h, now.\n"
    people = json.loads((await run("person", "list", "--json", *data)).out)
    assert [person["handle"] for person in people] == ["alice"]


async def test_who_there_is_is_set_up_from_the_command_line(run: Run, dsn: str) -> None:
    for words in (
        ("person", "add", "erin", "--name", "Erin", "--email", "erin@acme.example"),
        ("team", "set", "web", "erin"),
        ("schedule", "set", "web", "--team", "web", "--zone", "Europe/Berlin", "--first-handoff", "2026-03-02T09:00", "--people", "erin"),
    ):  # fmt: skip
        ended = await run(*words, DATABASE_URL=dsn)
        assert (ended.code, ended.err) == (0, "")

    assert "erin@acme.example" in (await run("person", "list", DATABASE_URL=dsn)).out


async def test_who_can_not_be_reached_any_more_is_saved_only_where_it_is_meant(
    run: Run, house: House, dsn: str
) -> None:
    words = ("person", "add", "bob", "--name", "Bob")
    refused = await run(*words, DATABASE_URL=dsn)
    before = (await people.everybody(house)).people["bob"].email
    done = await run(*words, "--yes", DATABASE_URL=dsn)

    assert (refused.code, "NOBODY IS ON CALL THEN (UTC):" in refused.out) == (1, True)
    assert (before, done.code) == ("bob@acme.example", 0)
    assert (await people.everybody(house)).people["bob"].contacts == ()


async def test_a_key_that_the_program_made_opens_the_api(run: Run, house: House, dsn: str) -> None:
    ended = await run("key", "create", "mine", "--person", "alice", "--rights", "respond", DATABASE_URL=dsn)

    assert (await access.visitor_of_key(house, ended.out.strip())).person == "alice"
    assert "mine" in (await run("key", "list", DATABASE_URL=dsn)).out
    assert (await run("key", "revoke", "mine", DATABASE_URL=dsn)).code == 0
    assert (await run("key", "revoke", "mine", DATABASE_URL=dsn)).err == "There is no key mine in force\n"


async def test_a_sign_in_link_works_once(run: Run, house: House, dsn: str) -> None:
    ended = await run("sign-in", "alice", DATABASE_URL=dsn, TOCSIN_PUBLIC_URL="https://tocsin.acme.example")

    base, _, secret = ended.out.strip().rpartition("/")
    assert base == "https://tocsin.acme.example/sign-in"
    # The house's clock stands in the past, where the link is good for long.
    assert await access.sign_in(house, secret)


async def test_a_link_for_nobody_is_refused_by_name(run: Run, dsn: str) -> None:
    ended = await run("sign-in", "zoe", DATABASE_URL=dsn)

    assert (ended.code, ended.err.split(":")[0]) == (1, "Nobody is called zoe")


async def test_a_database_that_is_behind_is_not_touched_and_says_what_to_do(
    run: Run, postgres_server: EmbeddedPostgres, dsn: str
) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    ended = await run("person", "list", DATABASE_URL=dsn)

    assert ended.code == 1
    assert "0001_first" in ended.err
    assert "tocsin db migrate" in ended.err
    assert await conn.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await conn.close()


async def test_a_history_that_was_changed_is_found(run: Run, house: House, dsn: str) -> None:
    await incidents.declare(house, Actor("alice", "web"), incidents.NewReport("api", "x", "a", outside=False))
    assert (await run("db", "verify", DATABASE_URL=dsn)).out == "Every history holds.\n"
    await house.pool.execute("UPDATE facts SET by = 'bob' WHERE n = 2")

    ended = await run("db", "verify", DATABASE_URL=dsn)

    assert (ended.code, ended.err) == (1, "INC-1: the history does not add up from fact 2 on\n")
    assert (await run("db", "rebuild", DATABASE_URL=dsn)).out == "Rebuilt 1 incidents.\n"


async def test_the_status_names_every_migration_and_no_password(run: Run, dsn: str) -> None:
    ended = await run("db", "status", DATABASE_URL=dsn)

    assert "0001_first" in ended.out
    assert dsn.split(":")[2].split("@")[0] not in ended.out


async def test_settings_that_can_not_be_used_are_all_named_at_once(run: Run) -> None:
    ended = await run("key", "list", TOCSIN_PORT="many", TOCSIN_COLOUR="red")

    assert (ended.code, ended.out) == (2, "")
    assert "TOCSIN_PORT" in ended.err
    assert "TOCSIN_COLOUR is no setting" in ended.err


async def test_every_problem_of_a_handbook_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    page = await run("handbook", "show")
    assert page.out.startswith("# Incidents")
    (tmp_path / "mine.toml").write_text('[handbook]\nname = "mine"\nversion = 5\ncolour = "red"\n')

    ended = await run("handbook", "check", str(tmp_path / "mine.toml"))

    assert ended.code == 1
    assert f"{tmp_path}/mine.toml:3: " in ended.err
    assert len(ended.err.splitlines()) > 2
