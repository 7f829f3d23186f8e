"""The oldest suspect's failed build is run again: by itself where the operators let Tocsin revert, else when people ask for it."""

from __future__ import annotations

from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, Open, settle
from tocsin.core.builds import Build, Red
from tocsin.core.case import Actor
from tocsin.core.handbook import BuildWatch
from tocsin.core.procedures.auto_revert import enabled_for
from tocsin.core.reruns import heard, rerun_of
from tocsin.store.pool import Connection


async def begin(house: House, conn: Connection, opened: Open, red: Red, by: Actor) -> bool:
    """Have it run again where that is declared, once for each build. Whether the incident changed by that, which is stored then."""
    source = enabled_for(house.declared, red.first.repository, red.first.branch)
    if source is None or opened.incident.private:
        return False
    within = source.automatic_revert.rerun_within
    asked = rerun_of(opened.incident, red, by.door, opened.now, within, automatic=True)
    if asked is None:
        return False
    opened.add([asked], ENGINE)
    await settle(house, conn, opened)
    return True


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
