"""The program git on the loop that Tocsin is served by."""

from __future__ import annotations

import asyncio
from pathlib import Path

import uvloop

from tocsin.integrations.git.program import Git


def test_a_git_that_ends_before_it_is_told_anything_is_none_that_failed(tmp_path: Path) -> None:
    """Nothing to say, a little, and more than a pipe holds: `git version` reads none of it."""
    git = Git(tmp_path)

    async def asked() -> list[str]:
        said = (b"", b"a line\n", b"x" * 200_000)
        return [
            one.line for one in await asyncio.gather(*(git("version", stdin=said[n % 3]) for n in range(12)))
        ]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(asked())

    assert all(line.startswith("git version") for line in found)
