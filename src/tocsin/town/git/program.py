"""Runs the git program: no shell, nobody's settings, a time limit."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 60.0
"""Seconds. The town's repositories are small; whatever takes longer hangs."""
OLDEST = (2, 31)
"""The first git that takes settings from its environment."""
QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}


class GitError(Exception):
    """Git ended with another code than was expected."""


async def run(
    *arguments: str,
    folder: Path,
    given: bytes = b"",
    more: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> tuple[int, bytes]:
    """`git ARGUMENTS` in a folder: its code and what it said. Raises GitError for a code that is not among `codes`."""
    if shutil.which("git") is None:
        raise GitError("The town's GitHub needs the program git; install it (Debian: apt install git)")
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), **QUIET, **(more or {})}
    program = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT):
            said, complained = await program.communicate(given)
    except BaseException:
        if program.returncode is None:
            program.kill()
        raise
    code = program.returncode or 0
    if code not in codes:
        raise GitError(f"git {' '.join(arguments)} ended with {code}: {complained.decode(errors='replace')}")
    return code, said


async def check_version(folder: Path) -> None:
    """Raises GitError for a git that cannot ask the town about protected branches."""
    said = (await run("version", folder=folder))[1].decode()
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise GitError(
            f"The town's GitHub needs git {OLDEST[0]}.{OLDEST[1]} or newer; this is {said.strip()}"
        )
