"""What people decide about the builds of the main branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tocsin.core import facts as f
from tocsin.core.builds import Red
from tocsin.core.case import Actor, Case, must_be_open, somebody
from tocsin.core.reruns import rerun_of
from tocsin.errors import Conflict

BUILDKITE: Final = "buildkite"


def run_again(case: Case, actor: Actor, reds: Sequence[Red]) -> list[f.What]:
    """Have the oldest failed build of each of these series run again, to tell a flake from a culprit; those that do so already are left."""
    somebody(actor, "have a build run again")
    must_be_open(case)
    if case.incident.private:
        raise Conflict(f"{case.incident.ref} is private: run it again at the service itself")
    if not reds:
        raise Conflict(f"No build of {case.incident.ref} is red: there is nothing to run again")
    facts: list[f.BuildRerunAsked] = []
    for red in reds:
        if asked := rerun_of(case.incident, red, _via(red), case.now, automatic=False):
            facts.append(replace(asked, rerun=f"B{len(case.incident.reruns) + len(facts) + 1}"))
    if not facts:
        raise Conflict("It goes on, or is being run again already: wait for its end")
    return [*facts]


def _via(red: Red) -> str:
    return BUILDKITE if red.first.stream.startswith(f"{BUILDKITE}/") else "github"
