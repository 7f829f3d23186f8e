"""What Tocsin does about procedures by itself, within the change that makes it due."""

from __future__ import annotations

from tocsin.core import facts as f
from tocsin.core.facts import TOCSIN
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.procedures.automatic import automatic_due
from tocsin.core.procedures.declared import Declared
from tocsin.store import procedures as rows
from tocsin.store.pool import Connection


async def by_itself(
    conn: Connection, incident: Incident, handbook: Handbook, declared: Declared
) -> list[f.What]:
    """The next facts. A run whose target another one holds is not started: it is asked again a little later (`next_automatic`)."""
    due = automatic_due(incident, handbook, declared)
    return [
        one
        for one in due
        if not (isinstance(one, f.ProcedureStarted) and await _is_held(conn, incident, one.run))
    ]


async def _is_held(conn: Connection, incident: Incident, run_id: str) -> bool:
    run = incident.run(run_id)
    assert run is not None
    others = any(one.is_under_way for one in incident.runs if one.lock == run.lock)
    return others or await rows.holder(conn, run.lock, TOCSIN) is not None
