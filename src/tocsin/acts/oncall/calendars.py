"""Calendars that people kept elsewhere: imported by their name, as a layer of any schedule that names them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from tocsin.acts.calendars.apart import shifts_apart
from tocsin.acts.calendars.reading import Read
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_be_somebody, must_keep
from tocsin.acts.oncall.effect import NOTHING, Effect, effect_of
from tocsin.acts.oncall.writing import Desk, must_expect_of, trying, writing
from tocsin.acts.roster import directory
from tocsin.core.oncall.imported import read_again, with_events
from tocsin.core.oncall.model import BEGINNING, Schedule
from tocsin.core.oncall.written import ID
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.settings import zone_of
from tocsin.store import calendars as rows
from tocsin.store import oncall as oncall_rows
from tocsin.store.calendars import SHIFTS
from tocsin.store.calendars import CalendarRow as CalendarRow
from tocsin.store.people import Directory

BACK: Final = timedelta(days=366)
AHEAD: Final = timedelta(days=731)
EVERY: Final = timedelta(hours=1)
"""How often a calendar with an address is read again."""
WAYS: Final = ("https://", "http://", "webcal://")


@dataclass(frozen=True, slots=True)
class Imported:
    """A calendar as it is after it was read. `unknown` is what was left out of it, each a sentence."""

    calendar: CalendarRow
    unknown: tuple[str, ...]
    effect: Effect


async def save_calendar(
    house: House,
    by: By,
    name: str,
    data: bytes,
    *,
    zone: str = "UTC",
    url: str = "",
    expected: int | None = None,
    preview: bool = False,
) -> Imported:
    """Import an iCalendar file as the calendar of that name, or read it again: what it said of the past stays.

    Times without a zone are in `zone`. Invalid, saying what is wrong with it, for a file that can't be read.
    """
    must_be_somebody(by)
    check_name(name)
    check_url(url)
    zone_of(zone)
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
    read = await shifts_of(house, known, data, zone)
    unknown = read.unknown
    if read.goes_on and not url:  # one with an address is read further day by day
        until = house.clock.now() + AHEAD
        unknown += (
            f"What it says after {until:%Y-%m-%d} is left out: import it again before then, or give its address",
        )
    async with (trying if preview else writing)(house, by) as desk:
        old = await rows.one(desk.conn, name)
        if old and old.kind != SHIFTS:
            raise Conflict(f"The calendar {name} is one of days off: take another name")
        if old:
            await must_expect_of(desk, "calendar", name, old.version, expected)
        must_keep_calendar(by, desk.known, name)
        used, now = naming(desk.known, name), desk.now
        before = (await oncall_rows.events_of(desk.conn, [name], BEGINNING))[name]
        events = read_again(before, read.booked, now, zone) if old else read.booked
        pairs = [(one, with_events(one, name, events)) for one in used]
        effect = effect_of(desk.known, pairs, now)
        version = (old.version if old else 0) + 1
        next_at = now + EVERY if url else None
        row = CalendarRow(name, SHIFTS, zone, url, version, now, "", len(events), (), by.person, next_at)
        if not preview:
            await rows.save(desk.conn, row, events, now)
            await tell(desk, used, f"read the calendar {name}", row, effect)
    house.wake()
    return Imported(row, unknown, effect)


async def delete_calendar(house: House, by: By, name: str, *, expected: int | None) -> None:
    """Forget a calendar. Conflict while a schedule names it."""
    must_be_somebody(by)
    async with writing(house, by) as desk:
        old = await rows.one(desk.conn, name)
        if old is None:
            raise NotFound(f"There is no calendar {name}", field="name")
        await must_expect_of(desk, "calendar", name, old.version, expected)
        used = [kept.id for kept in desk.known.kept.values() if _names(kept.schedule, name)]
        if used:
            raise Conflict(
                f"{', '.join(used)} {'names' if len(used) == 1 else 'name'} the calendar {name}, or did: their past needs it"
            )
        await desk.conn.execute(oncall_rows.SQL["cancel_absences_from"], name, desk.now)
        await desk.conn.execute(rows.SQL["delete"], name)
        await tell(
            desk,
            desk.known.schedules if old.kind != SHIFTS else (),
            f"deleted the calendar {name}",
            old,
            NOTHING,
        )


async def calendars(house: House) -> list[CalendarRow]:
    async with house.pool.acquire() as conn:
        return await rows.every(conn)


async def shifts_of(house: House, known: Directory, data: bytes, zone: str) -> Read:
    """What a file says around now. A large one takes seconds: others are answered meanwhile, and nothing is locked."""
    now = house.clock.now()
    return await shifts_apart(data, _handles(known), zone, now - BACK, now + AHEAD)


def must_keep_calendar(by: By, known: Directory, name: str) -> None:
    """Forbidden unless they keep each schedule that names it."""
    for schedule in naming(known, name):
        must_keep(by, known, schedule.team, f"the calendar {name}, which is a layer of {schedule.id}")


def check_url(url: str) -> None:
    """Invalid where no calendar can be read from such an address; "" is none."""
    if url and (not url.startswith(WAYS) or not url.partition("://")[2].strip("/")):
        raise Invalid(f"url is {url!r}: write one that begins with https://", field="url")


def open_url(url: str) -> str:
    """An address as everybody may see it: whoever knows the whole of it can read the calendar. "" is none."""
    return f"{urlsplit(url).scheme}://{urlsplit(url).hostname}/…" if url else ""


def whole_url(url: str, old: CalendarRow | None) -> str:
    """The address that is meant where it is given as everybody sees it: the calendar's, as it was."""
    return old.url if old and url and url == open_url(old.url) else url


async def meant_url(house: House, name: str, url: str) -> str:
    """The same, for the calendar of that name."""
    if not url.endswith("/…"):
        return url
    async with house.pool.acquire() as conn:
        return whole_url(url, await rows.one(conn, name))


def check_name(name: str) -> None:
    """Invalid where no calendar can be called so."""
    if not ID.fullmatch(name):
        raise Invalid(
            f"{name!r} is no name for a calendar: write small letters, digits, dots and dashes", field="name"
        )


async def tell(desk: Desk, used: Sequence[Schedule], words: str, row: CalendarRow, effect: Effect) -> None:
    """Have every node read what it moves, and log who did it."""
    await desk.touch(one.id for one in used)
    version = row.version
    await desk.log("calendar saved", words, subject=row.name, before=version, after=version, effect=effect)


def naming(known: Directory, name: str) -> list[Schedule]:
    """The schedules of which that calendar is a layer, or was."""
    return [one for one in known.schedules if _names(one, name)]


def _names(schedule: Schedule, name: str) -> bool:
    return any(layer.calendar == name for version in schedule.versions for layer in version.plan.layers)


def _handles(known: Directory) -> dict[str, str]:
    """Whose a name in a calendar is: a handle's, else a mail address's, else a name's. What several are called is nobody's."""
    people = known.people.values()
    found: dict[str, str] = {}
    for names in (
        [one.name for one in people],
        [one.email for one in people],
        [one.handle for one in people],
    ):
        called = [name.casefold() for name in names]
        many = Counter(called)
        found |= {
            name: one.handle for name, one in zip(called, people, strict=True) if name and many[name] == 1
        }
    return found
