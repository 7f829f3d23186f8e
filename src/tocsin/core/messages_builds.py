"""What the thread reads about the builds of the main branch: who may have broken it, and that it is green again."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.core import facts as f
from tocsin.core.facts_builds import is_same_workflow
from tocsin.core.incident import Incident
from tocsin.core.message_parts import RERUN, RESOLVE, Message, Scene, mention, unmarked

Last = Sequence[f.BuildRed | f.BuildGreen]
"""The last word on each workflow."""


def of_builds(scene: Scene) -> Message | None:
    """The main branch is red, or green again."""
    match scene.fact.what:
        case f.BuildRed() as red:
            return _red(red, next((last for last in _before(scene) if is_same_workflow(last, red)), None))
        case f.BuildGreen() as green:
            return _green(green, _before(scene))
        case _:
            return None


def green_evidence(incident: Incident) -> str:
    """How one knows that the main branch is well, where every workflow of the incident passed again; "" otherwise."""
    green = [build for build in incident.builds if isinstance(build, f.BuildGreen)]
    if len(green) < len(incident.builds):
        return ""
    return "\n".join(f"{build.workflow} passed at {build.sha[:7]}: {build.url}" for build in green)


def _before(scene: Scene) -> Last:
    whats = (fact.what for fact in scene.incident.facts[: scene.fact.n - 1])
    last: list[f.BuildRed | f.BuildGreen] = []
    for what in whats:
        if isinstance(what, f.BuildRed | f.BuildGreen):
            last = [*(one for one in last if not is_same_workflow(one, what)), what]
    return last


def _red(red: f.BuildRed, before: f.BuildRed | f.BuildGreen | None) -> Message | None:
    """Whoever may have broken it. The first time the report has said which commits, so only our people are called."""
    if before is None:
        called = f"{_called(red)}: is it one of your commits?"
        return Message(called, offers=(RERUN,)) if _called(red) else None
    if not red.broken:
        return Message(_cleared(red))
    again = isinstance(before, f.BuildGreen) or not before.broken
    start = f"*Red again:* {red.workflow} failed {red.failures} times in a row. " if again else ""
    lines = "\n".join(_suspect(suspect) for suspect in red.suspects)
    return Message(f"{start}The oldest failing commits now; is it one of them?\n{lines}", offers=(RERUN,))


def _cleared(red: f.BuildRed) -> str:
    lines = "\n".join(_suspect(suspect) for suspect in red.suspects)
    why = f"not every build of {red.workflow} that counted has failed after all"
    return f"*{red.branch} does not count as broken any more:* {why}. What failed in a row:\n{lines}"


def _called(red: f.BuildRed) -> str:
    """Our people among the authors, each with their commits."""
    commits: dict[str, list[str]] = {}
    for suspect in red.suspects:
        if suspect.person:
            commits.setdefault(suspect.person, []).append(suspect.sha[:7])
    return ", ".join(f"{mention(person)} ({', '.join(shas)})" for person, shas in commits.items())


def _suspect(suspect: f.Suspect) -> str:
    who = mention(suspect.person) if suspect.person else unmarked(suspect.author)
    return f"• {suspect.sha[:7]} “{unmarked(suspect.title)}” by {who}: {suspect.url}"


def _green(green: f.BuildGreen, before: Last) -> Message:
    passed = f"*{green.branch} is green again:* {green.workflow} passed at {green.sha[:7]}. {green.url}"
    red = [
        last.workflow for last in before if isinstance(last, f.BuildRed) and not is_same_workflow(last, green)
    ]
    if red:
        return Message(f"{passed}\nStill red: {', '.join(red)}.")
    end = "If that is the end of it, resolve it: this build is how you know."
    return Message(f"{passed}\n{end}", offers=(RESOLVE,))
