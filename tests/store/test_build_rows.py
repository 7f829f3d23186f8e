"""Builds as rows: told twice they are one, and what is too old goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg

from tocsin.core.builds import Build
from tocsin.store import builds as rows

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BUILD = Build(
    "acme/website", "main", "actions/1", "CI", 10**12, 1, 1, "sha", "ali", "Alice", "a@acme.example", "Größe 🔥", "push",
    "failure", NOON, "https://github.com/acme/website/actions/runs/1",
)  # fmt: skip


async def newest(pool: asyncpg.Pool, stream: str = "actions/1", branch: str = "main") -> list[Build]:
    async with pool.acquire() as conn:
        return await rows.newest(conn, "acme/website", stream, branch)


async def save(pool: asyncpg.Pool, *builds: Build) -> None:
    async with pool.acquire() as conn:
        for build in builds:
            await rows.save(conn, build)


async def test_a_build_comes_back_as_it_was_stored_and_once(pool: asyncpg.Pool) -> None:
    await save(pool, BUILD, BUILD)

    assert await newest(pool) == [BUILD]


async def test_the_later_ending_of_an_attempt_stands_whichever_is_told_first(pool: asyncpg.Pool) -> None:
    later = replace(BUILD, conclusion="success", finished_at=NOON + timedelta(minutes=5))

    await save(pool, BUILD, later, BUILD)

    assert await newest(pool) == [later]


async def test_streams_and_branches_are_kept_apart_and_the_newest_comes_first(pool: asyncpg.Pool) -> None:
    second, again = replace(BUILD, run=2, number=2), replace(BUILD, run=2, number=2, attempt=2)
    await save(
        pool, BUILD, second, again, replace(BUILD, stream="app/1"), replace(BUILD, run=3, branch="old")
    )

    assert await newest(pool) == [again, second, BUILD]


async def test_what_lies_behind_the_newest_of_a_stream_is_let_go(pool: asyncpg.Pool) -> None:
    other = replace(BUILD, stream="app/1")
    await save(pool, other, *(replace(BUILD, run=n, number=n) for n in range(1, rows.KEPT + 4)))

    kept = [build.number for build in await newest(pool)]
    assert (len(kept), kept[0], kept[-1]) == (rows.KEPT, rows.KEPT + 3, 4)
    assert await pool.fetchval("SELECT count(*) FROM builds") == rows.KEPT + 1
