"""Who and what policies name, and a policy without one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.core.escalation.policy import TEAM, Policy, Step, Target


@dataclass(frozen=True, slots=True)
class Use:
    """A policy that names something, and where it does: `step 2`, `the last resort`, `its team`."""

    policy: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.policy} ({', '.join(self.places)})"


def uses_of(policies: Iterable[Policy], kind: str, name: str) -> tuple[Use, ...]:
    """Which of these name that person, team, schedule or policy."""
    found = (Use(one.id, tuple(_places(one, kind, name))) for one in policies)
    return tuple(one for one in found if one.places)


def without(policy: Policy, kind: str, name: str) -> Policy | None:
    """The policy with that taken out of it; None where no step would be left. The steps after one that goes keep their times."""
    steps: list[Step] = []
    late = timedelta()
    for step in policy.steps:
        left = tuple(one for one in step.to if not _is(one, kind, name))
        if left:
            steps.append(replace(step, to=left, after=step.after + late))
            late = timedelta()
        else:
            late += step.after
    if not steps:
        return None
    last = tuple(one for one in policy.last_resort if not _is(one, kind, name))
    team = "" if (kind, name) == (TEAM, policy.team) else policy.team
    return replace(policy, steps=tuple(steps), last_resort=last, team=team)


def _places(policy: Policy, kind: str, name: str) -> Iterator[str]:
    for n, step in enumerate(policy.steps, 1):
        if any(_is(one, kind, name) for one in step.to):
            yield f"step {n}"
    if any(_is(one, kind, name) for one in policy.last_resort):
        yield "the last resort"
    if (kind, name) == (TEAM, policy.team):
        yield "its team"


def _is(target: Target, kind: str, name: str) -> bool:
    return (target.kind, target.name) == (kind, name)
