"""An alert: what somebody asked people to be paged for, and what has happened to it since."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from tocsin.core.channel import HIGH, LOW
from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import PRIORITIES, Stamped
from tocsin.core.escalation.state import Escalation, after, begun
from tocsin.core.words import needed, text_of
from tocsin.errors import Invalid

REF: Final = re.compile(r"A-([1-9]\d{0,17})", re.I)
LONGEST_MESSAGE, LONGEST_ALIAS, LONGEST_DESCRIPTION = 500, 512, 15_000
MOST_DETAILS, LONGEST_DETAIL = 100, 2000
MILD: Final = frozenset(PRIORITIES[3:])
"""The priorities that do not wake anybody: they go by the rules for low urgency."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What an alert is about, checked. While one with the same `alias` is open, it is the same alert again."""

    message: str
    alias: str = ""
    description: str = ""
    priority: str = "P3"
    source: str = ""
    link: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands. `count` is how often it came while it was open, last at `last_at`; `happened` is its history."""

    number: int
    opening: Opening
    policy: str
    opened_by: str
    door: str
    opened_at: datetime
    count: int
    last_at: datetime
    escalation: Escalation
    happened: tuple[e.Happened, ...] = ()

    @property
    def ref(self) -> str:
        return ref_of(self.number)

    @property
    def status(self) -> str:
        return self.escalation.status

    @property
    def urgency(self) -> str:
        return urgency_of(self.opening.priority)

    def then(self, one: e.Happened) -> Alert:
        """The alert after one more event."""
        return replace(
            self,
            escalation=after(self.escalation, one.event, one.at),
            happened=(*self.happened, one),
        )


def alert_begun(number: int, opening: Opening, stamped: Stamped, at: datetime, by: str, door: str) -> Alert:
    return Alert(
        number,
        opening,
        stamped.policy,
        by,
        door,
        at,
        1,
        at,
        begun(stamped, at, opening.priority),
    )


def ref_of(number: int) -> str:
    return f"A-{number}"


def number_of(ref: str) -> int:
    """The number in a ref such as A-7; 0, which is nobody's, where there is none."""
    found = REF.fullmatch(ref.strip())
    return int(found[1]) if found else 0


def urgency_of(priority: str) -> str:
    return LOW if priority in MILD else HIGH


def opening_of(
    message: str,
    *,
    alias: str = "",
    description: str = "",
    priority: str = "P3",
    source: str = "",
    link: str = "",
    details: Mapping[str, str] | None = None,
) -> Opening:
    """What somebody asks for, checked; Invalid, by the field, where it can't be."""
    if priority not in PRIORITIES:
        raise Invalid(f"There is no priority {priority}; there are {', '.join(PRIORITIES)}", field="priority")
    if link and not re.fullmatch(r"https?://\S{1,2000}", link):
        raise Invalid("link is no address that starts with http:// or https://", field="link")
    given = dict(details or {})
    if len(given) > MOST_DETAILS:
        raise Invalid(f"details has {len(given)} entries; at most {MOST_DETAILS} are taken", field="details")
    return Opening(
        needed(
            message,
            field="message",
            why="say in one line what is wrong",
            longest=LONGEST_MESSAGE,
        ),
        text_of(alias, field="alias", longest=LONGEST_ALIAS),
        text_of(description, field="description", longest=LONGEST_DESCRIPTION),
        priority,
        text_of(source, field="source", longest=200),
        link,
        {
            text_of(name, field="details", longest=200): text_of(
                value, field="details", longest=LONGEST_DETAIL
            )
            for name, value in given.items()
        },
    )
