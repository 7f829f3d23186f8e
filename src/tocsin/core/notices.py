"""What one person is told of that is about no incident: the words, and the work that carries them over each of their ways."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.people import Roster
from tocsin.core.work import NOTICE, NOTICE_SETTLE, HouseDesk, Work

Buttons = Sequence[tuple[str, str, str]]
"""What can be pressed in chat: the label, the act, and what it is about."""
URGENT: Final = "urgent"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said. `link` is where more stands, called `label`. Marks are neutral: `*bold*`, `{@handle}`."""

    subject: str
    text: str
    link: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is told. `key` is never used twice; `about` names what several notices have in common, such as cover/7.

    From `until` on it is stale: then `late` is said instead, or where that is None nothing.
    """

    person: str
    key: str
    words: Words
    about: str = ""
    buttons: Buttons = ()
    not_before: datetime | None = None
    until: datetime | None = None
    late: Words | None = None


def works_for(notice: Notice, roster: Roster, abilities: Collection[str]) -> list[Work]:
    """One work for each way on which the person can be reached; what is about the same goes out in order."""
    works = []
    for way in roster.ways_to(notice.person, abilities):
        key = f"{notice.key}/{notice.person}/{way.via}"
        lane = f"{notice.about}/{notice.person}/{way.via}" if notice.about else key
        payload = {"person": notice.person, **way.on_work, **_payload(notice)}
        works.append(Work(NOTICE, lane, key, way.via, payload, notice.not_before))
    return works


def keys_for(person: str, key: str, roster: Roster, abilities: Collection[str]) -> list[str]:
    """The keys of those works."""
    return [f"{key}/{person}/{way.via}" for way in roster.ways_to(person, abilities)]


def settled(
    key: str, lane: str, payload: Mapping[str, str], now: str, words: Words, buttons: Buttons
) -> Work:
    """The work that rewrites what the notice with that `key` and `payload` says. `now` tells it from others of the same."""
    same = {name: payload[name] for name in ("person", "address", "contact", "about") if name in payload}
    via = key.rpartition("/")[2]
    told = {**same, "of": key, **said(words, buttons)}
    return Work(NOTICE_SETTLE, lane, f"{key}/settle/{now}", via, told)


def why_moot_of_house(work: Work, desk: HouseDesk) -> str:
    """Why a work of the house need not be done any more; "" where it must be."""
    if work.does == NOTICE_SETTLE and not desk.posted:
        return "it stands nowhere"
    if work.does == NOTICE and work.payload.get("person") not in desk.roster.people:
        return "they are gone from Tocsin"
    if work.does == NOTICE and _is_stale(work, desk.now) and "late_text" not in work.payload:
        return "its time is over"
    return ""


def words_at(work: Work, now: datetime) -> Words:
    """What a notice says at that instant."""
    late = "late_" if _is_stale(work, now) and "late_text" in work.payload else ""
    found = work.payload
    return Words(found[f"{late}subject"], found[f"{late}text"], found.get("link", ""), found.get("label", ""))


def buttons_of(work: Work) -> list[tuple[str, str, str]]:
    """What can be pressed under it."""
    return [(label, act, about) for label, act, about in json.loads(work.payload.get("buttons", "[]"))]


def in_order(works: Iterable[Work]) -> list[Work]:
    """By their keys: two nodes that plan the same ones at once never wait for each other crosswise."""
    return sorted(works, key=lambda one: one.key)


def _is_stale(work: Work, now: datetime) -> bool:
    until = work.payload.get("until", "")
    return bool(until) and now >= datetime.fromisoformat(until)


def _payload(notice: Notice) -> dict[str, str]:
    payload = said(notice.words, notice.buttons)
    if notice.about:
        payload["about"] = notice.about
    if notice.until:
        payload["until"] = notice.until.isoformat()
    if notice.late:
        payload |= {"late_subject": notice.late.subject, "late_text": notice.late.text}
    return payload


def said(words: Words, buttons: Buttons) -> dict[str, str]:
    """What a work carries of the words, and of what can be pressed under them."""
    told = {"subject": words.subject, "text": words.text, "link": words.link, "label": words.label}
    return {**told, "buttons": json.dumps([list(one) for one in buttons])} if buttons else told
