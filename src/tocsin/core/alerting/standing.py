"""How it stands with the alerts of one message, in words: who has which, and what is left to answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin.core.alerting.words import (
    About,
    AlertWords,
    listed,
    noted,
    page_words,
    refs_text,
    severe_first,
    told_words,
)
from tocsin.core.words import shortened


@dataclass(frozen=True, slots=True)
class Stand:
    """One alert of a message. While `waits`, it can be answered; `said` is the sentence on it, which may be "" then."""

    about: About
    said: str
    waits: bool = False


def standing_words(some: Sequence[Stand]) -> AlertWords:
    """What stands in the place of the message, or follows it. How late that came is not said again."""
    left = [one.about for one in some if one.waits]
    said = dict.fromkeys(one.said for one in some if one.said)
    if len(left) == len(some):
        notes = said if len(some) == 1 else _answered(some, said)
        return noted(page_words(left, min(one.since for one in left)), " ".join(notes))
    if not left and len(said) == 1:
        return told_words([one.about for one in some], next(iter(said)))
    head = f"{len(left)} of {len(some)} alerts left" if left else f"{len(some)} alerts, none is left"
    lines = [f"*{head}*", *listed(left), *_answered(some, said)]
    if not left:
        return AlertWords(head, "\n".join(lines), f"{head}. {' '.join(_answered(some, said))}")
    first = severe_first(left)[0]
    return AlertWords(
        shortened(f"{head}, first {first.ref}: {first.message}", 150),
        "\n".join(lines),
        f"{head}, first {first.ref} {first.priority}: {first.message}",
    )


def _answered(some: Sequence[Stand], said: Sequence[str] | dict[str, None]) -> Iterator[str]:
    for sentence in said:
        yield f"{refs_text([one.about for one in some if one.said == sentence])}: {sentence}"
