"""Who there is for an escalation at an instant: people, teams and schedules as they are, and how often somebody had their turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from tocsin.acts.house import House
from tocsin.acts.roster import directory, is_outside, roster_of
from tocsin.core.channel import HIGH
from tocsin.core.escalation import policy as p
from tocsin.core.escalation.policy import EVERYONE, NEXT, Stamped, Target
from tocsin.core.oncall.calculator import next_change, on_call
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.named import people_in
from tocsin.core.people import Roster
from tocsin.core.ways import ways_to
from tocsin.store import alerts as rows
from tocsin.store.people import Directory
from tocsin.store.pool import Connection

CHANGES_AHEAD = 20
"""So many changes of a schedule are looked through for somebody else; beyond, nobody follows."""


@dataclass(frozen=True, slots=True)
class HouseLook:
    """`core.escalation.due.Look` on the roster as it is. `now` is the instant for which the node keeps who is on call."""

    house: House
    known: Directory
    roster: Roster
    now: datetime
    turns: dict[str, int] = field(default_factory=dict)

    def people(self, target: Target, at: datetime) -> tuple[str, ...]:
        match target.kind:
            case p.PERSON:
                found: Iterable[str] = (target.name,)
            case p.TEAM:
                found = self.known.teams.get(target.name, ())
            case p.SCHEDULE:
                found = self._of_schedule(target, at)
            case p.ON_CALL:
                found = self._on_call(at)
            case p.ADMINS:
                found = sorted(handle for handle, one in self.known.people.items() if "admin" in one.rights)
            case _:
                found = ()
        return tuple(dict.fromkeys(handle for handle in found if handle in self.known.people))

    def why_not(self, handle: str, at: datetime) -> str:
        """As for incidents: a Tocsin that can page nobody at all still says whose turn it is."""
        if not any(one.startswith("page:") for one in self.house.abilities):
            return ""
        ways = ways_to(self.known.people[handle], HIGH, at, self.house.abilities)
        if not ways.is_silent:
            return ""
        left = ", ".join(f"{one.name or one.via} {why}" for one, why in ways.left_out)
        return f"there is no way to page them ({left or 'they have no contact method'})"

    def turn(self, of: str) -> int:
        return self.turns.get(of, 0)

    def took(self, turns: Iterable[str]) -> None:
        """These were taken: what is taken next in the same transaction goes on from there."""
        for one in turns:
            self.turns[one] = self.turn(one) + 1

    def _on_call(self, at: datetime) -> Iterable[str]:
        if at == self.now:
            return self.roster.on_call
        return [handle for one in self.known.schedules for handle in on_call(one, at)]

    def _of_schedule(self, target: Target, at: datetime) -> Iterable[str]:
        if is_outside(self.house, self.known) and target.which != EVERYONE:
            return self.roster.on_call
        kept = self.known.kept.get(target.name)
        if kept is None or kept.ended_at is not None:
            return ()
        if target.which == EVERYONE:
            return people_in(kept.schedule.versions[-1].plan) if kept.schedule.versions else ()
        if target.which == NEXT:
            return _next(kept.schedule, at)
        return (
            self.house.standing.of(kept.schedule, at).people if at == self.now else on_call(kept.schedule, at)
        )


def _next(schedule: Schedule, at: datetime) -> Iterable[str]:
    """Who is on call after those who are now, as soon as that is somebody else."""
    now, change = on_call(schedule, at), next_change(schedule, at)
    for _ in range(CHANGES_AHEAD):
        if change is None:
            return ()
        found = tuple(handle for handle in on_call(schedule, change) if handle not in now)
        if found:
            return found
        change = next_change(schedule, change)
    return ()


async def look_at(
    house: House,
    conn: Connection,
    now: datetime,
    stamped: Iterable[Stamped] = (),
    known: Directory | None = None,
    *,
    counting: bool = False,
) -> HouseLook:
    """The look for these at `now`; whose turn it is is read only where one of them asks. `known` spares the question for the roster.

    With `counting` nobody else has a turn there until this transaction ends. It locks: alerts first, then turns.
    """
    known = known or await directory(house, conn)
    wanted = {stage.turn for one in stamped for stage in one.stages if stage.turn}
    turns = await rows.turns(conn, sorted(wanted), counting=counting) if wanted else {}
    return look_by(house, known, now, turns)


def look_by(
    house: House, known: Directory, now: datetime, turns: Mapping[str, int] = MappingProxyType({})
) -> HouseLook:
    """The look by that copy of the roster, and by how often each had their turn."""
    return HouseLook(house, known, roster_of(house, known, now), now, dict(turns))
