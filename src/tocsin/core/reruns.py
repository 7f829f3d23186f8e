"""The builds of an incident that are run again, folded from its facts; which one is, how it ended, and when it has taken too long. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tocsin.core import facts as f
from tocsin.core.builds import FAILED, PASSED, TIMED_OUT, Build, Red
from tocsin.core.builds import UNFINISHED as LATE
from tocsin.core.facts import Fact
from tocsin.core.handbook import BuildWatch

if TYPE_CHECKING:
    from tocsin.core.incident import Incident

GREEN, RED, UNFINISHED, REFUSED = "green", "red", "unfinished", "refused"
SUITES: Final = "app/"
"""How the streams of check suites begin: what is repeated there is told of under the same number, as the same attempt."""
PATIENCE: Final = timedelta(hours=1)
"""How long a build that is run again may take, where nothing else is declared."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """One build that is run again. `refused` is why the service would not start it."""

    asked: f.BuildRerunAsked
    by: str
    started: bool = False
    refused: str = ""
    ended: f.BuildRerunEnded | None = None

    @property
    def id(self) -> str:
        return self.asked.rerun

    @property
    def is_pending(self) -> bool:
        return self.ended is None

    def is_told_by(self, build: Build) -> bool:
        """Whether this is the end of the repetition: a later attempt of the same build. A check suite has no attempts, and ends later."""
        asked = self.asked
        if (build.repository, build.stream, build.run) != (asked.repository, asked.stream, asked.build):
            return False
        if asked.stream.startswith(SUITES):
            return build.finished_at > asked.failed_at
        return build.attempt > asked.attempt


def reruns_after(reruns: tuple[Rerun, ...], fact: Fact) -> tuple[Rerun, ...]:
    """The repetitions after one more fact; the same value where it is about none."""
    match fact.what:
        case f.BuildRerunAsked() as asked:
            return (*reruns, Rerun(asked, fact.by))
        case f.BuildRerunStarted(rerun=id):
            return tuple(replace(one, started=True) if one.id == id else one for one in reruns)
        case f.BuildRerunEnded(rerun=id) as ended:
            return tuple(replace(one, ended=ended) if one.id == id else one for one in reruns)
        case f.DeliveryRefused(what="build.rerun", why=why):
            waiting = next((one.id for one in reruns if one.is_pending and not one.started), "")
            return tuple(replace(one, refused=why) if one.id == waiting else one for one in reruns)
        case _:
            return reruns


def rerun_of(
    incident: Incident, red: Red, via: str, now: datetime, within: timedelta = PATIENCE, *, automatic: bool
) -> f.BuildRerunAsked | None:
    """Have the oldest failed build of the series run again; None while it has not ended, or is being run again.

    By itself (`automatic`) each build is run again once, whatever came of that.
    """
    first, green = red.first, red.last_green
    if first.conclusion == LATE:
        return None
    build = (first.repository, first.stream, first.run)
    known = [one for one in incident.reruns if automatic or one.is_pending]
    if any((it.asked.repository, it.asked.stream, it.asked.build) == build for it in known):
        return None
    return f.BuildRerunAsked(
        rerun=f"B{len(incident.reruns) + 1}",
        repository=first.repository,
        branch=first.branch,
        workflow=first.workflow,
        stream=first.stream,
        build=first.run,
        attempt=first.attempt,
        failed_at=first.finished_at,
        sha=first.sha,
        title=first.title,
        url=first.url,
        via=via,
        until=now + within,
        last_green=green.sha if green else "",
        automatic=automatic,
    )


def heard(incident: Incident, build: Build, watch: BuildWatch) -> f.BuildRerunEnded | None:
    """How a repetition ended, where this build is its end; None where it is not, or says nothing of the code.

    One that goes on for long counts elsewhere as a time-out. Here it has not ended: that confirms nothing.
    """
    if build.conclusion == LATE:
        return None
    rerun = next((one for one in incident.reruns if one.is_pending and one.is_told_by(build)), None)
    if rerun is None:
        return None
    is_red = build.outcome == FAILED or (build.outcome == TIMED_OUT and watch.counts_time_outs)
    if not is_red and build.outcome != PASSED:
        return None
    return f.BuildRerunEnded(rerun.id, RED if is_red else GREEN, build.url)


def reruns_due(incident: Incident, now: datetime) -> Iterator[f.BuildRerunEnded]:
    """Those that the service would not start, and those that have taken too long."""
    for one in incident.reruns:
        if one.is_pending and one.refused:
            yield f.BuildRerunEnded(one.id, REFUSED, one.asked.url, one.refused)
        elif one.is_pending and one.asked.until <= now:
            why = f"it had not ended by {one.asked.until:%H:%M} UTC"
            yield f.BuildRerunEnded(one.id, UNFINISHED, one.asked.url, why)


def next_rerun_due(incident: Incident) -> datetime | None:
    """When `reruns_due` has something next by time alone; None if nothing waits."""
    return min((one.asked.until for one in incident.reruns if one.is_pending), default=None)
