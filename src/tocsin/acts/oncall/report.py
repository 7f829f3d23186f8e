"""The report of gaps that is given at one instant, worked out once however many schedules are due then: a node's memory alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.acts.breath import Breath
from tocsin.acts.oncall.effect import can_be_reached
from tocsin.core.oncall.calculator import gaps
from tocsin.core.oncall.model import Gap, Schedule
from tocsin.core.work import Work
from tocsin.store.people import Directory


@dataclass(slots=True)
class Report:
    """What is told at one instant: which schedules each person hears of, and their gaps, worked out once each."""

    known: Directory
    at: datetime
    days: int
    of: dict[str, list[Schedule]] = field(default_factory=dict)
    to: dict[str, tuple[str, ...]] = field(default_factory=dict)
    works: dict[str, list[Work]] = field(default_factory=dict)
    breath: Breath = field(default_factory=Breath)
    _reachable: frozenset[str] = frozenset()
    _gaps: dict[str, list[Gap]] = field(default_factory=dict)

    async def gaps_of(self, schedule: Schedule) -> list[Gap]:
        """Those of the days to come. Others are served between one schedule and the next."""
        if schedule.id not in self._gaps:
            self._reachable = self._reachable or can_be_reached(self.known.people.values())
            end = self.at + timedelta(days=self.days)
            self._gaps[schedule.id] = gaps(schedule, self.at, end, self._reachable)
            await self.breath.take()
        return self._gaps[schedule.id]
