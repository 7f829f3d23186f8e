"""Taking a bad commit back in the main branch, by a pull request that is merged as soon as it is green: after the deploy was rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tocsin.core.facts import TOCSIN
from tocsin.core.procedures.auto_revert import LEFT_OPEN, notes_of
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.declared import GIT, NEEDED, Source, Target
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import REVERT
from tocsin.core.procedures.plan import SAFE, SOURCE, WARNED, Asked, Look, Plan, Question, refused
from tocsin.core.procedures.rolled_back import last_roll_back, rolled_back_by
from tocsin.core.procedures.run import VERIFIED, Run
from tocsin.core.procedures.sources import PullRequest, people_of, place_of, pull_request, told_there
from tocsin.core.procedures.suspects import logins_of, named_suspects, span_of, suspects_in, told

RANGE, ONE, WHO, RULES, GOOD = "range", "revert", "suspects", "protection", "good"
WHICH: Final = "say which commit is to be taken back"
LIVE: Final = "{sha} is deployed to {target} still: roll the deploy back first, since a revert has a long way to go until it is live"
GITHUB: Final = "github"
GITHUBS: Final = "github-revert"
ASK: Final = (
    "Open a pull request to {branch} of {repository}, and ask the author to look at it, without waiting"
)


@dataclass(frozen=True, slots=True)
class Revert:
    id: str = REVERT
    title: str = "Revert a commit"
    of: str = SOURCE
    fields: tuple[Asked, ...] = (
        Asked(
            "commit",
            "Commit to take back",
            "Without, the one suspect, where there is only one; where there are several, the plan names them.",
        ),
        Asked("parent", "Of a merge: which parent is kept", "A number from 1; mostly 1, the main branch."),
        Asked(
            "by",
            "Who reverts",
            "`github` has GitHub revert the whole pull request. Without, git takes the commit back.",
        ),
        Asked("merge", "Merge it on green", "`no` leaves the pull request open: people merge it."),
    )
    rolls_back: bool = False
    after_end: bool = True

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        source = question.declared.source(question.target)
        if source is None:
            return ()
        found = [*_where_it_may_be(question, source)]
        between = _between(question, seen)
        if all(one.id in seen for one in found):
            if span := span_of(question, between):
                until: dict[str, JSON] = {"to": span.until} if span.until else {}
                inputs = {**place_of(source), "from": span.since, **until}
                found.append(Look(RANGE, "git.range", inputs, may_fail=True))
            if all(one.id in seen for one in found) and (commit := commit_of(question, seen)):
                found += _looks_at(question, source, commit)
                found += _where_it_is_live(question, source, seen)
        return tuple(found)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        source = question.declared.source(question.target)
        if source is None:
            return refused(f"{question.target!r} is no source in the file that TOCSIN_PROCEDURES names")
        suspects = suspects_in(seen.get(RANGE))
        reasons = tuple(told(suspects, logins_of(seen.get(WHO))))
        if not commit_of(question, seen) or ONE not in seen:
            return refused(_which(question, suspects), reasons=reasons)
        one: Mapping[str, Any] = seen[ONE].values
        if one.get("merge") and not _parent(question):
            parents = enumerate(seen[ONE].rows("parents"), 1)
            kept = ", ".join(f"{n} is {short(str(it['sha']))} “{it['subject']}”" for n, it in parents)
            return refused(
                f"{short(str(one['sha']))} is a merge: say which parent is kept ({kept})", reasons=reasons
            )
        wrong = tuple(_live(question, source, str(one["sha"]), seen))
        warnings = tuple(_warnings(question, source, one, seen))
        return Plan(
            tuple(_steps(question, source, one, seen)),
            WARNED if warnings else SAFE,
            (*_why(one), *reasons),
            wrong,
            warnings,
            overridable=bool(wrong),
        )


def commit_of(question: Question, seen: Mapping[str, Seen]) -> str:
    """The one that was named, or the only suspect; "" where that is not known."""
    if named := question.text("commit"):
        return named
    suspects = suspects_in(seen.get(RANGE))
    if len(suspects) == 1:
        return str(suspects[0].get("sha", ""))
    told_of = named_suspects(question)
    return told_of[0] if not suspects and len(told_of) == 1 else ""


def _targets(question: Question, source: Source) -> list[Target]:
    """What deploys its commits, as far as that can be seen."""
    return [one for one in question.declared.targets if one.source == source.repository and one.by == GIT]


def _where_it_may_be(question: Question, source: Source) -> Iterator[Look]:
    """What the bad deploy brought: from the good one to the one that was live when the verdict was made."""
    for target in _targets(question, source):
        verdict = question.incident.verdict(target.id)
        good = verdict.deploy(verdict.good) if verdict else None
        bad = verdict.deploy(verdict.suspect or verdict.live) if verdict else None
        if good and bad and good.commit and bad.commit:
            inputs: dict[str, JSON] = {"target": target.id, "good": good.commit, "live": bad.commit}
            yield Look(f"{GOOD}-{target.id}", "git.between", inputs, may_fail=True)


def _between(question: Question, seen: Mapping[str, Seen]) -> Mapping[str, JSON] | None:
    found = (seen[id].values for id in seen if id.startswith(f"{GOOD}-"))
    return next((one for one in found if one.get("source_good")), None)


def _looks_at(question: Question, source: Source, commit: str) -> Iterator[Look]:
    one = {**place_of(source), "commit": commit}
    if parent := _parent(question):
        one["parent"] = parent
    yield Look(ONE, "git.revert", one)
    if not source.remote:
        where: dict[str, JSON] = {"repository": source.repository}
        yield Look(WHO, "github.suspects", where | {"commits": [commit], "people": people_of(question)})
        yield Look(RULES, "github.protection", where | {"branch": source.branch})


def _where_it_is_live(question: Question, source: Source, seen: Mapping[str, Seen]) -> Iterator[Look]:
    for target in _targets(question, source):
        deployed = Look(f"deployed-{target.id}", "git.deployed", {"target": target.id}, may_fail=True)
        yield deployed
        newest = seen[deployed.id].values.get("newest") if deployed.id in seen else None
        if newest and ONE in seen:
            inputs: dict[str, JSON] = {
                "repository": source.repository,
                "commit": str(seen[ONE].values["sha"]),
                "candidate": newest,
            }
            yield Look(f"live-{target.id}", "git.contains", inputs, may_fail=True)


def _parent(question: Question) -> int:
    text = question.text("parent")
    return int(text) if text.isdecimal() and len(text) < 3 else 0


def _which(question: Question, suspects: list[dict[str, Any]]) -> str:
    if suspects:
        return f"{WHICH}: there are {len(suspects)} suspects"
    return f"{WHICH}: neither a bad deploy nor a red build shows where to look"


def _live(question: Question, source: Source, sha: str, seen: Mapping[str, Seen]) -> Iterator[str]:
    """Where the bad commit is live: first the deploy is rolled back, and that is seen to have taken effect."""
    for target in (one for one in question.declared.targets if one.source == source.repository):
        run = last_roll_back(question.incident, target.id)
        found = seen.get(f"live-{target.id}")
        if run and run.state != VERIFIED:
            yield _not_verified(run)
        elif found is not None and "contains" in found.values:
            if found.values["contains"] is True:
                yield LIVE.format(sha=short(sha), target=target.id)
        elif rolled_back_by(question.incident, target.id) is None:
            yield from _by_verdict(question, target, sha)


def _not_verified(run: Run) -> str:
    if run.is_under_way:
        return f"{run.id} is rolling {run.target} back: wait until that is verified"
    return f"{run.id} was to roll {run.target} back, and nothing shows that it did: {run.said}"


def _by_verdict(question: Question, target: Target, sha: str) -> Iterator[str]:
    """Where what is deployed can't be looked at, by what was known when the verdict was made."""
    judged = question.incident.verdict(target.id)
    if judged is None or not judged.is_near or not judged.suspect:
        return
    known = any(one.sha.startswith(sha) or sha.startswith(one.sha) for one in judged.commits)
    if known or judged.in_all > len(judged.commits) or not judged.commits:
        live = judged.deploy(judged.live)
        yield f"{live.name if live else judged.live} with that commit is live on {target.id}: roll that back first"


