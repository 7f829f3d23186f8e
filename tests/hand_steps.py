"""Steps for a hand, as the frame of procedures hands them on: what is true of the run, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tocsin.core.procedures.hands import JSON, Context, Done, Failed, Hand, Seen, Step
from tocsin.core.work import Later, Refused

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Outcome = Done | Later | Failed | Refused


@dataclass
class Procedure:
    """A run that uses one hand. `now` moves only when a test moves it; the run began at nine."""

    hand: Hand
    run: str = "INC-7/P1"
    now: datetime = NINE
    reason: str = "sign-in is broken since v8"
    said: list[str] = field(default_factory=list)
    seen: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    stop: Callable[[], bool] = lambda: False

    async def end(self, hand: str, attempt: int = 1, **inputs: JSON) -> Outcome:
        """One try of a step, whatever comes of it."""
        step = Step(hand.replace(".", "-"), hand, hand, inputs)
        return await self.hand.do(step, self.context(attempt))

    async def do(self, hand: str, attempt: int = 1, **inputs: JSON) -> Done:
        found = await self.end(hand, attempt, **inputs)
        assert isinstance(found, Done), found
        return found

    async def no(self, hand: str, attempt: int = 1, **inputs: JSON) -> str:
        """Why it ends without having been done."""
        found = await self.end(hand, attempt, **inputs)
        assert isinstance(found, Refused | Failed), found
        return found.why

    async def waits(self, hand: str, attempt: int = 1, **inputs: JSON) -> str:
        """What it waits for."""
        found = await self.end(hand, attempt, **inputs)
        assert isinstance(found, Later), found
        return found.why

    async def look(self, what: str, **inputs: JSON) -> Mapping[str, JSON]:
        found = await self.hand.look(what, inputs)
        assert isinstance(found, Seen), found
        return found.values

    def after(self, **span: float) -> None:
        self.now += timedelta(**span)

    def context(self, attempt: int = 1) -> Context:
        return Context(
            run=self.run,
            incident=self.run.partition("/")[0],
            url=f"https://tocsin.acme.example/incidents/{self.run.partition('/')[0]}",
            reason=self.reason,
            asked_by="alice",
            now=self.now,
            seen=self.seen,
            say=self._say,
            stopped=self._stopped,
            since=NINE,
            attempt=attempt,
        )

    async def _say(self, line: str) -> None:
        self.said.append(line)

    async def _stopped(self) -> bool:
        return self.stop()
