"""A calendar is read in a process of its own: what somebody wrote elsewhere can take neither Tocsin's time nor its memory.

The libraries follow some rules for minutes (the 30th of February, until the year 9999) and can't be stopped from within.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from tocsin.acts.calendars.reading import DayOff, Read, days_off_in, shifts_in
from tocsin.errors import Invalid, TocsinError

PATIENCE: Final = 60.0
"""Seconds of real time: what the largest file takes on a busy machine. What people keep is read in one or two."""
LARGEST: Final = 1_000_000_000
"""Bytes of memory."""
AT_ONCE: Final = 2
_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def shifts_apart(
    data: bytes, handles: Mapping[str, str], zone: str, start: datetime, end: datetime
) -> Read:
    """As `shifts_in`; `handles` are whose each name is, in small letters."""
    read: Read = await _apart("shifts", data, dict(handles), zone, start, end)
    return read


async def days_off_apart(data: bytes, start: datetime, end: datetime) -> tuple[DayOff, ...]:
    """As `days_off_in`."""
    days: tuple[DayOff, ...] = await _apart("days off", data, start, end)
    return days


async def _apart(*asked: Any, patience: float = PATIENCE) -> Any:
    """What the child says to `asked`. Invalid where it takes too long, or more memory than there is for it."""
    room = _rooms.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    pipe = asyncio.subprocess.PIPE
    async with room:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, str(int(patience) + 1),
            stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(patience):
                said, _ = await child.communicate(pickle.dumps(asked))
        except RuntimeError:
            said = b""  # So uvloop tells that the child has ended before it read anything.
        except TimeoutError as why:
            raise Invalid(
                f"The calendar takes longer than {patience:.0f} seconds to read: export a shorter window, "
                "or look for a rule that never comes true (the 30th of February)",
                field="calendar",
            ) from why
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode or not said:
        raise Invalid(
            "The calendar takes more memory or time to read than there is for it: export a shorter window",
            field="calendar",
        )
    # It comes from our own program, which read the file: what the file says comes as plain values.
    is_read, found = pickle.loads(said)  # noqa: S301
    if not is_read:
        raise Invalid(found, field="calendar")
    return found


def _answer(what: str, data: bytes, *rest: Any) -> Any:
    if what == "days off":
        return days_off_in(data, *rest)
    handles, *window = rest
    lookup: Callable[[str], str | None] = lambda said: handles.get(said.strip().casefold())  # noqa: E731
    return shifts_in(data, lookup, *window)


def main() -> None:
    """The child: one question, one answer. Its limits hold even where nobody is left to end it."""
    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
    os.nice(5)
    asked = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from the process that started us
    try:
        said = True, _answer(*asked)
    except TocsinError as why:
        said = False, why.message
    sys.stdout.buffer.write(pickle.dumps(said))


if __name__ == "__main__":
    main()
