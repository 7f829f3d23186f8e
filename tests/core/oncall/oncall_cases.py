"""Schedules in few words, for the tests of the calculator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.core.oncall.model import (
    BEGINNING,
    Absence,
    Booked,
    Change,
    Layer,
    Override,
    Plan,
    Schedule,
    Shadow,
    Shift,
    Version,
)
from tocsin.core.oncall.written import Known, plan_of

MOMENT = timedelta(microseconds=1)
TEAMS = {"ops": ("alice", "bob"), "empty": ()}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rotation(first: str, every: object = "1 week", *participants: object, **more: object) -> dict[str, Any]:
    """A rotation as people write it; alice, bob and carol unless others are named."""
    return {
        "id": "weekly",
        "first_handoff": first,
        "every": every,
        "participants": list(participants) or ["alice", "bob", "carol"],
        **more,
    }


def plan(zone: str, *layers: list[dict[str, Any]]) -> Plan:
    """A plan of layers from the base up, each a list of rotations."""
    return plan_of({"zone": zone, "layers": [{"rotations": one} for one in layers]}, Known(teams=TEAMS))


def schedule(zone: str, *layers: list[dict[str, Any]], **more: Any) -> Schedule:
    return of(plan(zone, *layers), **more)


def of(*plans: Plan | tuple[str, Plan], **more: Any) -> Schedule:
    """A schedule of versions: the first plan since ever, each further one with the instant since which it holds."""
    versions = []
    for number, one in enumerate(plans, 1):
        since, its = (BEGINNING, one) if isinstance(one, Plan) else (utc(one[0]), one[1])
        versions.append(Version(since, its, number))
    return Schedule("ops", "Operations", versions=tuple(versions), **more)


def booked(zone: str, *events: Booked) -> Layer:
    return Layer("holidays", calendar="holidays", booked=events)


def override(
    change: str, start: str, end: str, *people: str, instead_of: str = "", id: int = 1, made: int = 0
) -> Override:
    at = utc("2026-01-01") + timedelta(minutes=made)
    return Override(id, Change(change), people, utc(start), utc(end), instead_of, "alice", at)


def away(person: str, start: str, end: str) -> Absence:
    """Away by instants, or by whole days where no hour is written."""
    if len(start) == 10:
        return Absence(person, datetime.fromisoformat(start).date(), datetime.fromisoformat(end).date())
    return Absence(person, utc(start), utc(end))


def shadow(person: str, start: str, end: str, of: str = "") -> Shadow:
    return Shadow(person, utc(start), utc(end), of)


def told(found: list[Shift]) -> list[tuple[str, str, str]]:
    """Shifts as person, start and end, short."""
    return [(one.person, f"{one.start:%Y-%m-%d %H:%M}", f"{one.end:%Y-%m-%d %H:%M}") for one in found]
