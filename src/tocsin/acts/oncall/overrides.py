"""Overrides: who is on call instead, as well, or not at all, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_be_somebody
from tocsin.acts.oncall.effect import Effect, effect_of
from tocsin.acts.oncall.ending import end_override_row
from tocsin.acts.oncall.writing import (
    Desk,
    kept_of,
    known_people,
    must_expect,
    must_expect_of,
    span_of,
    trying,
    writing,
)
from tocsin.acts.roster import is_outside
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change, Override, Schedule
from tocsin.core.words import text_of
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from tocsin.store import oncall as rows
from tocsin.store.oncall import Kept, override_of
from tocsin.store.people import Directory

LONGEST: Final = timedelta(days=366)
LONGEST_TAKE: Final = timedelta(days=90)
A_MINUTE: Final = timedelta(minutes=1)
MOST: Final = 2000
"""Overrides of one schedule that have not ended."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An override as somebody asks for it. No `start`: from now on."""

    change: Change
    end: datetime
    people: Sequence[str] = ()
    instead_of: str = ""
    start: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """An override of a schedule, at a version; `effect` is whose shifts to come it moves."""

    schedule: Schedule
    override: Override
    version: int
    effect: Effect


async def add_override(
    house: House, by: By, schedule: str, wish: Wish, *, expected: int | None = None, preview: bool = False
) -> Made:
    """Override a schedule. Invalid, Forbidden or NotFound, by name, for what can't be.

    `expected` is the schedule's version that the caller saw; None: whichever. With `preview` nothing is changed.
    """
    must_be_somebody(by)
    async with (trying if preview else writing)(house, by) as desk:
        _no_pager(house, desk.known)
        kept = kept_of(desk.known, schedule)
        if expected is not None:
            await must_expect(desk, kept, expected)
        made = await put_override(desk, kept, wish, preview=preview)
    if not preview:
        house.wake()
    return made


async def put_override(desk: Desk, kept: Kept, wish: Wish, *, preview: bool = False) -> Made:
    """The same where the roster is locked already."""
    one, schedule = _checked(desk, kept.id, wish), kept.schedule
    if sum(other.end > desk.now for other in schedule.overrides) >= MOST:
        raise Conflict(f"{kept.id} has {MOST:,} overrides to come already: end some first")
    if not preview:
        one = replace(one, id=await rows.add_override(desk.conn, kept.id, one))
    after = replace(schedule, overrides=(*schedule.overrides, one))
    effect = effect_of(desk.known, [(schedule, after)], one.start, one.end)
    if not preview:
        await desk.touch([kept.id])
        await desk.log(
            "override added",
            f"{words_of(one)} in {kept.id}, {span_words(one.start, one.end)}",
            schedule=kept.id,
            subject=one.id,
            after=1,
            before=1,
            effect=effect,
        )
    return Made(schedule, one, 1, effect)


async def end_override(house: House, by: By, id: int, *, expected: int | None, preview: bool = False) -> Made:
    """End an override now; one that has not begun never was. Conflict where it has ended already, or was changed meanwhile."""
    must_be_somebody(by)
    async with (trying if preview else writing)(house, by) as desk:
        row = await _row(desk, id)
        kept, one = kept_of(desk.known, row["schedule"]), override_of(row)
        await must_expect_of(desk, "override", id, row["version"], expected)
        if row["cancelled_at"] is not None or one.end <= desk.now:
            raise Conflict(f"The override {id} has ended already")
        ended = [replace(one, end=desk.now)] if one.start < desk.now else []
        rest = tuple(other for other in kept.schedule.overrides if other.id != id)
        after = replace(kept.schedule, overrides=(*rest, *ended))
        effect = effect_of(desk.known, [(kept.schedule, after)], max(one.start, desk.now), one.end)
        if not preview:
            await end_override_row(desk, one)
            await desk.touch([kept.id])
            await desk.log(
                "override ended",
                f"ended the override {id} of {kept.id} ({words_of(one)})",
                schedule=kept.id,
                subject=id,
                before=row["version"],
                after=row["version"],
                effect=effect,
            )
    house.wake()
    return Made(kept.schedule, replace(one, end=max(desk.now, one.start)), row["version"] + 1, effect)


async def overrides_of(
    house: House, schedule: str, start: datetime, end: datetime
) -> list[tuple[Override, int]]:
    """The overrides of a schedule that overlap the window, with their versions."""
    async with house.pool.acquire() as conn:
        found = await conn.fetch(rows.SQL["overrides_listed"], schedule, start, end)
    return [(override_of(row), row["version"]) for row in found]


