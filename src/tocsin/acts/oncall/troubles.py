"""What somebody has to hear about on-call that only people can mend: whose it is, else the admins."""

from __future__ import annotations

from tocsin.acts.house import House
from tocsin.acts.roster import roster_at
from tocsin.core.notices import Notice, Words, in_order, works_for
from tocsin.core.people import Roster
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection


async def tell_of_trouble(
    house: House, conn: Connection, owner: str, key: str, title: str, text: str
) -> None:
    """Plan a notice for the owner, or where they can't be reached for every admin. `key` is never used twice."""
    now = house.clock.now()
    roster = await roster_at(house, conn, now)
    words = Words(title, text, house.places.on_call, "Open")
    told = [owner] if roster.ways_to(owner, house.abilities) else admins_of(roster)
    notices = (Notice(person, key, words) for person in told)
    works = in_order(one for notice in notices for one in works_for(notice, roster, house.abilities))
    await work_rows.plan(conn, None, works, now)


def admins_of(roster: Roster) -> list[str]:
    """Everybody with the right `admin`."""
    return [one.handle for one in roster.people.values() if "admin" in one.rights]
