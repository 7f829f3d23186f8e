"""Deploys are told of, by whatever means, and read. What is news is judged anew in every open incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.core.deploys.deploy import Deploy, after, the_same
from tocsin.core.deploys.judging import judging
from tocsin.store import deploys as rows
from tocsin.store import works as work_rows
from tocsin.store.deploys import Row
from tocsin.store.pool import Connection

MOST: Final = 200
LOOKED_AT: Final = 50
MATTERS: Final = timedelta(days=7)
"""In an incident that is open for longer, another deploy tells nothing of how it began."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of it: the deploy as it is known now, whether it is a new one, and whether anything changed by it."""

    number: int
    deploy: Deploy
    is_new: bool
    is_news: bool


async def record_deploy(house: House, told: Deploy) -> Recorded:
    """Keep a deploy. The same id again, or the same deploy told in another way, adds to the one that is known."""
    async with house.pool.acquire() as conn, conn.transaction():
        recorded = await _recorded(conn, told)
        if recorded.is_news and any(one.service == told.service for one in house.declared.targets):
            await _judge_anew(house, conn, recorded)
    if recorded.is_news:
        house.wake()
    return recorded


async def deploys(house: House, service: str = "", *, before: int = 0, limit: int = 50) -> list[Row]:
    """The newest first: of one service, or of all (""); before that number, where it is not 0."""
    async with house.pool.acquire() as conn:
        return await rows.newest(conn, service, before=before, limit=limit)


async def is_known(house: House, id: str) -> bool:
    """Whether a deploy was told of under this id."""
    return bool(await house.pool.fetchval(rows.SQL["is_known"], id))


async def _recorded(conn: Connection, told: Deploy) -> Recorded:
    await rows.lock(conn, told.service)
    row = await rows.by_id(conn, told.service, told.id)
    if row is None:
        newest = await rows.newest(conn, told.service, limit=LOOKED_AT)
        same = the_same(told, [one.deploy for one in newest])
        row = next((one for one in newest if one.deploy == same), None)
    if row is None:
        return Recorded(await rows.insert(conn, told), told, is_new=True, is_news=True)
    now = after(row.deploy, told)
    await rows.update(conn, row.number, told.id, now)
    return Recorded(row.number, now, is_new=False, is_news=now != row.deploy)


async def _judge_anew(house: House, conn: Connection, recorded: Recorded) -> None:
    now = house.clock.now()
    for id, ref in await rows.open_incidents(conn, now - MATTERS):
        why = f"deploy/{recorded.number}/{now.isoformat()}"
        await work_rows.plan(conn, id, [judging(ref, why)], now)
