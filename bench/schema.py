"""How long the doctor takes on a schema of 500 migrations and 1,000 tables: git, PostgreSQL and all. It is to be within 5 s.

    python bench/schema.py [--quick] [--json]

The repository is a real one, made anew; the database is PostgreSQL's own, the embedded one. The last migration failed half-way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg

from tocsin.core.procedures.declared import Database, Declared
from tocsin.core.procedures.hands import Seen
from tocsin.integrations.git.hand import GitHand
from tocsin.integrations.git.mirror import Mirrors
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.remotes import Remotes
from tocsin.integrations.schema.hand import SchemaHand
from tocsin.store.pg_bin import find_pg_bin
from tocsin.store.postgres import EmbeddedPostgres

LIMIT_SECONDS = 5.0
COLUMNS = ", ".join(f"c{i} text" for i in range(18))


def migrations(count: int, tables: int) -> dict[str, str]:
    """Each makes some tables with an index each, and is taken back by its other file."""
    files, each = {}, tables // count
    for version in range(1, count + 1):
        names = [f"t{version}_{i}" for i in range(each)]
        files[f"{version}_m.up.sql"] = (
            "BEGIN;\n"
            + "".join(
                f"CREATE TABLE {one} (id bigserial PRIMARY KEY, {COLUMNS});\nCREATE INDEX {one}_c0 ON {one} (c0);\n"
                for one in names
            )
            + "COMMIT;\n"
        )
        files[f"{version}_m.down.sql"] = (
            "BEGIN;\n" + "".join(f"DROP TABLE {one};\n" for one in names) + "COMMIT;\n"
        )
    return files


def repository(folder: Path, files: dict[str, str]) -> Path:
    (folder / "migrations").mkdir(parents=True)
    for name, text in files.items():
        (folder / "migrations" / name).write_text(text)
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@acme.example")
    for command in (("init", "-q", "-b", "main"), ("add", "."), (*who, "commit", "-q", "-m", "Migrations")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


async def fill(dsn: str, files: dict[str, str], count: int) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute(
        "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)"
    )
    await conn.execute("SET synchronous_commit = off")
    for version in range(1, count):
        await conn.execute(files[f"{version}_m.up.sql"])
    last = [one for one in files[f"{count}_m.up.sql"].splitlines() if one.startswith("CREATE")]
    await conn.execute(last[0])
    await conn.execute("INSERT INTO schema_migrations VALUES ($1, true)", count)
    await conn.close()


async def measure(count: int, tables: int, tries: int) -> dict[str, float | int]:
    files = migrations(count, tables)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        server = EmbeddedPostgres(folder / "pg", find_pg_bin(None), sync=False)
        server.start()
        try:
            admin = await asyncpg.connect(server.admin_dsn())
            await admin.execute("CREATE DATABASE frontend OWNER tocsin")
            await admin.close()
            dsn = server.dsn("frontend")
            await fill(dsn, files, count)
            return await _looks(folder, repository(folder / "repo", files), dsn, count, tries)
        finally:
            server.stop()


async def _looks(folder: Path, repo: Path, dsn: str, count: int, tries: int) -> dict[str, float | int]:
    one = Database("frontend", "FRONTEND", remote=str(repo), path="migrations")
    declared = Declared(databases=(one,))
    git = GitHand(Places(Mirrors(folder / "copies"), Remotes(), declared), ("Tocsin", "tocsin@acme.example"))
    hand = SchemaHand(declared, {"FRONTEND": dsn}, git=git)
    took, worked = [], []
    for _ in range(tries):
        start, busy = time.perf_counter(), time.process_time()
        seen = await hand.look("doctor", {"database": "frontend"})
        took.append(time.perf_counter() - start)
        worked.append(time.process_time() - busy)
        assert isinstance(seen, Seen), seen
        assert seen.values["version"] == count
    return {"first": took[0], "median": statistics.median(took), "worst": max(took), "own work": max(worked)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 looks instead of 15")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure(500, 1000, 3 if options.quick else 15))
    if options.json:
        print(json.dumps(found))
    else:
        print("the doctor on 500 migrations and 1,000 tables")
        print("\n".join(f"  {name:<10}{seconds * 1000:>8.0f} ms" for name, seconds in found.items()))
    if found["worst"] > LIMIT_SECONDS:
        raise SystemExit(f"a look took longer than {LIMIT_SECONDS:g} s")


if __name__ == "__main__":
    main()
