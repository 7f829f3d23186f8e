"""Deploys are told of, by whatever means, and read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tocsin.acts.house import House
from tocsin.core.deploys.deploy import Deploy, after, the_same
from tocsin.store import deploys as rows
from tocsin.store.deploys import Row
from tocsin.store.pool import Connection

MOST: Final = 200
LOOKED_AT: Final = 5


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
        return await _recorded(conn, told)


async def deploys(house: House, service: str = "", *, before: int = 0, limit: int = 50) -> list[Row]:
    """The newest first: of one service, or of all (""); before that number, where it is not 0."""
    async with house.pool.acquire() as conn:
        return await rows.newest(conn, service, before=before, limit=limit)


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
