"""What the thread reads about going back: one line for each service whose deploy may have brought it, and what it is warned of."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core.deploys.verdict import AFTER_SCHEMA, NOT_REVERTIBLE, SAFE, UNKNOWN
from tocsin.core.message_parts import Message, Scene, clock, unmarked
from tocsin.core.procedures.names import ROLL_BACK
from tocsin.core.procedures.run import Run

HEADS: Final = {
    SAFE: "*{service} can be rolled back*",
    AFTER_SCHEMA: "*{service} can be rolled back once the schema is dealt with*",
    NOT_REVERTIBLE: "*{service} can't be rolled back*",
    UNKNOWN: "*Whether {service} can be rolled back safely is not known*",
}


def of_deploys(scene: Scene) -> Message | None:
    """The verdict on one service. Of a service that was not deployed near the start only the incident's page tells."""
    match scene.fact.what:
        case f.RevertibilityJudged() as judged if _is_news(scene, judged):
            return Message("\n".join(_lines(judged)))
        case _:
            return None


def _is_news(scene: Scene, judged: f.RevertibilityJudged) -> bool:
    """Whether it is of any use in the thread: a deploy may have brought it, nobody has rolled back or is at it, and it was not said before."""
    rollback = scene.incident.rollback
    if not judged.is_near or not judged.suspect or (rollback and rollback.rolled_back):
        return False
    if any(run.is_under_way and _is_back(run, judged.target) for run in scene.incident.runs):
        return False
    told = (fact.what for fact in reversed(scene.incident.facts[: scene.fact.n - 1]))
    last = next((x for x in told if isinstance(x, f.RevertibilityJudged) and x.target == judged.target), None)
    return last is None or _said(last) != _said(judged)


def _is_back(run: Run, target: str) -> bool:
    return (run.procedure, run.target) == (ROLL_BACK, target)


def _said(judged: f.RevertibilityJudged) -> tuple[object, ...]:
    return judged.verdict, judged.good, judged.suspect, judged.reasons, judged.warnings, judged.is_near


def _lines(judged: f.RevertibilityJudged) -> list[str]:
    suspect, good = judged.deploy(judged.suspect), judged.deploy(judged.good)
    head = HEADS.get(judged.verdict, HEADS[UNKNOWN]).format(service=unmarked(judged.service))
    to = f" to {unmarked(good.name)} ({clock(good.at)}): {unmarked(good.words)}." if good else "."
    lines = [f"{head}{to}"]
    if suspect:
        lines.append(f"{unmarked(suspect.name)} went out at {clock(suspect.at)}. {suspect.url}".rstrip())
    if judged.in_all:
        lines.append(f"It carries {judged.in_all} commit{'' if judged.in_all == 1 else 's'}.")
    lines += [f"• {unmarked(reason)}" for reason in judged.reasons if judged.verdict != SAFE]
    return lines + [f"⚠ {unmarked(warning)}" for warning in judged.warnings]


def verdict_words(judged: f.RevertibilityJudged) -> str:
    """The verdict in one line."""
    good = judged.deploy(judged.good)
    head = HEADS.get(judged.verdict, HEADS[UNKNOWN]).format(service=judged.service).strip("*")
    return f"{head}, to {good.name}" if good else head
