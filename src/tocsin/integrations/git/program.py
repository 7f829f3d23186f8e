"""Runs the program `git`: without a shell, in an environment of its own, with an end.

Nothing of the machine's or the user's git configuration counts, no hook, filter or prompt runs, and only the one protocol that the
address has is spoken. Secrets go in by the environment alone, and are struck out of whatever git says.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LOCAL_SECONDS: Final = 120.0
NETWORK_SECONDS: Final = 600.0
MOST_BYTES: Final = 64 << 20
"""More than this git may not say: a range with a million files would fill the memory."""
MOST_GIVEN: Final = 1 << 16
"""So much of what it gave is kept where it failed."""
KEPT: Final = (
    *("PATH", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
    *("NO_PROXY", "no_proxy", "GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR", "SSH_AUTH_SOCK"),
)
"""What it gets of our own environment: where programs lie, and how the network is reached."""
FIXED: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
CONFIG: Final = {
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.fsmonitor": "false",
    "core.protectNTFS": "false",  # nothing is ever checked out: all names of the history must go through
    "core.protectHFS": "false",
    "core.quotePath": "false",
    "core.logAllRefUpdates": "false",
    "core.abbrev": "12",
    "commit.gpgSign": "false",
    "credential.helper": "",
    "diff.renames": "true",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "true",  # with it, long histories are walked many times faster
    "push.recurseSubmodules": "no",
    "submodule.recurse": "false",
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
    "http.followRedirects": "false",  # the token is for this address, and for no other
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "30",
    "log.showSignature": "false",
    "protocol.version": "2",
    "safe.directory": "*",
}


class GitFailed(Exception):
    """Git ended with another status than was expected. `words` is what it said, without secrets; `out` what it gave until then."""

    def __init__(self, command: str, code: int, words: str, out: str = "") -> None:
        super().__init__(f"git {command}: {words or f'status {code}'}")
        self.command, self.code, self.words, self.out = command, code, words, out


class GitTooSlow(GitFailed):
    """It did not end in its time, and was killed with all that it had started."""


class GitTooMuch(GitFailed):
    """It said more than we are willing to hold."""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: bytes
    words: str
    """What it said besides, without secrets."""

    @property
    def line(self) -> str:
        """The one line that it gave."""
        return self.out.decode("utf-8", "backslashreplace").strip()


@dataclass(frozen=True, slots=True)
class Access:
    """What git needs to reach one address: its protocol, and what it gets to show there. Never shown itself."""

    protocol: str = "https"
    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


NOWHERE: Final = Access(protocol="none")
"""For whatever needs no other repository."""


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one folder. `kept_open` is handed to each program that it starts: a lock that holds for as long as one of them lives."""

    folder: Path
    kept_open: int | None = None

    async def __call__(
        self,
        *arguments: str,
        stdin: bytes = b"",
        may_end: tuple[int, ...] = (0,),
        variables: Mapping[str, str] | None = None,
        access: Access = NOWHERE,
        seconds: float = 0,
    ) -> Ran:
        """Run it once. GitFailed where it ends in another way than one of `may_end`."""
        command = arguments[0]
        child = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=self.folder,
            env=_environment(self.folder, access) | dict(variables or {}),
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if self.kept_open is None else (self.kept_open,),
        )
        limit = seconds or (LOCAL_SECONDS if access is NOWHERE else NETWORK_SECONDS)
        try:
            async with asyncio.timeout(limit):
                out, said = await _talk(child, stdin)
                code = await child.wait()
        except TimeoutError as why:
            raise GitTooSlow(command, -1, f"it did not end within {limit:g} seconds") from why
        except OverflowError as why:
            raise GitTooMuch(command, -1, f"it said more than {MOST_BYTES >> 20} MiB") from why
        finally:
            await _end(child)
        words = struck_out(said.decode("utf-8", "backslashreplace").strip(), access.secrets)
        if code not in may_end:
            given = struck_out(out[:MOST_GIVEN].decode("utf-8", "backslashreplace"), access.secrets)
            raise GitFailed(command, code, words, given)
        return Ran(code, out, words)


def struck_out(words: str, secrets: tuple[str, ...]) -> str:
    """The words without any of the secrets."""
    for secret in secrets:
        words = words.replace(secret, "•••") if secret else words
    return words


def _environment(folder: Path, access: Access) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    config = {**CONFIG, **access.config}
    pairs = {"GIT_CONFIG_COUNT": str(len(config))}
    for n, (key, value) in enumerate(config.items()):
        pairs |= {f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value}
    # Nobody's home: what lies in a real one (.gitconfig, .netrc, .config/git) has no say.
    own = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "GIT_ALLOW_PROTOCOL": access.protocol}
    return {**kept, **FIXED, **own, **pairs, **access.variables}


async def _talk(child: asyncio.subprocess.Process, stdin: bytes) -> tuple[bytes, bytes]:
    if child.stdout is None or child.stderr is None:
        raise RuntimeError("git was started without its pipes")
    _, out, said = await asyncio.gather(
        _write(child.stdin, stdin), _read(child.stdout, MOST_BYTES), _read(child.stderr, MOST_BYTES)
    )
    return out, said


async def _write(pipe: asyncio.StreamWriter | None, stdin: bytes) -> None:
    # Git may end before it has read all, or any: then its status says why. uvloop takes no word for a pipe that is closed already.
    if pipe is None or pipe.transport.is_closing():
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(stdin)
        await pipe.drain()
    pipe.close()


async def _read(pipe: asyncio.StreamReader, most: int) -> bytes:
    parts, size = list[bytes](), 0
    while part := await pipe.read(1 << 16):
        parts.append(part)
        size += len(part)
        if size > most:
            raise OverflowError
    return b"".join(parts)


async def _end(child: asyncio.subprocess.Process) -> None:
    """Whatever of it still runs is killed: git starts programs of its own, which would go on alone."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
