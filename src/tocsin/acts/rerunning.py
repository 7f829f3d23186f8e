"""The oldest suspect's failed build is run again: by itself where the operators let Tocsin revert, else when people ask for it."""

from __future__ import annotations

from tocsin.acts.house import House
from tocsin.acts.looks import case
from tocsin.acts.process import ENGINE, Open, change, settle
from tocsin.core.builds import Build, Red, verdict
from tocsin.core.case import Actor
from tocsin.core.decisions_builds import run_again
from tocsin.core.facts_builds import BuildRed
from tocsin.core.handbook import BuildWatch
from tocsin.core.incident import Incident
from tocsin.core.procedures.declared import Source
from tocsin.core.reruns import heard, rerun_of
from tocsin.store import builds as rows
from tocsin.store.pool import Connection


async def begin(house: House, conn: Connection, opened: Open, red: Red, source: Source, by: Actor) -> bool:
    """Have it run again, as is declared, once for each build. Whether the incident changed by that, which is stored then."""
    if opened.incident.private:
        return False
    within = source.automatic_revert.rerun_within
    asked = rerun_of(opened.incident, red, by.door, opened.now, within, automatic=True)
    if asked is None:
        return False
    opened.add([asked], ENGINE)
    await settle(house, conn, opened)
    return True


async def ask(house: House, actor: Actor, ref: str) -> Incident:
    """Somebody wants the oldest suspect's build run again. Conflict where none is red, or it goes on already."""
    incident = (await case(house, ref, actor.person)).incident
    reds = await _reds(house, incident)
    return await change(house, ref, actor, lambda case: run_again(case, actor, reds))


async def _reds(house: House, incident: Incident) -> list[Red]:
    """The series of each workflow of the incident that is red now."""
    watch = house.handbook.builds
    found: list[Red] = []
    async with house.pool.acquire() as conn:
        for one in incident.builds if watch else ():
            known = await rows.newest(conn, one.repository, one.stream, one.branch)
            judged = verdict(known, watch) if watch and isinstance(one, BuildRed) else None
            found += [judged] if isinstance(judged, Red) else []
    return found


async def hear(
    house: House, conn: Connection, opened: Open, build: Build, watch: BuildWatch, by: Actor
) -> bool:
    """Take note where this build is the end of one that was run again. Whether the incident changed by that, which is stored then."""
    ended = heard(opened.incident, build, watch)
    if ended is None:
        return False
    opened.add([ended], by)
    await settle(house, conn, opened)
    return True
