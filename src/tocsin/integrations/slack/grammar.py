"""How the words of a command are read. Pure: text in, parts out; what they mean is decided elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
REF = re.compile(r"\s*(INC-\d+)\b[:,]?\s*", re.IGNORECASE)
ANY_REF = re.compile(r"\bINC-\d+\b", re.IGNORECASE)
SPAN = re.compile(
    r"(?:^|\s+)(?:next )?in (\d+)\s?(?:(s)(?:ec(?:ond)?s?)?|(m)(?:in(?:ute)?s?)?|(h)(?:(?:ou)?rs?)?|(d)(?:ays?)?)\.?\s*$",
    re.IGNORECASE,
)
ON_IT = re.compile(r"(i\s?['’]?\s?a?m\s+)?on\s+it[.!\s]*", re.IGNORECASE)
DANGLING = " \t\n,;:-–—"
"""What joins a text to the span after it, and has no place without that."""
THREAD = re.compile(r"thread(?:_ts)?=(\d{10})\.(\d{6})")
MESSAGE = re.compile(r"/p(\d{10})(\d{6})\b")
CHANNEL = re.compile(r"\b([CG][A-Z0-9]{8,})\b")


def first_word(text: str) -> tuple[str, str]:
    """The first word in lower case, and the rest. "I'm on it" is `own`, as it is in the handbook."""
    if is_on_it(text):
        return "own", ""
    word, *rest = text.split(maxsplit=1) or [""]
    return word.lower().rstrip(":"), rest[0].strip() if rest else ""


def is_on_it(text: str) -> bool:
    """Whether somebody says that they are on it, and nothing else."""
    return ON_IT.fullmatch(text.strip()) is not None


def leading_ref(text: str) -> tuple[str, str]:
    """The incident that the words begin with ("" for none), and the rest."""
    found = REF.match(text)
    return (found[1].upper(), text[found.end() :].strip()) if found else ("", text.strip())


def refs(text: str) -> list[str]:
    """Every incident that the text names, each once."""
    return list(dict.fromkeys(found.upper() for found in ANY_REF.findall(text)))


def span_at_end(text: str) -> tuple[str, timedelta | None]:
    """`TEXT in 20m`: the text, and when the next update comes (None where it does not say)."""
    found = SPAN.search(text)
    if not found:
        return text.strip(), None
    number, *units = found.groups()
    unit = next(unit for unit in units if unit).lower()
    return text[: found.start()].strip(DANGLING), timedelta(seconds=int(number) * UNITS[unit])


def span(text: str) -> timedelta | None:
    """A span that stands alone: `20m`, `1 h`, or `in 20 min`. None for anything else."""
    before, found = span_at_end(f"in {text.strip().removeprefix('in ')}")
    return found if not before else None


def halves(text: str, by: str = "|") -> tuple[str, str]:
    """`LEFT | RIGHT`; the right half is "" where there is no bar."""
    left, _, right = text.partition(by)
    return left.strip(), right.strip()


def thread_in(text: str) -> tuple[str, str] | None:
    """The channel and the message of the first link to a thread in the text."""
    for word in text.split():
        channel, at = CHANNEL.search(word), THREAD.search(word) or MESSAGE.search(word)
        if channel and at and "://" in word:
            return channel[1], f"{at[1]}.{at[2]}"
    return None
