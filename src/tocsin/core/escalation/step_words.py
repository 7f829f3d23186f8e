"""A step of a policy in words, as it is written: when it comes, and under which conditions."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.escalation.policy import NOT_CLOSED, Step
from tocsin.core.spans import span_text


def when_words(step: Step, number: int) -> str:
    """`number` is its place, from 1."""
    if not step.after:
        return "at once" if number == 1 else "with it"
    return f"{span_text(step.after)} after {'the start' if number == 1 else 'that'}"


def condition_words(step: Step) -> Iterator[str]:
    if step.priorities:
        yield f"{', '.join(step.priorities)} only"
    if step.window:
        yield f"{', '.join(one.written for one in step.window.spans)} ({step.window.zone}) only"
    if step.turn:
        yield "one of them, another one each time"
    if step.when == NOT_CLOSED:
        yield "though somebody acknowledged, until it is closed"
