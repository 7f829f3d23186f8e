"""The real git, as somebody's own clone of a repository of the town uses it."""

from __future__ import annotations

import asyncio
import base64
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Ran:
    """How a command of git ended, and all that it said."""

    code: int
    said: str


@dataclass
class Clone:
    """A work tree. The token goes to git by its environment, as it should."""

    folder: Path
    token: str

    async def git(self, *arguments: str) -> Ran:
        header = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "3",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}",
            "GIT_CONFIG_KEY_1": "user.name",
            "GIT_CONFIG_VALUE_1": "Carol Díaz",
            "GIT_CONFIG_KEY_2": "user.email",
            "GIT_CONFIG_VALUE_2": "carol@acme.example",
        }
        program = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=self.folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await program.communicate()
        return Ran(program.returncode or 0, said.decode())

    async def change(self, path: str, contents: str, message: str = "Change") -> None:
        (self.folder / path).write_text(contents)
        await self.git("add", path)
        await self.git("commit", "-q", "-m", message)


async def clone(url: str, folder: Path, token: str) -> Clone:
    folder.mkdir(exist_ok=True)
    made = Clone(folder, token)
    ran = await made.git("clone", "-q", url, ".")
    assert ran.code == 0, ran.said
    return made
