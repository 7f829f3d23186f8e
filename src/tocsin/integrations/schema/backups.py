"""When a database was last backed up, as the operators' own tools say it."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime
from typing import Any, Final

import httpx2

from tocsin.core.procedures.declared import Database

SECONDS: Final = 30.0
MOST_BYTES: Final = 64 * 1024


async def backed_up_at(database: Database) -> tuple[datetime | None, str]:
    """The time, and what is amiss with finding it ("" where nothing is). None, "" where nobody says how to find it."""
    try:
        if database.backup_url:
            return _time(await _from_url(database)), ""
        if database.backup_command:
            return _time(await _from_command(database.backup_command)), ""
    except (httpx2.HTTPError, OSError, ValueError, TimeoutError) as why:
        words = str(why) or type(why).__name__
        return None, f"when {database.id} was last backed up could not be found out: {words}"
    return None, ""


async def _from_url(database: Database) -> str:
    async with httpx2.AsyncClient(timeout=SECONDS) as http:
        answer = (await http.get(database.backup_url)).raise_for_status()
    found: Any = answer.json()
    for part in database.backup_field.split("."):
        if not isinstance(found, dict) or part not in found:
            raise ValueError(f"{database.backup_url} has no field {database.backup_field}")
        found = found[part]
    return str(found)


async def _from_command(command: tuple[str, ...]) -> str:
    """What it prints. It gets no variable of ours but PATH, and is ended with all that it started when its time is over."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(SECONDS):
            said = await process.stdout.read(MOST_BYTES)
            code = await process.wait()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if code:
        raise ValueError(f"{command[0]} ended with {code}")
    return said.decode(errors="replace").strip()


def _time(said: str) -> datetime:
    """A time as ISO 8601 or as seconds since 1970."""
    try:
        if said.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(said), UTC)
        at = datetime.fromisoformat(said)
    except (ValueError, OverflowError):
        raise ValueError(f"{said[:40]!r} is no time (ISO 8601, or seconds since 1970)") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
