"""The words about a request for cover: to those who are asked, and to the one whose shift it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.core.notices import Words
from tocsin.core.oncall.notice_words import from_to, span
from tocsin.core.oncall.pieces import Span

LABEL = "On-call page"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, as one reader sees it: who (name) is on call in which schedule (name), and why they ask."""

    who: str
    schedule: str
    start: datetime
    end: datetime
    reason: str
    now: datetime
    zone: str
    link: str

    @property
    def when(self) -> str:
        return from_to(self.start, self.end, self.now, self.zone)

    def spans(self, spans: Sequence[Span]) -> str:
        return "; ".join(from_to(start, end, self.now, self.zone) for start, end in spans)


def asks(one: Asked) -> Words:
    """To somebody who may take it."""
    reason = "".join(f"\n> {line}" for line in one.reason.splitlines())
    text = (
        f"*{one.who} asks you to take an on-call shift*\n"
        f"{one.schedule}: {one.when} ({span(one.end - one.start)}){reason}\nWhoever is first takes it."
    )
    return Words(f"{one.who} asks for cover: {one.schedule}, {one.when}", text, one.link, LABEL)


def took(one: Asked, taker: str, *, is_reader: bool) -> Words:
    """To those who were asked, once somebody took it."""
    name = "You" if is_reader else taker
    return _over(one, f"*{name} took it.* {one.schedule}: {one.when}, instead of {one.who}.")


def withdrew(one: Asked) -> Words:
    return _over(one, f"*Nobody needs to take it any more.* {one.schedule}: {one.when}, {one.who}.")


def nothing_left(one: Asked) -> Words:
    return _over(
        one,
        f"*There is nothing to take any more.* {one.who} is not on call then. {one.schedule}: {one.when}.",
    )


def expired(one: Asked) -> Words:
    return _over(one, f"*Nobody took it.* {one.who} stays on call. {one.schedule}: {one.when}.")


def taken(one: Asked, taker: str, part: Span, rest: Sequence[Span]) -> Words:
    """To the one whose shift it was."""
    what = "a part of your on-call shift" if rest else "your on-call shift"
    told = f"{one.schedule}: {one.spans([part])}"
    left = f"\nStill yours, and still asked for: {one.spans(rest)}" if rest else ""
    head = f"{taker} takes {what}"
    return Words(head, f"*{head}*\n{told}{left}", one.link, LABEL)


def still_yours(one: Asked) -> Words:
    """To the one whose shift it is, shortly before."""
    head = "Nobody took your on-call shift: it is still yours"
    return Words(
        head, f"*{head}*\n{one.schedule}: {one.when}, in {span(one.start - one.now)}", one.link, LABEL
    )


def asked_for_you(one: Asked, by: str, names: str) -> Words:
    """To the one whose shift it is, where somebody else asks."""
    head = f"{by} asks others to take your on-call shift"
    return Words(head, f"*{head}*\n{one.schedule}: {one.when}. Asked: {names}", one.link, LABEL)


def withdrew_yours(one: Asked, by: str) -> Words:
    head = f"{by} withdrew the request for cover of your shift"
    return Words(head, f"*{head}*\n{one.schedule}: {one.when} stays yours", one.link, LABEL)


def yours_is_over(one: Asked, *, is_theirs: bool) -> Words:
    """To the one whose shift it was, and to who asked for them."""
    head = "The request for cover is over: nothing is left to take"
    who = "You are" if is_theirs else f"{one.who} is"
    return Words(
        head, f"*{head}*\n{one.schedule}: {one.when}. {who} not on call then any more", one.link, LABEL
    )


def nobody_left(one: Asked) -> Words:
    """To the one whose shift it is, and to who asked for them, once all who were asked are gone."""
    head = "The request for cover is over: nobody who was asked is there any more"
    return Words(
        head, f"*{head}*\n{one.schedule}: {one.when}, {one.who}. Ask others for cover", one.link, LABEL
    )


def _over(one: Asked, text: str) -> Words:
    return Words(f"Cover: {one.schedule}", text, one.link, LABEL)
