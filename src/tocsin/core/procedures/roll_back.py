"""Rolling a deploy back: what rolls it forward is frozen with it, the good deploy is restored, and what shows the effect is watched.

By git it is one commit whose tree is the good commit's apart from the freeze; other targets are rolled back as they are declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tocsin.core.deploys.verdict import AFTER_SCHEMA as SCHEMA_FIRST
from tocsin.core.deploys.verdict import NOT_REVERTIBLE
from tocsin.core.facts_deploys import NearDeploy, RevertibilityJudged
from tocsin.core.procedures.declared import COMMAND, GIT, KUBECTL, WORKFLOW, Target
from tocsin.core.procedures.freezes import NOTES
from tocsin.core.procedures.freezing import freeze_steps, git_updaters
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import NOTHING_SHOWS, ROLL_BACK
from tocsin.core.procedures.plan import (
    AFTER_SCHEMA,
    SAFE,
    TARGET,
    WARNED,
    Asked,
    Look,
    Plan,
    Question,
    refused,
)
from tocsin.core.procedures.watching import effect_steps

NO_GOOD: Final = "no deploy is known that was well before it began: say to which one to go back"
PINNED: Final = "pinned"
NO_DECLARED: Final = "is no target that is declared any more"
NO_PLACE: Final = "can't be held: say by `repository` of that updater where they are on GitHub"
NO_SWITCH: Final = (
    "has neither a file nor a workflow: say in the file of TOCSIN_PROCEDURES how it is switched off"
)


@dataclass(frozen=True, slots=True)
class Goal:
    """To which deploy it goes back: a commit or a version. `near` is the deploy as it is known, None where it is not."""

    commit: str
    version: str
    near: NearDeploy | None
    is_proposed: bool

    @property
    def name(self) -> str:
        return self.version or self.commit[:7]


@dataclass(frozen=True, slots=True)
class RollBack:
    id: str = ROLL_BACK
    title: str = "Roll back"
    of: str = TARGET
    fields: tuple[Asked, ...] = (
        Asked(
            "to",
            "To which deploy, or commit",
            "Left empty: the last one that was well before it began.",
        ),
    )
    rolls_back: bool = True
    after_end: bool = False

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        target, goal = question.declared.target(question.target), goal_of(question)
        if target is None or goal is None:
            return ()
        if target.by == GIT:
            return _git_looks(target, goal, seen)
        if target.by == COMMAND:
            what: dict[str, JSON] = {"target": target.id, "commit": goal.commit, "version": goal.version}
            return (Look("command", "command.run", what | {"run": question.name}),)
        return (Look("rollout", "command.rollout", {"target": target.id}),) if target.by == KUBECTL else ()

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        target, goal = question.declared.target(question.target), goal_of(question)
        if target is None:
            return refused(f"{question.target} {NO_DECLARED}")
        if goal is None:
            return refused(NO_GOOD)
        if wrong := [one.kind for one in target.updaters if not one.path and not one.workflow]:
            return refused(*(f"{one} {NO_SWITCH}" for one in wrong))
        pulls = [one for one in target.updaters if one.pull_requests_by]
        if nowhere := [one.pull_requests_by for one in pulls if not (one.repository or target.repository)]:
            return refused(*(f"pull requests of {one} {NO_PLACE}" for one in nowhere))
        judged = judged_of(question)
        effect = effect_steps(target, _versions(goal, seen), "restore" if target.by == GIT else "")
        restoring = _restoring(target, goal, question, seen)
        steps = (*freeze_steps(target, question), *restoring, *effect, *_last(target, question, restoring))
        warnings = (*_warnings(question, target, goal, judged, seen), *(() if effect else (NOTHING_SHOWS,)))
        lost = judged is not None and goal.is_proposed and judged.verdict == NOT_REVERTIBLE
        refusals = judged.reasons if judged and lost else ()
        return Plan(
            steps,
            _verdict(judged, goal, warnings),
            (*_reasons(goal, judged), *_pinned(target, seen)),
            refusals,
            warnings,
            overridable=bool(refusals),
        )


def goal_of(question: Question) -> Goal | None:
    """What was asked for, by whatever name; else what the verdict on the target proposes. None where there is neither."""
    judged, to = judged_of(question), question.text("to")
    known = judged.deploys if judged else ()
    good = judged.deploy(judged.good) if judged else None
    if not to:
        return Goal(good.commit, good.name, good, True) if good else None
    near = next((one for one in known if to in (one.id, one.name) or _is_commit(to, one)), None)
    if near:
        return Goal(near.commit, near.name, near, near == good)
    return Goal(to, "" if question_is_git(question) else to, None, False)


def question_is_git(question: Question) -> bool:
    target = question.declared.target(question.target)
    return target is not None and target.by == GIT


def judged_of(question: Question) -> RevertibilityJudged | None:
    """The verdict on the target, as the incident knows it."""
    return question.incident.verdict(question.target)


def _is_commit(to: str, one: NearDeploy) -> bool:
    return len(to) >= 7 and one.commit.startswith(to.lower())


def place_of(repository: str, remote: str) -> dict[str, JSON]:
    """How git's looks and steps are told where to work."""
    return {"repository": repository} if repository else {"remote": remote}


