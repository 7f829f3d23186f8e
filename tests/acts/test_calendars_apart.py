"""Calendars are read in a process of their own, which time and memory end."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tocsin.acts.calendars import apart
from tocsin.acts.calendars.apart import days_off_apart, shifts_apart
from tocsin.acts.calendars.reading import DayOff
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.calendars import save_calendar
from tocsin.acts.people import save_person
from tocsin.core.case import Actor
from tocsin.errors import Invalid

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def calendar(
    rule: str, start: str = "DTSTART:20260101T000000Z", end: str = "DTEND:20260102T000000Z"
) -> bytes:
    event = f"UID:a\nSUMMARY:Alice\n{start}\n{end}\nRRULE:{rule}"
    whole = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    return whole.replace("\n", "\r\n").encode()


NEVER = calendar("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
"""The library looks for it until the year 9999."""


def readers() -> list[str]:
    """The processes of ours that read a calendar."""
    ours = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [one for one in ours if b"calendars.apart" in Path(f"/proc/{one}/cmdline").read_bytes()]


async def test_what_it_says_comes_back() -> None:
    read = await shifts_apart(calendar("FREQ=DAILY;COUNT=2"), {"alice": "alice"}, "UTC", START, END)
    days = calendar("FREQ=YEARLY", "DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260102")

    assert [one.people for one in read.booked] == [("alice",)] * 2
    assert await days_off_apart(days, START, END) == (DayOff("Alice", date(2026, 1, 1), date(2026, 1, 2)),)


async def test_what_is_wrong_with_it_comes_back() -> None:
    with pytest.raises(Invalid, match="'Alice' has INTERVAL=0 in its rule") as why:
        await shifts_apart(calendar("FREQ=DAILY;INTERVAL=0"), {}, "UTC", START, END)

    assert why.value.field == "calendar"


async def test_a_rule_that_never_comes_true_is_given_up_and_its_process_is_gone() -> None:
    with pytest.raises(Invalid, match="takes longer than 0 seconds to read: export a shorter window"):
        await apart._apart("shifts", NEVER, {}, "UTC", START, END, patience=0.4)

    assert not readers()


async def test_who_stops_waiting_leaves_no_process_behind() -> None:
    """So it is when Tocsin is told to end."""
    reading = asyncio.create_task(shifts_apart(NEVER, {}, "UTC", START, END))
    while not readers():
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert not readers()


async def test_a_process_that_dies_without_an_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "__name__", "tocsin.no_such_module")

    with pytest.raises(Invalid, match="takes more memory or time to read than there is"):
        await shifts_apart(NEVER, {}, "UTC", START, END)


async def test_a_file_that_goes_on_says_until_when_it_was_read(house: House) -> None:
    """Nobody finds out from the gap, two years later, that an import has an end."""
    by = By(Actor("alice", "web", "Alice"), is_admin=True)

    endless = await save_calendar(house, by, "endless", calendar("FREQ=YEARLY"))
    ended = await save_calendar(house, by, "ended", calendar("FREQ=YEARLY;COUNT=2"))

    assert endless.unknown == (
        "What it says after 2028-03-02 is left out: import it again before then, or give its address",
    )
    assert ended.unknown == ()


async def test_a_name_that_two_people_have_is_nobodys(house: House) -> None:
    for handle in ("dave", "dave2"):
        await save_person(house, handle, name="Dave Dow", email=f"{handle}@acme.example")
    data = calendar("FREQ=DAILY;COUNT=1").replace(b"Alice", b"Dave Dow")

    read = await save_calendar(house, By(Actor("bob", "web", "Bob"), is_admin=True), "one", data)

    assert read.unknown == ("'Dave Dow' on 2026-01-01 names nobody that Tocsin knows: left out",)


def test_a_child_that_ends_before_it_reads_is_told_by_name_on_the_loop_that_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    async def told() -> list[BaseException | Any]:
        return await asyncio.gather(
            *(apart._apart(b"x" * 100_000) for _ in range(12)), return_exceptions=True
        )

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert {type(one) for one in runner.run(told())} == {Invalid}
