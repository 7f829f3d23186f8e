"""Who is on call, over HTTP: a `tocsin serve` process on an embedded PostgreSQL, among 100 schedules with overrides."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incidents import PORT, Row, folder, percentile, serving

from tocsin.acts import access, people
from tocsin.acts.building import make_house
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.acts.oncall.schedules import save_schedule
from tocsin.clock import SystemClock
from tocsin.core.oncall.model import Change
from tocsin.store.migrate import migrate
from tocsin.store.pg_bin import find_pg_bin
from tocsin.store.pool import open_pool
from tocsin.store.postgres import postgres_for

SCHEDULES, OVERRIDES, PEOPLE = 100, 5, 40


def http(quick: bool) -> list[Row]:
    return asyncio.run(_http(quick))


async def _http(quick: bool) -> list[Row]:
    with folder() as data:
        with postgres_for(data, find_pg_bin(None, data)) as dsn:
            key = await _furnished(dsn)
        with serving(data):
            one, all_of_them = "/api/v1/schedules/s{}/on-call", "/api/v1/on-call"
            await _asked(key, one, clients=4, requests=400)
            many = 1 if quick else 5
            return [
                await _row("who is on call in one, 1 client", key, one, 1, 1000 * many, "p50 1 ms"),
                await _row("who is on call in one, 64 clients", key, one, 64, 8000 * many, "3,000/s"),
                await _row("who is on call in all 100, 1 client", key, all_of_them, 1, 500 * many, ""),
                await _row("who is on call in all 100, 64 clients", key, all_of_them, 64, 4000 * many, ""),
            ]


async def _furnished(dsn: str) -> str:
    """100 schedules of three layers, each with overrides to come or running; a key that reads them."""
    pool = await open_pool(dsn, max_size=4)
    chance = random.Random(1)
    try:
        async with pool.acquire() as conn:
            await migrate(conn, SystemClock().now())
        house = await make_house(pool, SystemClock())
        handles = [f"person{n}" for n in range(PEOPLE)]
        for handle in handles:
            await people.save_person(house, handle, email=f"{handle}@acme.example")
        now = house.clock.now()
        for n in range(SCHEDULES):
            await save_schedule(house, OPERATOR, f"s{n}", _plan(chance.sample(handles, 6), now))
            for _ in range(OVERRIDES):
                start = now + timedelta(hours=chance.randrange(0, 600))
                change = chance.choice((Change.TAKE, Change.ADD))
                wish = Wish(change, start + timedelta(hours=8), (chance.choice(handles),), start=start)
                await add_override(house, OPERATOR, f"s{n}", wish)
        return await access.create_key(house, "bench", rights=["read"])
    finally:
        await pool.close()


def _plan(six: list[str], now: datetime) -> dict[str, Any]:
    first = now.replace(tzinfo=None, microsecond=0) - timedelta(days=20)
    layers = [("base", "1 week", six[:3], None), ("days", "1 day", six[3:5], "Mon-Fri 09:00-17:00"), ("weekend", "1 week", six[5:], "Sat-Sun 08:00-20:00")]  # fmt: skip
    return {
        "zone": "Europe/Berlin",
        "layers": [
            {"name": name, "rotations": [{"id": name, "first_handoff": first, "every": every, "participants": who, "restrict": [restrict] if restrict else []}]}
            for name, every, who, restrict in layers
        ],
    }  # fmt: skip


async def _row(what: str, key: str, path: str, clients: int, requests: int, goal: str) -> Row:
    begin = time.perf_counter()
    times = await _asked(key, path, clients=clients, requests=requests)
    took = time.perf_counter() - begin
    figures = {
        "p50 ms": round(percentile(times, 0.50) * 1000, 2),
        "p99 ms": round(percentile(times, 0.99) * 1000, 2),
        "per second": round(len(times) / took),
    }
    return Row(what, figures, goal)


async def _asked(key: str, path: str, *, clients: int, requests: int) -> list[float]:
    """How long each request took; every client keeps one connection and asks one thing after the other."""
    loop = asyncio.get_running_loop()
    askers = [_Asker(key, path, requests // clients, n) for n in range(clients)]
    for one in askers:
        await loop.create_connection(lambda one=one: one, "127.0.0.1", PORT)  # type: ignore[misc]
    await asyncio.gather(*(one.done for one in askers))
    return [taken for one in askers for taken in one.times]


@dataclass
class _Asker(asyncio.Protocol):
    """A client that costs little, since it shares the cores with what it measures."""

    key: str
    path: str
    left: int
    number: int
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._began, self._got, self._needed = 0.0, b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._needed:
            head, separator, _ = self._got.partition(b"\r\n\r\n")
            if not separator:
                return
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self._needed = len(head) + 4 + int(length[15:])
        if len(self._got) < self._needed:
            return
        self.times.append(time.perf_counter() - self._began)
        self.left -= 1
        if self.left:
            self._ask()
        else:
            self._transport.close()
            self.done.set_result(None)

    def connection_lost(self, why: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(why or ConnectionError("the connection was closed"))

    def _ask(self) -> None:
        self._got, self._needed = b"", 0
        path = self.path.format((self.number * 7 + self.left) % SCHEDULES)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {self.key}\r\n\r\n"
        self._began = time.perf_counter()
        self._transport.write(head.encode())