def _git_looks(target: Target, goal: Goal, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
    pinned: dict[str, JSON] = {"target": target.id, "commit": goal.commit}
    first = (Look(PINNED, "git.pinned", pinned),) if target.source else ()
    if first and PINNED not in seen:
        return first
    here: dict[str, JSON] = {
        **place_of(target.repository, target.remote),
        "branch": target.branch,
        "candidate": str(seen[PINNED].values["sha"]) if first else goal.commit,
        "freezes": git_updaters(target, target.repository, target.branch),
    }
    deploy = Look("deploy", "git.deploy", here)
    if "deploy" not in seen or not target.source:
        return (*first, deploy)
    good, head = _candidate(seen).get("sha"), seen["deploy"].values.get("head")
    where = target.repository or target.remote
    between: dict[str, JSON] = {"target": target.id, "good": good, "live": head, "good_repository": where}
    return (*first, deploy, Look("between", "git.between", between))


def _candidate(seen: Mapping[str, Seen]) -> dict[str, Any]:
    found: Any = seen["deploy"].values.get("candidate") if "deploy" in seen else None
    return found if isinstance(found, dict) else {}


def _restoring(target: Target, goal: Goal, question: Question, seen: Mapping[str, Seen]) -> tuple[Step, ...]:
    if target.by == GIT:
        return (_restore(target, question, seen),)
    what: dict[str, JSON] = {"target": target.id, "commit": goal.commit, "version": goal.version}
    if target.by == COMMAND:
        argv = seen["command"].values["argv"]
        shown = " ".join(str(one) for one in argv) if isinstance(argv, list) else ""
        return (Step("command", "command.run", f"Run {shown}", {**what, "argv": argv}, watches=True),)
    if target.by == KUBECTL:
        revision = seen["rollout"].values["revision"]
        title = f"Undo the last rollout of {target.workload} (now at revision {revision})"
        undo = Step("undo", "command.rollout_undo", title, {"target": target.id, "seen_revision": revision})
        stands = Step(
            "stands",
            "command.rollout_status",
            f"Watch until {target.workload} stands",
            {"target": target.id},
            True,
        )
        return (undo, stands)
    if target.by == WORKFLOW:
        filled: dict[str, JSON] = {
            name: text.replace("{commit}", goal.commit)
            .replace("{version}", goal.version)
            .replace("{run}", question.name)
            for name, text in target.workflow_inputs.items()
        }
        inputs: dict[str, JSON] = {
            "repository": target.repository,
            "workflow": target.workflow,
            "inputs": filled,
        }
        inputs["ref"] = target.ref or target.branch
        title = f"Start the workflow {target.workflow} for {goal.name}, and wait for its end"
        return (Step("dispatch", "github.dispatch", title, inputs, watches=True),)
    return (Step("call", "webhook.call", f"Call the webhook of {target.id} for {goal.name}", what),)


def _restore(target: Target, question: Question, seen: Mapping[str, Seen]) -> Step:
    good, head = str(_candidate(seen)["sha"]), str(seen["deploy"].values["head"])
    freezes = git_updaters(target, target.repository, target.branch)
    inputs: dict[str, JSON] = {
        **place_of(target.repository, target.remote),
        "branch": target.branch,
        "head": head,
        "good": good,
        "freezes": freezes,
    }
    inputs |= _changes(seen["deploy"])
    if question.incident.private:
        inputs["private"] = True
    apart = f", but for {', '.join(str(one['path']) for one in freezes)}, which is frozen" if freezes else ""
    title = f"One commit on {target.branch} (after {head[:7]}) with all files as in {good[:7]}{apart}"
    undo = f"git revert that commit on {target.branch}, and push: everything is as it was before"
    return Step("restore", "git.restore", title, inputs, undo=undo)


def _changes(seen: Seen) -> dict[str, JSON]:
    """What exactly becomes of the branch, for people: the files that change, and how each updater is switched off."""
    found: Any = seen.values.get("candidate")
    files = [f"{one['status']} {one['path']}" for one in found.get("files", ())]
    if (more := found.get("files_count", 0) - len(files)) > 0:
        files.append(f"and {more} more")
    diffs = [str(one["diff"]) for one in seen.rows("updaters") if one.get("diff")]
    return {"files": [*files], "frozen_by": [*diffs]}


def _last(target: Target, question: Question, restoring: tuple[Step, ...]) -> Iterator[Step]:
    """After all that was watched: nothing has rolled it forward meanwhile, and nothing that was opened since would."""
    for one in freeze_steps(target, question):
        if one.hand == "github.hold_pulls":
            yield replace(one, id=f"{one.id}-again", title=f"{one.title}: those opened meanwhile")
    if target.by == GIT:
        was = restoring[0].inputs
        inputs = {name: was[name] for name in was if name not in ("head", "files", "frozen_by")}
        title = f"Read {target.branch} once more: nothing newer is on it, and every updater is off"
        yield Step("still", "git.still_frozen", title, inputs)


def _versions(goal: Goal, seen: Mapping[str, Seen]) -> tuple[str, ...]:
    """What the site may say once it took effect."""
    source = seen["between"].values.get("source_good") if "between" in seen else ""
    return tuple(dict.fromkeys(one for one in (goal.version, goal.commit, str(source or "")) if one))


def _warnings(
    question: Question,
    target: Target,
    goal: Goal,
    judged: RevertibilityJudged | None,
    seen: Mapping[str, Seen],
) -> tuple[str, ...]:
    found = list(judged.warnings) if judged and goal.is_proposed else []
    proposed = judged.deploy(judged.good) if judged and judged.good else None
    if judged and judged.good and not goal.is_proposed and not _is_that(proposed, seen):
        found.append(
            f"not the deploy that is proposed, which is {proposed.name if proposed else judged.good}"
        )
    merges = _candidate(seen).get("merges")
    if merges and not any("between: the tree is restored" in one for one in found):
        found.append(f"{merges} merges lie between: the tree is restored, not reverted commit by commit")
    if "deploy" in seen:
        found += _frozen_already(question, seen["deploy"])
    return (*found, *_notes(target), *_goes_along(question, target), *_one_before(target, goal, judged))


def _notes(target: Target) -> Iterator[str]:
    """What people have to know, or to do, of a freeze."""
    for one in target.updaters:
        if one.kind in NOTES:
            yield f"{one.path}: {NOTES[one.kind]}"


def _goes_along(question: Question, target: Target) -> Iterator[str]:
    """What else is deployed from the branch whose files are restored."""
    place = (target.by, target.repository, target.remote, target.branch)
    others = [it for it in question.declared.targets if (it.by, it.repository, it.remote, it.branch) == place]
    names = [one.id for one in others if one.id != target.id]
    if target.by == GIT and names:
        yield f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} deployed from {target.branch} too: all of it goes back"


