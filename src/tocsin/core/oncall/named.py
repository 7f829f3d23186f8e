"""Who and what a plan names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.core.oncall.model import TEAM, Plan


def people_in(plan: Plan) -> tuple[str, ...]:
    """Everybody whom a rotation or a calendar's event may put on call, each once."""
    return tuple(dict.fromkeys(_people(plan)))


def teams_in(plan: Plan) -> tuple[str, ...]:
    """The teams that the plan names as participants, each once."""
    written = (
        name
        for layer in plan.layers
        for rotation in layer.rotations
        for participant in rotation.participants
        for name in participant.written
    )
    return tuple(dict.fromkeys(name.removeprefix(TEAM) for name in written if name.startswith(TEAM)))


def calendars_in(doc: Mapping[str, Any]) -> Iterator[str]:
    """The calendars that a written plan names."""
    for layer in doc.get("layers") or ():
        if isinstance(layer, Mapping) and layer.get("calendar"):
            yield str(layer["calendar"])


def _people(plan: Plan) -> Iterator[str]:
    for layer in plan.layers:
        for rotation in layer.rotations:
            for participant in rotation.participants:
                yield from participant.people
        for booked in layer.booked:
            yield from booked.people
