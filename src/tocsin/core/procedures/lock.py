"""Locking a broken main branch to those who broke it and a team that can mend it, and giving back exactly what was before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tocsin.core import facts as f
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.declared import Source
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import LOCK_BRANCH, UNLOCK_BRANCH
from tocsin.core.procedures.plan import (
    ANNOUNCE,
    HEARD,
    SAFE,
    SOURCE,
    WARNED,
    Asked,
    Look,
    Plan,
    Question,
    refused,
)
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.sources import people_of
from tocsin.core.procedures.suspects import logins_of, named_suspects

WHO, RULES = "suspects", "rules"
ANNOUNCED, WAITED, KEPT, LOCKED = "announce", "heard", "keep", "lock"
THREAD: Final = "thread"


@dataclass(frozen=True, slots=True)
class LockBranch:
    id: str = LOCK_BRANCH
    title: str = "Lock the branch"
    of: str = SOURCE
    fields: tuple[Asked, ...] = (
        Asked(
            "commits",
            "Commits whose authors may push",
            "Separated by blanks. Without, the suspects that the red builds name.",
        ),
    )
    rolls_back: bool = False
    after_end: bool = False

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        source = question.declared.source(question.target)
        if source is None or any(_forbidden(question, source)):
            return ()
        found: list[Look] = []
        if commits := commits_of(question):
            inputs: dict[str, JSON] = {"repository": source.repository, "commits": [*commits]}
            found.append(Look(WHO, "github.suspects", inputs | {"people": people_of(question)}))
        if all(one.id in seen for one in found):
            found.append(
                Look(
                    RULES,
                    "github.lock",
                    {
                        "repository": source.repository,
                        "branch": source.branch,
                        "logins": [*_authors(seen)],
                        "team": _slug(source),
                    },
                )
            )
        return tuple(found)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        source = question.declared.source(question.target)
        if source is None:
            return refused(f"{question.target!r} is no source in the file that TOCSIN_PROCEDURES names")
        if why := tuple(_forbidden(question, source)):
            return refused(*why)
        rules: Mapping[str, Any] = seen[RULES].values
        if why := tuple(_in_the_way(source, rules)):
            return refused(*why)
        warnings = tuple(_warnings(source, seen, rules))
        users = [str(one) for one in rules["members"]]
        who = _named(source, users)
        reasons = (f"only {who} may push to {source.branch} then; all else that protects it stays as it is",)
        steps = tuple(_steps(question, source, rules["settings"], users))
        return Plan(steps, WARNED if warnings else SAFE, reasons, (), warnings)


@dataclass(frozen=True, slots=True)
class UnlockBranch:
    id: str = UNLOCK_BRANCH
    title: str = "Unlock the branch"
    of: str = SOURCE
    fields: tuple[Asked, ...] = ()
    rolls_back: bool = False
    after_end: bool = True

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        run = locked_by(question)
        if run is None:
            return ()
        return (Look(RULES, "github.locked", _left(run)),)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        run = locked_by(question)
        if run is None:
            return refused(f"{question.incident.ref} has not locked {question.target}")
        found: Mapping[str, Any] = seen[RULES].values
        inputs = _left(run)
        branch = inputs["branch"]
        step = Step(
            "unlock",
            "github.unlock_branch",
            f"Give {branch} of {run.target} the protection back that {run.id} found, and read it again",
            inputs | {"unlocks": run.id},
            undo="Lock it again: plan lock-branch.",
        )
        reasons = (f"{run.id} has locked {branch} since {run.started_at:%Y-%m-%d %H:%M} UTC",)
        changed = ", ".join(str(one) for one in found.get("changed", ()))
        if not changed:
            return Plan((step,), SAFE, reasons)
        why = f"somebody has changed the protection since it was locked ({changed}): that would be undone"
        return Plan((step,), SAFE, reasons, (why,), overridable=True)


def locked_by(question: Question) -> Run | None:
    """The run that locked that branch, or may have: its state from before is kept, and nothing has given it back since."""
    unlocked = {fact.what.lock for fact in question.incident.facts if isinstance(fact.what, f.BranchUnlocked)}
    for run in reversed(question.incident.runs):
        kept = run.step(KEPT)
        if run.procedure == LOCK_BRANCH and run.target == question.target and kept and kept.done:
            return None if run.id in unlocked else run
    return None


def commits_of(question: Question) -> tuple[str, ...]:
    """Whose authors may push: of those that were named, else of the red builds' suspects."""
    named = question.text("commits").replace(",", " ").split()
    return tuple(dict.fromkeys(named or named_suspects(question)))


def _authors(seen: Mapping[str, Seen]) -> tuple[str, ...]:
    return tuple(sorted({one for one in logins_of(seen.get(WHO)).values() if one}))


def _slug(source: Source) -> str:
    return source.fallback_team.rpartition("/")[2]


def _named(source: Source, users: list[str]) -> str:
    return ", ".join([*users, f"the team {source.fallback_team}"])


