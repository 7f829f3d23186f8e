"""The steps that freeze whatever rolls a target forward by itself, and those that thaw it again.

Updaters whose file lies on the deploy branch are frozen by the very commit that rolls back; all others have steps of their own, before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from tocsin.core.procedures.declared import GIT, Target, Updater
from tocsin.core.procedures.hands import JSON, Step
from tocsin.core.procedures.plan import Question
from tocsin.core.procedures.run import Progress, Run


def git_updaters(target: Target, repository: str, branch: str) -> list[Any]:
    """Those of a target whose file is there, as git's looks and steps take them."""
    return [
        _as_json(one) for one in target.updaters if one.path and _place(target, one) == (repository, branch)
    ]


def _place(target: Target, one: Updater) -> tuple[str, str]:
    here = not one.repository or one.repository == target.repository
    return one.repository or target.repository, one.branch or (target.branch if here else "main")


def _as_json(one: Updater) -> dict[str, JSON]:
    texts = {it.name: getattr(one, it.name) for it in fields(one)}
    return {name: text for name, text in texts.items() if text and name not in ("repository", "branch")}


def freeze_steps(target: Target, question: Question) -> Iterator[Step]:
    """Those before the roll-back itself."""
    own = (target.repository, target.branch) if target.by == GIT else ("", "")
    places = dict.fromkeys(_place(target, one) for one in target.updaters if one.path)
    for n, (repository, branch) in enumerate((one for one in places if one != own), 1):
        yield _freeze(target, question, f"freeze-{n}", repository, branch)
    for n, one in enumerate((one for one in target.updaters if one.workflow and not one.path), 1):
        repository = one.repository or target.repository
        inputs: dict[str, JSON] = {
            "repository": repository,
            "workflow": one.workflow,
            "freezes_as": one.workflow,
        }
        title = f"Switch the workflow {one.workflow} of {repository} off"
        undo = f"switch the workflow {one.workflow} on again"
        yield Step(f"workflow-off-{n}", "github.workflow_off", title, inputs, undo=undo)
    for n, one in enumerate((one for one in target.updaters if one.pull_requests_by), 1):
        repository, branch = _place(target, one)
        inputs = {"repository": repository, "by": one.pull_requests_by, "base": branch}
        # Whatever becomes of the run, what it holds is to be let go again.
        inputs["freezes_as"] = f"pull requests of {one.pull_requests_by}"
        title = f"Hold the pending pull requests of {one.pull_requests_by} in {repository}"
        undo = "make them ready again, and switch auto-merge on where it was"
        yield Step(f"hold-pulls-{n}", "github.hold_pulls", title, inputs, undo=undo)


def _freeze(target: Target, question: Question, id: str, repository: str, branch: str) -> Step:
    freezes = git_updaters(target, repository, branch)
    paths = ", ".join(str(one["path"]) for one in freezes)
    where: dict[str, JSON] = {"repository": repository} if repository else {"remote": target.remote}
    inputs: dict[str, JSON] = {**where, "branch": branch, "freezes": freezes}
    if question.incident.private:
        inputs["private"] = True
    title = f"Freeze {paths} of {repository or target.remote} by a commit on {branch}"
    return Step(id, "git.freeze", title, inputs, undo=f"git revert that commit on {branch}")


def thaw_steps(runs: Sequence[Run], question: Question) -> Iterator[Step]:
    """What takes back each freeze that the runs made, in their order; but for held pull requests, which are let go after that."""
    for run in runs:
        apart = "" if run is runs[0] else f"-{run.id.lower()}"
        whose = f", as {run.id} froze it" if len(runs) > 1 else ""
        for one in (it for it in run.steps if it.done):
            for step in _thaw(run, one, f"{one.id}{apart}", question):
                yield replace(step, title=f"{step.title}{whose}")


def _thaw(run: Run, one: Progress, id: str, question: Question) -> Iterator[Step]:
    assert one.done
    was, left = one.step.inputs, one.done.outputs
    where: dict[str, JSON] = {name: was[name] for name in ("repository", "remote") if name in was}
    match one.step.hand:
        case "git.restore" | "git.freeze" if left.get("frozen"):
            inputs: dict[str, JSON] = {
                **where,
                "branch": was["branch"],
                "freeze": left["sha"],
                "freezes": was["freezes"],
            }
            if question.incident.private:
                inputs["private"] = True
            names = ", ".join(str(it).partition(" ")[2] for it in left["frozen"])
            title = f"Thaw {names} by a commit on {was['branch']}"
            yield Step(f"thaw-{id}", "git.thaw", title, inputs | {"thaws": run.id})
        case "github.workflow_off":
            title = f"Switch the workflow {was['workflow']} on again"
            inputs = {**where, "workflow": was["workflow"], "thaws": run.id}
            yield Step(f"on-{id}", "github.workflow_on", title, inputs)
        case _:
            pass


@dataclass(frozen=True, slots=True)
class Held:
    """Whose pull requests runs of ours hold, where. `id` is the step that lets them go."""

    id: str
    runs: tuple[str, ...]
    repository: str
    by: str
    base: str

    @property
    def place(self) -> dict[str, JSON]:
        return {"repository": self.repository, "by": self.by, "base": self.base}


def held_by(runs: Sequence[Run]) -> list[Held]:
    """All that the runs hold, each place once."""
    found: dict[str, Held] = {}
    for run in runs:
        for one in (it for it in run.steps if it.done and it.step.hand == "github.hold_pulls"):
            repository, by, base = (
                str(one.step.inputs.get(name, "")) for name in ("repository", "by", "base")
            )
            before = found.get(key := f"{repository} {by} {base}")
            ours = (*before.runs, run.id) if before else (run.id,)
            found[key] = Held(
                before.id if before else f"release-{one.id}", tuple(dict.fromkeys(ours)), repository, by, base
            )
    return list(found.values())


def let_go(held: Held, question: Question, but: Sequence[str] = ()) -> Step:
    """The step that lets them go, whichever run of this incident has held them; `but` those whose head is one of these commits."""
    inputs: dict[str, JSON] = {**held.place, "held_by": question.incident.ref, "thaws": [*held.runs]}
    if but:
        inputs["but_heads"] = [*but]
    return Step(held.id, "github.release_pulls", f"Let the held pull requests of {held.by} go", inputs)
