"""The steps that freeze whatever rolls a target forward by itself, and those that thaw it again.

Updaters whose file lies on the deploy branch are frozen by the very commit that rolls back; all others have steps of their own, before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from tocsin.core.procedures.declared import GIT, Target, Updater
from tocsin.core.procedures.hands import JSON, Step
from tocsin.core.procedures.plan import Question
from tocsin.core.procedures.run import Run


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


def thaw_steps(run: Run, question: Question) -> Iterator[Step]:
    """What takes back each freeze that the run made, in its order."""
    let_go = set[str]()
    for one in run.steps:
        if one.done is None:
            continue
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
                yield Step(f"thaw-{one.id}", "git.thaw", title, inputs | {"thaws": run.id})
            case "github.workflow_off":
                title = f"Switch the workflow {was['workflow']} on again"
                inputs = {**where, "workflow": was["workflow"], "thaws": run.id}
                yield Step(f"on-{one.id}", "github.workflow_on", title, inputs)
            case "github.hold_pulls" if str(was["by"]) not in let_go:
                let_go.add(str(was["by"]))
                title = f"Let the held pull requests of {was['by']} go"
                inputs = {
                    **where,
                    "by": was["by"],
                    "base": was["base"],
                    "held_by": f"{question.incident.ref}/{run.id}",
                }
                yield Step(f"release-{one.id}", "github.release_pulls", title, inputs)
            case _:
                pass
