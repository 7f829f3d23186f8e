"""Bringing back what was taken back: a revert of the revert on the main branch as it is now, for people to mend and to merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tocsin.core.procedures.commits import short
from tocsin.core.procedures.declared import Source
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import RELAND
from tocsin.core.procedures.plan import SAFE, SOURCE, WARNED, Asked, Look, Plan, Question, refused
from tocsin.core.procedures.sources import PullRequest, merged_reverts, place_of, pull_request, told_there

ONE, WHICH = "one", "which"
NOTHING: Final = (
    "merging the old branch again does nothing: its commits are in the history already, and only a revert of the revert"
    " brings them back"
)
NO_REVERT: Final = "say which revert is to be undone: none was merged for this incident"


@dataclass(frozen=True, slots=True)
class Reland:
    id: str = RELAND
    title: str = "Reland what was reverted"
    of: str = SOURCE
    fields: tuple[Asked, ...] = (
        Asked("cause", "What was wrong with it, and what mends it", must=True, long=True),
        Asked("revert", "Commit that took it back", "Without, the revert that was merged for this incident."),
    )
    rolls_back: bool = False
    after_end: bool = True

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        source, merged = question.declared.source(question.target), merged_of(question)
        named = question.text("revert")
        if source is None or not (named or merged):
            return ()
        if named or merged is None:
            return (Look(ONE, "git.reland", {**place_of(source), "revert": named}),)
        # As what the revert came to the main branch: as itself, or squashed or rebased into another commit.
        which = Look(WHICH, "git.contains", {**place_of(source), **merged})
        if WHICH not in seen or not seen[WHICH].values.get("as"):
            return (which,)
        return (which, Look(ONE, "git.reland", {**place_of(source), "revert": seen[WHICH].values["as"]}))

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        source = question.declared.source(question.target)
        if source is None:
            return refused(f"{question.target!r} is no source in the file that TOCSIN_PROCEDURES names")
        if ONE not in seen:
            return refused(NO_REVERT)
        one: Mapping[str, Any] = seen[ONE].values
        warnings = (NOTHING,) if one.get("merging_again_does_nothing") else ()
        back = ", ".join(short(str(it)) for it in one.get("brings_back", ())) or "what it took back"
        reasons = (f"{short(str(one['sha']))} took {back} back", f"what was wrong: {question.text('cause')}")
        return Plan(tuple(_steps(question, source, one)), WARNED if warnings else SAFE, reasons, (), warnings)


def merged_of(question: Question) -> dict[str, JSON] | None:
    """The revert that was merged last for this incident, and what was made of it by that."""
    for run, merged in merged_reverts(question.incident):
        if run.target == question.target and merged.get("head_sha"):
            return {"commit": merged["head_sha"], "candidate": merged["merged_sha"]}
    return None


def _steps(question: Question, source: Source, one: Mapping[str, Any]) -> Iterator[Step]:
    sha = str(one["sha"])
    evidence = [f"what was wrong: {question.text('cause')}"]
    yield Step(
        "reland",
        "git.reland",
        f"Take {short(sha)} back on a branch of its own from {source.branch} as it is now",
        {**place_of(source), "revert": sha, **told_there(question, evidence)},
        undo="Delete the branch.",
    )
    if not source.remote:
        title = f"Open a pull request to {source.branch} of {source.repository}: it is merged by people, once what was wrong is mended"
        about = PullRequest(
            "reland", title, f"{sha} {one.get('subject', '')}", tuple(map(str, one.get("brings_back", ())))
        )
        yield pull_request(question, source, about, evidence)
