"""Everybody who was paged hears that somebody has it, that it is silent for a while, or over.

Where the page stands it is rewritten; else they hear of it once, quietly. That it went to others, or is open again, only rewrites pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tocsin.acts.house import House
from tocsin.core.alerting.outside import is_outside
from tocsin.core.alerting.sending import Delivery, is_one_of_all, is_told
from tocsin.core.alerting.turned import TURNS
from tocsin.core.case import Actor
from tocsin.core.channel import TOLD, Can, Channel
from tocsin.core.escalation import events as e
from tocsin.store import alerts as rows
from tocsin.store.alerts import Changed
from tocsin.store.pool import Connection

LAST = 9
"""The rank of what only informs: after every page."""
UNKNOWN = Can()


async def tell(house: House, conn: Connection, changed: Changed, actor: Actor, now: datetime) -> None:
    """Plan these messages for what is new in a locked alert."""
    happened = changed.alert.happened
    new = list(enumerate(happened, 1))[len(happened) - changed.new :]
    about = ((n, one.event) for n, one in reversed(new) if is_told(one.event) or isinstance(one.event, TURNS))
    told, event = next(about, (0, None))
    if event is None:
        return
    anew = not is_told(event)
    # Those who still have to acknowledge keep their buttons.
    only_actor = is_one_of_all(changed.alert, event)
    number = changed.alert.number
    # The "" of a key, or of Tocsin, is that of places, too; whoever puts it off has not taken it.
    if actor.person and not anew and not isinstance(event, e.Snoozed):
        await conn.execute(rows.SQL["mark_acknowledged"], number, actor.person, now)
    planned: list[Delivery] = []
    # Each place hears of it for itself.
    by_whom: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in await conn.fetch(rows.SQL["went_out"], number):
        if anew and is_outside(row["contact"]):
            continue  # A pager would take it for an answer.
        whom = row["person"], "" if row["person"] else row["contact"]
        by_whom.setdefault(whom, []).append((row["via"], row["contact"]))
    for (person, _), devices in by_whom.items():
        is_actor = bool(person) and person == actor.person
        if only_actor and not is_actor:
            continue
        chosen = _chosen(devices, {**house.given, **house.channels}, only_rewritten=is_actor or anew)
        for via, contact in chosen:
            key = f"{told}/told/{person}/{contact}"
            planned.append(Delivery(told, TOLD, person, via, contact, key, now, LAST))
    await rows.plan(conn, [(number, one) for one in planned], now)


def _chosen(
    devices: list[tuple[str, str]], channels: Mapping[str, Channel], *, only_rewritten: bool
) -> list[tuple[str, str]]:
    """Where a page can be rewritten, all of them; and where none of a person's can, the first that wakes nobody, unless `only_rewritten`."""

    def can(via: str) -> Can:
        return channels[via].can if via in channels else UNKNOWN

    rewritten = [one for one in devices if can(one[0]).settles]
    if rewritten or only_rewritten:
        return rewritten
    quiet = [one for one in devices if not can(one[0]).interrupts]
    return (quiet or [one for one in devices if one[0] != "voice"])[:1]
