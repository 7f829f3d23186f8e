"""What a build of the main branch leads to: a series of failures opens an incident, and green again is offered as its end.

One repository's main branch is one incident, whichever of its workflows are red: a second workflow that the same commit broke
joins it, and pages nobody again. Tocsin never resolves by itself: green is evidence, and a person judges it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tocsin.acts import rerunning
from tocsin.acts.declare import NewReport, declare_in, still_open
from tocsin.acts.handbooks import keep_up
from tocsin.acts.house import House
from tocsin.acts.process import Open, settle
from tocsin.acts.roster import directory
from tocsin.acts.wishes import Wish
from tocsin.core import builds as core
from tocsin.core import facts as f
from tocsin.core.builds import Build, Green, Red, Unclear
from tocsin.core.case import Actor
from tocsin.core.facts_builds import is_same_workflow
from tocsin.core.handbook import BuildWatch
from tocsin.core.procedures.auto_revert import enabled_for
from tocsin.core.words import title_from
from tocsin.store import builds as rows
from tocsin.store.pool import Connection

GITHUB: Final = Actor("", "github", "GitHub")
BUILDKITE: Final = Actor("", "buildkite", "Buildkite")
SOURCES: Final = (GITHUB.door, BUILDKITE.door)
"""Who tells of builds: an incident about a repository's is found whichever of them opened it."""
LOWERED: Final = "the handbook says so for broken builds"

