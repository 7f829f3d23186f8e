"""What the procedures about a source repository share: where it is, who its authors are here, and the pull request of a branch made there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.core.incident import Incident
from tocsin.core.procedures.declared import Source
from tocsin.core.procedures.hands import JSON, Step
from tocsin.core.procedures.names import REVERT
from tocsin.core.procedures.plan import Question
from tocsin.core.procedures.run import VERIFIED, Run


def place_of(source: Source) -> dict[str, JSON]:
    """How git's looks and steps are told where to work."""
    where: dict[str, JSON] = {"repository": source.repository, "branch": source.branch}
    return where | ({"remote": source.remote} if source.remote else {})


def people_of(question: Question) -> dict[str, JSON]:
    """GitHub's names of our people, by their addresses."""
    people = question.roster.people.values()
    return {one.email.lower(): one.github for one in people if one.email and one.github}


def told_there(question: Question, evidence: Sequence[str]) -> dict[str, JSON]:
    """What the commit or the pull request says of why; of a private incident no more than its number."""
    return {"evidence": [*evidence], "private": question.incident.private}


def merged_reverts(incident: Incident) -> Iterator[tuple[Run, Mapping[str, Any]]]:
    """The reverts that were merged for this incident, the newest first: each run, and what its merge left."""
    for run in reversed(incident.runs):
        merged = run.seen().get("merge", {})
        if run.procedure == REVERT and run.state == VERIFIED and merged.get("merged_sha"):
            yield run, merged


@dataclass(frozen=True, slots=True)
class PullRequest:
    """`made_by` is the step that pushed its branch, `what` the line about what it takes back; the authors of `shas` are asked to look at it."""

    made_by: str
    title: str
    what: str
    shas: tuple[str, ...]


def pull_request(
    question: Question, source: Source, about: PullRequest, evidence: Sequence[str], **more: JSON
) -> Step:
    """The step that opens it."""
    return Step(
        "pull-request",
        "github.pull_request",
        about.title,
        {
            "repository": source.repository,
            "branch_from": f"{about.made_by}.branch",
            "head_sha_from": f"{about.made_by}.sha",
            "title_from": f"{about.made_by}.title",
            "base": source.branch,
            "what": [about.what],
            "shas": [*about.shas],
            "fallback_team": source.fallback_team,
            "people": people_of(question),
            **told_there(question, evidence),
            **more,
        },
        undo="Close the pull request.",
    )
