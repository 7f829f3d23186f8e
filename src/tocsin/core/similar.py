"""Which open incidents a new report may be about: offered as links, never joined by themselves."""

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


def _words(text: str) -> frozenset[str]:
    return frozenset(
        word for word in re.findall(r"[^\W_]{3,}", text.lower().replace("-", "")) if word not in COMMON
    )
