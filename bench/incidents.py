"""How fast incidents are declared, how late duties are looked at, and how soon the demo shows something.

    .venv/bin/python bench/incidents.py [--quick] [--json FILE]

Everything is real: a `tocsin serve` process on an embedded PostgreSQL with the durable defaults, HTTP over loopback, one key. The
load comes from this process, on the same cores. `--quick` ends within a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tocsin.acts import access, incidents, people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import Clock, HandClock, SystemClock
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.store.migrate import migrate
from tocsin.store.pg_bin import find_pg_bin
from tocsin.store.pool import open_pool
from tocsin.store.postgres import postgres_for

PORT = 18008


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    figures: dict[str, float]
    goal: str


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.asynccontextmanager
async def house_on(dsn: str, clock: Clock) -> AsyncIterator[House]:
    """A house with three people, a team and a rotation."""
    pool = await open_pool(dsn, max_size=16)
    try:
        async with pool.acquire() as conn:
            await migrate(conn, clock.now())
        house = await make_house(pool, clock)
        for handle in ("alice", "bob", "carol"):
            await people.save_person(house, handle, email=f"{handle}@acme.example")
        await people.save_team(house, "ops_team", ["alice", "bob"])
        monday = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 (local wall clock of the rotation's zone)
        await save_weekly(
            house, "ops", team="ops_team", zone="UTC", first_handoff=monday, participants=["alice", "bob"]
        )
        yield house
    finally:
        await pool.close()


# --- Declaring over the API ---------------------------------------------------------------------------------------------


async def declare_over_http(quick: bool) -> list[Row]:
    with folder() as data:
        with postgres_for(data, find_pg_bin(None, data)) as dsn:
            async with house_on(dsn, SystemClock()) as house:
                key = await access.create_key(house, "bench", person="alice")
        with serving(data):
            await _client(key, 20, [])
            counts = [(1, 200), (16, 1600)] if quick else [(1, 2000), (16, 8000)]
            return [await _declare_row(key, clients, total) for clients, total in counts]


async def _declare_row(key: str, clients: int, total: int) -> Row:
    times: list[float] = []
    begin = time.perf_counter()
    await asyncio.gather(*(_client(key, total // clients, times) for _ in range(clients)))
    took = time.perf_counter() - begin
    figures = {
        "p50 ms": round(percentile(times, 0.50) * 1000, 1),
        "p99 ms": round(percentile(times, 0.99) * 1000, 1),
        "per second": round(len(times) / took, 0),
    }
    goal = "p99 < 50 ms" if clients == 1 else "200/s"
    return Row(f"declare over the API, {clients} client{'s' if clients > 1 else ''}", figures, goal)


async def _client(key: str, requests: int, times: list[float]) -> None:
    """One client on one kept connection, asking one thing after the other."""
    body = json.dumps(
        {"text": "sign-in answers with error 500 since a minute ago", "reporter": "bench"}
    ).encode()
    head = (
        f"POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    for _ in range(requests):
        begin = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 201"), answer
        times.append(time.perf_counter() - begin)
    writer.close()


@contextlib.contextmanager
def serving(data: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tocsin", "serve", "--port", str(PORT), "--data", str(data)]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TOCSIN_") and name != "DATABASE_URL"
    }
    with open(data / "serve.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=kept)
    try:
        _until_ready(process)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _until_ready(process: subprocess.Popen[bytes]) -> None:
    import httpx2

    for _ in range(600):
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"http://127.0.0.1:{PORT}/readyz").status_code == 200:
                return
        if process.poll() is not None:
            raise SystemExit("tocsin serve did not start")
        time.sleep(0.05)
    raise SystemExit("tocsin serve was not ready after 30 s")


# --- The lag of duties ---------------------------------------------------------------------------------------------------


async def lag_of_duties(quick: bool) -> list[Row]:
    """With many open incidents whose updates fall due all the time: how long after its due time a late duty is chased."""
    many, window = (1000, 15.0) if quick else (10_000, 60.0)
    with folder() as data, postgres_for(data, find_pg_bin(None, data)) as dsn:
        start = datetime.now(UTC)
        clock = HandClock(start - timedelta(minutes=30))
        async with house_on(dsn, clock) as house:
            await _open_many(house, clock, many, start)
            spread = await _watch(house, window)
            burst = await _burst(house, 200 if quick else 1000)
    return [
        Row(f"lag of duties, {many} open incidents, due evenly", spread, "< 1 s"),
        Row("one moment's duties of many incidents at once", burst, ""),
    ]


async def _open_many(house: House, clock: HandClock, many: int, start: datetime) -> None:
    """Owned incidents, begun over the last half hour, so that one update falls due every 1800 s / many from now on."""
    alice = Actor("alice", "api")
    step = timedelta(minutes=30) / many

    async def one(n: int) -> None:
        declared = await incidents.declare(
            house,
            alice,
            NewReport("api", f"check {n} fails", "bench", outside=False),
            title=f"check {n} fails",
        )
        await incidents.own(house, alice, declared.ref)
        await incidents.answer_rollback(house, alice, declared.ref, False, "nothing was deployed")
        await incidents.state_next_steps(house, alice, declared.ref, "look at it")

    for first in range(0, many, 8):
        await asyncio.gather(*(one(n) for n in range(first, min(first + 8, many))))
        clock.advance(step * 8)
    clock.set(start)


async def _watch(house: House, window: float) -> dict[str, float]:
    """Run the engine on the machine's clock and read the lags from the facts."""
    house.clock = SystemClock()
    began = house.clock.now()
    # What fell due while the incidents were made is old: the lags count from here on.
    await asyncio.sleep(0)
    engine = Engine(house, Reaches([]))
    house.wake = engine.wake
    running = asyncio.create_task(engine.run())
    settle = began + timedelta(seconds=5)
    while await house.pool.fetchval(
        "SELECT count(*) FROM incidents WHERE wake_at < $1", settle - timedelta(seconds=5)
    ):
        await asyncio.sleep(0.2)
    since = house.clock.now()
    await asyncio.sleep(window)
    engine.stop()
    await running
    rows = await house.pool.fetch(
        """SELECT extract(epoch FROM f.at - d.due_at) AS lag FROM facts f
             JOIN duties d ON d.incident_id = f.incident_id AND d.id = f.data->>'duty'
            WHERE f.kind = 'duty_chased' AND f.data->>'step' = 'remind' AND d.due_at > $1""",
        since,
    )
    lags = [float(row["lag"]) for row in rows]
    return {
        "duties": len(lags),
        "p50 ms": round(statistics.median(lags) * 1000, 1),
        "p99 ms": round(percentile(lags, 0.99) * 1000, 1),
        "max ms": round(max(lags) * 1000, 1),
    }


