"""Cover requests: somebody asks others to take a shift, or a part of it; the first who accepts is on call instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_answer_for
from tocsin.acts.oncall.cover_telling import tell_asked, tell_over, tell_taken, tell_withdrawn
from tocsin.acts.oncall.effect import NOTHING, Effect
from tocsin.acts.oncall.overrides import Made, Wish, put_override, span_words
from tocsin.acts.oncall.writing import (
    Desk,
    handles_of,
    kept_of,
    known_people,
    must_expect_of,
    span_of,
    writing,
)
from tocsin.core.oncall.calculator import shifts
from tocsin.core.oncall.model import Change, Override, Schedule, Shift
from tocsin.core.oncall.named import people_in
from tocsin.core.oncall.pieces import Span
from tocsin.core.words import text_of
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from tocsin.store import cover as rows
from tocsin.store.cover import OPEN, TAKEN, WITHDRAWN, CoverRow
from tocsin.store.oncall import Kept
from tocsin.store.people import Directory

LONGEST: Final = timedelta(days=92)
EXPIRED: Final = "expired"


@dataclass(frozen=True, slots=True)
class Cover:
    """A request as it stands now. `state` is open, taken, withdrawn or expired (nobody took it before it began)."""

    row: CoverRow
    state: str
    effect: Effect = NOTHING


async def ask_cover(
    house: House,
    by: By,
    schedule: str,
    *,
    end: datetime,
    start: datetime | None = None,
    person: str = "",
    asked: Sequence[str] = (),
    reason: str = "",
) -> Cover:
    """Ask for somebody who is on call instead of `person` (by default oneself) from `start` (by default now) to `end`.

    `asked` are handles and `team:NAME`; none: all of the schedule's team, or else of its plan. Conflict where they are not on call then.
    """
    async with writing(house, by) as desk:
        kept = kept_of(desk.known, schedule)
        [person] = known_people(desk.known, [person or by.person], "person")
        must_answer_for(by, desk.known, person, "ask for cover for")
        span = span_of(start, end, desk.now, LONGEST)
        first, last = _theirs(kept.schedule, person, *span)
        await _not_asked_yet(desk, kept.id, person, first, last)
        whom = _whom(desk.known, kept.schedule, asked, person)
        row = CoverRow(
            0, kept.id, person, whom, first, last, text_of(reason, field="reason", longest=500), OPEN, "", (),
            None, by.person or person, desk.now, None, 1,
        )  # fmt: skip
        row = replace(row, id=await rows.add(desk.conn, row))
        await desk.log(
            "cover asked",
            f"asked {', '.join(whom)} to be on call instead of {person} in {kept.id}, {span_words(first, last)}",
            schedule=kept.id,
            subject=row.id,
        )
        await tell_asked(desk, row, expires_at(row))
    house.wake()
    return Cover(row, OPEN)


async def accept_cover(
    house: House,
    by: By,
    id: int,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    expected: int | None = None,
) -> Cover:
    """Take the shift, or the part of it from `start` to `end`: the rest stays open.

    Conflict where somebody was first, or where the person is not on call then any more: a request of which nothing is left is over by that.
    """
    async with writing(house, by) as desk:
        row = await _open_one(desk, id, expected)
        if by.person not in row.asked:
            raise Forbidden(
                f"{by.name} was not asked to cover this shift; asked are {', '.join(row.asked)}. Put yourself on call with an override"
            )
        kept = kept_of(desk.known, row.schedule)
        await _must_be_first(desk, row, start, end)
        part = _part(row, desk.now, start, end)
        if wishes := list(_wishes(kept.schedule, row.person, by.person, part)):
            row = await _narrowed(desk, kept.schedule, row)
            part = max(part[0], row.start), min(part[1], row.end)
            taken, effect = await _take(desk, kept, row, part, wishes)
        elif not _own(kept.schedule, row.person, max(row.start, desk.now), row.end):
            await _settle_for_nothing(desk, row)
    house.wake()
    if not wishes:  # refused only here, so that a request that is over by this is so for good
        raise Conflict(f"{row.person} is not on call then any more: there is nothing to take")
    return Cover(taken, TAKEN, effect)


async def _narrowed(desk: Desk, schedule: Schedule, row: CoverRow) -> CoverRow:
    """The request for what is still that person's of it: an override or an edit may have taken the rest since it was asked for."""
    own = _own(schedule, row.person, row.start, row.end)
    if not own:
        return row
    start, end = min(one.start for one in own), max(one.end for one in own)
    if (start, end) == (row.start, row.end) or end <= desk.now:
        return row
    await desk.conn.execute(rows.SQL["narrow"], row.id, start, end)
    return replace(row, start=start, end=end, version=row.version + 1)


