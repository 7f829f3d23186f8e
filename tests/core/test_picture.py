from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

from tocsin.core.oncall.model import Gap, Shift
from tocsin.core.oncall.picture import Window, svg, text

NAMES = {"alice": "Alice <& Co>", "bob": "Bob"}
SVG = "{http://www.w3.org/2000/svg}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEK = Window(at("2026-03-23 00:00"), at("2026-04-06 00:00"), "Europe/Berlin", at("2026-03-25 12:00"))
SHIFTS = [
    Shift("alice", at("2026-03-23 08:00"), at("2026-03-30 07:00")),
    Shift("bob", at("2026-03-30 07:00"), at("2026-04-05 07:00")),
]
GAPS = [
    Gap(at("2026-03-23 00:00"), at("2026-03-23 08:00")),
    Gap(at("2026-04-05 07:00"), at("2026-04-06 00:00")),
]


def test_the_picture_is_well_formed_and_names_everybody_whatever_they_are_called() -> None:
    root = ElementTree.fromstring(svg("Ops & more", SHIFTS, GAPS, WEEK, NAMES))

    words = [node.text for node in root.iter(f"{SVG}text")]
    assert {"Alice <& Co>", "Bob", "Nobody is on call", "Times in Europe/Berlin"} <= set(words)


def test_a_bar_tells_its_times_by_the_wall_clock_of_the_zone() -> None:
    root = ElementTree.fromstring(svg("Ops", SHIFTS, GAPS, WEEK, NAMES))

    titles = [node.text for node in root.iter(f"{SVG}title")]
    assert "Alice <& Co>: Mon 2026-03-23 09:00 CET to Mon 2026-03-30 09:00 CEST" in titles


def test_bars_that_follow_each_other_touch_and_none_leaves_the_picture() -> None:
    root = ElementTree.fromstring(svg("Ops", SHIFTS, [], WEEK, NAMES, width=360))
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class", "").startswith("p")]

    ends = [float(bar.get("x", 0)) + float(bar.get("width", 0)) for bar in bars]

    assert abs(ends[0] - float(bars[1].get("x", 0))) < 0.2
    assert max(ends) <= 360


def test_a_schedule_without_anybody_shows_that_nobody_is_on_call() -> None:
    assert "Nobody is on call" in svg("Ops", [], [], WEEK, NAMES)


def test_as_text_each_shift_and_each_gap_is_a_line_in_its_order() -> None:
    lines = text(SHIFTS, GAPS, "Europe/Berlin", NAMES).splitlines()

    assert lines == [
        "Mon 2026-03-23 01:00 CET  Mon 2026-03-23 09:00 CET  NOBODY",
        "Mon 2026-03-23 09:00 CET  Mon 2026-03-30 09:00 CEST  Alice <& Co>",
        "Mon 2026-03-30 09:00 CEST  Sun 2026-04-05 09:00 CEST  Bob",
        "Sun 2026-04-05 09:00 CEST  Mon 2026-04-06 02:00 CEST  NOBODY",
    ]
