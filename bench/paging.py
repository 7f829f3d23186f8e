"""How soon an alert reaches a device: one alone, two thousand at once, and ten thousand escalations in the same second.

    .venv/bin/python bench/paging.py [--quick] [--part alone|flood|due|rest ...] [--json FILE]

Everything is real: `tocsin serve` processes on an embedded PostgreSQL with the durable defaults, HTTP over loopback, one key. Each
person has a webhook that leads to a sink in this process: load and sink come from the same cores as what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import msgspec
from incidents import PORT, Row, folder, percentile

from tocsin.acts import access
from tocsin.acts.building import make_house
from tocsin.clock import SystemClock
from tocsin.store.migrate import migrate
from tocsin.store.pg_bin import find_pg_bin
from tocsin.store.pool import open_pool
from tocsin.store.postgres import postgres_for

SINK = 18090
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


@dataclass
class Sink:
    """Answers 204 to whatever is posted, and keeps when, for whom and under which id."""

    got: list[tuple[float, str, str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            at = time.perf_counter()
            lines = head.lower().split(b"\r\n")
            length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
            body = msgspec.json.decode(await reader.readexactly(length))
            writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
            await writer.drain()
            self.got.append((at, body["data"]["person"], body["data"]["id"]))
        writer.close()


@contextlib.asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    one = Sink()
    async with await asyncio.start_server(one.serve, "127.0.0.1", SINK, backlog=4096):
        yield one


async def furnished(dsn: str, many: int) -> str:
    """So many people, each with a webhook that leads to the sink; a key that opens alerts."""
    pool = await open_pool(dsn, max_size=4)
    try:
        async with pool.acquire() as conn:
            await migrate(conn, SystemClock().now())
        house = await make_house(pool, SystemClock())
        handles = [f"p{n}" for n in range(many)]
        now = house.clock.now()
        await pool.execute(
            "INSERT INTO people (handle, name, rights, added_at) SELECT h, h, ARRAY['respond'], $2 FROM unnest($1::text[]) AS h",
            handles,
            now,
        )
        address = json.dumps({"url": f"http://127.0.0.1:{SINK}/", "secrets": [SECRET]})
        await pool.execute(
            "INSERT INTO contact_methods (person, via, address, name, added_by, added_at, verified_at)"
            " SELECT h, 'webhook', $2, 'hook', h, $3, $3 FROM unnest($1::text[]) AS h",
            handles,
            address,
            now,
        )
        await pool.execute("UPDATE roster_version SET version = version + 1")
        return await access.create_key(house, "bench", rights=["report"])
    finally:
        await pool.close()


@contextlib.contextmanager
def nodes(
    data: Path, dsn: str = "", ports: tuple[int, ...] = (PORT,)
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`tocsin serve` processes: one with its own database, or several on the one at `dsn`."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        for port in ports:
            started.append(node(data, dsn, port))
        for one, port in zip(started, ports, strict=True):
            until_ready(one, port)
        yield started
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(30)


def until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(3000):
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        if process.poll() is not None:
            raise SystemExit("tocsin serve did not start")
        time.sleep(0.02)
    raise SystemExit("tocsin serve was not ready after a minute")


def node(data: Path, dsn: str, port: int) -> subprocess.Popen[bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_") and k != "DATABASE_URL"}
    kept["TOCSIN_PRIVATE_NETWORKS"] = "127.0.0.0/8"
    if dsn:
        kept["DATABASE_URL"] = dsn
    command = [sys.executable, "-m", "tocsin", "serve", "--port", str(port), "--data", str(data)]
    with open(data / f"serve-{port}.log", "ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=kept)


async def post(key: str, whom: list[str], times: list[float], port: int = PORT) -> None:
    """One client on one kept connection, an alert for each of these people after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for handle in whom:
        body = json.dumps({"message": f"The disk of {handle} is full", "to": [f"person:{handle}"]}).encode()
        head = (
            f"POST /api/v1/alerts HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        begin = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        lines = answer.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 201"), answer
        times.append(time.perf_counter() - begin)
    writer.close()


