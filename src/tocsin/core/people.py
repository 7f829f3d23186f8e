"""Who there is to reach: people with their contact methods, teams, and who is on call at the moment."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zlib import crc32
from zoneinfo import ZoneInfo

from tocsin.core.contacts import ContactMethod, Quiet, Rules, given, usable

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(
    r"(mon|tue|wed|thu|fri|sat|sun)-(mon|tue|wed|thu|fri|sat|sun) (\d\d):(\d\d)-(\d\d):(\d\d)", re.I
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the organisation. `handle` is short, unique and lower case; `rights` are the names in `acts.access`.

    `github` is their login there. `hours` (`Mon-Fri 09:00-17:00`, in their `zone`) is when they work; "" is not known.
    `notices` are how long before a shift of theirs they hear of it: 24h, 1h, now. `methods` are the devices that they added, beside what
    the directory gives; `rules` say by urgency which are used when ({}: the usual ones), `quiet` when nothing of low urgency comes.
    """

    handle: str
    name: str
    email: str = ""
    slack_id: str = ""
    rights: tuple[str, ...] = ("respond",)
    github: str = ""
    zone: str = ""
    hours: str = ""
    notices: tuple[str, ...] = ("24h", "now")
    methods: tuple[ContactMethod, ...] = ()
    rules: Rules = field(default_factory=dict)
    quiet: Quiet | None = None

    @property
    def version(self) -> int:
        """A number that is another one after each edit of what the directory says of them. It does not count up."""
        texts = (self.name, self.email, self.slack_id, self.github, self.zone, self.hours)
        said = (*texts, "rights", *self.rights, "notices", *self.notices)
        return crc32("\0".join(said).encode()) % 1_000_000_000

    @property
    def contacts(self) -> tuple[ContactMethod, ...]:
        """All ways to reach them, those first that the directory gives."""
        found = (("slack", self.slack_id), ("email", self.email))
        return (*(given(via, address) for via, address in found if address), *self.methods)


def is_at_work(person: Person, at: datetime) -> bool | None:
    """Whether they work at that instant, by their own hours; None where those are not known. Hours may go past midnight."""
    found = HOURS.fullmatch(person.hours)
    if not found or not person.zone:
        return None
    local = at.astimezone(ZoneInfo(person.zone))
    first, last = (DAYS.index(day.lower()) for day in found.group(1, 2))
    start, end = time(int(found[3]), int(found[4])), time(int(found[5]) % 24, int(found[6]))
    works = [(first + i) % 7 for i in range((last - first) % 7 + 1)]
    now = local.time()
    if start < end:
        return local.weekday() in works and start <= now < end
    # Past midnight: the small hours belong to the day before.
    return (local.weekday() in works and now >= start) or ((local.weekday() - 1) % 7 in works and now < end)


@dataclass(frozen=True, slots=True)
class Roster:
    """The people at one instant. `on_call` are handles; `shadows` are who learns, with those on call whom they shadow.

    `pagers` are the choices of the teams that made one (`core/pagers.py`). `shifts` are then who is on call by the teams of the schedules,
    "" for those of none.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on_call: tuple[str, ...] = ()
    shadows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pagers: Mapping[str, str] = field(default_factory=dict)
    shifts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def shadowing(self, people: Collection[str]) -> tuple[str, ...]:
        """Who gets a copy of what reaches these people, and is none of them."""
        return tuple(
            handle
            for handle, of in self.shadows.items()
            if handle not in people and handle in self.people and any(one in people for one in of)
        )

    def reached_by(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        """The handles that `on-call`, `team:NAME` and `person:HANDLE` mean now, each once, in order. Unknown ones are nobody."""
        handles: list[str] = []
        for target in targets:
            kind, _, name = target.partition(":")
            if kind == "on-call":
                handles += self.on_call
            elif kind == "team":
                handles += self.teams.get(name, ())
            else:
                handles.append(name)
        return tuple(dict.fromkeys(handle for handle in handles if handle in self.people))

    def ways_to(self, handle: str, abilities: Collection[str]) -> list[ContactMethod]:
        """Where this person is told what is no page (`core/ways.py` has those): what the directory gives, else their first device."""
        person = self.people.get(handle)
        ready = usable(person.contacts, abilities) if person else []
        return [one for one in ready if one.is_given] or ready[:1]

    def by_mail(self, address: str) -> Person | None:
        """Whose mail address this is; None where it is nobody's."""
        wanted = address.strip().casefold()
        return next((one for one in self.people.values() if wanted and one.email.casefold() == wanted), None)

    def by_github(self, login: str) -> Person | None:
        """Whose login at GitHub this is; None where it is nobody's."""
        wanted = login.casefold()
        return next((one for one in self.people.values() if wanted and one.github.casefold() == wanted), None)

    def name(self, handle: str) -> str:
        """How a person is called; the handle itself where nobody has it."""
        person = self.people.get(handle)
        return person.name if person else handle
