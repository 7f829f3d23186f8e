"""Taking a commit back on the main branch, and bringing it back later: a branch of its own, a pull request, and the merge on green.

While the bad deploy is live it is rolled back first: a revert reaches the users an hour later, with all else that was merged meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tocsin.core.facts_deploys import RevertibilityJudged
from tocsin.core.procedures.declared import NEEDED, Source
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import RELAND, REVERT, ROLL_BACK
from tocsin.core.procedures.plan import SAFE, SOURCE, WARNED, Asked, Look, Plan, Question, refused
from tocsin.core.procedures.roll_back import place_of
from tocsin.core.procedures.run import VERIFIED

NO_CHECKS: Final = "no check is required for {branch}: it is merged once those that run there are green"
AGAIN: Final = "merging the old branch again does nothing: its commits are in the history already, so the revert is reverted"
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Revert:
    id: str = REVERT
    title: str = "Revert a commit"
    of: str = SOURCE
    fields: tuple[Asked, ...] = (
        Asked("commit", "Which commit", "Its name, or the first signs of it.", must=True),
        Asked("parent", "Of a merge: which parent is kept", "A number from 1; left empty, the first."),
    )
    rolls_back: bool = False
    after_end: bool = True

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        source = question.declared.source(question.target)
        if source is None:
            return ()
        inputs: dict[str, JSON] = {
            **_place(source),
            "branch": source.branch,
            "commit": question.text("commit"),
        }
        if question.text("parent").isdecimal():
            inputs["parent"] = int(question.text("parent"))
        first = Look("revert", "git.revert", inputs)
        return (first, *_on_github(source, question, seen, "revert"))

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        source = question.declared.source(question.target)
        if source is None:
            return refused(f"{question.target} is declared no more")
        values: Mapping[str, Any] = seen["revert"].values
        sha = str(values["sha"])
        inputs: dict[str, JSON] = {"commit": sha}
        if values.get("parent"):
            inputs["parent"] = values["parent"]
        title = f"Take {sha[:7]} ({values['subject']}) back on a branch of its own, from {source.branch}"
        made = Step("revert", "git.revert", title, _made(source, question, inputs), undo="delete that branch")
        steps = (made, *_merging(source, question, values, f'Revert "{values["subject"]}"'))
        warnings = tuple(_warnings(source, values, seen))
        live = tuple(_still_live(question, sha))
        reasons = (f"{sha[:7]} by {values['author']}: {values['subject']}",)
        verdict = WARNED if warnings else SAFE
        return Plan(steps, verdict, reasons, live, warnings, overridable=bool(live))


@dataclass(frozen=True, slots=True)
class Reland:
    id: str = RELAND
    title: str = "Reland a commit"
    of: str = SOURCE
    fields: tuple[Asked, ...] = (
        Asked(
            "revert",
            "Which revert is reverted",
            "The commit on the main branch that took it back.",
            must=True,
        ),
    )
    rolls_back: bool = False
    after_end: bool = True

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        source = question.declared.source(question.target)
        if source is None:
            return ()
        inputs: dict[str, JSON] = {
            **_place(source),
            "branch": source.branch,
            "revert": question.text("revert"),
        }
        return (Look("reland", "git.reland", inputs), *_on_github(source, question, seen, "reland"))

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        source = question.declared.source(question.target)
        if source is None:
            return refused(f"{question.target} is declared no more")
        values: Mapping[str, Any] = seen["reland"].values
        sha = str(values["sha"])
        title = f"Revert the revert {sha[:7]} on a branch of its own, from {source.branch} as it is now"
        made = Step(
            "reland", "git.reland", title, _made(source, question, {"revert": sha}), undo="delete that branch"
        )
        steps = (made, *_merging(source, question, values, f"Reland: {values['subject']}", "reland"))
        warnings = (AGAIN,) if values.get("merging_again_does_nothing") else ()
        reasons = (f"{sha[:7]} by {values['author']}: {values['subject']}",)
        return Plan(steps, SAFE, (*reasons, *warnings), warnings=tuple(_of_checks(source, seen)))


def _place(source: Source) -> dict[str, JSON]:
    return place_of(source.repository, source.remote)


def _on_github(source: Source, question: Question, seen: Mapping[str, Seen], first: str) -> tuple[Look, ...]:
    """Who wrote it, and what the branch asks for. A repository that lies elsewhere has no pull requests of ours."""
    if source.remote or first not in seen:
        return ()
    where: dict[str, JSON] = {"repository": source.repository}
    who: dict[str, JSON] = {**where, "commits": [seen[first].values["sha"]], "people": _people(question)}
    return (
        Look("suspects", "github.suspects", who),
        Look("protection", "github.protection", {**where, "branch": source.branch}),
    )


def _people(question: Question) -> dict[str, JSON]:
    """The logins of our own people by their e-mail."""
    people = question.roster.people.values()
    return {one.email.lower(): one.github for one in people if one.email and one.github}


def _made(source: Source, question: Question, inputs: dict[str, JSON]) -> dict[str, JSON]:
    private: dict[str, JSON] = {"private": True} if question.incident.private else {}
    return {**_place(source), "branch": source.branch, **inputs, **private}


def _merging(
    source: Source, question: Question, values: Mapping[str, Any], title: str, first: str = "revert"
) -> tuple[Step, ...]:
    if source.remote:
        return ()
    private: dict[str, JSON] = {"private": True} if question.incident.private else {}
    what = f"{str(values['sha'])[:7]} {values['subject']}"
    opened: dict[str, JSON] = {
        "repository": source.repository,
        "branch_from": f"{first}.branch",
        "head_sha_from": f"{first}.sha",
        "base": source.branch,
        "title": title[:200],
        "what": [what],
        "shas": [values["sha"]],
        "people": _people(question),
        **private,
    }
    merged: dict[str, JSON] = {
        "repository": source.repository,
        "number_from": "pull-request.number",
        "head_sha_from": f"{first}.sha",
    }
    if source.required_checks:
        merged["checks"] = list(source.required_checks)
    review = "once it is reviewed and" if source.review == NEEDED else "without waiting for the review,"
    return (
        Step(
            "pull-request",
            "github.pull_request",
            f"Open its pull request into {source.branch}, and ask the author for a review",
            opened,
            undo="close the pull request",
        ),
        Step(
            "merge",
            "github.merge_on_green",
            f"Merge it {review} as soon as the required checks are green at exactly that commit",
            merged,
            watches=True,
            undo="reland it: revert the revert",
        ),
    )


def _still_live(question: Question, sha: str) -> Iterator[str]:
    """A bad deploy of this source that is live and has not been rolled back: that comes first."""
    for target in question.declared.targets:
        judged = next((one for one in question.incident.verdicts if one.target == target.id), None)
        if target.source != question.target or judged is None or not judged.is_near:
            continue
        if _is_rolled_back(question, target.id) or not judged.suspect or not _carries(judged, sha):
            continue
        live = judged.deploy(judged.live)
        name = live.name if live else judged.live
        yield f"{name} with that commit is live on {target.id}: roll that back first"


def _is_rolled_back(question: Question, target: str) -> bool:
    runs = question.incident.runs
    return any(run.state == VERIFIED and (run.procedure, run.target) == (ROLL_BACK, target) for run in runs)


def _carries(judged: RevertibilityJudged, sha: str) -> bool:
    """Whether what went out last has that commit; where not all of its commits are known, it may."""
    known = any(one.sha.startswith(sha) or sha.startswith(one.sha) for one in judged.commits)
    return known or judged.in_all > len(judged.commits) or not judged.commits


def _warnings(source: Source, values: Mapping[str, Any], seen: Mapping[str, Seen]) -> Iterator[str]:
    sha = str(values["sha"])[:7]
    if values.get("is_revert"):
        yield f"{sha} is itself a revert: taking it back brings back what it took away"
    if count := values.get("followed_count"):
        later = ", ".join(str(one["sha"])[:7] for one in values["followed_by"][:SHOWN])
        yield f"{count} later commits change the same files ({later}): they may depend on it"
    if migrations := values.get("migrations"):
        yield f"{sha} contains a migration ({', '.join(migrations[:SHOWN])}): taking the code back does not take that back"
    yield from _of_checks(source, seen)
    yield from _of_author(source, seen)


def _of_checks(source: Source, seen: Mapping[str, Seen]) -> Iterator[str]:
    if source.remote:
        yield f"{source.repository} is not on the linked GitHub: only the branch is made, people merge it"
        return
    asks: Mapping[str, Any] = seen["protection"].values
    if not asks.get("required_checks") and not source.required_checks:
        yield NO_CHECKS.format(branch=source.branch)
    if asks.get("reviews") and source.review != NEEDED:
        yield f"GitHub asks for {asks['reviews']} review(s) on {source.branch}: it is merged once somebody has approved it"


def _of_author(source: Source, seen: Mapping[str, Seen]) -> Iterator[str]:
    if source.remote:
        return
    found: Any = seen["suspects"].values.get("suspects")
    author = found[0] if isinstance(found, list) and found else {}
    if not author.get("login"):
        asked = (
            f"{source.fallback_team} is asked for the review"
            if source.fallback_team
            else "nobody is asked for the review"
        )
        yield f"its author ({author.get('name') or 'unknown'}) can't be found on GitHub, and may have left: {asked}"
