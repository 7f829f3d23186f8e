"""Whether a page of high urgency would reach somebody now, and what is amiss with how they are reached."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.channel import HIGH
from tocsin.core.message_parts import source_label
from tocsin.core.notices import Words
from tocsin.core.people import Person
from tocsin.core.ways import ways_to

Label = Callable[[str], str]
ANSWERED_WITHIN: Final = timedelta(hours=1)
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Tested:
    """The last test page: when, when it was answered (None: not), and the channels that failed, each with what was said of it."""

    at: datetime
    answered_at: datetime | None
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Amiss:
    """Something that is not as it should be; a grave one may cost a page."""

    words: str
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """How one person stands. `because` says why they have to be reachable, `ways` are the channels of a page now, in its order."""

    person: str
    name: str
    because: tuple[str, ...]
    ways: tuple[str, ...]
    amiss: tuple[Amiss, ...]
    quiet: str
    tested: Tested | None

    @property
    def is_reached(self) -> bool:
        return bool(self.ways)

    @property
    def is_at_risk(self) -> bool:
        return any(one.is_grave for one in self.amiss)


def readiness(
    person: Person,
    because: Sequence[str],
    now: datetime,
    abilities: Collection[str],
    wakes: Collection[str],
    tested: Tested | None,
    label: Label = source_label,
) -> Ready:
    """How that person stands at `now`. `wakes` are the channels that wake people, `label` says how people call a channel."""
    ways = ways_to(person, HIGH, now, abilities)
    vias = tuple(dict.fromkeys(one.contact.via for one in ways.planned))
    told = {(label(one.via), one.failing) for one in person.contacts if one.failing}
    amiss = [
        *_of_ways(vias, wakes, label),
        *_of_methods(person, abilities, label),
        *_of_tests(tested, now, told),
    ]
    labels = tuple(label(via) for via in vias)
    quiet = f"{person.quiet} {person.zone}".strip() if person.quiet else ""
    return Ready(person.handle, person.name, tuple(because), labels, tuple(amiss), quiet, tested)


def digest_words(found: Sequence[Ready], link: str) -> Words:
    """Who can't be reached, or may not be, and why."""
    lines = [f"*{one.name}*: {'; '.join(_grave(one))}" for one in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"And {len(found) - SHOWN} more")
    head = "*Pages may not reach them*"
    do = "Ask them to look at how they are reached, and send them a test page."
    names = ", ".join(one.name for one in found[:3]) + (
        f" and {len(found) - 3} more" if len(found) > 3 else ""
    )
    return Words(f"Pages may not reach {names}", "\n".join([head, *lines, do]), link, "Readiness")


def _grave(one: Ready) -> list[str]:
    return [amiss.words for amiss in one.amiss if amiss.is_grave]


def _of_ways(vias: Sequence[str], wakes: Collection[str], label: Label) -> Iterator[Amiss]:
    if not vias:
        yield Amiss("can't be reached at all", is_grave=True)
    elif not any(via in wakes for via in vias):
        yield Amiss("nothing wakes them: only " + " and ".join(label(via) for via in vias))


def _of_methods(person: Person, abilities: Collection[str], label: Label) -> Iterator[Amiss]:
    for one in person.contacts:
        called = label(one.via)
        if not one.verified:
            yield Amiss(f"{called} is not verified")
        elif f"page:{one.via}" not in abilities:
            yield Amiss(f"{called} is not set up here", is_grave=not one.is_given)
        elif one.failing:
            yield Amiss(f"{called} is failing: {one.failing}", is_grave=True)


def _of_tests(tested: Tested | None, now: datetime, told: Collection[tuple[str, str]]) -> Iterator[Amiss]:
    """`told` is what was said of the methods already: a provider refuses a test page in the same words as any other."""
    if tested is None:
        yield Amiss("never tested")
        return
    if tested.answered_at is None and now - tested.at >= ANSWERED_WITHIN:
        yield Amiss(f"the test page of {tested.at:%-d %b %Y} was not answered", is_grave=True)
    for called, words in tested.failed:
        if (called, words) not in told:
            yield Amiss(f"the test page did not arrive: {called}, {words}", is_grave=True)
