"""Who is on call: at an instant, over a window, until when, and where nobody is.

Everything is worked out from spans of time, and one instant is a span of a microsecond: there is one set of rules. The calculator never
refuses a schedule that is wrong in a detail, since somebody has to be paged; `check` does, before it is saved.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter

from tocsin.core.oncall.layers import plan_pieces
from tocsin.core.oncall.model import BEGINNING, Because, Gap, Plan, Schedule, Shadow, Shift
from tocsin.core.oncall.overrides import overridden
from tocsin.core.oncall.pieces import Piece, without
from tocsin.core.oncall.turns import handoffs
from tocsin.core.oncall.wall import END, Wall, later, utc, wall
from tocsin.core.oncall.written import check_versions
from tocsin.errors import Invalid

LONGEST_WINDOW = timedelta(days=3660)
"""Ten years. A longer window is a slip, and would be work without end."""
BY_START_AND_PERSON = attrgetter("start", "person")
INSTANT = timedelta(microseconds=1)
FIRST_LOOK = timedelta(days=8)
"""How far `shifts_at` looks at first: the turn of a week ends within it."""


def on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """The handles of who is on call at that instant, in the order of the plan; empty if nobody is."""
    start, end = _instant(at)
    pieces = _pieces(schedule, start, end)
    return tuple(dict.fromkeys(person for _, _, who in pieces for person, _ in who))


def shifts_at(schedule: Schedule, at: datetime) -> list[Shift]:
    """The whole shifts that cover that instant, sorted by start and person. One longer than ten years is cut ten years away."""
    start, end = _instant(at)
    back = ahead = FIRST_LOOK
    while True:
        begin, stop = later(start, -back), later(end, ahead)
        found = [one for one in _shifts(schedule, begin, stop) if one.start <= start < one.end]
        # What touches the edge of the look may go on beyond it.
        early = back < LONGEST_WINDOW and any(one.start == begin > BEGINNING for one in found)
        late = ahead < LONGEST_WINDOW and any(one.end == stop < END for one in found)
        if not early and not late:
            return found
        back = min(8 * back, LONGEST_WINDOW) if early else back
        ahead = min(8 * ahead, LONGEST_WINDOW) if late else ahead


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """The shifts that have a part in the window, cut to it, sorted by start and person.

    A shift is one person for one reason: it ends where their turn does, even if the next turn is theirs as well. Invalid for a window that
    ends before it begins, or longer than ten years.
    """
    return _shifts(schedule, *_window(start, end))


def next_change(schedule: Schedule, after: datetime) -> datetime | None:
    """The first instant after `after` at which a shift begins or ends, so that who is on call, or why, is another.

    None where nothing changes within ten years.
    """
    start, _ = _instant(after)
    ahead = timedelta(days=1)
    while True:
        stop = later(start, ahead)
        edges = [edge for one in _shifts(schedule, start, stop) for edge in (one.start, one.end)]
        # The end of the look is not known to be the end of a shift.
        found = min((edge for edge in edges if start < edge < stop), default=None)
        if found is not None or ahead == LONGEST_WINDOW or stop == END:
            return found
        ahead = min(8 * ahead, LONGEST_WINDOW)


def gaps(
    schedule: Schedule, start: datetime, end: datetime, reachable: Container[str] | None = None
) -> list[Gap]:
    """When nobody is on call within the window, in order.

    With `reachable`, the handles of who can be reached: also when nobody of those on call can be.
    """
    start, end = _window(start, end)
    covered = [
        piece
        for piece in _pieces(schedule, start, end)
        if reachable is None or any(person in reachable for person, _ in piece[2])
    ]
    return [Gap(a, b) for a, b, _ in without([(start, end, ())], covered)] if start < end else []


def shadows_at(schedule: Schedule, at: datetime) -> tuple[Shadow, ...]:
    """Those who get a copy at that instant: of somebody who is on call, and not on call themselves."""
    instant, _ = _instant(at)
    active = [one for one in schedule.shadows if one.start <= instant < one.end]
    if not active:
        return ()
    there = on_call(schedule, at)
    return tuple(
        one for one in active if there and one.person not in there and (not one.of or one.of in there)
    )


def check(schedule: Schedule) -> None:
    """Invalid, by name, for what no schedule may hold: versions that overlap, unknown zones, turns that never end, spans that end
    before they begin."""
    check_versions(schedule.versions)
    for version in schedule.versions:
        clock = wall(version.plan.zone)
        for rotation in (one for layer in version.plan.layers for one in layer.rotations):
            handoffs(rotation, clock)
        for absence in schedule.absences:
            lasts = _lasts(absence.start, absence.end, clock)
            _ends_after(f"The absence of {absence.person}", absence.start, absence.end, lasts)
    for change in schedule.overrides:
        _ends_after(f"Override {change.id}", change.start, change.end, change.start < change.end)
    for shadow in schedule.shadows:
        _ends_after(f"The shadow {shadow.person}", shadow.start, shadow.end, shadow.start < shadow.end)


def _lasts(start: date, end: date, clock: Wall) -> bool:
    if isinstance(start, datetime) or isinstance(end, datetime):
        return clock.instant_of(start) < clock.instant_of(end)
    return start < end  # A day that a zone skips has no instant, and yet may be asked for.


def _ends_after(what: str, start: date, end: date, it_does: bool) -> None:
    if not it_does:
        raise Invalid(f"{what} ends at {_told(end)}, not after it begins at {_told(start)}", field="end")


def _told(at: date) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if isinstance(at, datetime) else f"{at:%Y-%m-%d}"


def _window(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    start, end = utc(start, "start"), utc(end, "end")
    if end < start:
        raise Invalid(
            f"The window ends at {end:%Y-%m-%d %H:%M}, before it starts at {start:%Y-%m-%d %H:%M}",
            field="end",
        )
    if end - start > LONGEST_WINDOW:
        raise Invalid(
            f"The window is {(end - start).days} days long: at most {LONGEST_WINDOW.days} (ten years) are taken",
            field="end",
        )
    return start, end


def _instant(at: datetime) -> tuple[datetime, datetime]:
    start = min(utc(at), END - INSTANT)
    return start, start + INSTANT


def _shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    found = _joined(_pieces(schedule, start, end))
    found.sort(key=BY_START_AND_PERSON)
    return found


def _joined(pieces: Sequence[Piece]) -> list[Shift]:
    """The pieces as shifts: what touches is one where it is the same person for the same reason."""
    found: list[Shift] = []
    held: list[Held] = []
    held_until = BEGINNING
    for start, end, who in pieces:
        before = held if start == held_until else []
        now = [_going_on(person, why, start, before) for person, why in who]
        found += [Shift(one[0], one[2], held_until, one[1]) for one in held if one not in now]
        held, held_until = now, end
    return found + [Shift(person, since, held_until, why) for person, why, since in held]


Held = tuple[str, Because, datetime]
"""A shift of which the end is not seen yet: whose, why, since when."""


def _going_on(person: str, why: Because, start: datetime, before: Sequence[Held]) -> Held:
    for one in before:
        if one[0] == person and (one[1] is why or _same(one[1], why)):
            return one
    return person, why, start


def _same(one: Because, other: Because) -> bool:
    """Whether both are the same turn, event or override. An edit may have given the turn another number, or the layer another name."""
    return (
        one.rotation == other.rotation
        and one.turn_at == other.turn_at
        and one.event == other.event
        and one.override == other.override
        and one.stands_in_for == other.stands_in_for
    )


def _pieces(schedule: Schedule, start: datetime, end: datetime) -> list[Piece]:
    base: list[Piece] = []
    for since, until, plan in _holding(schedule, start, end):
        base += plan_pieces(plan, schedule.absences, since, until, schedule.overrides)
    return overridden(base, schedule.overrides, start, end)


def _holding(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, Plan]]:
    """The plans that hold within the window, in their order, each with its part of it."""
    parts: list[tuple[datetime, datetime, Plan]] = []
    for version in reversed(schedule.versions):
        if version.since < end:
            since = max(version.since, start)
            if since < end:
                parts.append((since, end, version.plan))
            end = min(end, version.since)
        if end <= start:
            break
    return reversed(parts)