async def until(said: Sink, many: int, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while len({person for _, person, _ in said.got}) < many and time.perf_counter() < end:
        await asyncio.sleep(0.01)


# --- One alone ------------------------------------------------------------------------------------------------------------


async def alone(key: str, said: Sink, many: int) -> Row:
    """From the first byte of the request to the message at the sink, one alert after the other on an idle Tocsin."""
    times: list[float] = []
    for n in range(many):
        said.got.clear()
        begin = time.perf_counter()
        # Not those who were just paged: what comes to one device within seconds goes out as one.
        await post(key, [f"p{n + 10}"], [])
        await until(said, 1, 5)
        times.append(said.got[0][0] - begin if said.got else 5.0)
        await asyncio.sleep(0.02)
    figures = {
        "p50 ms": round(percentile(times, 0.50) * 1000, 1),
        "p99 ms": round(percentile(times, 0.99) * 1000, 1),
    }
    return Row(f"an alert to its message at the provider, idle ({many})", figures, "p50 10 ms, p99 50 ms")


# --- Two thousand at once -------------------------------------------------------------------------------------------------


def used(processes: list[int]) -> float:
    """Processor seconds that these have used."""
    ticks = 0
    for pid in processes:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            ticks += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(root: int) -> list[int]:
    """A process and all that it started, the database with them."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(") ")[2].split()[1])
    found, new = [root], [root]
    while new:
        new = [pid for pid, parent in parents.items() if parent in new]
        found += new
    return found


async def flood(key: str, said: Sink, root: int, many: int) -> list[Row]:
    said.got.clear()
    before = used(family(root))
    times: list[float] = []
    clients = 16
    begin = time.perf_counter()
    await asyncio.gather(
        *(post(key, [f"p{n}" for n in range(i, many, clients)], times) for i in range(clients))
    )
    accepted = time.perf_counter()
    await until(said, many, 120)
    reached = {person for _, person, _ in said.got}
    last = max(at for at, _, _ in said.got) if said.got else accepted
    spent = used(family(root)) - before
    return [
        Row(
            f"{many} alerts for {many} people: the last message after the last accept",
            {
                "s": round(last - accepted, 2),
                "accepted per s": round(many / (accepted - begin)),
                "not reached": many - len(reached),
                "messages": len(said.got),
            },
            "5 s",
        ),
        Row("processor time per alert, database included", {"ms": round(spent / many * 1000, 2)}, "4 ms"),
    ]


# --- Ten thousand escalations due in one second ------------------------------------------------------------------------------


async def due(many: int, count: int) -> Row:
    with folder() as data, postgres_for(data, find_pg_bin(None, data)) as dsn:
        await furnished(dsn, 200)
        pool = await open_pool(dsn, max_size=2)
        now = SystemClock().now()
        await _waiting(pool, many, now + timedelta(hours=1))
        ports = tuple(PORT + 1 + n for n in range(count))
        with nodes(data, dsn, ports):
            at = SystemClock().now() + timedelta(seconds=2)
            await pool.execute("UPDATE alerts SET next_at = $1", at)
            while await pool.fetchval("SELECT count(*) FROM alerts WHERE next_at <= $1", at):
                await asyncio.sleep(0.05)
            took = (SystemClock().now() - at).total_seconds()
        moved = await pool.fetchval("SELECT count(DISTINCT alert_id) FROM alert_events WHERE n = 2")
        await pool.close()
    figures = {"s": round(took, 2), "moved on": moved}
    return Row(
        f"{many} escalations due in one second, {count} node{'s' if count > 1 else ''}", figures, "5 s"
    )


async def _waiting(pool, many: int, later: datetime) -> None:  # type: ignore[no-untyped-def]
    """Open alerts that were paged once and wait for their second step."""
    begun = later - timedelta(hours=2)
    step = {"to": [{"kind": "person", "name": "p1", "which": "now"}], "when": "not-acknowledged", "windows": [],
            "priorities": [], "turn": "", "via": ["bench"]}  # fmt: skip
    stamped = {"policy": "bench", "stages": [{"at": "PT0S", **step}, {"at": "PT1H", **step}], "repeat": 0,
               "again_after": "PT10M", "acknowledged_by": "one", "forgotten_after": None, "last_resort": []}  # fmt: skip
    await pool.execute(
        "INSERT INTO alerts (id, alias, message, description, priority, source, link, details, policy, stamped, opened_by, door,"
        " opened_at, last_at, status, events, next_at)"
        " SELECT nextval('alert_numbers'), 'w' || n, 'The disk is full', '', 'P3', '', '', '{}', 'bench', $2, '', 'bench', $3, $3, 'open', 1, $4"
        " FROM generate_series(1, $1) AS n",
        many,
        stamped,
        begun,
        later,
    )
    await pool.execute(
        "INSERT INTO alert_events SELECT id, 1, $1, 'stepped', '', 'engine', $2 FROM alerts",
        begun,
        {"stage": 0, "people": ["p1"], "places": [], "left_out": [], "turn": ""},
    )


# --- At rest ---------------------------------------------------------------------------------------------------------------


def pss(pids: list[int]) -> float:
    """MiB of memory that these hold, shared pages by their share."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def at_rest(root: int) -> Row:
    all_of_them = family(root)
    ours = [
        pid
        for pid in all_of_them
        if b"postgres:" not in _command(pid) and b"bin/postgres" not in _command(pid)
    ]
    figures = {"own MiB": round(pss(ours)), "with the database MiB": round(pss(all_of_them))}
    return Row("memory at rest (PSS)", figures, "120, 200 MiB")


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


async def measured(parts: list[str], quick: bool) -> list[Row]:
    rows: list[Row] = []
    many = 200 if quick else 2000
    if {"alone", "flood", "rest"} & set(parts):
        async with sink() as said:
            with folder() as data:
                with postgres_for(data, find_pg_bin(None, data)) as dsn:
                    key = await furnished(dsn, many)
                begin = time.perf_counter()
                with nodes(data) as (process,):
                    ready = time.perf_counter() - begin
                    await asyncio.sleep(2)
                    if "rest" in parts:
                        rows.append(at_rest(process.pid))
                        rows.append(Row("start to ready, database included", {"s": round(ready, 2)}, "2 s"))
                    await post(key, ["p0", "p1", "p2"], [])
                    await asyncio.sleep(6)
                    if "alone" in parts:
                        rows.append(await alone(key, said, 50 if quick else 500))
                        await asyncio.sleep(6)
                    if "flood" in parts:
                        rows += await flood(key, said, process.pid, many)
    if "due" in parts:
        for count in (1, 3):
            rows.append(await due(1000 if quick else 10_000, count))
    return rows


PARTS = ("rest", "alone", "flood", "due")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = asyncio.run(measured(list(given.part or PARTS), given.quick))
    for row in rows:
        figures = "   ".join(f"{name} {value}" for name, value in row.figures.items())
        print(f"{row.what:<72}{figures:<70}< {row.goal}")
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
