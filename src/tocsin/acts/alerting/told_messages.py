"""How it stands with alerts of which somebody was paged: the pages that this rewrites, each with all its alerts, or word of it.

A page about many keeps its buttons until the last of them is answered, and says meanwhile how many are left. One that is out of date,
since an alert went to others or is paged for anew, has none and says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tocsin.acts.alerting.way import Way, key_of
from tocsin.core.alerting.standing import Stand, standing_words
from tocsin.core.alerting.turned import is_as_it_was, is_awaited, is_stale, turn_words
from tocsin.core.alerting.words import until_text
from tocsin.core.channel import Message
from tocsin.core.escalation.events import Happened
from tocsin.core.escalation.state import CLOSED, OPEN
from tocsin.store import alerts as alert_rows
from tocsin.store import deliveries as rows
from tocsin.store.deliveries import One, Standing

UNTIL_ALL_HAVE: Final = "It is open until everybody who was paged has acknowledged it."


@dataclass(frozen=True, slots=True)
class _Page:
    """One that stands, with how it stands with each of its alerts."""

    standing: Standing
    stands: tuple[Stand, ...]

    @property
    def left(self) -> int:
        return sum(one.waits for one in self.stands)


async def told_messages(way: Way, alerts: Sequence[One]) -> tuple[Message, ...]:
    """One for each page on the device that is about any of these, and one for those of which none is; () where nothing is left to say."""
    house, batch, numbers = way.house, way.batch, [one.number for one in alerts]
    async with house.pool.acquire() as conn:
        standing = await rows.pages_standing(conn, batch.person, batch.contact, numbers)
        every = {one.number: one for page in standing for one in page.alerts} | {x.number: x for x in alerts}
        nobodys = [number for number, one in every.items() if one.status == OPEN]
        happened = await alert_rows.histories(conn, nobodys)
    if not way.channel.can.settles:
        follows = next((page.message for page in standing if {*numbers} <= page.numbers), "")
        return (_settled(way, alerts, [_said(way, one, happened) for one in alerts], (follows,)),)
    pages = [_Page(one, tuple(_stand(way, x, happened) for x in one.alerts)) for one in standing]
    told = {one.number: one.event for one in alerts}
    messages = [_rewritten(way, some) for some in _same(pages)]
    messages += [
        await _partly(way, one)
        for one in pages
        if one.left and _is_before(one.standing, told) and not _rings_on(way, one, happened)
    ]
    untold = [
        one
        for one in alerts
        if one.status != OPEN and not any(one.number in page.numbers for page in standing)
    ]
    if untold:
        messages.append(_settled(way, untold, [_said(way, one, happened) for one in untold], ("",)))
    return tuple(messages)


def _is_before(page: Standing, told: Mapping[int, int]) -> bool:
    """Whether something that is told came after this page, by the events of both."""
    return any(one.event < told.get(one.number, 0) for one in page.alerts)


def _rings_on(way: Way, page: _Page, happened: Mapping[int, Sequence[Happened]]) -> bool:
    """Whether it is better left alone: rewriting it would silence a device on which it is as true as before."""
    return way.channel.can.interrupts and all(
        one.status == OPEN and is_as_it_was(happened.get(one.number, ()), one.event)
        for one in page.standing.alerts
    )


def _same(pages: Sequence[_Page]) -> list[list[_Page]]:
    """Those of which nothing waits any more, together where they are about the same alerts in the same words; the newest first."""
    found: dict[tuple[tuple[str, str], ...], list[_Page]] = {}
    for page in pages:
        if not page.left:
            found.setdefault(tuple((one.about.ref, one.said) for one in page.stands), []).append(page)
    return list(found.values())


def _rewritten(way: Way, same: Sequence[_Page]) -> Message:
    page = same[0]
    said = [one.said for one in page.stands]
    return _settled(way, page.standing.alerts, said, [one.standing.message for one in same])


def _settled(way: Way, alerts: Sequence[One], said: Sequence[str], of: Sequence[str]) -> Message:
    """In the place of these pages of the provider's ids, the newest first; `said` is the sentence on each alert."""
    first, also = of[0], tuple(dict.fromkeys(of[1:]))
    stands = [Stand(one.about, words) for one, words in zip(alerts, said, strict=True)]
    doer = way.people.get(_by(alerts[0]))
    return replace(
        way.message(alerts, standing_words(stands)),
        of=first,
        also=also,
        by=doer.email if doer else "",
        is_over=all(one.status == CLOSED for one in alerts),
        snoozed_until=alerts[0].snoozed_until,
        goes_on=any(one.status == OPEN for one in alerts),
    )


async def _partly(way: Way, page: _Page) -> Message:
    """A page of which some still wait: it can be answered as before."""
    standing = page.standing
    message = way.message(standing.alerts, standing_words(page.stands))
    asking = replace(message, key=key_of(standing.batch), of=standing.message, left=page.left)
    return await way.asking(asking, standing.batch)


def _stand(way: Way, one: One, happened: Mapping[int, Sequence[Happened]]) -> Stand:
    so_far = happened.get(one.number, ())
    if one.status == OPEN and is_awaited(so_far, one.event, way.batch.person):
        return Stand(one.about, turn_words(so_far, one.event, way.name), waits=True)
    return Stand(one.about, _said(way, one, happened))


def _said(way: Way, one: One, happened: Mapping[int, Sequence[Happened]]) -> str:
    name, by = way.name(_by(one)), _by(one)
    if one.status == CLOSED:
        return f"{name} closed it." if by else "It was closed."
    if one.snoozed_until:
        return f"{name} snoozed it until {until_text(one.snoozed_until, way.now)}."
    if one.status == OPEN:
        so_far = happened.get(one.number, ())
        if is_stale(so_far, one.event):
            return turn_words(so_far, one.event, way.name)
        return UNTIL_ALL_HAVE if one.by_all else "It is open again."
    return f"It is acknowledged; {name} has it." if one.by_all else f"{name} has acknowledged it."


def _by(one: One) -> str:
    """Who closed it, snoozed it, or has it."""
    return one.closed_by if one.status == CLOSED else one.snoozed_by or one.acknowledged_by
