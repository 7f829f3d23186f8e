"""What an alert is stamped with: the policy and all that it refers to, as one list of stages in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from tocsin.core.escalation.policy import (
    NO_PRIORITIES,
    NOT_CLOSED,
    PLACES,
    POLICY,
    PRIORITIES,
    Policy,
    Stage,
    Stamped,
    Step,
    Target,
    Window,
)
from tocsin.errors import Invalid

MOST_STAGES = 500
"""More stages than that in one policy with all that it refers to are a mistake: 500 pages of one alert."""


@dataclass(frozen=True, slots=True)
class _Within:
    """What holds for all steps of a policy that a step refers to."""

    at: timedelta = timedelta()
    windows: tuple[Window, ...] = ()
    priorities: tuple[str, ...] = ()
    when: str = NOT_CLOSED
    via: tuple[str, ...] = ()


def stamped(policy: Policy, policies: Mapping[str, Policy]) -> Stamped:
    """The policy as it holds from now on for one alert; `policies` are all there are, by id.

    A step that refers to another policy takes the steps of that one in its place, from its own time on and under its own conditions. How
    often to repeat, and the last resort, are the outer policy's. Invalid where policies refer to each other in a circle.
    """
    # Policies that refer to others many times each would fill the memory before they are counted.
    found = islice(_stages(policy, policies, _Within()), MOST_STAGES + 1)
    stages = sorted(found, key=lambda one: one.at)
    if len(stages) > MOST_STAGES:
        raise Invalid(
            f"{policy.id} has more than {MOST_STAGES} steps with all that it refers to; take some out",
            field="steps",
        )
    return Stamped(
        policy.id,
        tuple(stages),
        policy.repeat,
        policy.again_after,
        policy.acknowledged_by,
        policy.forgotten_after,
        policy.last_resort,
    )


def reassigned(now: Stamped, to: tuple[Target, ...]) -> Stamped:
    """The same with these reached first; the policy goes on as it was where they do not answer in time.

    Those to whom it was assigned before count no more, so that it never grows: only the policy's own stages come through one.
    """
    own = tuple(stage for stage in now.stages if stage.via)
    wait = timedelta() if len(own) < len(now.stages) else now.again_after
    later = tuple(replace(stage, at=stage.at + wait) for stage in own)
    return replace(now, stages=(Stage(timedelta(), to), *later))


def _stages(policy: Policy, policies: Mapping[str, Policy], within: _Within) -> Iterator[Stage]:
    if policy.id in within.via:
        circle = " → ".join((*within.via[within.via.index(policy.id) :], policy.id))
        raise Invalid(
            f"The policy {policy.id} refers to itself: {circle}. Take one of these steps out", field="steps"
        )
    at, via = within.at, (*within.via, policy.id)
    for n, step in enumerate(policy.steps):
        at += step.after
        inner = _Within(
            at,
            (*within.windows, step.window) if step.window else within.windows,
            _both(within.priorities, step.priorities),
            NOT_CLOSED if within.when == step.when == NOT_CLOSED else _stricter(within, step),
            via,
        )
        direct = tuple(target for target in step.to if target.kind != POLICY)
        if direct:
            turn = f"{policy.id}/{_counted_with(policy, n)}" if step.turn else ""
            yield Stage(at, direct, inner.when, inner.windows, inner.priorities, turn, via)
        for target in step.to:
            if target.kind == POLICY:
                yield from _stages(_known(target, policies), policies, inner)


def _counted_with(policy: Policy, n: int) -> int:
    """The first step that has the same people take turns: those after it go on where it stopped, so that nobody is asked twice running."""
    people = _people(policy.steps[n])
    return next(i for i, step in enumerate(policy.steps) if step.turn and _people(step) == people)


def _people(step: Step) -> tuple[Target, ...]:
    return tuple(target for target in step.to if target.kind not in PLACES and target.kind != POLICY)


def _stricter(within: _Within, step: Step) -> str:
    """Not acknowledged asks for more than not closed."""
    return step.when if within.when == NOT_CLOSED else within.when


def _both(outer: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    """Priorities that both let through; none named lets all through."""
    if not outer or not inner:
        return outer or inner
    both = tuple(one for one in PRIORITIES if one in outer and one in inner)
    return both or NO_PRIORITIES


def _known(target: Target, policies: Mapping[str, Policy]) -> Policy:
    policy = policies.get(target.name)
    if policy is None:
        there = ", ".join(policies) or "none"
        raise Invalid(f"There is no policy {target.name}; there are: {there}", field="to")
    return policy
