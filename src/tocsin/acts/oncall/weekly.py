"""A schedule of one weekly rotation, made or replaced in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.schedules import Head, Saved, save_schedule
from tocsin.acts.roster import directory
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.weekly import weekly, weekly_of
from tocsin.errors import Conflict


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
    preview: bool = False,
) -> Saved:
    """Turns of a week, from `first_handoff` (local wall clock of `zone`) on. No `expected`: whichever version is there is replaced.

    Conflict where the schedule is more than one weekly rotation: what else it holds would be lost.
    """
    async with house.pool.acquire() as conn:
        known = (await directory(house, conn)).kept.get(id)
    if known and known.ended_at is None:
        _must_be_weekly(known.schedule, house.clock.now())
        expected = known.version if expected is None else expected
    plan = weekly(zone, first_handoff, participants)
    return await save_schedule(house, by, id, plan, head=Head(team=team), expected=expected, preview=preview)


def _must_be_weekly(schedule: Schedule, now: datetime) -> None:
    plans = {id(plan): plan for plan in (schedule.plan_at(now), schedule.plan)}
    for plan in plans.values():
        if plan.layers and weekly_of(plan) is None:
            raise Conflict(
                f"{schedule.id} is more than one weekly rotation, which this would replace: change it with"
                f" `tocsin oncall schedule show {schedule.id}` and `tocsin oncall schedule save`, or on its page"
            )
