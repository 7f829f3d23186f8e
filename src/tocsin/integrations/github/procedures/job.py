"""One look or step on GitHub while it is carried out: its repository's client, its inputs, and for a step what is true of the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.procedures.hands import Context
from tocsin.core.words import shortened
from tocsin.core.work import Later
from tocsin.integrations.github.procedures.client import CodeClient
from tocsin.integrations.inputs import Ends, Inputs, fail

STOPPED: Final = "somebody stopped it"
POLL: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look is about."""

    client: CodeClient
    inputs: Inputs
    repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Look):
    """What a step is about. `declared` checks are required by the operators' file, `review` and `team` are what it says of reviews."""

    context: Context
    declared_checks: tuple[str, ...] = ()
    review: str = "wanted"
    team: str = ""
    started: dict[str, datetime] = field(default_factory=dict)
    """What this node has started, and when: beside what GitHub shows."""

    @property
    def marker(self) -> str:
        """The hidden words by which a second try finds what the first one wrote."""
        return f"<!-- tocsin-run {self.context.run} -->"

    @property
    def since(self) -> datetime:
        return self.context.since or self.context.now

    async def must_go_on(self) -> None:
        """Leave off here where somebody pressed stop."""
        if await self.context.stopped():
            fail(STOPPED)

    def wait(self, why: str, minutes: int) -> Later:
        """What to wait for, until it took too long."""
        limit = timedelta(minutes=self.inputs.number("limit_minutes", minutes))
        if self.context.now - self.since > limit:
            fail(f"gave up after {limit.total_seconds() / 60:g} min: {why}")
        return Later(why, POLL)


def later(why: str, wait: timedelta = POLL) -> Ends:
    return Ends(Later(why, wait))


def one_line(text: str, longest: int = 300) -> str:
    return shortened(" ".join(text.split()), longest)
