"""What somebody has to hear about on-call that only people can mend: whose it is, else the admins."""

from __future__ import annotations

from tocsin.acts.house import House
from tocsin.acts.roster import roster_at
from tocsin.core.notices import Notice, Words, in_order, works_for
from tocsin.core.people import Roster
from tocsin.core.work import Work
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection


async def tell_of_trouble(
    house: House, conn: Connection, owner: str, key: str, title: str, text: str
) -> None:
    """Plan a notice for the owner, or where they can't be reached for every admin. `key` is never used twice."""
    now = house.clock.now()
    roster = await roster_at(house, conn, now)
    link = f"{house.places.base}/on-call"
    await work_rows.plan(
        conn, None, trouble_works(house, roster, owner, key, Words(title, text, link, "Open")), now
    )


def trouble_works(house: House, roster: Roster, owner: str, key: str, words: Words) -> list[Work]:
    """The works that tell the owner, or where they can't be reached every admin."""
    told = [owner] if roster.ways_to(owner, house.abilities) else admins_of(roster)
    notices = (Notice(person, key, words) for person in told)
    return in_order(one for notice in notices for one in works_for(notice, roster, house.abilities))


def admins_of(roster: Roster) -> list[str]:
    """Everybody with the right `admin`."""
    return [one.handle for one in roster.people.values() if "admin" in one.rights]
