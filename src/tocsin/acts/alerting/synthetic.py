"""A page each minute that nobody reads: through the whole engine, to a sink, so that a Tocsin that pages nobody shows before it matters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.alerting.steps import stepped
from tocsin.acts.escalation_look import look_at
from tocsin.acts.house import House
from tocsin.acts.process import ENGINE
from tocsin.clock import ago
from tocsin.core.alerting.alert import Opening, alert_begun
from tocsin.core.escalation.policy import SINK, Stage, Stamped, Target
from tocsin.store import alerts as rows

SOURCE: Final = "tocsin/synthetic"
"""How these are told from the alerts of people; lists leave them out."""
EACH: Final = timedelta(minutes=1)
ALIVE: Final = timedelta(minutes=3)
"""The chain works as long as one arrived within this time."""
TO_THE_SINK: Final = Stamped(
    "synthetic",
    (Stage(timedelta(), (Target(SINK, "synthetic"),)),),
    again_after=timedelta(
        days=3650
    ),  # It is swept away before: nobody is ever paged for it, however fast a clock runs.
)


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of those before: how many arrived at the sink within their minute, and how many did not."""

    arrived: int = 0
    lost: int = 0


async def send_one(house: House) -> Swept:
    """Clear away those of earlier minutes, with what became of them, and send the next one."""
    async with house.pool.acquire() as conn, conn.transaction():
        now = house.clock.now()
        row = await conn.fetchrow(rows.SQL["sweep_synthetic"], SOURCE, now - EACH / 2)
        opening = Opening("A synthetic page", priority="P1", source=SOURCE)
        look = await look_at(house, conn, now)
        changed = stepped(alert_begun(0, opening, TO_THE_SINK, now, "", ENGINE.door), (), look, now)
        await rows.open_alerts(conn, [changed])
    house.wake()
    assert row is not None
    return Swept(row["arrived"], row["lost"])


async def last_arrived(house: House) -> datetime | None:
    """When the newest synthetic page came to its sink; None where none of the last ones did."""
    found: datetime | None = await house.pool.fetchval(rows.SQL["synthetic_arrived"])
    return found


async def is_alive(house: House) -> bool:
    """Whether the whole chain brought a page to its end lately."""
    at = await last_arrived(house)
    return at is not None and at >= ago(house.clock, ALIVE)
