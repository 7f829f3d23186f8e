"""A window of a schedule as a picture (SVG), and as lines of text: who is on call when, by the wall clock of one zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from tocsin.core.oncall.model import Gap, Shift
from tocsin.core.oncall.wall import LAST_READING, wall

WIDTH: Final = 960
NARROWEST, WIDEST = 280, 4000
EDGE, TOP, LANE, BAR = 8, 44, 46, 22
NAME_DOWN, BAR_DOWN = 14, 20
LETTER: Final = 6.4
"""About how wide a letter of 12 px is: enough to tell whether words fit into a bar."""
DAY: Final = timedelta(days=1)

STYLE: Final = """
svg{font:12px system-ui,sans-serif}.g{fill:#fff}.t{fill:#1d1b18}.s{fill:#5f5a52}.l{stroke:#d9d5cc}.w{fill:#f1efea}.n{stroke:#b3261e;stroke-width:2}
.u{fill:#fbe9e7;stroke:#b3261e;stroke-dasharray:4 3}.ut{fill:#b3261e}.bt{fill:#14130f}
.p0{fill:#a9c9f5}.p1{fill:#f6c89a}.p2{fill:#b5dfba}.p3{fill:#e3bdf0}.p4{fill:#f3b4bd}.p5{fill:#a6dede}.p6{fill:#e8dc93}.p7{fill:#cbc6f4}
@media(prefers-color-scheme:dark){.g{fill:#1c1e21}.t{fill:#ecebe8}.s{fill:#a8a49c}.l{stroke:#393c41}.w{fill:#232529}.n{stroke:#ff8a7d}
.u{fill:#3a1a17;stroke:#ff8a7d}.ut{fill:#ff8a7d}}
""".replace("\n", "")


@dataclass(frozen=True, slots=True)
class Window:
    """What is shown: `[start, end)`, by the wall clock of `zone`; `now` is marked where it lies inside."""

    start: datetime
    end: datetime
    zone: str
    now: datetime | None = None


def svg(
    name: str,
    shifts: Sequence[Shift],
    gaps: Sequence[Gap],
    window: Window,
    names: Mapping[str, str],
    *,
    width: int = WIDTH,
) -> str:
    """The window as an SVG document of `width` pixels: a lane for each person, and one for the times when nobody is on call.

    It carries its own colours, light and dark. `names` are what handles are called.
    """
    people = list(dict.fromkeys(shift.person for shift in shifts))
    lanes = len(people) + bool(gaps or not people)
    height = TOP + lanes * LANE + EDGE
    ruler = _Ruler(window, width)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(f"Who is on call: {name}")}">',
        f"<title>{escape(f'Who is on call: {name}')}</title><style>{STYLE}</style>",
        f'<rect class="g" width="{width}" height="{height}"/>',
        *_axis(ruler, height),
    ]
    for i, person in enumerate(people):
        down = TOP + i * LANE
        parts.append(_text(EDGE, down + NAME_DOWN, "t", names.get(person, person)))
        for shift in shifts:
            if shift.person == person:
                parts.append(
                    _bar(ruler, shift.start, shift.end, down, f"p{i % 8}", "bt", names.get(person, person))
                )
    if lanes > len(people):
        down = TOP + len(people) * LANE
        empty = gaps or [Gap(window.start, window.end)]
        parts.append(_text(EDGE, down + NAME_DOWN, "ut", "Nobody is on call"))
        parts += [_bar(ruler, gap.start, gap.end, down, "u", "ut", "Nobody") for gap in empty]
    if window.now is not None and window.start <= window.now < window.end:
        x = ruler.x(window.now)
        parts.append(f'<line class="n" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{height - EDGE}"/>')
    return "".join([*parts, "</svg>"])


def text(shifts: Sequence[Shift], gaps: Sequence[Gap], zone: str, names: Mapping[str, str]) -> str:
    """A line for each shift and each gap, in their order: from, to, who."""
    rows = [(shift.start, shift.end, names.get(shift.person, shift.person)) for shift in shifts]
    rows += [(gap.start, gap.end, "NOBODY") for gap in gaps]
    rows.sort()
    return "\n".join(f"{when(start, zone)}  {when(end, zone)}  {who}" for start, end, who in rows)


def when(at: datetime, zone: str) -> str:
    """An instant by the wall clock, always as wide: `Mon 2026-03-02 09:00 CET`."""
    return f"{_local(at, zone):%a %Y-%m-%d %H:%M %Z}"


def _local(at: datetime, zone: str) -> datetime:
    """What the clock reads; at either end of all time, what it would read in UTC."""
    try:
        return at.astimezone(ZoneInfo(zone))
    except OverflowError:
        return at.replace(tzinfo=ZoneInfo(zone))


class _Ruler:
    """Instants to pixels."""

    def __init__(self, window: Window, width: int) -> None:
        self.window = window
        self.left, self.right = EDGE, width - EDGE
        self._each = (self.right - self.left) / max((window.end - window.start).total_seconds(), 1)

    def x(self, at: datetime) -> float:
        inside = min(max(at, self.window.start), self.window.end)
        return round(self.left + (inside - self.window.start).total_seconds() * self._each, 1)

    def midnights(self) -> Iterator[tuple[datetime, datetime]]:
        """The midnights of the zone in the window, each as (instant, local date). A midnight that is skipped is the first instant after."""
        clock = wall(self.window.zone)
        day = clock.reading(self.window.start).replace(hour=0, minute=0, second=0, microsecond=0)
        while True:
            instant = clock.instant(day)
            if instant >= self.window.end:
                return
            if instant >= self.window.start:
                yield instant, day
            if day > LAST_READING - DAY:
                return
            day += DAY


def _axis(ruler: _Ruler, height: int) -> Iterator[str]:
    days = (ruler.window.end - ruler.window.start) / DAY
    free = ruler.left - 1.0
    midnights = list(ruler.midnights())
    for i, (instant, day) in enumerate(midnights):
        x = ruler.x(instant)
        if days <= 62 and day.weekday() >= 5:
            # Not a day later: a day with a change of the clocks has 23 or 25 hours.
            end = ruler.x(midnights[i + 1][0] if i + 1 < len(midnights) else ruler.window.end)
            yield f'<rect class="w" x="{x}" y="{TOP - 8}" width="{round(end - x, 1)}" height="{height - TOP + 8 - EDGE}"/>'
        if days <= 62 or day.day == 1:
            yield f'<line class="l" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{height - EDGE}"/>'
        label = _label(day, days)
        if label and x >= free and x + len(label) * LETTER <= ruler.right:
            yield _text(x + 2, 28, "s", label)
            free = x + len(label) * LETTER + 10
    yield _text(EDGE, 13, "s", f"Times in {ruler.window.zone}")


def _label(day: datetime, days: float) -> str:
    if days <= 10:
        return f"{day:%a} {day.day} {day:%b}"
    if days <= 16:
        return f"{day:%a} {day.day}"
    if days <= 62:
        return f"{day.day} {day:%b}" if day.weekday() == 0 else ""
    return f"{day:%b %Y}" if day.day == 1 else ""


def _bar(ruler: _Ruler, start: datetime, end: datetime, down: int, fill: str, ink: str, who: str) -> str:
    left, right = ruler.x(start), ruler.x(end)
    zone = ruler.window.zone
    says = f"{who}: {when(start, zone)} to {when(end, zone)}"
    width = max(round(right - left, 1), 1.5)
    bar = f'<g><title>{escape(says)}</title><rect class="{fill}" x="{left}" y="{down + BAR_DOWN}" width="{width}" height="{BAR}" rx="3"/>'
    for words in _spans(start, end, zone):
        if len(words) * LETTER + 8 <= width:
            return bar + _text(left + 4, down + BAR_DOWN + 15, ink, words) + "</g>"
    return bar + "</g>"


def _spans(start: datetime, end: datetime, zone: str) -> tuple[str, ...]:
    """What may stand in a bar, the longest first."""
    first, last = _local(start, zone), _local(end, zone)
    hours = f"{first:%H:%M}–{last:%H:%M}"
    if first.date() == last.date() or last - first < DAY:
        return (hours, f"{first:%H:%M}")
    days = f"{first:%a} {first.day} {first:%b} {first:%H:%M} – {last:%a} {last.day} {last:%b} {last:%H:%M}"
    return (days, f"{first:%a %H:%M}–{last:%a %H:%M}", f"{first.day}–{last.day} {last:%b}", f"{first:%a}")


def _text(x: float, y: float, kind: str, words: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>'
