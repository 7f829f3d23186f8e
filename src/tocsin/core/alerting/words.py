"""What a device is told of alerts: one, or many as one message, and that they are taken or over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.core.alerting.alert import number_of
from tocsin.core.late_words import NOT_BEFORE, late_words
from tocsin.core.words import LISTED, and_more, named, shortened


@dataclass(frozen=True, slots=True)
class About:
    """One alert as far as its messages need it. `since` is when the page was due."""

    ref: str
    message: str
    priority: str
    link: str
    description: str
    count: int
    opened_at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class AlertWords:
    subject: str
    text: str
    short: str


def page_words(alerts: Sequence[About], now: datetime, why_late: str = NOT_BEFORE) -> AlertWords:
    """A page for these, the severe first, the new before the old. `short` is one plain line.

    `why_late` is why it comes late, where it does; "" where that is said beside it.
    """
    some = severe_first(alerts)
    late = late_words(min(one.since for one in some), now, why_late)
    if len(some) == 1:
        return _one(some[0], late)
    first = some[0]
    head = f"{len(some)} alerts, first {first.ref}: {first.message}"
    text = "\n".join([f"*{len(some)} alerts*", *listed(some), *([late] if late else [])])
    short = f"{len(some)} alerts, first {first.ref} {first.priority}: {first.message}. {late}".strip()
    return AlertWords(shortened(head, 150), text, _line(short))


def severe_first(alerts: Sequence[About]) -> list[About]:
    """The severe first, the new before the old."""
    return sorted(alerts, key=lambda one: (one.priority, -one.opened_at.timestamp(), -number_of(one.ref)))


def listed(alerts: Sequence[About]) -> list[str]:
    """A line for each of the first; of the rest it says how many."""
    some = severe_first(alerts)
    lines = [f"• *{one.ref}* {one.priority} {one.message}{_times(one)}" for one in some[:LISTED]]
    return [*lines, *and_more(len(some))]


def refs_text(alerts: Sequence[About]) -> str:
    return named([one.ref for one in alerts])


def noted(words: AlertWords, note: str) -> AlertWords:
    """The same with a sentence on how it comes."""
    if not note:
        return words
    return replace(words, text=f"{words.text}\n{note}", short=_line(f"{words.short} {note}"))


def told_words(alerts: Sequence[About], said: str) -> AlertWords:
    """That somebody has these, or that they are over; `said` is the sentence."""
    refs, first = refs_text(alerts), alerts[0]
    subject = f"{refs}: {said}" if len(alerts) > 1 else f"[{first.ref}] {said}"
    text = f"*{refs}* {first.message if len(alerts) == 1 else ''}".strip() + f"\n{said}"
    return AlertWords(shortened(subject, 150), text, _line(f"{refs} {first.message}. {said}"))


def until_text(at: datetime, now: datetime) -> str:
    """The time, with its day where that is another one."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"


def _one(one: About, late: str) -> AlertWords:
    parts = [f"*{one.ref}* {one.priority} *{one.message}*{_times(one)}"]
    parts += [shortened(one.description, 1500)] if one.description else []
    parts += [one.link] if one.link else []
    parts += [late] if late else []
    short = f"{one.ref} {one.priority}: {one.message}. {late}".strip()
    return AlertWords(
        f"[{one.ref}] {one.priority} {shortened(one.message, 120)}", "\n".join(parts), _line(short)
    )


def _times(one: About) -> str:
    return f" ({one.count} times)" if one.count > 1 else ""


def _line(text: str) -> str:
    return " ".join(text.split())
