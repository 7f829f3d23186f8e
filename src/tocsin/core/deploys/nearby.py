"""Which of a service's deploys is to blame, and which one is well: the last that was healthy before the first symptom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.deploys.deploy import (
    FAILED,
    ROLLED_BACK,
    RUNNING,
    UNHEALTHY,
    Deploy,
    is_same_commit,
)
from tocsin.core.procedures.declared import GIT, Target
from tocsin.core.spans import span_text

WINDOW: Final = timedelta(hours=24)
"""A deploy that began in the day before the first symptom is near it."""
SHOWN: Final = 10
BAD: Final = {
    FAILED: "it failed",
    UNHEALTHY: "it did harm",
    ROLLED_BACK: "it was rolled back",
    RUNNING: "nobody has said that it was live",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A deploy near the start. `words` say how well it was; `is_healthy` whether one may go back to it."""

    deploy: Deploy
    words: str
    is_healthy: bool


@dataclass(frozen=True, slots=True)
class Nearby:
    """What is known of a service's deploys at the first symptom.

    `live` is the newest by now, `suspect` the one that went out last before the symptom (None: none is known), `good` the one to go
    back to (None: none that was healthy is known). `judged` are those near the start, the newest first. `is_near`: the suspect went
    out so shortly before the symptom that it may have brought it.
    """

    live: Deploy
    suspect: Deploy | None
    good: Deploy | None
    judged: tuple[Judged, ...]
    is_near: bool


def nearby(target: Target, deploys: Sequence[Deploy], symptom_at: datetime) -> Nearby | None:
    """The deploys of this target's service, looked at from the first symptom; None where none is known.

    Where two began in the same second (git and GitHub tell no finer), the one that was live later is the newer one; else the one
    that was told of later: it stands before the other in `deploys`.
    """
    oldest_first = _restorable(target, deploys)[::-1]
    ordered = sorted(oldest_first, key=lambda one: (one.at, _out_at(one)))
    if not ordered:
        return None
    before = [one for one in ordered if one.at <= symptom_at]
    suspect = before[-1] if before else None
    judged = list(reversed([*_judged(target, ordered, suspect, symptom_at)]))
    well = [one.deploy for one in judged if one.is_healthy]
    good = next((one for one in well if suspect and not _is_same(one, suspect)), None)
    near = bool(suspect and symptom_at - _out_before(suspect, symptom_at) <= WINDOW) or len(before) < len(
        ordered
    )
    return Nearby(ordered[-1], suspect, good, _shown(judged, good), near)


def _judged(
    target: Target, ordered: Sequence[Deploy], suspect: Deploy | None, symptom_at: datetime
) -> Iterator[Judged]:
    for deploy, following in zip(ordered, [*ordered[1:], None], strict=True):
        words, healthy = _health(target, deploy, following, symptom_at)
        if deploy is suspect and deploy.is_whole:
            words, healthy = (
                f"it went out {_long(symptom_at - _out_before(deploy, symptom_at))} before it began",
                False,
            )
        yield Judged(deploy, words, healthy)


def _health(
    target: Target, deploy: Deploy, following: Deploy | None, symptom_at: datetime
) -> tuple[str, bool]:
    if deploy.status in BAD:
        return BAD[deploy.status], False
    live_at = _out_at(deploy)
    if live_at > symptom_at:
        return "it went out after it began", False
    # While the next one was still on its way, this one was live.
    until = min(_out_at(following), symptom_at) if following else symptom_at
    if until - live_at < target.watch:
        return f"it was live for {_long(until - live_at)} only: too short to know", False
    replaced = f" until {following.name} replaced it" if following else ""
    return f"it was live for {_long(until - live_at)}{replaced}, and nothing bad is known of it", True


def _out_at(deploy: Deploy) -> datetime:
    """When it was live; of one that never was, or of which that is not known, when it began."""
    return deploy.live_at or deploy.at


def _out_before(deploy: Deploy, symptom_at: datetime) -> datetime:
    """When it was live, if that was before the symptom; else it was on its way then, and its beginning counts."""
    return _out_at(deploy) if _out_at(deploy) <= symptom_at else deploy.at


def _restorable(target: Target, deploys: Sequence[Deploy]) -> list[Deploy]:
    """In a deploy repository one goes back to a commit of that repository. Where all are told by the source's commits only, each is
    found there by what it deploys; beside others they would be second tellings of the same.
    """
    if target.by != GIT:
        return list(deploys)
    known = [one for one in deploys if one.commit]
    own = [one for one in known if one.repository in ("", target.repository, target.remote)]
    return own or [one for one in known if target.source and one.repository == target.source]


def _is_same(one: Deploy, other: Deploy) -> bool:
    """Whether going back from one to the other would change nothing."""
    if one.commit and other.commit:
        return is_same_commit(one.commit, other.commit)
    return bool(one.version) and one.version == other.version


def _shown(judged: Sequence[Judged], good: Deploy | None) -> tuple[Judged, ...]:
    shown = list(judged[:SHOWN])
    return (*shown, *(one for one in judged[SHOWN:] if one.deploy == good))


def _long(span: timedelta) -> str:
    """A span as people say it, in its greatest whole unit; days from two on."""
    for unit, least in ((timedelta(days=1), 2), (timedelta(hours=1), 1), (timedelta(minutes=1), 1)):
        if span >= unit * least:
            return span_text(unit * (span // unit))
    return span_text(max(span, timedelta(seconds=0)))
