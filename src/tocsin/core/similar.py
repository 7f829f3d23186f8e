"""Which open incidents a new report may be about, offered as links; and, far stricter, whether two messages tell of the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

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
LOOKED_AT: Final = 4000
"""Characters of a text by which it is compared. Whoever reports says what is broken at the start; what follows are logs."""
LINK: Final = re.compile(r"https?://\S+", re.IGNORECASE)
MENTION: Final = re.compile(r"@(\w+)")
WORD: Final = re.compile(r"[^\W_]{3,}")


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
    (first, some), (second, others) = _read(one[:LOOKED_AT]), _read(other[:LOOKED_AT])
    first, second = first - some - others, second - some - others
    if not first or not second:
        return not first and not second
    return len(first & second) / len(first | second) >= SAME


def same_subject(one: str, other: str) -> bool:
    """Whether two titles tell of the same thing: what stands below them, a greeting and a signature among it, is told apart by nothing.

    Titles that name nothing ("Problem", "Help!") say nothing either way.
    """
    return bool(_read(one[:LOOKED_AT])[0] and _read(other[:LOOKED_AT])[0]) and same_thing(one, other)


@lru_cache(maxsize=512)
def _read(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words that tell what it is about, and whom it mentions: nothing is told apart by that.

    Kept, since each message is compared with the same open incidents.
    """
    names = frozenset(_single(name) for name in MENTION.findall(text.lower()))
    bare = MENTION.sub(" ", LINK.sub(" ", text))
    return frozenset(_single(word) for word in _words(bare) if word not in GENERAL), names


def _single(word: str) -> str:
    """The plural says nothing else."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _words(text: str) -> frozenset[str]:
    return frozenset(
        word for word in WORD.findall(text[:LOOKED_AT].lower().replace("-", "")) if word not in COMMON
    )
