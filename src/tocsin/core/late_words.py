"""What a page says that comes later than it was to, of an alert or of an incident."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tocsin.core.spans import span_text

LATE: Final = timedelta(minutes=1)
"""What goes out later than that says since when it waited."""
NOT_BEFORE: Final = "Tocsin could not send it before"


def late_words(since: datetime, now: datetime, why: str = NOT_BEFORE) -> str:
    """The sentence of a page that was due at `since`; "" where it is in time. `why` is left out where that is said beside it ("")."""
    if now - since < LATE:
        return ""
    whole = timedelta(minutes=int((now - since).total_seconds() // 60))
    return f"It waited for {span_text(whole)}, since {since:%H:%M} UTC{f': {why}' if why else ''}."