async def _burst(house: House, many: int) -> dict[str, float]:
    """Bring the time of `many` incidents to this very moment, and see when the last has been looked at."""
    await house.pool.execute(
        "UPDATE incidents SET wake_at = $1 WHERE id IN (SELECT id FROM incidents ORDER BY id LIMIT $2)",
        datetime.now(UTC),
        many,
    )
    engine = Engine(house, Reaches([]))
    begin = time.perf_counter()
    await engine.run_due()
    took = time.perf_counter() - begin
    return {"incidents": many, "seconds": round(took, 2), "per second": round(many / took)}


# --- The demo ------------------------------------------------------------------------------------------------------------


def demo_to_first_card(runs: int) -> Row:
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "demo", "--headless", "--speed", "1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        for line in process.stdout:
            if "opened the incident and its thread" in line:
                times.append(time.perf_counter() - begin)
                break
        process.terminate()
        process.wait(30)
    if not times:
        raise SystemExit("the demo showed no card; run `make demo` to see why")
    figures = {"median s": round(statistics.median(times), 2), "max s": round(max(times), 2), "runs": runs}
    return Row("the demo, from its start to the first card in Slack", figures, "< 5 s")


def table(rows: list[Row]) -> str:
    lines = []
    for row in rows:
        figures = "   ".join(f"{name} {value:g}" for name, value in row.figures.items())
        lines.append(f"{row.what:<55} {figures:<60} {row.goal}".rstrip())
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    parser.add_argument("--json", type=Path, help="write the same figures to this file")
    chosen = parser.parse_args()
    rows: list[Row] = []
    for part in (
        lambda: asyncio.run(declare_over_http(chosen.quick)),
        lambda: asyncio.run(lag_of_duties(chosen.quick)),
        lambda: [demo_to_first_card(1 if chosen.quick else 5)],
    ):
        found = part()
        print(table(found), flush=True)
        rows += found
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
