"""What Tocsin does about procedures by itself, where the operators declare that it may. Pure, and asked again after each fact until
nothing more is due; it looks at what has happened since it came to hold, so that nothing is done twice, by whichever node.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tocsin.core import facts as f
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.procedures import run as states
from tocsin.core.procedures.automatic_lock import lock_due
from tocsin.core.procedures.declared import Declared

TRIES_AGAIN: Final = timedelta(seconds=15)


def automatic_due(incident: Incident, handbook: Handbook, declared: Declared) -> list[f.What]:
    """The next facts that Tocsin adds by itself; empty when nothing is due."""
    return [] if incident.closed_at else list(lock_due(incident, handbook, declared))


def next_automatic(incident: Incident, now: datetime) -> datetime | None:
    """When to look again for a run of ours that waits for its target, which another one holds; None where none does."""
    waits = any(run.is_ours and run.state == states.APPROVED for run in incident.runs)
    return now + TRIES_AGAIN if waits and not incident.closed_at else None