NOT_WATCHED, GOES_ON, KEPT, OPENED, ADDED = "not_watched", "goes_on", "kept", "opened", "added"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a build: not watched by the handbook, left while it goes on, kept, an incident opened, or a fact added to the one that is open."""

    what: str
    ref: str = ""


async def record_build(house: House, build: Build, by: Actor = GITHUB) -> Recorded:
    """Keep a finished build of the main branch, of which that service tells, and do what follows, in one transaction.

    The same build twice, even at the same moment on two nodes, does nothing twice: one repository's builds are taken one by one.
    """
    async with house.pool.acquire() as conn, conn.transaction():
        await keep_up(house, conn)
        watch = house.handbook.builds
        if watch is None:
            return Recorded(NOT_WATCHED)
        await rows.lock(conn, build.repository)
        await rows.save(conn, build)
        recorded = await _followed(house, conn, build, watch, by)
    house.wake()
    return recorded


async def record_unfinished(house: House, build: Build, by: Actor = GITHUB) -> Recorded:
    """Take a build of the main branch that goes on: `finished_at` is when it began. Once it has gone on for longer than the handbook
    allows it counts as a time-out, which its real end replaces, whenever that comes.
    """
    watch = house.handbook.builds
    if watch is None:
        return Recorded(NOT_WATCHED)
    limit = watch.unfinished_after
    if limit is None or house.clock.now() - build.finished_at < limit:
        return Recorded(GOES_ON)
    late = replace(build, conclusion=core.UNFINISHED, finished_at=build.finished_at + limit)
    return await record_build(house, late, by)


async def _followed(house: House, conn: Connection, build: Build, watch: BuildWatch, by: Actor) -> Recorded:
    of_repository = await rows.incident_of(conn, SOURCES, f"build/{build.repository}/")
    opened = await _open(house, conn, of_repository.ref, by) if of_repository else None
    heard = opened is not None and await rerunning.hear(house, conn, opened, build, watch, by)
    if opened and heard:
        opened = await _open(house, conn, opened.head.ref, by)
    recorded = await _judged(house, conn, build, watch, opened, by)
    return Recorded(ADDED, recorded.ref) if heard and recorded.what == KEPT else recorded


async def _judged(
    house: House, conn: Connection, build: Build, watch: BuildWatch, opened: Open | None, by: Actor
) -> Recorded:
    """What the builds of its workflow say now, and what follows."""
    # An incident that people ended dealt with the failures so far; when they go on after it, that is another one.
    of_stream = await rows.incident_of(conn, SOURCES, f"build/{build.repository}/{build.stream}/")
    since = of_stream.ended_at if of_stream else None
    known = await rows.newest(conn, build.repository, build.stream, build.branch)
    match core.verdict(known, watch, since):
        case Red() as red:
            after = of_stream.ref if of_stream and since else ""
            recorded = await _red(house, conn, red, watch, opened, after, by)
            source = enabled_for(house.declared, red.first.repository, red.first.branch)
            now_open = await _open(house, conn, recorded.ref, by) if source and recorded.ref else None
            begun = source and now_open and await rerunning.begin(house, conn, now_open, red, source, by)
            return Recorded(ADDED, recorded.ref) if begun and recorded.what == KEPT else recorded
        case Green(green) if opened and isinstance(_last(opened, green), f.BuildRed):
            what = f.BuildGreen(
                green.repository, green.branch, green.workflow, green.sha, green.url, green.stream
            )
            return await _added(house, conn, opened, what, by)
        case Unclear(left) if left and opened and _is_broken(_last(opened, build)):
            # One of those that counted did not fail after all: it was a flake, or slow, or was cancelled.
            fewer = await _fact(house, conn, core.failing(known, watch, since))
            cleared = replace(fewer, broken=False)
            return await _added(house, conn, opened, cleared, by)
        case _:
            return Recorded(KEPT, opened.head.ref if opened else "")


async def _red(
    house: House, conn: Connection, red: Red, watch: BuildWatch, opened: Open | None, after: str, by: Actor
) -> Recorded:
    what = await _fact(house, conn, red)
    if opened and (last := _last(opened, red.first)):
        if _says_the_same(last, what):
            return Recorded(KEPT, opened.head.ref)
        return await _added(house, conn, opened, what, by)
    wish = Wish(title_from(core.title_of(red)), watch.kind, watch.severity, LOWERED if watch.severity else "")
    declared = await declare_in(house, conn, by, _report(red, after, by.door), wish, opened)
    if not declared.is_new:
        return Recorded(KEPT, declared.ref)
    now_open = await _open(house, conn, declared.ref, by)
    assert now_open is not None
    await _added(house, conn, now_open, what, by)
    return Recorded(ADDED if opened else OPENED, declared.ref)


def _report(red: Red, after: str, source: str) -> NewReport:
    """`after` is the incident of the same workflow that ended before this series: then it is another series, whatever its commit."""
    first = red.first
    key = "/".join(part for part in ("build", first.repository, first.stream, first.sha, after) if part)
    return NewReport(
        source, core.report_of(red), first.workflow, outside=False, url=first.url, key=key, of_builds=True
    )


async def _fact(house: House, conn: Connection, red: Red) -> f.BuildRed:
    people = (await directory(house, conn)).people.values()
    suspects = tuple(
        f.Suspect(b.sha, b.title, core.author_name(b), b.url, core.author_of(b, people)) for b in red.suspects
    )
    first, green = red.first, red.last_green
    return f.BuildRed(
        repository=first.repository,
        branch=first.branch,
        workflow=first.workflow,
        failures=len(red.series),
        suspects=suspects,
        last_green=green.sha if green else "",
        last_green_url=green.url if green else "",
        stream=first.stream,
    )


def _last(opened: Open, build: Build) -> f.BuildRed | f.BuildGreen | None:
    """The last word in this incident on the build's workflow."""
    what = f.BuildGreen(build.repository, build.branch, build.workflow, build.sha, build.url, build.stream)
    return next((last for last in opened.incident.builds if is_same_workflow(last, what)), None)


def _says_the_same(last: f.BuildRed | f.BuildGreen, now: f.BuildRed) -> bool:
    """Red still, and nobody else is suspected: the thread has heard it."""
    same = isinstance(last, f.BuildRed) and [s.sha for s in last.suspects] == [s.sha for s in now.suspects]
    return same and _is_broken(last)


def _is_broken(last: f.BuildRed | f.BuildGreen | None) -> bool:
    return isinstance(last, f.BuildRed) and last.broken


async def _open(house: House, conn: Connection, ref: str, by: Actor) -> Open | None:
    """That incident, locked; None where it is over. One that people made private is the same conversation still."""
    return await still_open(house, conn, by, ref, same_conversation=True)


async def _added(house: House, conn: Connection, opened: Open, what: f.What, by: Actor) -> Recorded:
    opened.add([what], by)
    await settle(house, conn, opened)
    return Recorded(ADDED, opened.head.ref)