async def _take(
    desk: Desk, kept: Kept, row: CoverRow, part: Span, wishes: Sequence[Wish]
) -> tuple[CoverRow, Effect]:
    desk.told_otherwise.update((row.person, row.made_by))
    made = [await put_override(desk, kept, wish) for wish in wishes]
    taken, rest = await _split(desk, row, part, tuple(one.override.id for one in made))
    await desk.log(
        "cover taken",
        f"took the shift of {row.person} in {row.schedule}, {span_words(*part)}",
        schedule=row.schedule,
        subject=taken.id,
    )
    await tell_taken(desk, row, part, rest, expires_at(rest[0]) if rest else row.end)
    return taken, _together(made)


async def _settle_for_nothing(desk: Desk, row: CoverRow) -> None:
    """Nothing of it is that person's any more, by an override, an edit or an absence that came after it."""
    await desk.conn.execute(rows.SQL["settle"], row.id, WITHDRAWN, "", [], desk.now)
    await desk.log(
        "cover withdrawn",
        f"found that {row.person} is not on call any more in {row.schedule}, {span_words(row.start, row.end)}: "
        f"the request for cover {row.id} is over",
        schedule=row.schedule,
        subject=row.id,
    )
    await tell_over(desk, row)


async def withdraw_cover(house: House, by: By, id: int, *, expected: int | None) -> Cover:
    """Nobody needs to take it any more."""
    async with writing(house, by) as desk:
        row = await _open_one(desk, id, None)
        if by.person != row.made_by:
            must_answer_for(by, desk.known, row.person, "withdraw a request of")
        await must_expect_of(desk, "cover", id, row.version, expected)
        await desk.conn.execute(rows.SQL["settle"], id, WITHDRAWN, "", [], desk.now)
        await desk.log(
            "cover withdrawn",
            f"withdrew the request for cover {id} in {row.schedule}",
            schedule=row.schedule,
            subject=id,
        )
        await tell_withdrawn(desk, row)
    house.wake()
    return Cover(replace(row, state=WITHDRAWN, settled_at=desk.now, version=row.version + 1), WITHDRAWN)


async def cover_of(house: House, id: int) -> Cover:
    """One request. NotFound if there is none of that number."""
    async with house.pool.acquire() as conn:
        row = await rows.one(conn, id)
    if row is None:
        raise NotFound(f"There is no request for cover {id}", field="id")
    return Cover(row, state_of(row, house.clock.now()))


async def covers(
    house: House, *, schedule: str = "", person: str = "", since: datetime | None = None, limit: int = 200
) -> list[Cover]:
    """The requests that end after `since` (by default now), newest first: of a schedule, and that concern a person."""
    now = house.clock.now()
    async with house.pool.acquire() as conn:
        found = await rows.listed(conn, schedule, person, since or now, limit)
    return [Cover(row, state_of(row, now)) for row in found]


def state_of(row: CoverRow, now: datetime) -> str:
    return EXPIRED if row.state == OPEN and expires_at(row) <= now else row.state


def expires_at(row: CoverRow) -> datetime:
    """When its shift begins; one that was asked for in the middle of a shift can be taken until its end."""
    return row.start if row.start > row.made_at else row.end


