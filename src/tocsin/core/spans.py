"""Spans of time as people write and say them: `30s`, `5m`, `2h`, `1d`; 30 min, 2 h, 1 day."""

from __future__ import annotations

import re
from datetime import timedelta

SPAN = re.compile(r"(-?)([0-9]{1,9})([smhd])")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST_SPAN = timedelta(days=3650)
"""Nothing in an incident takes ten years; what is longer is a slip of the pen, and far too long overflows a date."""


def span_of(text: str) -> timedelta | None:
    """The span that `30s`, `5m`, `2h` or `1d` spells; None for anything else, and for more than ten years."""
    match = SPAN.fullmatch(text)
    if not match:
        return None
    sign, number, unit = match.groups()
    seconds = int(number) * UNITS[unit]
    if seconds > LONGEST_SPAN.total_seconds():
        return None
    return timedelta(seconds=-seconds if sign else seconds)


def span_text(span: timedelta) -> str:
    """A span as people say it: `30 min`, `2 h`, `1 day`."""
    seconds = int(span.total_seconds())
    for size, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'s' if name == 'day' and count != 1 else ''}"
    return f"{seconds} s"


def span_written(span: timedelta) -> str:
    """A span as `span_of` reads it: `30s`, `5m`, `2h`, `1d`."""
    seconds = int(span.total_seconds())
    unit, size = next((unit, size) for unit, size in reversed(UNITS.items()) if seconds % size == 0)
    return f"{seconds // size}{unit}"
