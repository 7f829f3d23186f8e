"""On which devices a page reaches a person, and when: by their rules and quiet hours, or by the usual ones where they have none.

High urgency is never silent: what the rules leave without a usable method goes to all usable ones, and quiet hours hold up low urgency
only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.channel import LOW
from tocsin.core.contacts import ContactMethod, Quiet, usable
from tocsin.core.oncall.wall import later, wall
from tocsin.core.people import Person

PATIENCE: Final = timedelta(minutes=15)
"""How long something of low urgency waits on one method before it takes the next, where the person has no rules."""
LONGEST: Final = timedelta(days=1)
"""The longest delay of a rule: a page that old is another matter."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to one device at an instant; `waits` says what holds it up ("" where nothing does)."""

    contact: ContactMethod
    at: datetime
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What is planned, in its order, and the contact methods that are left out, each with the reason."""

    planned: tuple[Planned, ...] = ()
    left_out: tuple[tuple[ContactMethod, str], ...] = ()

    @property
    def is_silent(self) -> bool:
        return not self.planned


def ways_to(person: Person, urgency: str, at: datetime, abilities: Collection[str]) -> Ways:
    """Where a page of that urgency goes that begins at `at`: the first message at that instant, or when quiet hours end."""
    ready = usable(person.contacts, abilities, at)
    wanted = [(rule.after, one) for rule in person.rules.get(urgency, ()) for one in ready if rule.means(one)]
    by_rule = wanted or _usual(urgency, ready)
    quiet = person.quiet if urgency == LOW else None
    planned = _planned(by_rule, at, quiet, person.zone)
    used = {one.id for _, one in by_rule}
    left = tuple((one, _why_left(one, ready, abilities)) for one in person.contacts if one.id not in used)
    return Ways(planned, left)


def quiet_until(quiet: Quiet | None, zone: str, at: datetime) -> datetime | None:
    """When the quiet hours end in which `at` lies; None where it lies in none.

    A time that a clock change skips is right after the gap, and one that comes twice is the first, as everywhere (`oncall/wall.py`).
    """
    if quiet is None:
        return None
    clock = wall(zone or "UTC")
    today, ends = clock.reading(at).date(), at
    # Those that began yesterday may last. Where a clock change takes the time between two of them, the second goes on from the first.
    for day in (today - ONE_DAY, today, today + ONE_DAY):
        start = clock.instant(datetime.combine(day, quiet.start))
        last = day + ONE_DAY if quiet.end < quiet.start else day
        end = clock.instant(datetime.combine(last, quiet.end))
        if start <= ends < end:
            ends = end
    return ends if ends > at else None


def _usual(urgency: str, ready: Sequence[ContactMethod]) -> list[tuple[timedelta, ContactMethod]]:
    """Without rules: high urgency on every method at once; low on the first, and after a while on the next."""
    return [(n * PATIENCE if urgency == LOW else timedelta(), one) for n, one in enumerate(ready)]


def _planned(
    wanted: Sequence[tuple[timedelta, ContactMethod]], at: datetime, quiet: Quiet | None, zone: str
) -> tuple[Planned, ...]:
    """The delays count from the first method that can be used: what can't be does not cost time."""
    if not wanted:
        return ()
    first = min(after for after, _ in wanted)
    begins = quiet_until(quiet, zone, at) or at
    found = [_at(one, later(begins, after - first), quiet, zone, at) for after, one in wanted]
    return tuple(_each_once(sorted(found, key=lambda one: one.at)))


def _at(contact: ContactMethod, at: datetime, quiet: Quiet | None, zone: str, asked: datetime) -> Planned:
    ends = quiet_until(quiet, zone, at)
    waits = f"quiet hours ({quiet})" if ends or quiet_until(quiet, zone, asked) else ""
    return Planned(contact, ends or at, waits)


def _each_once(planned: Sequence[Planned]) -> Iterator[Planned]:
    """A device that several rules name for one instant gets one message then."""
    seen: set[tuple[str, datetime]] = set()
    for one in planned:
        if (one.contact.id, one.at) not in seen:
            seen.add((one.contact.id, one.at))
            yield one


def _why_left(one: ContactMethod, ready: Sequence[ContactMethod], abilities: Collection[str]) -> str:
    if not one.verified:
        return "not verified"
    if f"page:{one.via}" not in abilities:
        return f"{one.via} is not set up"
    if one not in ready:
        return f"failing: {one.failing}"
    return "no rule names it"
