"""The one clock. `now()` is called at the entrance of a unit of work, once, and handed on as `now`.

`SystemClock` for real use, `HandClock` for tests. `FileClock` reads its course from a file that another process writes: the
demo and the rehearsals drive a whole Tocsin faster, slower, or stop its time while it is down.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from tocsin.errors import Invalid

REMEMBERED_SECONDS = 300.0
"""For so long a clock that is driven tells what it showed, also to a process that has just begun."""
Course = tuple[float, float, float]
"""It shows the first at the second, an instant of the machine, and goes on at the third: so many seconds in one of the machine's."""


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
        self._known: tuple[tuple[int, int, int], list[Course]] | None = None
        self.now()

    def now(self) -> datetime:
        return _shown(self._courses()[-1], time.time())

    def real_seconds(self, span: timedelta) -> float:
        _, _, speed = self._courses()[-1]
        if span <= timedelta(0):
            return 0.0
        return span.total_seconds() / speed if speed > 0 else float("inf")

    def span_of(self, seconds: float) -> timedelta:
        _, _, speed = self._courses()[-1]
        return timedelta(seconds=seconds * speed)

    def showed(self, seconds: float) -> datetime:
        """As the file tells, also of the time before this process began; before its first course it is taken to have gone as that says."""
        at, courses = time.time() - seconds, self._courses()
        return _shown(next((one for one in reversed(courses) if one[1] <= at), courses[0]), at)

    def steer(self, *, speed: float, at: datetime | None = None) -> None:
        """Go on at `speed` from the present instant, or from `at`."""
        write_course(self._path, at or self.now(), speed)

    def _courses(self) -> list[Course]:
        try:
            # It is asked thousands of times a second; a file that was replaced has another number, time or size.
            stat = os.stat(self._path)
            file = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if self._known is None or self._known[0] != file:
                self._known = (file, _read(self._path))
            return self._known[1]
        except (OSError, ValueError) as why:
            raise Invalid(
                f"TOCSIN_CLOCK points to {self._path}, which can't be read as a clock file: {why}"
            ) from why


def write_course(path: Path, at: datetime, speed: float) -> None:
    """Write a clock file, whole or not at all, so that a reader never sees half of it. Its courses of the last minutes stay in it."""
    machine = time.time()
    try:
        before = _read(path)
    except (OSError, ValueError):
        before = []
    begun = max((n for n, one in enumerate(before) if one[1] <= machine - REMEMBERED_SECONDS), default=0)
    courses = [*before[begun:], (at.timestamp(), machine, speed)]
    half = path.with_name(path.name + ".new")
    half.write_text("".join(f"{anchor:.6f} {since:.6f} {fast}\n" for anchor, since, fast in courses))
    os.replace(half, path)


def _read(path: Path) -> list[Course]:
    """The oldest course first. ValueError where there is none, or something else."""
    courses = []
    for line in path.read_text().splitlines():
        anchor, machine, speed = line.split()
        courses.append((float(anchor), float(machine), float(speed)))
    if not courses:
        raise ValueError("it is empty")
    return courses


def _shown(course: Course, machine: float) -> datetime:
    anchor, since, speed = course
    return datetime.fromtimestamp(anchor + (machine - since) * speed, UTC)


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