def _forbidden(question: Question, source: Source) -> Iterator[str]:
    """What forbids it before anything is looked at."""
    repository, owner = source.repository, source.repository.partition("/")[0]
    if source.remote:
        yield f"{repository} is not on the linked GitHub: its branch can't be locked from here"
    if not source.fallback_team:
        yield f"{repository} has no fallback_team: while its authors are away nobody could mend {source.branch}"
    elif source.fallback_team.rpartition("/")[0] not in ("", owner):
        yield f"the fallback team {source.fallback_team} is not of {owner}, which {repository} belongs to"
    if question.incident.private:
        yield f"{question.incident.ref} is private: those who are locked out would not hear of it"
    elif THREAD not in question.incident.abilities:
        yield f"{question.incident.ref} has no thread to announce it in: nothing is locked that nobody hears of"
    if any(one.target == question.target for one in question.incident.locks):
        yield f"{source.branch} of {repository} is locked already by this incident: unlock it first"


def _in_the_way(source: Source, rules: Mapping[str, Any]) -> Iterator[str]:
    """What GitHub shows that forbids it."""
    branch, repository = source.branch, source.repository
    if rules.get("admin") is False:
        yield f"our token may not change what protects {branch}: it needs the right to administrate {repository}"
    elif not rules.get("organisation"):
        yield f"{repository} belongs to a person: GitHub restricts pushes only in repositories of organisations"
    elif not rules.get("protected"):
        yield f"{branch} of {repository} is not protected: there is nothing that a lock could be added to. Protect it first"
    elif not rules.get("readable"):
        yield f"what protects {branch} can't be read, so it could not be given back: {rules.get('why')}"
    elif rules.get("restricted"):
        yield f"pushes to {branch} are restricted already ({rules['restricted']}): a lock of people's is not written over"
    elif lost := rules.get("cannot_keep"):
        names = ", ".join(str(one) for one in lost)
        yield f"what protects {branch} has settings that could not be given back: {names}"
    elif not rules.get("team"):
        yield f"{repository.partition('/')[0]} has no team {source.fallback_team}, or our token may not see it"


def _warnings(source: Source, seen: Mapping[str, Seen], rules: Mapping[str, Any]) -> Iterator[str]:
    if others := [str(one) for one in rules.get("others", ())]:
        yield f"{', '.join(others)} may not push: no member of the organisation with the right to write"
    if not rules["members"]:
        yield f"no author of a suspect is known who may push: only the team {source.fallback_team} can mend it"
    if unknown := [sha for sha, login in logins_of(seen.get(WHO)).items() if not login]:
        yield f"who wrote {', '.join(short(one) for one in unknown)} can't be found on GitHub"
    us = str(rules.get("us", ""))
    if rules["settings"].get("enforce_admins") and us not in rules["members"]:
        yield f"we ({us}) may not merge then either: a revert of ours is merged by one of them, or after the unlocking"


def _steps(
    question: Question, source: Source, settings: Mapping[str, JSON], users: list[str]
) -> Iterator[Step]:
    where: dict[str, JSON] = {"repository": source.repository, "branch": source.branch}
    logins = {one.lower() for one in users}
    people = [one.handle for one in question.roster.people.values() if one.github.lower() in logins]
    yield Step(
        ANNOUNCED,
        ANNOUNCE,
        f"Say in the thread that {source.branch} of {source.repository} will be locked, and to whom",
        {"text": _announcement(question, source, users), "people": [*sorted(people)]},
    )
    yield Step(
        WAITED,
        HEARD,
        "Wait until the thread has heard it: otherwise nothing is locked",
        {"step": ANNOUNCED},
        watches=True,
    )
    yield Step(
        KEPT,
        "github.keep_protection",
        f"Keep the whole protection of {source.branch} as it is",
        {**where, "settings": dict(settings)},
    )
    yield Step(
        LOCKED,
        "github.lock_branch",
        f"Let only {_named(source, users)} push to {source.branch}, and read it again",
        {**where, "settings_from": f"{KEPT}.settings", "users": [*users], "teams": [_slug(source)]},
        undo="Plan unlock-branch: it gives back what was kept.",
    )


def _announcement(question: Question, source: Source, users: list[str]) -> str:
    return (
        f"{source.branch} of {source.repository} is about to be locked: only {_named(source, users)} may push until it is green"
        f" again. Why: {question.reason}. Whoever has the fix speaks to them here; unlock-branch of {question.incident.ref}"
        " gives everybody the right back."
    )


def _left(run: Run) -> dict[str, JSON]:
    """What the lock found and what it set, as the look and the step of unlocking take it."""
    lock = run.step(LOCKED)
    assert lock is not None
    was = lock.step.inputs
    same: dict[str, JSON] = {name: was[name] for name in ("repository", "branch", "users", "teams")}
    return same | {"settings": run.seen()[KEPT]["settings"]}
