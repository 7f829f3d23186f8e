"""The simplest plan: one rotation of a week each, as `written.plan_of` reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tocsin.core.oncall.model import Every, Plan, Rotation, Unit

WEEKLY = "weekly"


def weekly(zone: str, first_handoff: datetime, participants: Sequence[str]) -> dict[str, Any]:
    """Turns of a week from `first_handoff` (local wall clock of `zone`) on."""
    rotation = {
        "id": WEEKLY,
        "first_handoff": first_handoff,
        "every": "1 week",
        "participants": list(participants),
    }
    return {"zone": zone, "layers": [{"name": WEEKLY, "rotations": [rotation]}]}


def weekly_of(plan: Plan) -> Rotation | None:
    """The rotation, where the plan is no more than such a one."""
    rotations = [one for layer in plan.layers for one in layer.rotations]
    if len(plan.layers) != 1 or len(rotations) != 1 or plan.layers[0].calendar:
        return None
    [one] = rotations
    is_single = all(len(participant.written) == 1 for participant in one.participants)
    is_plain = is_single and one.every == Every(Unit.WEEKS) and not one.restrictions and one.until is None
    return one if is_plain else None
