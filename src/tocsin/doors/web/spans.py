"""In how long the next update may come: the choices that a form offers, as far as the handbook lets the owner be silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.core.handbook import Handbook
from tocsin.core.spans import span_of, span_text

SPANS: Final = ("5m", "10m", "15m", "20m", "30m", "45m", "1h", "2h", "4h", "8h", "1d")


def next_update_options(handbook: Handbook, severity: str) -> tuple[tuple[str, str], ...]:
    """(value, label) of each choice; the first leaves it to the handbook."""
    longest = _longest_silence(handbook, severity)
    default = f"as the handbook says ({span_text(longest)})" if longest else "as the handbook says"
    spans = [(text, span) for text in SPANS if (span := span_of(text))]
    fitting = [(text, span_text(span)) for text, span in spans if longest is None or span <= longest]
    return (("", default), *fitting)


def _longest_silence(handbook: Handbook, severity: str) -> timedelta | None:
    """How long the owner may be silent; None if the handbook asks for no regular updates."""
    spans = [handbook.within(rule, severity) for rule in handbook.rules if rule.due_from == "next_update_at"]
    return min(spans, default=None)
