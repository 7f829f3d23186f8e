from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tocsin.acts.calendars.reading import DayOff, days_off_in, shifts_in
from tocsin.core.oncall.model import Booked
from tocsin.errors import Invalid

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
PEOPLE = {"alice": "alice", "alice@acme.example": "alice", "alice jones": "alice", "bob": "bob"}


def who(name: str) -> str | None:
    return PEOPLE.get(name.lower())


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*events: str, zone: str = "UTC") -> list[Booked]:
    return list(shifts_in(calendar(*events), who, zone, START, END).booked)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEKLY = "UID:a\nSUMMARY:alice\nDTSTART;TZID=Europe/Berlin:20260316T090000\nDTEND;TZID=Europe/Berlin:20260317T090000\nRRULE:FREQ=WEEKLY;COUNT=3"


def test_a_recurring_event_keeps_its_wall_clock_over_a_change_of_the_clocks() -> None:
    found = read(WEEKLY)

    assert [one.start for one in found] == [
        at("2026-03-16 08:00"),
        at("2026-03-23 08:00"),
        at("2026-03-30 07:00"),
    ]


def test_an_edited_occurrence_stands_where_it_was_moved_to() -> None:
    moved = "UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20260323T090000\nSUMMARY:bob\nDTSTART;TZID=Europe/Berlin:20260324T090000\nDTEND;TZID=Europe/Berlin:20260325T090000"

    found = read(WEEKLY, moved)

    assert [(one.people, one.start) for one in found][1] == (("bob",), at("2026-03-24 08:00"))
    assert len(found) == 3


def test_a_cancelled_occurrence_and_an_excluded_date_are_no_shifts() -> None:
    gone = "UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20260323T090000\nSTATUS:CANCELLED\nSUMMARY:alice\nDTSTART;TZID=Europe/Berlin:20260323T090000\nDTEND;TZID=Europe/Berlin:20260324T090000"

    found = read(WEEKLY + "\nEXDATE;TZID=Europe/Berlin:20260330T090000", gone)

    assert [one.start for one in found] == [at("2026-03-16 08:00")]


def test_an_event_of_whole_days_stays_dates_for_the_schedules_zone() -> None:
    found = read("UID:a\nSUMMARY:bob\nDTSTART;VALUE=DATE:20260704\nDTEND;VALUE=DATE:20260706")

    assert found == [Booked(("bob",), date(2026, 7, 4), date(2026, 7, 6), "a")]


def test_a_time_without_a_zone_is_in_the_schedules_zone() -> None:
    found = read(
        "UID:a\nSUMMARY:bob\nDTSTART:20260704T090000\nDTEND:20260704T170000", zone="America/New_York"
    )

    assert (found[0].start, found[0].end) == (at("2026-07-04 13:00"), at("2026-07-04 21:00"))


@pytest.mark.parametrize(
    ("lines", "people"),
    [
        ("SUMMARY:On call", ()),
        ("SUMMARY:On call\nATTENDEE;CN=A:mailto:alice@acme.example", ("alice",)),
        ("SUMMARY:[L1] alice, bob", ("alice", "bob")),
        ("SUMMARY:On Call - Alice Jones - Ops", ("alice",)),
        ("SUMMARY:Primary: @bob", ("bob",)),
        ("SUMMARY:mallory", ()),
    ],
)
def test_who_is_meant_is_read_from_the_attendees_else_from_the_title(
    lines: str, people: tuple[str, ...]
) -> None:
    data = calendar(f"UID:a\n{lines}\nDTSTART:20260704T090000Z\nDTEND:20260704T170000Z")

    found = shifts_in(data, who, "UTC", START, END)

    assert [one.people for one in found.booked] == ([people] if people else [])
    assert bool(found.unknown) is not bool(people)


def test_an_event_that_names_nobody_is_told_with_its_date() -> None:
    data = calendar("UID:a\nSUMMARY:mallory\nDTSTART:20260704T090000Z\nDTEND:20260704T170000Z")

    assert shifts_in(data, who, "UTC", START, END).unknown == (
        "'mallory' on 2026-07-04 names nobody that Tocsin knows: left out",
    )


def test_a_shift_that_spans_two_steps_of_the_reading_counts_once() -> None:
    found = read("UID:a\nSUMMARY:bob\nDTSTART:20260110T090000Z\nDTEND:20261110T170000Z")

    assert len(found) == 1


def test_public_holidays_are_whole_days() -> None:
    data = calendar(
        "UID:a\nSUMMARY:New Year\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY",
        "UID:b\nSUMMARY:Meeting\nDTSTART:20260102T090000Z\nDTEND:20260102T100000Z",
    )

    assert days_off_in(data, START, END) == (DayOff("New Year", date(2026, 1, 1), date(2026, 1, 2)),)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no iCalendar file"),
        (b"<html>sign in</html>", "no iCalendar file"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\xff\xfe", "not UTF-8"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:notadate\r\n", "can't be read"),
        (b"BEGIN:VCALENDAR\r\n" + b"X-JUNK:" + b"x" * 10_000_000, "10.0 MB; at most 2 MB"),
        (
            calendar(
                "UID:a\nSUMMARY:alice\nDTSTART:20260101T000000Z\nDTEND:20260101T000001Z\nRRULE:FREQ=SECONDLY"
            ),
            "repeats secondly",
        ),
        (calendar("UID:a\nSUMMARY:alice\nDTSTART:nonsense\nDTEND:20260704T170000Z"), "can't be read"),
        (
            calendar(
                "UID:a\nSUMMARY:alice\nDTSTART:20260101T000000Z\nDTEND:20260102T000000Z\nRRULE:FREQ=FORTNIGHTLY"
            ),
            "can't be read",
        ),
    ],
)
def test_a_broken_file_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        shifts_in(data, who, "UTC", START, END)


def test_a_time_that_the_schedules_clock_skips_is_the_first_instant_after_the_gap() -> None:
    found = read("UID:a\nSUMMARY:bob\nDTSTART:20260329T023000\nDTEND:20260329T040000", zone="Europe/Berlin")

    assert (found[0].start, found[0].end) == (at("2026-03-29 01:00"), at("2026-03-29 02:00"))
