"""How it stands with alerts of which somebody was paged: the pages that this rewrites, each with all its alerts, or word of it.

A page about many keeps its buttons until the last of them is answered, and says meanwhile how many are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tocsin.acts.alerting.way import Way, key_of
from tocsin.core.alerting.standing import Stand, standing_words
from tocsin.core.alerting.words import until_text
from tocsin.core.channel import Message
from tocsin.core.escalation.state import CLOSED
from tocsin.core.people import Person
from tocsin.store import deliveries as rows
from tocsin.store.deliveries import One, Standing

UNTIL_ALL_HAVE: Final = "It is open until everybody who was paged has acknowledged it."


async def told_messages(way: Way, alerts: Sequence[One]) -> tuple[Message, ...]:
    """One for each page on the device that is about any of these, and one for those of which none is."""
    house, batch, numbers = way.house, way.batch, [one.number for one in alerts]
    async with house.pool.acquire() as conn:
        pages = await rows.pages_standing(conn, batch.person, batch.contact, numbers)
    if not way.channel.can.settles:
        follows = next((one.message for one in pages if {*numbers} <= one.numbers), "")
        return (_settled(way, alerts, (follows,)),)
    messages = [_settled(way, some[0].alerts, [one.message for one in some]) for some in _same(pages)]
    messages += [await _partly(way, one) for one in pages if one.waiting]
    untold = [one for one in alerts if not any(one.number in page.numbers for page in pages)]
    if untold:
        messages.append(_settled(way, untold, ("",)))
    return tuple(messages)


def _same(pages: Sequence[Standing]) -> list[list[Standing]]:
    """Those of which nothing waits any more, together where they are about the same alerts; the newest first."""
    found: dict[frozenset[int], list[Standing]] = {}
    for page in pages:
        if not page.waiting:
            found.setdefault(page.numbers, []).append(page)
    return list(found.values())


def _settled(way: Way, alerts: Sequence[One], of: Sequence[str]) -> Message:
    """In the place of these pages of the provider's ids, the newest first."""
    first, also = of[0], tuple(dict.fromkeys(of[1:]))
    words = standing_words([_stand(way, one) for one in alerts], way.now)
    doer = way.people.get(_by(alerts[0]))
    return replace(
        way.message(alerts, words),
        of=first,
        also=also,
        by=doer.email if doer else "",
        is_over=all(one.status == CLOSED for one in alerts),
        snoozed_until=alerts[0].snoozed_until,
    )


async def _partly(way: Way, page: Standing) -> Message:
    """A page of which some still wait: it can be answered as before."""
    stands = [Stand(one.about, "") if one.number in page.waiting else _stand(way, one) for one in page.alerts]
    message = way.message(page.alerts, standing_words(stands, way.now))
    asking = replace(message, key=key_of(page.batch), of=page.message, left=len(page.waiting))
    return await way.asking(asking, page.batch)


def _stand(way: Way, one: One) -> Stand:
    return Stand(one.about, _said(one, way.people, way.now))


def _said(one: One, people: Mapping[str, Person], now: datetime) -> str:
    by = _by(one)
    name = people[by].name if by in people else by
    if one.status == CLOSED:
        return f"{name} closed it." if by else "It was closed."
    if one.snoozed_until:
        return f"{name} snoozed it until {until_text(one.snoozed_until, now)}."
    if one.by_all:
        return f"It is acknowledged; {name} has it." if by else UNTIL_ALL_HAVE
    return f"{name} has acknowledged it." if by else "It is open again."


def _by(one: One) -> str:
    """Who closed it, snoozed it, or has it."""
    return one.closed_by if one.status == CLOSED else one.snoozed_by or one.acknowledged_by
