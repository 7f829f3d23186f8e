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


DAILY = "UID:a\nSUMMARY:alice\nDTSTART:20260101T000000Z\nDTEND:20260102T000000Z\nRRULE:FREQ=DAILY"
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
        (calendar(f"{DAILY};INTERVAL=0"), "'alice' has INTERVAL=0 in its rule: write 1 or more"),
        (calendar(f"{DAILY};INTERVAL=-1"), "'alice' has INTERVAL=-1 in its rule: write 1 or more"),
        (calendar(f"{DAILY};COUNT=0"), "'alice' has COUNT=0 in its rule: write 1 or more"),
        (calendar(f"{DAILY};BYDAY="), "can't be read: .*Expected weekday abbreviation"),
        (
            calendar(f"{DAILY};BYHOUR=1,2,3;BYMINUTE={','.join(map(str, range(60)))}"),
            "repeats 180 times a day: at most 24 are taken",
        ),
        (calendar(WEEKLY)[:60], "it is cut off: the VEVENT that begins in line 4 does not end"),
        (
            b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 100_000,
            "line 3 begins VEVENT within the VEVENT of line 2",
        ),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 9, "line 5 begins X within the X of line 4"),
        (calendar(WEEKLY) + b"END:VCALENDAR\r\n", "line 12 ends VCALENDAR where nothing is"),
        (
            calendar(WEEKLY).replace(b"END:VEVENT", b"END:VTODO"),
            "line 10 ends VTODO where the VEVENT of line 4 is open",
        ),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 20_001, "has more than 20,000 events"),
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


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (
            "SUMMARY:bob\nDTSTART;TZID=Custom/Zone:20260704T090000\nDTEND;TZID=Custom/Zone:20260704T170000",
            "'bob' is in the time zone Custom/Zone, which is unknown: left out",
        ),
        (
            "SUMMARY:bob\nDTSTART:20260704T090000Z\nDTEND:20260703T090000Z",
            "'bob' on 2026-07-04 ends before it begins: left out",
        ),
        (
            "SUMMARY:bob\nDTSTART;VALUE=DATE:20260704\nDTEND;VALUE=DATE:20260702",
            "'bob' on 2026-07-04 ends before it begins: left out",
        ),
        (
            "SUMMARY:bob\nDTSTART:20260704T090000Z\nDURATION:-PT2H",
            "'bob' on 2026-07-04 ends before it begins: left out",
        ),
        (
            "SUMMARY:bob\nDTSTART:20260704T090000Z\nDTEND:20260704T090000Z",
            "'bob' on 2026-07-04 has no length: left out",
        ),
        (
            "SUMMARY:bob\nDTSTART:20260704T090000Z\nDTEND:20260704T170000Z\nATTENDEE;PARTSTAT=DECLINED:mailto:alice@acme.example",
            "'bob' on 2026-07-04 was declined by alice: left out",
        ),
    ],
)
def test_an_event_that_can_not_be_meant_so_is_left_out_by_name(event: str, why: str) -> None:
    good = "UID:g\nSUMMARY:alice\nDTSTART:20260801T090000Z\nDTEND:20260801T170000Z"

    found = shifts_in(calendar(f"UID:a\n{event}", good), who, "UTC", START, END)

    assert found.unknown == (why,)
    assert [one.people for one in found.booked] == [("alice",)]


def test_a_zone_that_the_file_itself_tells_is_known() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Custom/Zone\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT"
    )
    event = (
        "UID:a\nSUMMARY:bob\nDTSTART;TZID=Custom/Zone:20260704T090000\nDTEND;TZID=Custom/Zone:20260704T170000"
    )
    data = calendar(event).replace(b"BEGIN:VEVENT", zone.encode())

    found = shifts_in(data, who, "UTC", START, END)

    assert [(one.start, one.end) for one in found.booked] == [
        (at("2026-07-04 06:00"), at("2026-07-04 14:00"))
    ]


def test_who_declined_is_not_on_call_and_the_others_are() -> None:
    found = read(
        "UID:a\nSUMMARY:On call\nDTSTART:20260704T090000Z\nDTEND:20260704T170000Z\n"
        "ATTENDEE;PARTSTAT=DECLINED:mailto:alice@acme.example\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bob"
    )

    assert [one.people for one in found] == [("bob",)]


def test_events_without_a_uid_are_each_their_own_and_the_same_one_twice_is_one() -> None:
    times = "DTSTART:20260704T090000Z\nDTEND:20260704T170000Z"

    found = read(f"SUMMARY:alice\n{times}", f"SUMMARY:bob\n{times}", f"SUMMARY:bob\n{times}")

    assert [one.people for one in found] == [("alice",), ("bob",)]


@pytest.mark.parametrize(
    ("rule", "goes_on"),
    [
        ("", True),
        (";UNTIL=20301231T000000Z", True),
        (";UNTIL=20260301T000000Z", False),
        (";COUNT=3", False),
    ],
)
def test_whether_it_goes_on_after_the_window_is_told(rule: str, goes_on: bool) -> None:
    assert shifts_in(calendar(f"{DAILY}{rule}"), who, "UTC", START, END).goes_on is goes_on