def _theirs(schedule: Schedule, person: str, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The span within which the person is on call, of the one that was asked for."""
    own = _own(schedule, person, start, end)
    if not own:
        raise Conflict(
            f"{person} is not on call in {schedule.id}, {span_words(start, end)}: there is nothing to cover",
            field="start",
        )
    made = {one.id: one for one in schedule.overrides}
    for shift in own:
        if shift.because.override and made[shift.because.override].change is Change.ADD:
            raise _as_well(person, shift.because.override)
    return min(one.start for one in own), max(one.end for one in own)


def _own(schedule: Schedule, person: str, start: datetime, end: datetime) -> list[Shift]:
    return [one for one in shifts(schedule, start, end) if one.person == person]


def _as_well(person: str, override: int) -> Conflict:
    """Somebody who is there by an addition is in nobody's place, and overrides do not act on each other."""
    return Conflict(
        f"{person} is on call as well, by the override {override}: end it, and add whoever comes in their place",
        field="start",
    )


async def _not_asked_yet(desk: Desk, schedule: str, person: str, start: datetime, end: datetime) -> None:
    id = await desk.conn.fetchval(rows.SQL["overlapping"], schedule, person, start, end, desk.now)
    if id is not None:
        raise Conflict(f"Cover for it is asked for already: request {id}. Withdraw that first", field="start")


def _whom(known: Directory, schedule: Schedule, asked: Sequence[str], person: str) -> tuple[str, ...]:
    handles = list(handles_of(known, asked, "asked"))
    if not asked:
        handles += known.teams.get(schedule.team, ()) or people_in(schedule.plan)
    found = tuple(dict.fromkeys(one for one in handles if one != person and one in known.people))
    if not found:
        raise Invalid("There is nobody else to ask: name people or a team in asked", field="asked")
    return found


async def _open_one(desk: Desk, id: int, expected: int | None) -> CoverRow:
    row = await rows.lock(desk.conn, id)
    if row is None:
        raise NotFound(f"There is no request for cover {id}", field="id")
    match state_of(row, desk.now):
        case "taken":
            raise Conflict(f"{row.taken_by} was first: the shift is taken")
        case "withdrawn":
            raise Conflict(f"The request {id} was withdrawn")
        case "expired":
            raise Conflict(f"The request {id} has expired: its shift began at {row.start:%Y-%m-%d %H:%M} UTC")
    if expected is not None:
        await must_expect_of(desk, "cover", id, row.version, expected)
    return row


async def _must_be_first(desk: Desk, row: CoverRow, start: datetime | None, end: datetime | None) -> None:
    """Conflict, saying who it was, where of that part only what somebody took already is there."""
    if max(start or row.start, row.start) < (end or row.end) <= row.end:
        return
    first = await desk.conn.fetchrow(rows.SQL["taken_of"], row.part_of or row.id, start, end)
    if first is not None:
        raise Conflict(
            f"{first['taken_by']} was first: {span_words(first['starts_at'], first['ends_at'])} is taken."
            f" Still open: {span_words(row.start, row.end)}"
        )


def _part(
    row: CoverRow, now: datetime, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    first, last = max(start or row.start, row.start, now), end or row.end
    if last <= first:
        raise Invalid(
            f"It ends ({last:%Y-%m-%d %H:%M}) before it begins ({first:%Y-%m-%d %H:%M})", field="end"
        )
    if last > row.end:
        raise Invalid(
            f"The part ends after the shift that is asked for ({row.end:%Y-%m-%d %H:%M} UTC)", field="end"
        )
    return first, last


def _wishes(schedule: Schedule, person: str, by: str, part: tuple[datetime, datetime]) -> Iterator[Wish]:
    """The overrides that put `by` in the place of `person`: for their turns one; for what overrides gave them, one each."""
    own = _own(schedule, person, *part)
    reason = f"covers for {person}"
    if any(not one.because.override for one in own):
        yield Wish(Change.REPLACE, part[1], (by,), person, part[0], reason)
    made = {one.id: one for one in schedule.overrides}
    for shift in own:
        if shift.because.override:
            yield _in_place(made[shift.because.override], shift, by, reason)


def _in_place(given: Override, shift: Shift, by: str, reason: str) -> Wish:
    """Overrides do not chain: who is on call by one is replaced by another of its kind."""
    people = tuple(dict.fromkeys(by if one == shift.person else one for one in given.people))
    if given.change is Change.ADD:
        raise _as_well(shift.person, given.id)
    return Wish(given.change, shift.end, people, given.instead_of, shift.start, reason)


async def _split(
    desk: Desk, row: CoverRow, part: tuple[datetime, datetime], overrides: tuple[int, ...]
) -> tuple[CoverRow, list[CoverRow]]:
    """What was taken, as a request of its own where a rest stays open; and that rest, the first piece under the old number."""
    start, end = part
    rest = [(a, b) for a, b in ((row.start, start), (end, row.end)) if a < b and b > desk.now]
    if not rest:
        given = (row.id, TAKEN, desk.by.person, list(overrides), desk.now)
        await desk.conn.execute(rows.SQL["settle"], *given)
        return replace(
            row, state=TAKEN, taken_by=desk.by.person, overrides=overrides, settled_at=desk.now,
            version=row.version + 1,
        ), []  # fmt: skip
    await desk.conn.execute(rows.SQL["narrow"], row.id, *rest[0])
    left = [replace(row, start=rest[0][0], end=rest[0][1], version=row.version + 1)]
    for a, b in rest[1:]:
        other = replace(row, start=a, end=b, part_of=row.id)
        left.append(replace(other, id=await rows.add(desk.conn, other)))
    taken = replace(
        row, start=start, end=end, state=TAKEN, taken_by=desk.by.person, overrides=overrides, part_of=row.id,
        settled_at=desk.now, version=1,
    )  # fmt: skip
    return replace(taken, id=await rows.add(desk.conn, taken)), left


def _together(made: Sequence[Made]) -> Effect:
    moves = tuple(move for one in made for move in one.effect.moves)
    opens = tuple(gap for one in made for gap in one.effect.opens)
    return Effect(moves, opens, max((one.override.end for one in made), default=None))
