"""The program as a person runs it: a process of its own, against a Tocsin that listens on a free port."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tocsin.acts import access
from tocsin.acts.house import House
from tocsin.doors.api import api
from tocsin.town.serving import served

PROGRAM = "from tocsin.doors.cli import app, run; run(app)"


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended, and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
def run() -> Run:
    """The program in anybody's hands: words, `stdin`, and the environment by name."""
    return _ran


async def _ran(*words: str, stdin: str = "", **environment: str) -> Ended:
    """Run the program with these words, and nothing of our own environment that would steer it."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "DATABASE_URL"))
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**clean, **environment},
    )
    out, err = await process.communicate(stdin.encode())
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def url(house: House) -> AsyncIterator[str]:
    """The address of a Tocsin that listens on loopback, with its API alone."""
    async with served(Starlette(routes=[Mount("/api/v1", api(house))])) as url:
        yield url


@pytest.fixture
async def alice(house: House, url: str) -> Run:
    """The program in Alice's hands."""
    key = await access.create_key(house, "alice", person="alice")

    async def in_her_hands(*words: str, stdin: str = "") -> Ended:
        return await _ran(*words, stdin=stdin, TOCSIN_URL=url, TOCSIN_API_KEY=key)

    return in_her_hands
