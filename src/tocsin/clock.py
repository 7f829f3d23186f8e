"""The one clock. `now()` is called at the entrance of a unit of work, once, and handed on as `now`.

`SystemClock` for real use, `HandClock` for tests. `FileClock` reads its course from a file that another process writes: the
demo and the rehearsals drive a whole Tocsin faster, slower, or stop its time while it is down.
"""

from __future__ import annotations

import os
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from tocsin.errors import Invalid

LOOKS, LOOK_SECONDS = 300, 1.0
"""A clock that is driven remembers what it showed: five minutes, a look a second."""


class Clock(Protocol):
    """What the house asks of a clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def real_seconds(self, span: timedelta) -> float:
        """How many seconds of the machine's time pass while this clock moves on by `span`; infinite when it stands."""
        ...

    def span_of(self, seconds: float) -> timedelta:
        """How far this clock moves on in so many seconds of the machine's time."""
        ...

    def showed(self, seconds: float) -> datetime:
        """What this clock showed so many seconds of the machine's time ago."""
        ...


def at_least(clock: Clock, span: timedelta) -> timedelta:
    """That span of the clock, and no shorter than as much of the machine's time: where a rehearsal's clock runs fast, machines do not."""
    return max(span, clock.span_of(span.total_seconds()))


def ago(clock: Clock, span: timedelta) -> datetime:
    """The instant that lies back by that span, and by as much of the machine's time, also where a rehearsal's clock ran fast meanwhile."""
    return min(clock.now() - span, clock.showed(span.total_seconds()))


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def real_seconds(self, span: timedelta) -> float:
        return max(0.0, span.total_seconds())

    def span_of(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds)

    def showed(self, seconds: float) -> datetime:
        return self.now() - timedelta(seconds=seconds)


class HandClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def real_seconds(self, span: timedelta) -> float:
        return 0.0 if span <= timedelta(0) else float("inf")

    def span_of(self, seconds: float) -> timedelta:
        return timedelta(0)

    def showed(self, seconds: float) -> datetime:
        return self._now

    def advance(self, span: timedelta) -> datetime:
        self._now += span
        return self._now

    def set(self, at: datetime) -> None:
        self._now = at.astimezone(UTC)


class FileClock:
    """A clock whose course stands in a file: `<its time at the anchor> <machine time at the anchor> <speed>`, in seconds.

    Speed 1 is ordinary, 120 makes two minutes of each second, 0 stops time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looks: deque[tuple[float, float]] = deque(maxlen=LOOKS)
        self.now()

    def now(self) -> datetime:
        anchor, machine, speed = self._course()
        here = time.time()
        shows = anchor + (here - machine) * speed
        if not self._looks or here - self._looks[-1][0] >= LOOK_SECONDS:
            self._looks.append((here, shows))
        return datetime.fromtimestamp(shows, UTC)

    def real_seconds(self, span: timedelta) -> float:
        _, _, speed = self._course()
        if span <= timedelta(0):
            return 0.0
        return span.total_seconds() / speed if speed > 0 else float("inf")

    def span_of(self, seconds: float) -> timedelta:
        _, _, speed = self._course()
        return timedelta(seconds=seconds * speed)

    def showed(self, seconds: float) -> datetime:
        """As far as anybody looked at it; before the first look it is taken to have gone as it goes now."""
        self.now()
        at = time.time() - seconds
        shown = next((shows for looked, shows in reversed(self._looks) if looked <= at), None)
        if shown is None:
            first, showed = self._looks[0]
            return datetime.fromtimestamp(showed, UTC) - self.span_of(first - at)
        return datetime.fromtimestamp(shown, UTC)

    def steer(self, *, speed: float, at: datetime | None = None) -> None:
        """Go on at `speed` from the present instant, or from `at`."""
        write_course(self._path, at or self.now(), speed)

    def _course(self) -> tuple[float, float, float]:
        try:
            anchor, machine, speed = self._path.read_text().split()
            return float(anchor), float(machine), float(speed)
        except (OSError, ValueError) as why:
            raise Invalid(
                f"TOCSIN_CLOCK points to {self._path}, which can't be read as a clock file: {why}"
            ) from why


def write_course(path: Path, at: datetime, speed: float) -> None:
    """Write a clock file, whole or not at all, so that a reader never sees half of it."""
    half = path.with_name(path.name + ".new")
    half.write_text(f"{at.timestamp():.6f} {time.time():.6f} {speed}\n")
    os.replace(half, path)


def clock_from(setting: str) -> Clock:
    """The clock that TOCSIN_CLOCK names: nothing for the machine's, `file:PATH` for one driven by a file."""
    if not setting:
        return SystemClock()
    kind, _, path = setting.partition(":")
    if kind != "file" or not path:
        raise Invalid(
            f"TOCSIN_CLOCK is {setting!r}; leave it empty, or write file:PATH", field="TOCSIN_CLOCK"
        )
    return FileClock(Path(path))