def _why(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"{short(str(one['sha']))} “{one.get('subject', '')}” by {one.get('author', '')} is taken back"


def _warnings(
    question: Question, source: Source, one: Mapping[str, Any], seen: Mapping[str, Seen]
) -> Iterator[str]:
    sha = short(str(one["sha"]))
    if one.get("is_revert"):
        yield f"{sha} is a revert itself: what it took back comes back"
    if many := one.get("followed_count"):
        first = seen[ONE].rows("followed_by")[:3]
        names = ", ".join(f"{short(str(it['sha']))} “{it['subject']}”" for it in first)
        yield f"{many} later commit{'s' if many != 1 else ''} may depend on it: {names}"
    if migrations := one.get("migrations"):
        yield f"it contains a migration, which a revert does not undo: {', '.join(map(str, migrations))}"
    yield from _of_author(question, one, seen)
    if source.remote:
        yield f"{source.repository} is not on the linked GitHub: only the branch is made, people merge it"
        return
    yield from _of_branch(source, seen)


def _of_branch(source: Source, seen: Mapping[str, Seen]) -> Iterator[str]:
    """What the branch asks for before it is merged, and where that is something else than green checks."""
    rules: Mapping[str, Any] = seen[RULES].values if RULES in seen else {}
    if needed := _approvals(seen):
        reviews = "an approving review" if needed == 1 else f"{needed} approving reviews"
        yield f"{source.branch} asks for {reviews}: it is merged once it has that, and no sooner"
    if "reviews" in rules and rules["reviews"] is None:
        yield f"whether {source.branch} asks for a review can't be read: the token lacks Administration: read"
    if rules.get("merge_queue"):
        yield f"{source.branch} has a merge queue, which Tocsin does not join: people add the pull request to it"
    if not source.required_checks and not rules.get("required_checks"):
        yield f"no check is required on {source.branch}: GitHub would merge without waiting for any, so all that report are waited for"


def _approvals(seen: Mapping[str, Seen]) -> int:
    """How many approving reviews GitHub asks for, as far as that can be read."""
    found = seen[RULES].values.get("reviews") if RULES in seen else 0
    return found if isinstance(found, int) else 0


def _of_author(question: Question, one: Mapping[str, Any], seen: Mapping[str, Seen]) -> Iterator[str]:
    if WHO not in seen:
        return
    login = logins_of(seen[WHO]).get(str(one["sha"]), "")
    author = str(one.get("author") or "its author")
    if not login:
        yield f"{author} can't be found on GitHub: the fallback team is asked to look, if there is one"
    elif not (question.roster.by_github(login) or question.roster.by_mail(str(one.get("email", "")))):
        yield f"{author} ({login}) is not in this Tocsin, and may have left"


def _steps(
    question: Question, source: Source, one: Mapping[str, Any], seen: Mapping[str, Seen]
) -> Iterator[Step]:
    number = one.get("pull_request") or _pull_of(seen)
    is_githubs = question.text("by").lower() == GITHUB and bool(number) and not source.remote
    unless: dict[str, JSON] = {"unless": GITHUBS} if is_githubs else {}
    if is_githubs:
        yield _githubs(question, source, number, [*_why(one)])
    yield _gits(question, source, one, unless)
    if not source.remote:
        sha, title = str(one["sha"]), ASK.format(branch=source.branch, repository=source.repository)
        about = PullRequest("revert", title, f"{sha} {one.get('subject', '')}", (sha,))
        needs = source.review == NEEDED or bool(_approvals(seen))
        # Somebody has to approve it: the author may be asleep, so those who approve reverts are asked as well.
        more: dict[str, JSON] = {"ask_team": True} if needs else {}
        if question.asked_by == TOCSIN:
            more["notes"] = [*notes_of(source)]
        yield pull_request(question, source, about, [*_why(one)], **unless, **more)
        if question.text("merge").lower() != LEFT_OPEN:
            yield _merge(source, needs)


def _githubs(question: Question, source: Source, number: int, evidence: Sequence[str]) -> Step:
    where: dict[str, JSON] = {"repository": source.repository, "number": number}
    return Step(
        GITHUBS,
        "github.revert_pull_request",
        f"Have GitHub revert #{number}, and ask its author to look at that, without waiting for it",
        where | {"people": people_of(question)} | told_there(question, evidence),
        undo="Close the pull request.",
    )


def _gits(question: Question, source: Source, one: Mapping[str, Any], unless: Mapping[str, JSON]) -> Step:
    files = [f"{it['status']} {it['path']}" for it in one.get("files", ())]
    what: dict[str, JSON] = {"commit": str(one["sha"]), "parent": _parent(question), "files": [*files]}
    return Step(
        "revert",
        "git.revert",
        f"Take {short(str(one['sha']))} “{one.get('subject', '')}” back on a branch of its own from {source.branch}",
        {**place_of(source), **what, **told_there(question, [*_why(one)]), **unless},
        undo="Delete the branch.",
    )


def _merge(source: Source, needs_review: bool) -> Step:
    waits = ", and somebody has approved it" if needs_review else ""
    return Step(
        "merge",
        "github.merge_on_green",
        f"Merge it as soon as the required checks are green at exactly that commit{waits}",
        {
            "repository": source.repository,
            "number_from": "pull-request.number",
            "head_sha_from": "pull-request.head_sha",
            "message_from": "revert.body",
            "checks": [*source.required_checks],
        },
        watches=True,
        undo="Reland it: a revert of the revert.",
    )


def _pull_of(seen: Mapping[str, Seen]) -> int:
    """The pull request that brought it, as GitHub knows; 0 where that is not known."""
    first = seen[WHO].rows("suspects")[:1] if WHO in seen else []
    return next((one["pull_request"] for one in first if isinstance(one.get("pull_request"), int)), 0)
