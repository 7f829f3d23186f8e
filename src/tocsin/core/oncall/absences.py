"""When somebody is away, as instants: what was before they said so stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.core.oncall.model import Absence
from tocsin.core.oncall.wall import wall


def ended_by(absence: Absence, at: datetime, zone: str) -> Absence:
    """The absence where somebody ended it at that instant: one that is over by then in that zone stays as it was."""
    return replace(absence, end=at) if wall(zone).instant_of(absence.end) > at else absence


def seen_from(absence: Absence, made_at: datetime, zone: str) -> Absence | None:
    """The absence from when it was made on: it moves no shift that was over by then. None where nothing is left of it.

    `zone` is that of the schedule which asks, at `made_at`.
    """
    clock = wall(zone)
    start = clock.instant_of(absence.start)
    if clock.instant_of(absence.end) <= max(start, made_at):
        return None
    return replace(absence, start=made_at) if start < made_at else absence
