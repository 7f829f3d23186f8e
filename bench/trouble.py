"""Plays the stories with trouble on the way (kill -9, services that fail) and compares what came of them with a quiet run.

Usage: python bench/trouble.py [--quick] [--kills 50] [--speed 200] [--story NAME ...] [--trouble kills|FAULT ...] [--json FILE]

Each row is one story with one trouble: how often something failed on purpose, whether every duty ended as in the quiet run, and how
many messages to the outside were lost or doubled. Messages are compared without ids, numbers and links; mail without what has the same Message-ID.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tocsin.demo.compare import ledger, said
from tocsin.demo.ports import free_port
from tocsin.demo.trouble import FAULTS

STORIES = (
    "sign-in",
    "false-alarm",
    "security",
    "customer-instance",
    "broken-build",
    "dirty-schema",
    "roll-back",
    "revert",
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one story, 5 kills, one fault")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--story", action="append", choices=STORIES)
    parser.add_argument("--trouble", action="append", help="kills, or one of the faults; by default all")
    parser.add_argument(
        "--speed", type=float, default=200.0, help="of the plays with trouble; less on a slow machine"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    stories = given.story or (("false-alarm",) if given.quick else STORIES)
    kills = 5 if given.quick else given.kills
    troubles = given.trouble or (("kills", "lost_answer") if given.quick else ("kills", *FAULTS))
    rows = [row for story in stories for row in _story(story, troubles, kills, given.speed)]
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0 if all(row["same"] for row in rows) else 1


def _story(
    story: str, troubles: tuple[str, ...] | list[str], kills: int, speed: float
) -> list[dict[str, Any]]:
    quiet, _, why = _play(story, "--speed", f"{2 * speed:g}")
    if quiet is None:
        print(f"{story:<18} quiet            did not end: {why}", flush=True)
        return [{"story": story, "trouble": "quiet", "same": False, "why": why}]
    rows = []
    for trouble in troubles:
        arguments = ("--kills", str(kills)) if trouble == "kills" else ("--fault", trouble)
        found, seconds, why = _play(story, "--speed", f"{speed:g}", *arguments)
        row = {
            "story": story,
            "trouble": f"{kills} kills" if trouble == "kills" else trouble,
            "seconds": round(seconds),
        }
        rows.append(row | (_compared(quiet, found) if found else {"same": False, "why": why}))
        _print(rows[-1])
    return rows


def _play(story: str, *arguments: str) -> tuple[Any, float, str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.json"
        command = [
            sys.executable,
            "-m",
            "tocsin",
            "demo",
            "--headless",
            "--story",
            story,
            "--json",
            str(file),
        ]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--port", str(free_port(0)), *arguments], capture_output=True, text=True, timeout=1500
        )
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        return (
            json.loads(file.read_text()) if file.exists() else None,
            time.monotonic() - began,
            " ".join(last),
        )


def _compared(quiet: Any, found: Any) -> dict[str, Any]:
    before, after = said(quiet), said(found)
    is_same = ledger(quiet) == ledger(found)
    lost, doubled = list((before - after).elements()), list((after - before).elements())
    return {
        "failed": found["town"]["failed_on_purpose"],
        "same": is_same and not lost and not doubled,
        "ledger": is_same,
        "lost": lost,
        "doubled": doubled,
    }


def _print(row: dict[str, Any]) -> None:
    outcome = row.get("why") or (
        f"{row['failed']} failed, ledger {'same' if row['ledger'] else 'OTHER'}, lost {len(row['lost'])}, doubled {len(row['doubled'])}"
    )
    print(f"{row['story']:<18} {row['trouble']:<16} {row['seconds']:>4} s  {outcome}", flush=True)
    for name in ("lost", "doubled"):
        for text in row.get(name, [])[:5]:
            print(f"    {name}: {text[:160]!r}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
