"""Which messages of a stream open an incident by themselves: `decide(message, recent, rules)`, by the handbook's own rules.

What no rule names waits in the inbox for a person. Nothing is lost by a rule: an ignored message is kept, and can be opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

WAITING, OPENED, JOINED, ASIDE, IGNORED = "waiting", "opened", "joined", "aside", "ignored"
OPENS, WAITS, IGNORES = "opens", "waits", "ignores"
DEEDS: Final = (OPENS, WAITS, IGNORES)
SOURCES: Final = ("x", "github", "email")
"""The streams in which not every message is a report."""
ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream, as its door received it. `id` is 0 until it is kept.

    `calls` says that it speaks to us: a mention, a letter to our address, a comment that calls Tocsin by its name. The rest is as
    in a report: `answer_via` and `address` are the way back, `key` the source's own id, so that it is heard once.
    """

    source: str
    text: str
    sender: str
    received_at: datetime
    id: int = 0
    title: str = ""
    labels: tuple[str, ...] = ()
    outside: bool = True
    calls: bool = True
    answer_via: str = "page"
    address: str = ""
    url: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Kept(Message):
    """A message as the inbox keeps it: where it stands, by which rule, and the incident that it is part of ("" is none).

    `due_at` is by when somebody has to look (None: it never waited), `looked_by` who did, or "tocsin"; `posted` is where it
    stands in chat, in the chat's own words.
    """

    state: str = WAITING
    rule: str = ""
    ref: str = ""
    reason: str = ""
    due_at: datetime | None = None
    looked_at: datetime | None = None
    looked_by: str = ""
    posted: str = ""

    @property
    def is_waiting(self) -> bool:
        return self.state == WAITING

    def is_overdue(self, now: datetime) -> bool:
        return self.is_waiting and self.due_at is not None and now > self.due_at


@dataclass(frozen=True, slots=True)
class IntakeRule:
    """A rule fits a message that has all it names: one of its words, one of its labels, one of its senders, …

    What it leaves empty does not matter to it; "*" is anything. With `many` it fits only once so many different senders have
    written what it fits, `within` that time. With `joins`, what would open an incident joins one of which the stream told within that
    time, if it tells of the same thing; once `storm` incidents have opened by themselves within it, whatever it tells of.
    """

    id: str
    sources: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    not_senders: tuple[str, ...] = ()
    called: bool = False
    many: int = 1
    within: timedelta = timedelta(0)
    does: str = OPENS
    kind: str = ""
    joins: timedelta = timedelta(0)
    storm: int = 0


@dataclass(frozen=True, slots=True)
class Opens:
    """An incident, by this rule ("" where the handbook has none), of this kind ("" is the handbook's first).

    `counted` are the waiting messages that the rule counted along with it; `joins` is the incident that earlier ones have made.
    """

    rule: str = ""
    kind: str = ""
    counted: tuple[int, ...] = ()
    joins: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """It waits in the inbox; `rule` is "" where none fits."""

    rule: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nobody has to look at it, by this rule."""

    rule: str


Decision = Opens | Waits | Ignored


def decide(message: Message, recent: Iterable[Kept], rules: Sequence[IntakeRule]) -> Decision:
    """What becomes of the message: the first rule that fits says. Without any rule everything opens an incident.

    `recent` are the messages of the same source that wait or are part of an incident; those older than a rule's span don't count.
    """
    if not rules:
        return Opens()
    recent = [kept for kept in recent if kept.source == message.source and kept.key != message.key]
    for rule in rules:
        if not _fits(rule, message):
            continue
        alike = _alike(rule, message, recent) if rule.many > 1 else []
        if len({_plain(one.sender) for one in (message, *alike)}) < rule.many:
            continue
        match rule.does:
            case "ignores":
                return Ignored(rule.id)
            case "waits":
                return Waits(rule.id)
            case _:
                return _opens(rule, alike)
    return Waits()


def kind_by_words(text: str, rules: Iterable[IntakeRule]) -> str:
    """The kind that the words of a report mean, whatever door it came by: that of the first rule that opens by its words; "" for none.

    "We were hacked" is as secret when somebody of ours says it in chat as when a stranger writes it.
    """
    return next(
        (
            rule.kind
            for rule in rules
            if rule.kind and rule.does == OPENS and rule.many == 1 and ALL not in rule.words
            if not rule.senders and rule.words and has_word(text, rule.words)
        ),
        "",
    )


def longest_span(rules: Iterable[IntakeRule]) -> timedelta:
    """How far back any of the rules counts."""
    return max((rule.within for rule in rules if rule.many > 1), default=timedelta(0))


def has_word(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words, or phrases, stands in the text as a whole, however it is written."""
    return ALL in words or _any_of(tuple(words)).search(_plain(text)) is not None


def is_named(rules: Iterable[IntakeRule], source: str, sender: str) -> bool:
    """Whether a rule that listens to this stream names the sender: by its own name, not by "*"."""
    return any(
        rule.does != IGNORES
        and (not rule.sources or source in rule.sources)
        and _is_from(sender, [one for one in rule.senders if one != ALL])
        for rule in rules
    )


def _fits(rule: IntakeRule, message: Message) -> bool:
    return (
        (not rule.sources or message.source in rule.sources)
        and (not rule.words or has_word(f"{message.title}\n{message.text}", rule.words))
        and (not rule.title or has_word(message.title, rule.title))
        and (not rule.labels or _one_is(message.labels, rule.labels))
        and (not rule.senders or _is_from(message.sender, rule.senders))
        and not _is_from(message.sender, rule.not_senders)
        and (message.calls or not rule.called)
    )


def _alike(rule: IntakeRule, message: Message, recent: Iterable[Kept]) -> list[Kept]:
    """What the rule counts along with the message: what fits it too, and came within its span."""
    since = message.received_at - rule.within
    counts = (WAITING, OPENED, JOINED)
    return [
        kept for kept in recent if kept.state in counts and kept.received_at >= since and _fits(rule, kept)
    ]


def _opens(rule: IntakeRule, alike: list[Kept]) -> Opens:
    waiting = tuple(kept.id for kept in alike if kept.state == WAITING)
    # Whoever comes after the rule has counted enough tells of the same thing.
    made = [kept.ref for kept in alike if kept.ref and kept.rule == rule.id]
    return Opens(rule.id, rule.kind, waiting, made[-1] if made else "")


def _one_is(given: Iterable[str], wanted: Sequence[str]) -> bool:
    return ALL in wanted or not {_plain(one) for one in given}.isdisjoint(_plain(one) for one in wanted)


def _is_from(sender: str, wanted: Iterable[str]) -> bool:
    """Whether it is one of them; `@customer.example` is everybody of that domain."""
    who = _plain(sender)
    return any(
        one == ALL
        or who.removeprefix("@") == _plain(one).removeprefix("@")
        or _is_domain_of(_plain(one), who)
        for one in wanted
    )


def _is_domain_of(domain: str, who: str) -> bool:
    return domain.startswith("@") and who.endswith(domain)


def _plain(text: str) -> str:
    """As it is compared: case and the kind of apostrophe do not matter, nor how words are set apart."""
    return " ".join(text.casefold().replace("’", "'").split())


@lru_cache(maxsize=256)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    spelled = "|".join(re.escape(_plain(word)) for word in words if _plain(word))
    return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)" if spelled else r"(?!)")
