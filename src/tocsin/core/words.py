"""Words from outside, made fit to be kept: what no database takes is left out, what is too long is refused by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tocsin.errors import Invalid

LONGEST_TEXT = 100_000
LONGEST_TITLE = 150
LISTED = 10
"""How many things a message names; of the rest it says how many."""
GRATEFUL = frozenset(
    "thanks thank thx ty cheers danke merci gracias works perfect great awesome appreciated".split()
)
THANKS = GRATEFUL | frozenset(
    "you so much very a lot many all it is its now again for the quick fast fix help and really works working fine good well "
    "team guys folks everyone that was this yes ok okay nice job work appreciate we i confirm confirmed".split()
)
BOLD = re.compile(r"\*([^*\n]+)\*")
NOTHING_SAID = "(nothing was said)"


def text_of(raw: str, *, field: str, longest: int = LONGEST_TEXT) -> str:
    """`raw` without NUL bytes, lone surrogates and outer white space. Invalid, naming the field and both lengths, when too long."""
    text = raw.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()
    if len(text) > longest:
        raise Invalid(f"{field} has {len(text):,} characters; at most {longest:,} are taken", field=field)
    return text


def needed(raw: str, *, field: str, why: str, longest: int = LONGEST_TEXT) -> str:
    """Like `text_of`, for words that can't be left out; `why` completes "FIELD is missing: …"."""
    text = text_of(raw, field=field, longest=longest)
    if not text:
        raise Invalid(f"{field} is missing: {why}", field=field)
    return text


def title_from(text: str) -> str:
    """A title for an incident of which only a text is known: its first line that says something, cut at a word."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), NOTHING_SAID)
    return shortened(line, LONGEST_TITLE)


def is_thanks(text: str) -> bool:
    """Whether somebody only says thanks, or that it works again: every word of theirs is one of those, and one of them is thanks.

    Anything more is a report: assume the worst.
    """
    said = re.sub(r"https?://\S+|@\w+", " ", text.lower())
    words = re.findall(r"[^\W\d_]+", said.replace("’", "'").replace("'", ""))
    return bool(words) and set(words) <= THANKS and not GRATEFUL.isdisjoint(words)


def without_mentions(text: str) -> str:
    """`text` without the mentions that it begins with: `@acme sign-in is broken` is about sign-in."""
    return re.sub(r"^(?:\s*@\w+[\s:,.]*)+", "", text)


def without_marks(text: str) -> str:
    """`text` as plain words: the signs that make some of it bold are left out."""
    return BOLD.sub(r"\1", text)


def named(refs: Sequence[str], most: int = LISTED) -> str:
    """The first of them, and how many more there are."""
    rest = len(refs) - most
    return ", ".join(refs[:most]) + (f" and {rest} more" if rest > 0 else "")


def and_more(many: int, most: int = LISTED) -> list[str]:
    """The line that says how many of so many are not listed; none where all are."""
    return [f"… and {many - most} more"] if many > most else []


def shortened(text: str, longest: int) -> str:
    """`text` in at most `longest` characters, cut at a word where one is near, with an ellipsis."""
    if len(text) <= longest:
        return text
    return _ended(text[: longest - 1])


def in_bytes(text: str, most: int) -> str:
    """`text` in at most so many bytes of UTF-8, cut as `shortened` does."""
    if len(text.encode()) <= most:
        return text
    room = max(0, most - len("…".encode()))
    return _ended(text.encode()[:room].decode(errors="ignore"))


def _ended(cut: str) -> str:
    space = cut.rfind(" ")
    return (cut[:space] if space > (len(cut) + 1) // 2 else cut).rstrip() + "…"
