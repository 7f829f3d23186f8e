"""Starts a program once and follows it, also from a later try, after Tocsin was killed: by what its supervisor writes down."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

MOST_OUTPUT: Final = 1 << 20
LINE: Final = 500
POLL_SECONDS: Final = 0.1
STOP_SECONDS: Final = 15.0
BEGINS_SECONDS: Final = 20.0
"""Within so long a supervisor has written down that it runs."""
LOST: Final = "lost"
SUPERVISOR: Final = Path(__file__).with_name("supervise.py")


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: its status, or in words why it has none (`code` is None then)."""

    code: int | None
    why: str = ""


class Running:
    """One program of one step, as it is written down in a folder of its own."""

    def __init__(self, root: Path, key: str) -> None:
        self.folder = root / hashlib.sha256(key.encode()).hexdigest()[:32]

    @property
    def was_begun(self) -> bool:
        return self.folder.exists()

    async def start(self, argv: Sequence[str], environment: Mapping[str, str], time_limit: timedelta) -> None:
        """Start it. Whatever happens from here on, it is not started again."""
        self.folder.mkdir(parents=True, mode=0o700)
        seconds = str(time_limit.total_seconds())
        words = [sys.executable, "-I", str(SUPERVISOR), str(self.folder), seconds, str(MOST_OUTPUT), *argv]
        await asyncio.to_thread(_spawn, words, dict(environment))

    def ended(self) -> Ended | None:
        """How it ended; None while it runs."""
        if (ended := self._end_written()) is not None:
            return ended
        pid = self._read("pid")
        lives = _lives(int(pid), str(self.folder)) if pid else self._is_beginning()
        # It may have ended between the two looks.
        return None if lives else self._end_written() or Ended(None, LOST)

    def _end_written(self) -> Ended | None:
        text = self._read("ended")
        if not text:
            return None
        return Ended(int(text)) if text.lstrip("-").isdecimal() else Ended(None, text)

    def _is_beginning(self) -> bool:
        try:
            return time.time() - self.folder.stat().st_mtime < BEGINS_SECONDS
        except OSError:
            return False

    async def stop(self) -> None:
        """End it, with all that it has started."""
        for _ in range(int(STOP_SECONDS / POLL_SECONDS)):
            if self.ended() is not None:
                return
            if pid := self._read("pid"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGTERM)
            await asyncio.sleep(POLL_SECONDS)

    async def follow(
        self,
        seconds: float,
        say: Callable[[str], Awaitable[None]],
        stopped: Callable[[], Awaitable[bool]],
    ) -> Ended | None:
        """Give on what it says, for so long at most; None where it still runs then."""
        for _ in range(int(seconds / POLL_SECONDS)):
            ended = self.ended()
            for line in self._news(all_of_it=ended is not None):
                await say(line)
            if ended is not None:
                self._forget()
                return ended
            if await stopped():
                await self.stop()
                continue
            await asyncio.sleep(POLL_SECONDS)
        return None

    def _forget(self) -> None:
        """All was given on, with secrets struck out: the program's own words, which may hold them, are kept no longer."""
        with contextlib.suppress(OSError):
            os.truncate(self.folder / "output", 0)

    def _news(self, *, all_of_it: bool) -> Iterator[str]:
        """The lines that were not given on yet, also by an earlier try; a last one without an end only when it has ended."""
        said = int(self._read("said") or 0)
        try:
            with (self.folder / "output").open("rb") as file:
                file.seek(said)
                data = file.read()
        except OSError:
            return
        whole = data if all_of_it else data[: data.rfind(b"\n") + 1]
        if not whole:
            return
        (self.folder / "said").write_text(str(said + len(whole)))
        for line in whole.decode("utf-8", "backslashreplace").splitlines():
            yield line[:LINE]

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text().strip()
        except OSError:
            return ""


def _spawn(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """The supervisor, in a session of its own, so that nothing that ends us ends it."""
    subprocess.Popen(  # noqa: S603 - our own program; what it runs is on the operators' list.
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/",
        start_new_session=True,
        close_fds=True,
    )


def _lives(pid: int, folder: str) -> bool:
    """Whether this is still our supervisor, and no other process that got its number."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return _answers(pid) if not Path("/proc/self").exists() else False
    except OSError:
        return False
    return folder.encode() in words


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
