"""Calendars with an address: followed by themselves, and told of once when they can't be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from starlette.responses import Response

from doubles import Mailbox
from integrations.calendars.calendar_site import Website, calendar, event
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import calendars
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.days_off import save_days_off
from tocsin.acts.oncall.fetching import content_of, fetch_next, fetch_now
from tocsin.acts.oncall.looks import changes
from tocsin.acts.oncall.schedules import save_schedule
from tocsin.acts.reading import Answer
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from tocsin.integrations.calendars import fetch_all
from tocsin.integrations.calendars.client import Reader
from tocsin.integrations.guard import EVERYWHERE, Guard
from tocsin.store import calendars as rows

HOUR = timedelta(hours=1)
ALICE = By(Actor("alice", "api"))
PLAN = {"zone": "UTC", "layers": [{"name": "rota", "calendar": "rota"}]}


@pytest.fixture
async def reading(house: House) -> AsyncIterator[House]:
    """The house, reading addresses on loopback too."""
    reader = Reader(Guard(EVERYWHERE))
    house.read_address = reader.read
    yield house
    await reader.aclose()


@pytest.fixture
async def followed(reading: House, website: Website) -> Website:
    """A website whose calendar is a layer of a schedule; it was imported by Alice."""
    website.content = calendar(event("1", "Bob", "20260309", "20260312"))
    url = f"{website.base}/rota.ics"
    await calendars.save_calendar(reading, ALICE, "rota", await content_of(reading, url), url=url)
    await save_schedule(reading, OPERATOR, "extra", PLAN)
    website.asked.clear()
    return website


async def row(house: House, name: str = "rota") -> calendars.CalendarRow:
    return next(one for one in await calendars.calendars(house) if one.name == name)


async def later(house: House, clock: HandClock, by: timedelta = HOUR) -> None:
    clock.advance(by)
    await fetch_all(house)


async def who(pool: asyncpg.Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("SELECT people[1] AS who, start_day FROM calendar_events ORDER BY start_day")
    return [(one["who"], f"{one['start_day']:%m-%d}") for one in rows]


async def test_a_calendar_is_followed_each_hour_and_who_is_moved_is_logged(
    reading: House, followed: Website, clock: HandClock, pool: asyncpg.Pool
) -> None:
    await later(reading, clock, timedelta(minutes=59))
    assert followed.asked == []
    followed.content = calendar(
        event("1", "Bob", "20260309", "20260312", "STATUS:CANCELLED"),
        event("2", "Alice", "20260316", "20260318"),
    )
    await later(reading, clock, timedelta(minutes=1))

    assert await who(pool) == [("alice", "03-16")]
    [change, *_] = await changes(reading)
    assert (change.by, set(change.people)) == ("calendar rota", {"alice", "bob"})
    assert change.words == "has other shifts"


async def test_an_edited_and_a_removed_instance_of_what_recurs_are_followed(
    reading: House, followed: Website, clock: HandClock, pool: asyncpg.Pool
) -> None:
    series = event(
        "1", "Bob", "20260309", "20260310", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;VALUE=DATE:20260316"
    )
    edited = event("1", "Alice", "20260325", "20260326", "RECURRENCE-ID;VALUE=DATE:20260323")
    followed.content = calendar(series, edited)

    await later(reading, clock)

    assert await who(pool) == [("bob", "03-09"), ("alice", "03-25"), ("bob", "03-30")]


async def test_what_did_not_change_moves_nothing_and_no_node_reads_anew(
    reading: House, followed: Website, clock: HandClock, pool: asyncpg.Pool
) -> None:
    followed.etag = '"7"'
    await later(reading, clock)
    version = await pool.fetchval("SELECT version FROM roster_version")
    await later(reading, clock)
    await later(reading, clock)

    assert [one.headers.get("if-none-match") for one in followed.asked] == [None, '"7"', '"7"']
    assert await pool.fetchval("SELECT version FROM roster_version") == version
    assert (await row(reading)).read_at == clock.now()


async def test_it_is_read_wholly_once_a_day_and_when_somebody_is_called_otherwise(
    reading: House, followed: Website, clock: HandClock
) -> None:
    followed.etag = '"7"'
    await later(reading, clock)
    await people.save_person(reading, "dora", name="Dora", email="dora@acme.example")
    await later(reading, clock)
    await later(reading, clock)
    await later(reading, clock, timedelta(days=1))

    assert [one.headers.get("if-none-match") for one in followed.asked] == [None, None, '"7"', None]


async def test_a_shift_that_runs_goes_on_however_often_it_is_read(
    reading: House, followed: Website, clock: HandClock, pool: asyncpg.Pool
) -> None:
    followed.content = calendar(event("1", "Bob", "20260301", "20260312"))
    for _ in range(3):
        await later(reading, clock)
    assert len(await pool.fetch("SELECT FROM calendar_events")) == 1


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Response(status_code=404), "its address answers 404 Not Found"),
        (Response(b"<html>Sign in</html>"), "This is no iCalendar file"),
        (Response(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"), "The calendar can't be read"),
    ],
)
async def test_what_can_not_be_read_leaves_what_was_read_last_and_its_owner_hears_once(
    reading: House,
    followed: Website,
    clock: HandClock,
    pool: asyncpg.Pool,
    mailbox: Mailbox,
    engine: Engine,
    answer: Response,
    problem: str,
) -> None:
    followed.answers["/rota.ics"] = answer
    for _ in range(3):
        await later(reading, clock)
        await engine.run_due()

    assert problem in (await row(reading)).problem
    assert await who(pool) == [("bob", "03-09")]
    told = [one for one in mailbox.notices if "rota" in one.text]
    assert sorted((one.to, one.via) for one in told) == [("alice", "email"), ("alice", "slack")]
    assert problem in told[0].text
    assert "What it said last still counts" in told[0].text

    followed.answers.clear()
    await later(reading, clock)
    assert (await row(reading)).problem == ""


async def test_what_may_pass_by_itself_is_told_only_after_three_times(
    reading: House, followed: Website, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    followed.answers["/rota.ics"] = Response(status_code=503)
    counts = []
    for _ in range(4):
        await later(reading, clock)
        await engine.run_due()
        counts.append(len([one for one in mailbox.notices if "rota" in one.text]))
    assert counts == [0, 0, 2, 2]


async def test_the_admins_hear_of_it_where_its_owner_is_gone(
    reading: House, followed: Website, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    await people.save_person(reading, "dora", name="Dora", email="dora@acme.example", rights=("admin",))
    await people.remove_person(reading, "alice")
    followed.answers["/rota.ics"] = Response(status_code=404)
    await later(reading, clock)
    await engine.run_due()
    assert {one.to for one in mailbox.notices if "The calendar rota" in one.text} == {"dora"}


async def test_one_node_at_a_time_reads_a_calendar_and_another_goes_on_where_it_died(
    reading: House, followed: Website, clock: HandClock, pool: asyncpg.Pool
) -> None:
    clock.advance(HOUR)
    async with pool.acquire() as conn:
        assert await rows.claim(conn, clock.now(), clock.now() + timedelta(minutes=2)) == "rota"
    assert not await fetch_next(reading), "another node has it in hand"
    clock.advance(timedelta(minutes=2))
    assert await fetch_next(reading)
    assert not await fetch_next(reading)


async def test_a_calendar_keeps_its_kind_and_stays_while_a_schedule_names_it(
    reading: House, followed: Website
) -> None:
    await save_days_off(reading, ALICE, "leave", calendar(event("1", "x", "20260309", "20260311")), ["bob"])

    with pytest.raises(Conflict, match="The calendar rota is one of shifts: take another name"):
        await save_days_off(reading, ALICE, "rota", followed.content, ["bob"])
    with pytest.raises(Conflict, match="The calendar leave is one of days off: take another name"):
        await calendars.save_calendar(reading, ALICE, "leave", followed.content)
    with pytest.raises(Conflict, match="extra names the calendar rota, or did: their past needs it"):
        await calendars.delete_calendar(reading, ALICE, "rota", expected=1)


async def test_what_an_address_said_is_not_kept_where_the_calendar_has_another_by_then(
    reading: House, followed: Website, pool: asyncpg.Pool
) -> None:
    read, moved = reading.read_address, calendar(event("1", "Alice", "20260316", "20260318"))

    async def read_slowly(url: str, etag: str = "", last_modified: str = "") -> Answer:
        reading.read_address = read
        await calendars.save_calendar(
            reading, OPERATOR, "rota", moved, url=f"{followed.base}/new.ics", expected=1
        )
        return await read(url, etag, last_modified)

    followed.content = calendar(event("1", "Carol", "20260320", "20260321"))
    reading.read_address = read_slowly

    with pytest.raises(Invalid, match="The calendar rota has another address meanwhile"):
        await fetch_now(reading, OPERATOR, "rota")
    assert await who(pool) == [("alice", "03-16")]
    assert (await row(reading)).problem == ""


async def test_days_off_are_followed_too(reading: House, website: Website, clock: HandClock) -> None:
    url = f"{website.base}/off.ics"
    await save_days_off(reading, ALICE, "off", website.content, ["bob"], url=url)
    website.content = calendar(event("1", "Carnival", "20260303", "20260304"))

    await later(reading, clock)

    assert (await row(reading, "off")).events == 1
    [change, *_] = await changes(reading)
    assert (change.by, set(change.people)) == ("calendar off", {"alice", "bob"})


async def test_what_reading_it_would_do_is_said_first(reading: House, followed: Website) -> None:
    followed.content = calendar(event("1", "Carol", "20260309", "20260312"))
    log = await changes(reading)

    would = await fetch_now(reading, OPERATOR, "rota", preview=True)

    assert {one.person for one in would.effect.moves} == {"bob", "carol"}
    assert await changes(reading) == log
    assert (await fetch_now(reading, OPERATOR, "rota")).effect.moves == would.effect.moves
    assert (await fetch_now(reading, OPERATOR, "rota", preview=True)).effect.moves == ()


async def test_it_is_read_at_once_by_whoever_keeps_it(reading: House, followed: Website) -> None:
    followed.content = calendar(
        event("1", "Carol", "20260309", "20260312"), event("2", "Lunch", "20260309", "20260310")
    )

    done = await fetch_now(reading, OPERATOR, "rota")

    assert {one.person for one in done.effect.moves} == {"bob", "carol"}
    assert done.unknown == ("'Lunch' on 2026-03-09 names nobody that Tocsin knows: left out",)
    followed.answers["/rota.ics"] = Response(status_code=404)
    with pytest.raises(Invalid, match="The calendar rota can't be read: its address answers 404"):
        await fetch_now(reading, OPERATOR, "rota")
    with pytest.raises(Forbidden, match="the calendar rota, which is a layer of extra"):
        await fetch_now(reading, ALICE, "rota")
    with pytest.raises(NotFound, match="There is no calendar nope"):
        await fetch_now(reading, OPERATOR, "nope")
    await calendars.save_calendar(reading, ALICE, "plain", followed.content)
    with pytest.raises(Invalid, match="The calendar plain has no address"):
        await fetch_now(reading, ALICE, "plain")


@pytest.mark.parametrize("url", ["ftp://a.example/x", "javascript:1", "https://"])
async def test_an_address_that_can_be_none_is_refused(house: House, url: str) -> None:
    with pytest.raises(Invalid, match="write one that begins with https://"):
        await calendars.save_calendar(house, ALICE, "x", calendar(), url=url)
