"""Whether words that are no command were meant as one. Pure: text in, the word that was meant out.

Words that say that something is wrong are a report whatever they begin with: asking back would hold it up.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from tocsin.integrations.slack.grammar import first_word, leading_ref

DRILL: Final = "drill"
NEVER_A_REPORT: Final = frozenset({DRILL, "drills", "exercise", "gameday"})
"""Whoever begins with these wants no real incident, however alarming the rest: that is what a drill sounds like."""
SHORT: Final = 4
"""Words of so few letters lie next to many that are spelt as they were meant: `page` and `paged`, `list` and `lost`."""
ENDINGS: Final = ("s", "d", "ed", "r", "er", "ing")
TELLING: Final = frozenset(
    """
    is are was were isn't isnt aren't arent wasn't has have had hasn't haven't does doesn't doesnt don't dont did didn't
    not no none never nothing nobody cannot can't cant couldn't won't wont will without
    fail fails failed failing failure failures break breaks broke broken breaking down offline out outage dead died dies
    slow slower slowly hang hangs hanging stuck stalled frozen freezes lag lags late delayed
    error errors exception exceptions crash crashes crashed crashing panic timeout timeouts times timed
    wrong missing lost empty blank corrupt corrupted garbled duplicate duplicated unavailable unreachable unresponsive
    gone vanish vanishes vanished disappear disappears disappeared white red forever bounce bounces bounced spam flood flooded
    fills filling pile piles loop loops looping corrupts killed restarts restarting reboots flaps flapping oom stopper
    full leak leaks leaked leaking expired expires rejected refused denied blocked spikes spiking high low
    show shows shown return returns gives get gets says stopped stops hacked breach breached stolen vulnerable attack
    bug problem problems trouble issue issues incident incidents since after everyone everybody customers users
    """.split()
)
NAMED: Final = re.compile(r"\bINC-\d+\b|@[\w.-]+", re.IGNORECASE)
PATH: Final = re.compile(r"/(?:tocsin|inc|genie)\b", re.IGNORECASE)
LEADING: Final = re.compile(r"(?:(?:INC-\d+\b|/(?:tocsin|inc|genie)\b|@[\w.-]+)[\s:,]*){1,5}", re.IGNORECASE)
LETTERS: Final = re.compile(r"\w")
WORD: Final = re.compile(r"[a-z][a-z'’-]*")
HTTP_FAULT: Final = re.compile(r"\b[45](\d\d|xx)\b", re.IGNORECASE)


def reads_as_report(text: str) -> bool:
    """Whether it says that something is wrong: a verb or a word of trouble, or the number of an HTTP error."""
    found = WORD.findall(text.lower().replace("’", "'"))
    return any(word in TELLING for word in found) or HTTP_FAULT.search(text) is not None


def says_nothing(text: str) -> bool:
    """Whether it tells of nothing that may be broken: names of incidents, of people or of commands, or only signs."""
    rest = PATH.sub(" ", NAMED.sub(" ", text))
    return not LETTERS.search(rest)


def without_names(text: str) -> str:
    """The words after what they may be about: `INC-5 status` and `/tocsin help` are commands in the wrong order, or place."""
    return LEADING.sub("", text.strip(), count=1)


def meant(text: str, known: Collection[str], elsewhere: Collection[str] = ()) -> str:
    """The command that the text looks like: it begins with one, with a word that is one `elsewhere`, or with one misspelt.

    "" where it looks like none, or reads as a report.
    """
    word, rest = first_word(text)
    if word in NEVER_A_REPORT or is_near(word, DRILL):
        return DRILL
    if word in known or word in elsewhere:
        return "" if word in ("no", "nothing") or reads_as_report(rest) else word
    if reads_as_report(text):
        return ""
    near = sorted(one for one in {*known, *elsewhere} if is_near(word, one))
    return next((one for one in near if _is_misspelt(word, one, rest)), "")


def _is_misspelt(word: str, command: str, rest: str) -> bool:
    """Of a short word, or one that is the command's plural or past, only where what follows is a command's too."""
    is_plain = len(command) > SHORT and not (
        word.startswith(command) and word.removeprefix(command) in ENDINGS
    )
    return is_plain or not rest or rest.startswith("@") or bool(leading_ref(rest)[0])


def is_near(word: str, other: str) -> bool:
    """Whether one letter that is wrong, missing, or too many makes one of the other, or two that changed places."""
    if word == other or len(word) < 3 or abs(len(word) - len(other)) > 1:
        return False
    if len(word) == len(other):
        at = [n for n, (one, two) in enumerate(zip(word, other, strict=True)) if one != two]
        swapped = (
            len(at) == 2 and at[1] == at[0] + 1 and word[at[0] : at[1] + 1] == other[at[1]] + other[at[0]]
        )
        return len(at) == 1 or swapped
    short, long = sorted((word, other), key=len)
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))
