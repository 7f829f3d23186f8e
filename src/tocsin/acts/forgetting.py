"""What is kept only so as to know it again is forgotten once nobody can ask for it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.store import access, inbox
from tocsin.store.pool import Connection

KEPT: Final = timedelta(days=30)
"""No service sends an event again after so long, and nobody opens what a rule ignored then."""


async def forget_old(house: House, conn: Connection) -> None:
    """Forget the events that were seen, and the messages that were ignored, more than 30 days ago."""
    before = house.clock.now() - KEPT
    await access.forget_events(conn, before)
    await inbox.forget(conn, before)
