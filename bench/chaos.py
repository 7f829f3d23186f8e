"""Three nodes, a thousand alerts, and `kill -9` on one node every second for a minute: does every alert reach its person, once, in time?

    .venv/bin/python bench/chaos.py [--alerts 1000] [--seconds 60] [--json FILE]

Everything is real, as in `paging.py`. An alert counts as due when the first node has answered 201, and is posted with an alias, so that
whoever got no answer may ask again. The receiver knows each message by its id, as a provider with idempotency keys does: the same id
twice is one message for it. Ends with 1 where an alert did not reach its person, came later than 15 s, or under two ids.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from incidents import folder, percentile
from paging import PORT, Sink, furnished, node, sink

from tocsin.store.pg_bin import find_pg_bin
from tocsin.store.postgres import postgres_for

NODES, LATEST = 3, 15.0
PORTS = tuple(PORT + 20 + n for n in range(NODES))


@dataclass
class Played:
    """When each person's alert was accepted, and how often a node was killed."""

    accepted: dict[str, float] = field(default_factory=dict)
    kills: int = 0
    refused: Counter[str] = field(default_factory=Counter)


async def play(data: Path, dsn: str, key: str, alerts: int, seconds: float) -> Played:
    played = Played()
    nodes = {port: node(data, dsn, port) for port in PORTS}
    try:
        await _until_all_answer()
        ends = time.perf_counter() + seconds
        posting = asyncio.create_task(_post_all(played, key, alerts, seconds))
        while time.perf_counter() < ends:
            await asyncio.sleep(1)
            port = random.choice(PORTS)
            nodes[port].send_signal(signal.SIGKILL)
            await asyncio.to_thread(nodes[port].wait)
            played.kills += 1
            nodes[port] = node(data, dsn, port)
        await posting
        await asyncio.sleep(LATEST + 10)
    finally:
        for one in nodes.values():
            one.terminate()
        for one in nodes.values():
            await asyncio.to_thread(one.wait, 60)
    return played


async def _until_all_answer() -> None:
    async with httpx2.AsyncClient() as client:
        for port in PORTS:
            for _ in range(600):
                with contextlib.suppress(httpx2.TransportError):
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                        break
                await asyncio.sleep(0.1)


async def _post_all(played: Played, key: str, alerts: int, seconds: float) -> None:
    """Evenly over the time, each to a node by chance, again elsewhere where there was no answer."""
    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for n in range(alerts):
            await asyncio.sleep(max(0.0, begin + n * seconds / alerts - time.perf_counter()))
            group.create_task(_post(played, key, f"p{n}"))


async def _post(played: Played, key: str, handle: str) -> None:
    body = {"message": f"The disk of {handle} is full", "alias": handle, "to": [f"person:{handle}"]}
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(timeout=5) as client:
        while True:
            port = random.choice(PORTS)
            try:
                answer = await client.post(
                    f"http://127.0.0.1:{port}/api/v1/alerts", json=body, headers=headers
                )
            except httpx2.HTTPError as why:
                played.refused[type(why).__name__] += 1
            else:
                if answer.status_code == 201:
                    played.accepted[handle] = time.perf_counter()
                    return
                played.refused[str(answer.status_code)] += 1
            await asyncio.sleep(0.1)


def counted(played: Played, said: Sink) -> dict[str, float]:
    """What came of it. `again` are messages that the receiver got twice under one id, which it takes for one."""
    ids: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[str, float] = {}
    for at, person, id in said.got:
        ids[person][id] += 1
        first[person] = min(at, first.get(person, at))
    late = [max(0.0, first[person] - at) for person, at in played.accepted.items() if person in first]
    return {
        "kills": played.kills,
        "accepted": len(played.accepted),
        "not reached": sum(person not in first for person in played.accepted),
        "p50 s": round(percentile(late, 0.5), 2),
        "max s": round(max(late), 2),
        "under two ids": sum(len(one) > 1 for one in ids.values()),
        "again under one id": sum(count - 1 for one in ids.values() for count in one.values()),
    }


async def measured(alerts: int, seconds: float) -> dict[str, float]:
    async with sink() as said:
        with folder() as data, postgres_for(data, find_pg_bin(None, data)) as dsn:
            key = await furnished(dsn, alerts)
            played = await play(data, dsn, key, alerts, seconds)
            found = counted(played, said)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alerts", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = asyncio.run(measured(given.alerts, given.seconds))
    print("   ".join(f"{name} {value}" for name, value in found.items()))
    if given.json:
        given.json.write_text(json.dumps(found))
    held = not found["not reached"] and not found["under two ids"] and found["max s"] <= LATEST
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
