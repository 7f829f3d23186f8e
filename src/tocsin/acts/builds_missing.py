"""Sees that commits arrive on a main branch and no builds come, and tells those who are on call, once for each time that it happens."""

from __future__ import annotations

from tocsin.acts.house import House
from tocsin.acts.oncall.troubles import admins_of
from tocsin.acts.roster import roster_at
from tocsin.core.builds_missing import Head, NoBuilds, no_builds, words_of
from tocsin.core.notices import Notice, in_order, works_for
from tocsin.store import builds as rows
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection


async def record_head(house: House, repository: str, branch: str, sha: str) -> bool:
    """What is at the tip of the branch now. Whether those on call are to know that no builds come; told once, however often it is seen."""
    watch, now = house.handbook.builds, house.clock.now()
    if watch is None:
        return False
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.lock(conn, repository)
        await rows.save_head(conn, repository, branch, Head(sha, now))
        heads = await rows.heads(conn, repository, branch)
        found = no_builds(heads, await rows.built(conn, repository, [one.sha for one in heads]), watch, now)
        if found is not None:
            await _tell(house, conn, repository, branch, found)
    house.wake()
    return found is not None


async def _tell(house: House, conn: Connection, repository: str, branch: str, found: NoBuilds) -> None:
    """By its key no work is planned twice: one message to each, until something was built in between."""
    now = house.clock.now()
    roster = await roster_at(house, conn, now)
    key, words = f"no-builds/{repository}/{branch}/{found.built.sha}", words_of(found, repository, branch)
    to = roster.on_call or admins_of(roster)
    works = [work for person in to for work in works_for(Notice(person, key, words), roster, house.abilities)]
    await work_rows.plan(conn, None, in_order(works), now)
