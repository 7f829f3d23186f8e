"""The weekly rotations and overrides of before become schedules: nobody is on call another time than they were."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from tocsin.core.oncall.calculator import on_call
from tocsin.core.oncall.model import BEGINNING, Change
from tocsin.core.oncall.named import people_in
from tocsin.store.migrate import MIGRATIONS, migrate
from tocsin.store.people import Directory, directory
from tocsin.store.pool import open_pool
from tocsin.store.postgres import EmbeddedPostgres

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PERSON = "INSERT INTO people (handle, name, rights, added_at) VALUES ($1, $1, '{respond}', $2)"
ROTATION = "INSERT INTO rotations (name, team, zone, first_handoff, participants) VALUES ($1, $2, $3, $4, $5)"
OVERRIDE = "INSERT INTO overrides (schedule, person, starts_at, ends_at, made_by, made_at) VALUES ($1, $2, $3, $4, 'alice', $5)"


@pytest.fixture
async def old(postgres_server: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[asyncpg.Pool]:
    """A database as it was before schedules."""
    for path in MIGRATIONS.glob("*.sql"):
        if path.name < "0011":
            shutil.copy(path, tmp_path)
    admin = await asyncpg.connect(postgres_server.admin_dsn())
    await admin.execute("CREATE DATABASE oldest OWNER tocsin")
    pool = await open_pool(postgres_server.dsn("oldest"), min_size=1)
    async with pool.acquire() as conn:
        await migrate(conn, NOW, tmp_path)
    yield pool
    await pool.close()
    await admin.execute("DROP DATABASE oldest WITH (FORCE)")
    await admin.close()


async def roster(pool: asyncpg.Pool, now: datetime = NOW) -> Directory:
    async with pool.acquire() as conn:
        return await directory(conn, now)


async def carried(pool: asyncpg.Pool) -> Directory:
    """What a node sees once the database was migrated."""
    async with pool.acquire() as conn:
        await migrate(conn, NOW)
    return await roster(pool)


async def test_a_weekly_rotation_becomes_a_schedule_that_has_always_been(old: asyncpg.Pool) -> None:
    first = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - local wall clock
    await old.execute(ROTATION, "ops", "ops_team", "Europe/Berlin", first, ["bob", "alice"])

    [kept] = (await carried(old)).kept.values()

    assert (kept.id, kept.schedule.name, kept.schedule.team, kept.version) == ("ops", "ops", "ops_team", 1)
    assert [version.since for version in kept.schedule.versions] == [BEGINNING]
    assert on_call(kept.schedule, datetime(2026, 3, 2, 7, 59, tzinfo=UTC)) == ()
    assert on_call(kept.schedule, datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) == ("bob",)
    assert on_call(kept.schedule, datetime(2026, 3, 9, 8, 0, tzinfo=UTC)) == ("alice",)


async def test_an_override_still_takes_its_schedule_over_and_the_later_one_wins(old: asyncpg.Pool) -> None:
    for handle in ("alice", "bob", "carol"):
        await old.execute(PERSON, handle, NOW)
    first = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - local wall clock
    await old.execute(ROTATION, "ops", "", "UTC", first, ["bob"])
    for person in ("alice", "carol"):
        await old.execute(OVERRIDE, "ops", person, NOW, NOW + timedelta(hours=1), NOW)

    [schedule] = (await carried(old)).schedules

    assert [(one.change, one.people, one.made_by) for one in schedule.overrides] == [
        (Change.TAKE, ("alice",), "alice"),
        (Change.TAKE, ("carol",), "alice"),
    ]
    assert on_call(schedule, NOW) == ("carol",)
    assert on_call(schedule, NOW + timedelta(hours=1)) == ("bob",)


async def test_names_become_ids_and_no_two_the_same(old: asyncpg.Pool) -> None:
    first = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - local wall clock
    for name in ("Ops Team: nights", "ops team  nights", "Öps", "???"):
        await old.execute(ROTATION, name, "", "UTC", first, ["bob"])

    known = await carried(old)

    names = {one.name: one.id for one in known.schedules}
    assert names["Ops Team: nights"].startswith("ops-team-nights")
    assert names["???"] == "schedule"
    assert names["Öps"] == "ps"
    assert len(set(names.values())) == 4


@pytest.mark.parametrize(
    ("first", "participants", "then"),
    [
        (
            "1912-06-03 09:00:00",
            ["bob", "alice"],
            ("alice",),
        ),  # The Mondays since are an odd number of weeks.
        ("2026-03-02 09:00:00", [], ()),
        ("2999-01-07 09:00:00", ["bob"], ()),
    ],
)
async def test_what_no_plan_takes_today_stands_in_nobodys_way(
    old: asyncpg.Pool, first: str, participants: list[str], then: tuple[str, ...]
) -> None:
    await old.execute(ROTATION, "ops", "", "UTC", datetime.fromisoformat(first), participants)

    [schedule] = (await carried(old)).schedules

    weeks = (NOW.replace(tzinfo=None) - datetime(1912, 6, 3, 9, 0)) // timedelta(days=7)  # noqa: DTZ001
    assert weeks % 2 == 1
    assert on_call(schedule, NOW) == then
    assert set(people_in(schedule.plan)) == set(participants)


async def test_the_code_before_still_finds_its_tables(old: asyncpg.Pool) -> None:
    first = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - local wall clock
    await old.execute(PERSON, "bob", NOW)
    await old.execute(ROTATION, "ops", "", "UTC", first, ["bob"])
    await carried(old)

    await old.execute(OVERRIDE, "ops", "bob", NOW, NOW + timedelta(hours=1), NOW)

    assert await old.fetchval("SELECT count(*) FROM rotations") == 1
