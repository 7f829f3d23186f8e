"""The retrospective's document: the template, filled with the timeline and with what people wrote. Markdown.

The headings and the meeting's course are those of the handbook that the shipped process comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.places import Places

SECTIONS: Final[Mapping[str, str]] = {
    "well": "What went well?",
    "not-well": "What did not go well?",
    "learned": "What did we learn?",
    "wished": "What do we wish had been different?",
}
"""Under which headings people write, a day ahead."""
PRIME_DIRECTIVE: Final = (
    "Regardless of what we discover, we understand and truly believe that everyone did the best job they could, given what they "
    "knew at the time, their skills and abilities, the resources available, and the situation at hand."
)
COURSE: Final = (
    "Somebody reads the prime directive aloud.",
    "The actions of the last retrospective are looked at (5 min).",
    "Everybody votes: ten votes each, several on one topic are allowed, all are used (5 min).",
    "The topics are sorted by votes (1 min).",
    "They are discussed from the top, 10 minutes each, and everybody is asked (about 60 min).",
    "Each topic ends with a written action and an owner who agreed: a follow-up.",
)


AHEAD: Final = 3
"""In how many working days a retrospective is proposed."""
HOUR: Final = 15


def proposed_start(now: datetime) -> datetime:
    """When a retrospective could be, for people to agree to: a few working days ahead, in the afternoon (UTC)."""
    day = now.astimezone(UTC).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    for _ in range(AHEAD):
        day += timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    return day


def document(
    incident: Incident,
    roster: Roster,
    places: Places,
    timeline: Iterable[tuple[datetime, str]],
    previous: str = "",
) -> str:
    """The whole document. `timeline` are (when, what) in words; `previous` links the last retrospective ("" if there is none)."""
    retrospective = incident.asked.retrospective
    planned = retrospective.planned
    lines = [f"# Retrospective: {incident.ref} {incident.title}", ""]
    lines += [
        f"**Purpose:** to learn from {incident.ref}; to see what went well, and what to do better. {places.incident(incident.ref)}",
        "",
    ]
    if planned:
        names = ", ".join(roster.name(handle) for handle in planned.people)
        lines += [f"**Meeting:** {stamp(planned.starts_at)}, {planned.minutes} min, with {names}.", ""]
        lines += ["**Feedback is due** 24 hours before.", ""]
    lines += [
        f"**Previous retrospective:** {previous or 'none'}",
        "",
        "## The prime directive",
        "",
        f"> {PRIME_DIRECTIVE}",
        "",
    ]
    for id, heading in SECTIONS.items():
        lines += [f"## {heading}", ""]
        said = [
            f"- {roster.name(by)}: {_indented(text)}"
            for by, section, text in retrospective.feedback
            if section == id
        ]
        lines += [*(said or ["- "]), ""]
    lines += ["## Actions", "", "Each has an owner who agreed to it.", ""]
    ups = [
        _follow_up(one.title, roster.name(one.to), one.url, done=bool(one.done_at))
        for one in incident.asked.follow_ups
    ]
    lines += [*(ups or ["- "]), ""]
    if retrospective.held:
        lines += ["## What came of it", "", retrospective.held.text, ""]
    lines += ["## The meeting", "", *(f"{n}. {step}" for n, step in enumerate(COURSE, 1)), ""]
    lines += ["## Timeline (UTC)", "", *(f"- {stamp(at)} {_indented(what)}" for at, what in timeline), ""]
    return "\n".join(lines)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _follow_up(title: str, owner: str, url: str, *, done: bool) -> str:
    link = f" {url}" if url else ""
    return f"- [{'x' if done else ' '}] {title} ({owner}){link}"


def _indented(text: str) -> str:
    """Several lines of text as one entry of a list."""
    return "\n  ".join(text.splitlines())
