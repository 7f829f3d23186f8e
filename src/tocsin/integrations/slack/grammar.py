"""How the words of a command are read. Pure: text in, parts out; what they mean is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
REF = re.compile(r"\s*(INC-\d+)\b[:,]?\s*", re.IGNORECASE)
ANY_REF = re.compile(r"\bINC-\d+\b", re.IGNORECASE)
SPAN = re.compile(
    r"(?:^|\s)(?:next )?in (\d{1,6})\s?(?:(s)(?:ec(?:ond)?s?)?|(m)(?:in(?:ute)?s?)?|(h)(?:(?:ou)?rs?)?|(d)(?:ays?)?)\.?\s*$",
    re.IGNORECASE,
)
ON_IT = re.compile(r"(i\s?['’]?\s?a?m\s+)?on\s+it[.!\s]*", re.IGNORECASE)
DANGLING = " \t\n,;:-–—"
"""What joins a text to the span after it, and has no place without that."""
BECAUSE = re.compile(r"(?:^|\s)because\s+", re.IGNORECASE)
MEETING = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T\s]+(?P<clock>\d\d:\d\d)(?:\s*(?:UTC|Z))?"
    r"(?:\s+for\s+(?P<minutes>\d{1,3})\s*m(?:in(?:ute)?s?)?)?(?:\s+with\s+(?P<people>\S.*?))?\s*",
    re.IGNORECASE | re.DOTALL,
)
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


def because(text: str) -> tuple[str, str]:
    """`WHAT because REASON`: both halves; the reason is "" where none is given."""
    found = BECAUSE.search(text)
    return (text[: found.start()].strip(), text[found.end() :].strip()) if found else (text.strip(), "")


def leading_id(text: str, letters: str) -> tuple[str, str]:
    """The id (a letter of these and a number, such as T1) that the text begins with ("" for none), and the rest."""
    found = re.match(rf"\s*([{letters}]\d{{1,4}})\b[:,]?\s*", text, re.IGNORECASE)
    return (found[1].upper(), text[found.end() :].strip()) if found else ("", text.strip())


@dataclass(frozen=True, slots=True)
class Meeting:
    """When, for how long, and with whom, as names; none of them: the usual ones."""

    at: datetime
    minutes: int
    people: tuple[str, ...]


def meeting(text: str) -> Meeting | None:
    """`2026-03-05 15:00 [for 60m] [with @a @b]`, in UTC; None for anything else."""
    found = MEETING.fullmatch(text.strip())
    if not found:
        return None
    try:
        at = datetime.fromisoformat(f"{found['day']}T{found['clock']}+00:00")
    except ValueError:  # There is no such day, or hour.
        return None
    names = re.split(r"[\s,]+(?:and\s+)?", found["people"] or "")
    people = tuple(name for name in names if name and name != "and")
    return Meeting(at, int(found["minutes"] or 60), people)


def pairs(text: str, names: Sequence[str]) -> dict[str, str]:
    """`name: value; name: value`: values by those of `names` that they mean, whatever their case. Other names stay as they are."""
    known = {name.lower(): name for name in names}
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, bar, value = part.partition(":")
        if bar:
            found[known.get(name.strip().lower(), name.strip())] = value.strip()
        elif part.strip() and found:
            last = next(reversed(found))
            found[last] = f"{found[last]};{part}".strip()
        elif part.strip() and len(names) == 1:
            found[names[0]] = part.strip()
    return found


def thread_in(text: str) -> tuple[str, str] | None:
    """The channel and the message of the first link to a thread in the text."""
    for word in text.split():
        channel, at = CHANNEL.search(word), THREAD.search(word) or MESSAGE.search(word)
        if channel and at and "://" in word:
            return channel[1], f"{at[1]}.{at[2]}"
    return None


def may_be_a_report(text: str) -> bool:
    """Whether a refused command may have been meant as a report: "page loads forever". Not one that names an incident or a person."""
    _, rest = first_word(text)
    return bool(rest) and not rest.startswith("@") and not leading_ref(rest)[0]
