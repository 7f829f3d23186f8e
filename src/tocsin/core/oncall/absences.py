"""When somebody is away, as instants: what was before they said so stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from tocsin.core.oncall.model import Absence


def seen_from(absence: Absence, made_at: datetime, zone: str) -> Absence | None:
    """The absence from when it was made on: it moves no shift that was over by then. None where nothing is left of it.

    `zone` is that of the schedule which asks, at `made_at`.
    """
    start = first_instant(absence.start, zone)
    if first_instant(absence.end, zone) <= max(start, made_at):
        return None
    return replace(absence, start=made_at) if start < made_at else absence


def first_instant(at: datetime | date, zone: str) -> datetime:
    """The instant itself, or the first one of the day in that zone."""
    if isinstance(at, datetime):
        return at
    # A day that begins within a change of the clocks is only told apart here, never shown: the fold does not matter.
    return datetime.combine(at, time(), ZoneInfo(zone)).astimezone(UTC)
