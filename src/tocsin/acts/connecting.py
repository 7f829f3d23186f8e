"""Tells Tocsin which Slack user a person is: a link that was asked for in Slack, opened by somebody who is signed in here.

The link says which Slack user asked, signed, for a quarter of an hour; whoever opens it sees that before they agree. It works once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from tocsin.acts.house import House
from tocsin.acts.people import everybody
from tocsin.core.people import Person
from tocsin.errors import Conflict, Forbidden, NotFound
from tocsin.store import access as access_rows
from tocsin.store import people as rows

LIVES = timedelta(minutes=15)
SIGNED_FOR = "connect"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: the Slack user, by id and by the name that Slack gave, until when (seconds of the epoch), and its signature."""

    slack_id: str
    name: str
    until: str
    signature: str

    @property
    def signed(self) -> str:
        return f"{self.slack_id}/{self.until}/{self.name}"


def connect_link(house: House, slack_id: str, name: str) -> str:
    """The address of a link for this Slack user."""
    until = str(int((house.clock.now() + LIVES).timestamp()))
    signature = house.sign(SIGNED_FOR, f"{slack_id}/{until}/{name}")
    return f"{house.places.base}/connect/{slack_id}/{until}/{signature}?name={quote(name, safe='')}"


def check(house: House, link: Link) -> None:
    """Forbidden if we did not make this link, or its time is over."""
    if not house.sign.holds(SIGNED_FOR, link.signed, link.signature) or not link.until.isdecimal():
        raise Forbidden(
            "This link was not made by this Tocsin, or was cut short: write /genie connect once more"
        )
    if house.clock.now() >= datetime.fromtimestamp(int(link.until), UTC):
        raise Forbidden(
            "This link was good for 15 minutes, and they are over: write /genie connect once more"
        )


async def connect(house: House, person: str, link: Link) -> Person:
    """From now on this Slack user is this person. Conflict if they are somebody else already, or the link was used."""
    check(house, link)
    known = (await everybody(house)).people
    if person not in known:
        raise NotFound(f"Nobody is called {person}", field="person")
    other = next(
        (one for one in known.values() if one.slack_id == link.slack_id and one.handle != person), None
    )
    if other:
        raise Conflict(
            f"{link.name} is known as {other.name} already: an admin can take the Slack id from them"
        )
    async with house.pool.acquire() as conn, conn.transaction():
        if not await access_rows.event_is_new(conn, SIGNED_FOR, link.signature, house.clock.now()):
            raise Conflict("This link was used already: write /genie connect once more")
        await rows.set_slack_id(conn, person, link.slack_id)
    return replace(known[person], slack_id=link.slack_id)