def _one_before(target: Target, goal: Goal, judged: RevertibilityJudged | None) -> Iterator[str]:
    """kubectl goes back by one rollout: to the deploy before the one that is live, whatever was asked for."""
    if target.by != KUBECTL:
        return
    ids = [one.id for one in judged.deploys] if judged else []
    live = ids.index(judged.live) if judged and judged.live in ids else None
    if live is None or goal.near is None or ids[live + 1 : live + 2] != [goal.near.id]:
        yield f"kubectl goes back by one rollout, and whether that is {goal.name} can't be told: see the images when it stands"


def _is_that(proposed: NearDeploy | None, seen: Mapping[str, Seen]) -> bool:
    """Whether the proposed deploy was asked for by what it deploys."""
    by_source = PINNED in seen and bool(seen[PINNED].values.get("source"))
    return by_source and proposed is not None and proposed.commit == _candidate(seen).get("sha")


def _pinned(target: Target, seen: Mapping[str, Seen]) -> Iterator[str]:
    found = seen[PINNED].values if PINNED in seen else {}
    if source := str(found.get("source", "")):
        yield f"{str(found['sha'])[:7]} is the last commit of {target.branch} that deployed {source[:7]} of {target.source}"


def _frozen_already(question: Question, seen: Seen) -> Iterator[str]:
    """Freezes that no run has thawed. One of this incident that is on again all the same was taken back by hand; of an old one, which is
    no freeze any more, nothing is to be said.
    """
    on = {f"{one['kind']} {one['path']}" for one in seen.rows("updaters") if not one["off"]}
    for one in seen.rows("freezes"):
        files, is_on = ", ".join(one["files"]), bool(on & {*one["files"]})
        if not is_on:
            yield f"{files} is frozen already, since {one['run']}"
        elif str(one["run"]).startswith(f"{question.incident.ref}/"):
            yield f"{files} was frozen by {one['run']}, and is on again: somebody took that freeze back"


def _verdict(judged: RevertibilityJudged | None, goal: Goal, warnings: tuple[str, ...]) -> str:
    if judged and goal.is_proposed and judged.verdict == SCHEMA_FIRST:
        return AFTER_SCHEMA
    return WARNED if warnings or not (judged and goal.is_proposed) else SAFE


def _reasons(goal: Goal, judged: RevertibilityJudged | None) -> tuple[str, ...]:
    if goal.near is None:
        return (f"back to {goal.name}, as was asked: how well it was is not known",)
    how = f"back to {goal.name} of {goal.near.at:%Y-%m-%d %H:%M} UTC: {goal.near.words}"
    return (how, *(judged.reasons if judged and goal.is_proposed else ()))