async def override(house: House, id: int) -> tuple[str, Override, int]:
    """One override, with its schedule's id and its version. NotFound if there is none of that number."""
    async with house.pool.acquire() as conn:
        row = await conn.fetchrow(rows.SQL["override"], id)
    if row is None:
        raise NotFound(f"There is no override {id}", field="id")
    return row["schedule"], override_of(row), row["version"]


async def take_on_call(
    house: House, actor: Actor, person: str, span: timedelta, schedules: Sequence[str] = ()
) -> list[Made]:
    """Put a person on call from now on for `span`, in these schedules (by id, name or team; none: in all).

    NotFound, naming those there are, if the person or a schedule is unknown.
    """
    if not actor.person:
        raise Forbidden(f"Only a person can change who is on call; {actor.by} is nobody that Tocsin knows")
    if not timedelta() < span <= LONGEST_TAKE:
        raise Invalid(
            f"It would be for {span // A_MINUTE:,} minutes: take it for a minute at least and for {LONGEST_TAKE.days} days at most",
            field="span",
        )
    async with writing(house, By(actor)) as desk:
        _no_pager(house, desk.known)
        known_people(desk.known, [person])
        wish = Wish(Change.TAKE, desk.now + span, (person,))
        made = [await put_override(desk, one, wish) for one in _wanted(desk.known, schedules)]
    house.wake()
    return made


def words_of(one: Override) -> str:
    """What an override does, in words that follow a name: `put alice on call instead of bob`."""
    people = " and ".join(one.people)
    match one.change:
        case Change.TAKE:
            return f"put {people} on call instead of anybody" if people else "put nobody on call"
        case Change.REPLACE:
            return f"put {people} on call instead of {one.instead_of}"
        case Change.ADD:
            return f"put {people} on call as well"
        case Change.REMOVE:
            return f"took {one.instead_of} off call"


def span_words(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"


def _checked(desk: Desk, schedule: str, wish: Wish) -> Override:
    people = known_people(desk.known, wish.people)
    [instead_of] = known_people(desk.known, [wish.instead_of], "instead_of") if wish.instead_of else [""]
    needs_people = wish.change in (Change.REPLACE, Change.ADD)
    needs_whom = wish.change in (Change.REPLACE, Change.REMOVE)
    if needs_people and not people:
        raise Invalid(f"people is missing: say who is on call ({wish.change})", field="people")
    if wish.change is Change.REMOVE and people:
        raise Invalid(
            "people is of no use with remove: instead_of says who is taken off call", field="people"
        )
    if needs_whom and not instead_of:
        raise Invalid(f"instead_of is missing: say whom it is about ({wish.change})", field="instead_of")
    if instead_of and not needs_whom:
        raise Invalid(f"instead_of is of no use with {wish.change}: write replace", field="instead_of")
    if instead_of in people:
        raise Invalid(f"{instead_of} can't stand in for themselves", field="people")
    start, end = span_of(wish.start, wish.end, desk.now, LONGEST)
    reason = text_of(wish.reason, field="reason", longest=500)
    return Override(0, wish.change, people, start, end, instead_of, desk.by.name, desk.now, reason)


async def _row(desk: Desk, id: int) -> Any:
    row = await desk.conn.fetchrow(rows.SQL["override"], id)
    if row is None:
        raise NotFound(f"There is no override {id}", field="id")
    return row


def _no_pager(house: House, known: Directory) -> None:
    if is_outside(house, known):
        raise Conflict("The pager that this organisation keeps says who is on call: take it over there")


def _wanted(known: Directory, names: Sequence[str]) -> list[Kept]:
    """The schedules of these names, or of these teams; all of them where none is named."""
    there = [known.kept[one.id] for one in known.schedules]
    if not there:
        raise NotFound("There is no schedule yet: add one first", field="schedule")
    found: dict[str, Kept] = {}
    for name in names:
        fit = [one for one in there if is_called(one.schedule, name)]
        if not fit:
            raise NotFound(
                f"There is no schedule {name}; there are: {', '.join(one.id for one in there)}",
                field="schedule",
            )
        found |= {one.id: one for one in fit}
    return list(found.values()) or there


def is_called(schedule: Schedule, name: str) -> bool:
    """Whether that is its id, its name, or the name of its team."""
    wanted = name.strip().casefold()
    return wanted in (schedule.id, schedule.name.casefold(), schedule.team.casefold())
