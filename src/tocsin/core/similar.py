"""Which open incidents a new report may be about, offered as links; and, far stricter, whether two messages tell of the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterable

COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "from",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "not",
        "but",
        "you",
        "your",
        "our",
        "can",
        "cannot",
        "isn",
        "won",
        "does",
        "did",
        "is",
        "it",
        "in",
        "on",
        "at",
        "of",
        "to",
        "be",
        "we",
        "they",
        "there",
        "anyone",
        "else",
        "since",
        "when",
        "what",
        "down",
        "broken",
        "fail",
        "fails",
        "failing",
        "failed",
        "error",
        "errors",
        "help",
        "please",
        "hey",
        "sind",
        "ist",
        "nicht",
        "der",
        "die",
        "das",
        "und",
        "bei",
        "ein",
        "eine",
    ]
)
"""Words that nearly every report has say nothing about what it is about."""
ENOUGH = 0.34
GENERAL = frozenset(
    (
        "site website web app page pages service services server servers system api everything anything everyone everybody anybody "
        "nothing all any again still now today just guys why how who know going get getting load loads loading loaded open opening "
        "work works working worked use using user users access accessing reach reachable unreachable unavailable available offline "
        "outage incident issue issues problem problems slow crash crashed crashing crashes broke breaks unable stopped longer cant "
        "couldn could don doesn didn isnt wont been being got its here too also same thing mine yours hello thanks completely "
        "totally whole entire really very something some right"
    ).split()
)
"""Words that say that something is broken, or that all is, and not what."""
SAME = 0.5


def similar_to(text: str, incidents: Iterable[tuple[str, str]], at_most: int = 3) -> tuple[str, ...]:
    """Refs of those (ref, title) that share a good part of their telling words with `text`, the closest first."""
    words = _words(text)
    found = []
    for ref, title in incidents:
        other = _words(title)
        shared = len(words & other)
        share = shared / min(len(words), len(other)) if words and other else 0.0
        if share >= ENOUGH:
            found.append((share, shared, ref))
    found.sort(key=lambda hit: (-hit[0], -hit[1]))
    return tuple(ref for _, _, ref in found[:at_most])


def same_thing(one: str, other: str) -> bool:
    """Whether two messages tell of the same thing, so surely that nobody need look: they share half of all their telling words.

    Where neither has any, both say no more than that all is down. In doubt it is False: an incident too many is joined with a click.
    """
    names = _names(one) | _names(other)
    first, second = _telling(one) - names, _telling(other) - names
    if not first or not second:
        return not first and not second
    return len(first & second) / len(first | second) >= SAME


def same_subject(one: str, other: str) -> bool:
    """Whether two titles tell of the same thing: what stands below them, a greeting and a signature among it, is told apart by nothing.

    Titles that name nothing ("Problem", "Help!") say nothing either way.
    """
    return bool(_telling(one) and _telling(other)) and same_thing(one, other)


def _names(text: str) -> frozenset[str]:
    """Whom it mentions: nothing is told apart by that."""
    return frozenset(_single(name) for name in re.findall(r"@(\w+)", text.lower()))


def _telling(text: str) -> frozenset[str]:
    bare = re.sub(r"\S+://\S+|@\w+", " ", text)
    return frozenset(_single(word) for word in _words(bare) if word not in GENERAL)


def _single(word: str) -> str:
    """The plural says nothing else."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _words(text: str) -> frozenset[str]:
    return frozenset(
        word for word in re.findall(r"[^\W_]{3,}", text.lower().replace("-", "")) if word not in COMMON
    )
