"""Tells of a request for cover: those who are asked, with a button that takes it, and the one whose shift it is.

All of it is planned in the transaction of its cause: the warnings that nobody took it and the end of the buttons when it expires too,
ahead of time; whatever happens to the request before then calls them off. What stands in a chat is rewritten as the request goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.oncall.cover_now import looked_at_again
from tocsin.acts.oncall.writing import Desk
from tocsin.core.notices import Buttons, Notice, Words, said, settled, works_for
from tocsin.core.oncall import cover_words as words
from tocsin.core.oncall.cover_words import Asked
from tocsin.core.oncall.notice_words import listed
from tocsin.core.oncall.pieces import Span
from tocsin.core.people import Roster
from tocsin.core.work import NOTICE, NOTICE_SETTLE, Work
from tocsin.store import cover as cover_rows
from tocsin.store import works as rows
from tocsin.store.cover import CoverRow
from tocsin.store.works import Standing

WARNINGS: Final = (timedelta(hours=24), timedelta(hours=1))
TAKE: Final = "take_cover"
"""What the button does."""


async def tell_asked(desk: Desk, row: CoverRow, expires: datetime) -> None:
    """Ask everybody; and tell the one whose shift it is, where somebody else asks for them."""
    notices = [_asking(desk, row, person, expires) for person in row.asked if person != desk.by.person]
    if row.person != desk.by.person and row.part_of is None:
        names = listed(_name(desk, one) for one in row.asked)
        told = words.asked_for_you(_asked(desk, row, row.person), _by(desk), names)
        notices.append(Notice(row.person, f"cover/{row.id}/asked-for", told))
    works = list(_all(desk, notices))
    # Their buttons go when it expires; each lane is in order, so this comes after the asking.
    asking = [work for work in works if work.payload.get("buttons")]
    await _plan(desk, [*works, *_expiring(desk, row, asking, expires), *_warnings(desk, row)])


async def tell_taken(
    desk: Desk, row: CoverRow, part: Span, rest: Sequence[CoverRow], expires: datetime
) -> None:
    """Tell the one whose shift it was, and show everybody who was asked that it is taken, or what of it is left."""
    left = [(one.start, one.end) for one in rest]
    taker = _by(desk)
    told = [
        Notice(
            person,
            f"cover/{row.id}/taken/{row.version}",
            words.taken(_asked(desk, row, person), taker, part, left),
        )
        for person in _concerned(desk, row)
        if person != desk.by.person
    ]
    works = list(_all(desk, told))
    still = next((one for one in rest if one.id == row.id), None)
    if still is None:
        works += await _show(
            desk, row, lambda one, person: words.took(one, taker, is_reader=person == desk.by.person)
        )
    else:
        shown = await _show(desk, row, lambda one, person: words.asks(one), now_asked=still)
        works += [*shown, *_expiring(desk, still, await _sent(desk, row), expires), *_warnings(desk, still)]
    await _plan(desk, works)
    for one in rest:
        if one.id != row.id:
            await tell_asked(desk, one, expires)


async def tell_withdrawn(desk: Desk, row: CoverRow) -> None:
    """Nobody needs to take it."""
    works = await _show(desk, row, lambda one, person: words.withdrew(one))
    told = [
        Notice(
            person, f"cover/{row.id}/withdrawn", words.withdrew_yours(_asked(desk, row, person), _by(desk))
        )
        for person in _concerned(desk, row)
        if person != desk.by.person
    ]
    await _plan(desk, [*works, *_all(desk, told)])


async def tell_over(desk: Desk, row: CoverRow) -> None:
    """There is nothing left to take: the person is not on call then any more."""
    works = await _show(desk, row, lambda one, person: words.nothing_left(one))
    told = [
        Notice(
            person,
            f"cover/{row.id}/over",
            words.yours_is_over(_asked(desk, row, person), is_theirs=person == row.person),
        )
        for person in _concerned(desk, row)
    ]
    await _plan(desk, [*works, *_all(desk, told)])


async def withdraw_all(desk: Desk, which: str, whose: str) -> None:
    """All that is open of a schedule (`of`) or of a person (`by`) is withdrawn, since that is gone."""
    for found in await desk.conn.fetch(cover_rows.SQL[f"withdraw_all_{which}"], whose, desk.now):
        row = await cover_rows.one(desk.conn, found["id"])
        if row is not None and row.end > desk.now:
            await _plan(desk, await _show(desk, row, lambda one, person: words.withdrew(one)))


async def ask_no_more(desk: Desk, handle: str) -> None:
    """Who leaves is asked for nothing any more. A request that this leaves with nobody to take it is over: whose it is hears of it."""
    for found in await desk.conn.fetch(cover_rows.SQL["ask_no_more"], handle):
        row = await cover_rows.one(desk.conn, found["id"])
        if found["left"] or row is None:
            continue
        await desk.conn.execute(cover_rows.SQL["settle"], row.id, "withdrawn", "", [], desk.now)
        if row.end > desk.now:
            works = await _show(desk, row, lambda one, person: words.withdrew(one))
            told = [
                Notice(person, f"cover/{row.id}/nobody-left", words.nobody_left(_asked(desk, row, person)))
                for person in _concerned(desk, row)
                if person != handle
            ]
            await _plan(desk, [*works, *_all(desk, told)])


async def _show(
    desk: Desk,
    row: CoverRow,
    say: Callable[[Asked, str], Words],
    *,
    now_asked: CoverRow | None = None,
) -> list[Work]:
    """What was planned ahead is called off; what was asked is reworded where it has not gone out, and rewritten where it stands.

    Of a request of which a part stays open (`now_asked`) the button stays.
    """
    found: list[Work] = []
    for one in await rows.all_about(desk.conn, _about(row)):
        person = one.payload["person"]
        buttons: Buttons = _buttons(now_asked) if now_asked and person != desk.by.person else ()
        told = say(_asked(desk, now_asked or row, person), person)
        is_asking = one.does == NOTICE and "buttons" in one.payload
        if one.is_untried and not (is_asking and buttons):
            await rows.call_off(desk.conn, one.id, "the request has changed", desk.now)
        elif one.is_untried:
            await rows.reword(desk.conn, one.id, {**one.payload, **said(told, buttons)}, None)
        elif is_asking:
            found.append(settled(one.key, one.lane, one.payload, f"{row.version}", told, buttons))
    return found


async def _sent(desk: Desk, row: CoverRow) -> list[Work]:
    """The asking as it was planned."""
    there: list[Standing] = await rows.all_about(desk.conn, _about(row))
    return [
        Work(NOTICE, one.lane, one.key, one.key.rpartition("/")[2], one.payload)
        for one in there
        if one.does == NOTICE and "buttons" in one.payload
    ]


def _expiring(desk: Desk, row: CoverRow, asking: Iterable[Work], expires: datetime) -> Iterator[Work]:
    for work in asking:
        person = work.payload["person"]
        if person == desk.by.person and row.version > 1:
            continue
        told = words.expired(_asked(desk, row, person, expires))
        one = settled(work.key, work.lane, work.payload, f"expired/{row.version}", told, ())
        yield looked_at_again(Work(NOTICE_SETTLE, one.lane, one.key, one.via, one.payload, expires), row)


def _warnings(desk: Desk, row: CoverRow) -> Iterator[Work]:
    """That nobody took it, before it begins; one that was asked for in the middle of a shift has begun already."""
    notices = []
    for n, ahead in enumerate(WARNINGS):
        at = row.start - ahead
        if at > desk.now:
            stale_at = row.start - WARNINGS[n + 1] if n + 1 < len(WARNINGS) else row.start
            hours = ahead // timedelta(hours=1)
            notices.append(
                Notice(
                    row.person,
                    f"cover/{row.id}/untaken/{hours}h/{row.version}",
                    words.still_yours(_asked(desk, row, row.person, at)),
                    about=_about(row),
                    not_before=at,
                    until=stale_at,
                )
            )
    # Each in a lane of its own: one that waits for its time holds up nothing else.
    for work in _all(desk, notices):
        own_lane = Work(work.does, work.key, work.key, work.via, work.payload, work.not_before)
        yield looked_at_again(own_lane, row)


def _asking(desk: Desk, row: CoverRow, person: str, expires: datetime) -> Notice:
    told = words.asks(_asked(desk, row, person))
    key = f"cover/{row.id}/asked"
    return Notice(person, key, told, about=_about(row), buttons=_buttons(row), until=expires)


def _buttons(row: CoverRow) -> Buttons:
    return [("Take it", TAKE, str(row.id))]


def _concerned(desk: Desk, row: CoverRow) -> list[str]:
    """Whose shift it is, and who asked for it, as far as they are still here."""
    return [one for one in dict.fromkeys((row.person, row.made_by)) if one in desk.known.people]


def _about(row: CoverRow) -> str:
    return f"cover/{row.id}"


def _asked(desk: Desk, row: CoverRow, reader: str, now: datetime | None = None) -> Asked:
    """The request as somebody reads it then."""
    kept = desk.known.kept[row.schedule].schedule
    person = desk.known.people.get(reader)
    zone = (person.zone if person else "") or kept.plan_at(row.start).zone
    return Asked(
        _name(desk, row.person),
        kept.name or kept.id,
        row.start,
        row.end,
        row.reason,
        now or desk.now,
        zone,
        desk.house.places.on_call,
    )


def _all(desk: Desk, notices: Iterable[Notice]) -> Iterator[Work]:
    roster = Roster(desk.known.people, desk.known.teams)
    for notice in notices:
        yield from works_for(notice, roster, desk.house.abilities)


async def _plan(desk: Desk, works: Iterable[Work]) -> None:
    await rows.plan(desk.conn, None, list(works), desk.now)


def _name(desk: Desk, handle: str) -> str:
    return desk.known.names.get(handle, handle)


def _by(desk: Desk) -> str:
    return _name(desk, desk.by.person) if desk.by.person else desk.by.name
