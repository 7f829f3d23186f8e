"""What the thread reads of a build that is run again, and of whether Tocsin takes the commit back by itself."""

from __future__ import annotations

from tocsin.core import facts as f
from tocsin.core import reruns
from tocsin.core.message_parts import Message, Scene, quoted, unmarked
from tocsin.core.procedures.auto_revert import ASKS, YES
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.words import listed


def of_reruns(scene: Scene) -> Message | None:
    match scene.fact.what:
        case f.BuildRerunAsked() as asked:
            return _asked(scene, asked)
        case f.BuildRerunEnded(rerun=id) as ended:
            one = next((one for one in scene.incident.reruns if one.id == id), None)
            return _ended(one.asked, ended) if one else None
        case f.RevertJudged() as judged:
            return _judged(scene, judged)
        case _:
            return None


def _commit(asked: f.BuildRerunAsked) -> str:
    return f"{short(asked.sha)} “{unmarked(asked.title)}”"


def _asked(scene: Scene, asked: f.BuildRerunAsked) -> Message:
    who = "Tocsin" if asked.automatic else scene.who
    return Message(
        f"{who} has {unmarked(asked.workflow)} run again at {_commit(asked)}, the oldest suspect: green is a flake, red confirms it."
        f" It has until {asked.until:%H:%M} UTC."
    )


def _ended(asked: f.BuildRerunAsked, ended: f.BuildRerunEnded) -> Message:
    workflow, commit, url = unmarked(asked.workflow), _commit(asked), f" {ended.url}".rstrip()
    nothing = " Nothing is reverted by itself." if asked.automatic else ""
    match ended.outcome:
        case reruns.GREEN:
            return Message(
                f"*A flake:* {workflow} passed at {commit} when it was run again.{nothing}{url}", loud=True
            )
        case reruns.RED:
            return Message(f"*Red again:* {workflow} failed at {commit} once more: it is confirmed.{url}")
        case reruns.REFUSED:
            why = f"it could not be run again ({unmarked(ended.why)})"
        case _:
            why = f"run again, {unmarked(ended.why)}"
    return Message(
        f"*Not confirmed:* {workflow} at {commit}: {why}.{nothing} Run it again by hand, or look for yourselves.{url}"
    )


def _judged(scene: Scene, judged: f.RevertJudged) -> Message:
    commit, said = short(judged.sha), quoted(unmarked(listed(judged.reasons)))
    page = scene.places.run(scene.incident.ref, judged.run) if judged.run else ""
    if judged.said == YES:
        then = "and merged on green" if judged.merges else "which people merge"
        return Message(
            f"*Tocsin reverts {commit} by itself:* a pull request is made, {then}.\n{said}\nIs that wrong? Stop {judged.run}: {page}",
            loud=True,
        )
    if judged.said == ASKS:
        return Message(
            f"*Tocsin would revert {commit}*, and by the handbook a person says yes: approve {judged.run}, or withdraw it. {page}\n{said}",
            loud=True,
        )
    return Message(f"*Tocsin does not revert {commit} by itself:*\n{said}\n{_instead(scene, judged)}")


def _instead(scene: Scene, judged: f.RevertJudged) -> str:
    """What a person may do."""
    run = scene.incident.run(judged.run)
    if run and run.plan and not run.plan.refusals:
        page = scene.places.run(scene.incident.ref, run.id)
        return f"Whoever has looked at it may approve {run.id}, which is planned: {page}"
    if run and run.plan and run.plan.overridable:
        page = scene.places.run(scene.incident.ref, run.id)
        return f"See to that first, then plan it again; or approve {run.id} with a written reason: {page}"
    return "See to that, and plan a revert of the commit that did it, or mend it."
