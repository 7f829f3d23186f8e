"""How Opsgenie's words are read. Pure: text in, parts out; None where a text is not of that form.

`for`, `with`, `to` and `on` split at the last one outside of quotes: "down for all users for ops_team" pages ops_team.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from tocsin.integrations.slack.grammar import first_word

QUOTES = '"“”'
RECIPIENTS = ("for", "with")
ONE_ID = re.compile(r"(?:#|INC-)?(\d{1,15})", re.IGNORECASE)
SPAN = re.compile(r"(\d{1,4})([hmd])", re.IGNORECASE)
PRIORITY = re.compile(r"priority\s+to\s+P([1-5])\s+for\s+(\S+)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
HOURS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Alert:
    """`[alert] DESCRIPTION with|for TEAM`. `recipients` is empty where none is named; `keyword` is a splitting word that the
    description bears as well, outside of quotes: it may have been split elsewhere than was meant."""

    description: str
    recipients: tuple[str, ...]
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """Something to do (`what`) about these incidents."""

    what: str
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """`close IDS [because HOW | EVIDENCE]`."""

    refs: tuple[str, ...]
    how: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Priority:
    """`place` counts from 0, the worst."""

    place: int
    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Turn:
    """`oncall [me|USER] [Nh|Nm|Nd] [for TEAM|SCHEDULE|all]`. `who` is "" for oneself, `place` for all schedules."""

    who: str
    span: timedelta
    place: str


def ids(text: str) -> tuple[str, ...] | None:
    """`12 #13, INC-14` as refs, each once; None if there is anything else in the text. Nothing is no ids."""
    words = [word for word in re.split(r"[\s,]+", text.strip()) if word]
    found = [ONE_ID.fullmatch(word.strip("[]")) for word in words]
    if not all(found):
        return None
    return tuple(dict.fromkeys(f"INC-{int(one[1])}" for one in found if one))


def alert(text: str) -> Alert:
    """`[alert] DESCRIPTION with|for TEAM[,TEAM]`. Whatever the text is, it is an alert: nothing blocks one."""
    body = said(text)
    parts = split_at_last(f" {body}", RECIPIENTS)
    if parts is None:
        return Alert(unquoted(body), ())
    before, after = parts
    again = split_at_last(before, RECIPIENTS)
    keyword = before[len(again[0]) :].split(maxsplit=1)[0].lower() if again else ""
    return Alert(unquoted(before), names(after), keyword)


def said(text: str) -> str:
    """The words of an alert, without the command's own."""
    word, rest = first_word(text)
    return rest if word == "alert" else text.strip()


def about(text: str, by: str) -> About | None:
    """`WHAT to IDS`, `WHAT on IDS`."""
    parts = split_at_last(text, (by,))
    found = ids(parts[1]) if parts else None
    if parts is None or not found or not unquoted(parts[0]):
        return None
    return About(unquoted(parts[0]), found)


def owning(text: str) -> tuple[tuple[str, ...], bool] | None:
    """`[IDS] [take over]`: the refs, and whether it is taken over from whoever owns it."""
    rest = re.sub(r"(?:^|\s)take ?over$", "", text.strip(), flags=re.IGNORECASE)
    found = ids(rest)
    return None if found is None else (found, rest != text.strip())


def assignment(text: str) -> tuple[tuple[str, ...], str] | None:
    """`[IDS] to USER`: the refs, and who is meant."""
    parts = split_at_last(f" {text}", ("to",))
    found = ids(parts[0]) if parts else None
    who = unquoted(parts[1]).lstrip("@") if parts else ""
    return (found, who) if found is not None and who else None


def closing(text: str) -> Closing | None:
    found = ids(text)
    if found is not None:
        return Closing(found)
    head, *rest = re.split(r"(?:^|\s)because\s+", text, maxsplit=1, flags=re.IGNORECASE)
    found = ids(head)
    if found is None or not rest:
        return None
    how, _, evidence = rest[0].partition("|")
    return Closing(found, unquoted(how), unquoted(evidence))


def priority(text: str) -> Priority | None:
    """`priority to P1..P5 for ID [because REASON]`."""
    match = PRIORITY.fullmatch(text.strip())
    found = ids(match[2]) if match else None
    if match is None or not found:
        return None
    reason = re.sub(r"^because\s+", "", (match[3] or "").strip(), flags=re.IGNORECASE)
    return Priority(int(match[1]) - 1, found[0], unquoted(reason))


def turn(text: str) -> Turn | None:
    parts = split_at_last(f" {text} ", RECIPIENTS)
    head, place = parts if parts else (text, "")
    words = head.split()
    span = span_of(words[-1]) if words else None
    who = [unquoted(word) for word in (words[:-1] if span else words)]
    if len(who) > 1 or (words and span is None and SPAN.fullmatch(words[-1])):
        return None
    whose = who[0].lstrip("@") if who else ""
    where = unquoted(place)
    return Turn(
        "" if whose.lower() == "me" else whose, span or ONE_HOUR, "" if where.lower() == "all" else where
    )


def span_of(word: str) -> timedelta | None:
    """`90m`, `2h`, `1d`; None for anything else, and for no time at all."""
    match = SPAN.fullmatch(word)
    return (int(match[1]) * HOURS[match[2].lower()] or None) if match else None


def tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in re.split(r"[,\s]+", text.strip("[] ")) if tag))


def names(text: str) -> tuple[str, ...]:
    """`ops_team, @bob`, perhaps in brackets. A name in quotes may hold spaces."""
    found = re.findall(r'["“][^"“”]*["”]|[^,\s]+', text.strip().strip("[]"))
    return tuple(name for name in (unquoted(one).strip("[]").lstrip("@") for one in found) if name)


def split_at_last(text: str, words: Iterable[str]) -> tuple[str, str] | None:
    """The text before and after the last of these words that stands outside of quotes; None where none does."""
    wanted = "|".join(map(re.escape, words))
    quoted, split = False, None
    # An odd one is no quotation: it may be an inch.
    has_pairs = sum(text.count(mark) for mark in QUOTES) % 2 == 0
    for found in re.finditer(rf"[{QUOTES}]|\s(?:{wanted})(?=\s)", text, re.IGNORECASE):
        if found[0] in QUOTES:
            quoted = not quoted and has_pairs
        elif not quoted:
            split = found
    return (text[: split.start()].strip(), text[split.end() :].strip()) if split else None


def unquoted(text: str) -> str:
    return text.strip().strip(QUOTES).strip()
