"""What looks and does outside for a procedure: the contract between core, which plans, and the hands, which live in integrations.

A hand decides nothing. It says what it saw, does one step at a time, and says what it has evidence for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from tocsin.core.work import Later, Refused

JSON: TypeAlias = str | int | bool | list["JSON"] | dict[str, "JSON"] | None
"""What facts can hold: no fractions, which two machines may write in two ways."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a run does, as it was planned and approved.

    `id` names it within the run. `hand` is who carries it out and what (`git.restore`). `title` says in words what exactly will be
    done, `undo` how a person would take it back. `inputs` is all that the hand needs but secrets, which come from the settings.
    A step that `watches` waits for the outside (a pipeline, a check): `Later` is normal for it, and is no trouble.
    """

    id: str
    hand: str
    title: str
    inputs: Mapping[str, JSON] = field(default_factory=dict)
    watches: bool = False
    undo: str = ""

    @property
    def by(self) -> str:
        """The hand's name: the part before the dot."""
        return self.hand.partition(".")[0]

    @property
    def does(self) -> str:
        """What it is asked to do: the part after the dot."""
        return self.hand.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something seen outside: what was looked at, and what it was found to be."""

    what: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The step's effect is there, and was seen. `outputs` are for the steps after it; `said` is what was really done, in one line."""

    evidence: tuple[Evidence, ...]
    outputs: Mapping[str, JSON] = field(default_factory=dict)
    said: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It can't be done, or did not have its effect. The run ends; people decide. `details` are lines for them, such as files in conflict."""

    why: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw. Each problem is a reason why nothing may be planned."""

    values: Mapping[str, JSON]
    problems: tuple[str, ...] = ()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The tables of a list that was seen; none where there is no such list."""
        found = self.values.get(name)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Context:
    """What is true of the run at this moment.

    `run` ("INC-7/P1") goes into branch names, trailers (`Tocsin-Run: INC-7/P1`) and markers, by which a second try finds the first.
    `seen` is what each look saw and the outputs of the steps done before, by their ids. `say` takes a line for the timeline (secrets
    are struck out by the frame as well). `stopped` is whether somebody pressed stop: leave off at the next safe point, with `Failed`.
    `since` is when this step's turn came, at whichever try: by it a step that watches knows when to give up (None: now). `attempt`
    counts its tries from 1: from the second on, an earlier one may have taken effect unseen.
    """

    run: str
    incident: str
    url: str
    reason: str
    asked_by: str
    now: datetime
    seen: Mapping[str, Mapping[str, JSON]]
    say: Callable[[str], Awaitable[None]]
    stopped: Callable[[], Awaitable[bool]]
    since: datetime | None = None
    attempt: int = 1


class Hand(Protocol):
    """What an integration offers to procedures. It raises only for bugs."""

    name: str
    """The part of a step's `hand` before the dot: git, github, command, site, schema."""

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        """See how things are. It never writes anything outside."""
        ...

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        """Do one step. It first looks whether its effect is there already: an earlier try may have died after it."""
        ...

    async def aclose(self) -> None:
        """Let go of what it holds open."""
        ...
