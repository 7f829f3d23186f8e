from __future__ import annotations

from datetime import UTC, datetime

from tocsin.acts.calendars.reading import shifts_in
from tocsin.acts.calendars.writing import feed
from tocsin.core.oncall.model import Because, Shift

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHIFT = Shift(
    "alice",
    datetime(2026, 3, 29, 0, tzinfo=UTC),
    datetime(2026, 3, 30, 7, tzinfo=UTC),
    Because("base", "weekly", 3, datetime(2026, 3, 29, tzinfo=UTC)),
)


def written(*shifts: Shift) -> bytes:
    return feed(
        "Operations",
        [("ops", "Operations", shift) for shift in shifts],
        title=lambda called, shift: f"{shift.person}: {called}",
        now=NOW,
    )


def test_a_feed_reads_back_as_the_same_shifts() -> None:
    found = shifts_in(
        written(SHIFT), lambda name: "alice" if name == "alice" else None, "UTC", NOW, NOW.replace(year=2027)
    )

    assert [(one.people, one.start, one.end) for one in found.booked] == [
        (("alice",), SHIFT.start, SHIFT.end)
    ]


def test_an_event_keeps_its_name_when_its_end_moves_so_that_calendars_update_it_in_place() -> None:
    def uid(data: bytes) -> str:
        return next(line for line in data.decode().splitlines() if line.startswith("UID"))

    later = Shift(SHIFT.person, SHIFT.start, SHIFT.end.replace(day=31), SHIFT.because)

    assert uid(written(SHIFT)) == uid(written(later))


def test_lines_end_and_fold_as_the_standard_says() -> None:
    data = feed("Opérations " * 20, [], title=lambda *_: "", now=NOW)

    assert b"\r\n" in data
    assert max(map(len, data.split(b"\r\n"))) <= 75
