"""Policies in few words, and a town of people to look at, for the tests of escalation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import next_at, what_is_due
from tocsin.core.escalation.policy import Policy, Stamped, Target
from tocsin.core.escalation.stamping import stamped
from tocsin.core.escalation.state import Escalation, after, begun
from tocsin.core.escalation.written import Known, policy_of, target_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KNOWN = Known()


@dataclass
class Town:
    """Who is meant by what (`said`, by a target as it is written), and who can't be paged, with the reason."""

    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)

    def people(self, target: Target, at: datetime) -> tuple[str, ...]:
        if target.kind == "person":
            return (target.name,)
        return self.said.get(target.written, ())

    def why_not(self, handle: str, at: datetime) -> str:
        return self.unreachable.get(handle, "")

    def turn(self, of: str) -> int:
        return self.turns.get(of, 0)


def town(**unreachable: str) -> Town:
    said = {
        "on-call": ("bob",),
        "schedule:ops": ("bob",),
        "schedule:ops/next": ("carol",),
        "schedule:ops/everyone": ("bob", "carol", "dave"),
        "team:ops": ("alice", "bob", "carol"),
        "admins": ("alice",),
    }
    return Town(said, dict(unreachable))


def name(handle: str) -> str:
    return handle.capitalize()


def policy(*steps: dict[str, Any], id: str = "ops", **more: Any) -> Policy:
    return policy_of({"id": id, "steps": list(steps), **more})


def step(to: Any, after: str = "0s", **more: Any) -> dict[str, Any]:
    return {"to": to, "after": after, **more}


def stamp(*steps: dict[str, Any], others: tuple[Policy, ...] = (), **more: Any) -> Stamped:
    return stamped(policy(*steps, **more), {one.id: one for one in others})


def alert(*steps: dict[str, Any], priority: str = "P3", at: datetime = START, **more: Any) -> Escalation:
    return begun(stamp(*steps, **more), at, priority)


def to(*said: str) -> tuple[Target, ...]:
    return tuple(target_of(one, "to", KNOWN) for one in said)


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


@dataclass
class Clockwork:
    """An escalation with the time that passes. `log` is all that happened."""

    one: Escalation
    look: Town
    log: list[e.Happened] = field(default_factory=list)

    def until(self, end: datetime) -> Clockwork:
        """Nobody does anything until then."""
        while (due := next_at(self.one)) is not None and due <= end:
            now = max(due, self.log[-1].at if self.log else self.one.started_at)
            event = what_is_due(self.one, self.look, now)
            assert event is not None, f"{due} is due, and nothing comes of it"
            self.happens(event, now)
            assert len(self.log) < 50_000, "it spins"
        return self

    def happens(self, event: e.Event, now: datetime) -> None:
        if isinstance(event, e.Stepped) and event.turn:
            self.look.turns[event.turn] = self.look.turn(event.turn) + 1
        self.log.append(e.Happened(now, event))
        self.one = after(self.one, event, now)

    def does(self, events: list[e.Event], now: datetime) -> Clockwork:
        """Somebody does something then, after all that is due by that time."""
        self.until(now)
        for event in events:
            self.happens(event, now)
        return self

    @property
    def paged(self) -> list[tuple[float, tuple[str, ...]]]:
        """Who was paged, minutes after the start."""
        return [
            ((one.at - START) / MINUTE, one.event.people)
            for one in self.log
            if isinstance(one.event, e.Stepped | e.RanOut) and one.event.people
        ]


def played(one: Escalation, minutes: float, look: Town | None = None) -> Clockwork:
    return Clockwork(one, look or town()).until(at(minutes))


def kinds(clock: Clockwork) -> list[str]:
    return [type(one.event).__name__ for one in clock.log]
