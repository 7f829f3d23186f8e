"""A schedule of one weekly rotation, made or replaced in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.schedules import Head, Saved, save_schedule
from tocsin.acts.roster import directory
from tocsin.core.oncall.weekly import weekly


async def save_weekly(
    house: House,
    id: str,
    *,
    zone: str,
    first_handoff: datetime,
    participants: Sequence[str],
    team: str | None = None,
    by: By = OPERATOR,
    expected: int | None = None,
) -> Saved:
    """Turns of a week, from `first_handoff` (local wall clock of `zone`) on. No `expected`: whichever version is there is replaced."""
    if expected is None:
        async with house.pool.acquire() as conn:
            known = (await directory(house, conn)).kept.get(id)
        expected = known.version if known and known.ended_at is None else None
    plan = weekly(zone, first_handoff, participants)
    return await save_schedule(house, by, id, plan, head=Head(team=team), expected=expected)
