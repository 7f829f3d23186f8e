"""Who is on call, as Slack shows it: the part of a channel's topic that is ours. The rest of the topic is people's, and stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

MARK: Final = "On call:"
"""What our part of a topic begins with; it ends before the next `|`."""
LONGEST_TOPIC: Final = 250
SHORT: Final = 2
IN_NAMES: Final = str.maketrans({"|": "/", "<": "(", ">": ")"})
ID: Final = re.compile(r"[CGS][A-Z0-9]{8,}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A schedule called `name` that is shown at `target`: who (handles) is on call in it, and until when (None: for good).

    `group` is the user group that it keeps, as people write it; "" is none. `in_group` is whether Slack knows any of the people.
    """

    target: str
    name: str
    people: tuple[str, ...]
    until: datetime | None
    zone: str
    group: str = ""
    in_group: bool = True


def target_of(written: str) -> str:
    """A user group or channel as it is looked for: an id, or a name in small letters without its sign. "" is none."""
    said = written.strip()
    return said if ID.fullmatch(said) else said.lstrip("@#").strip().lower()


def topic_with(current: str, shown: Sequence[Shown], names: Mapping[str, str]) -> str | None:
    """The topic with who is on call in it, as fully as there is room for; without our part where nothing is shown.

    None where people's own words leave no room.
    """
    if not shown:
        return _replaced(current, "")
    topics = (_replaced(current, f"{MARK} {said}") for said in _sayings(shown, names))
    return next((topic for topic in topics if len(topic) <= LONGEST_TOPIC), None)


def _replaced(current: str, ours: str) -> str:
    pieces, kept, is_there = current.split("|"), [], False
    for piece in pieces:
        if not piece.strip().startswith(MARK):
            kept.append(piece)
        elif ours and not is_there:
            bare = piece.strip()
            before, _, after = piece.partition(bare)
            kept.append(f"{before}{ours}{after}")
            is_there = True
    if len(kept) == len(pieces) and (is_there or not ours):
        return "|".join(kept)
    said = "|".join(kept).strip()
    if is_there or not ours:
        return said
    return f"{said} | {ours}" if said else ours


def _sayings(shown: Sequence[Shown], names: Mapping[str, str]) -> Iterator[str]:
    """The fullest first."""
    for most, with_until in ((len(names), True), (SHORT, True), (len(names), False), (SHORT, False)):
        said = [_said(one, names, most, with_until=with_until) for one in shown]
        if len(shown) == 1:
            yield said[0]
        else:
            yield "; ".join(f"{_clean(one.name)}: {text}" for one, text in zip(shown, said, strict=True))
    everybody = tuple(dict.fromkeys(person for one in shown for person in one.people))
    yield _people(everybody, names, SHORT)


def _said(one: Shown, names: Mapping[str, str], most: int, *, with_until: bool) -> str:
    until = f" until {_when(one.until, one.zone)}" if one.until and with_until else ""
    # Slack takes no empty group: who was last stays in it.
    last = (
        f" (@{target_of(one.group)} still names who was last)"
        if one.group and not (one.people and one.in_group)
        else ""
    )
    return f"{_people(one.people, names, most)}{until}{last}"


def _people(people: tuple[str, ...], names: Mapping[str, str], most: int) -> str:
    said = [_clean(names.get(handle, handle)) for handle in people]
    if len(said) > most:
        return f"{', '.join(said[:most])} and {len(said) - most} more"
    return ", ".join(said) or "nobody"


def _when(at: datetime, zone: str) -> str:
    """Always by its date: a topic stands for days."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M %Z}"


def _clean(name: str) -> str:
    return " ".join(name.translate(IN_NAMES).split())
