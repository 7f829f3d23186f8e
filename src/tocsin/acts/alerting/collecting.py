"""Who has got so many messages within the hour that what comes for them is collected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.store import deliveries as rows
from tocsin.store.pool import Connection

HOUR: Final = timedelta(hours=1)


async def who_gets_very_many(house: House, conn: Connection, now: datetime) -> frozenset[str]:
    most = house.pages_per_hour
    return await rows.flooded(conn, now - HOUR, most) if most else frozenset()
