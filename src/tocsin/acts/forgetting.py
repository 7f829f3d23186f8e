"""What is kept only so as to know it again is forgotten once nobody can ask for it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.store import access, contacts, inbox
from tocsin.store.pool import Connection

KEPT: Final = timedelta(days=30)
"""No service sends an event again after so long, and nobody opens what a rule ignored then."""
MESSAGES_KEPT: Final = timedelta(days=180)
"""Readiness tells when a device was last tried."""


async def forget_old(house: House, conn: Connection) -> None:
    """Forget the events that were seen, the messages that were ignored and the codes that were sent more than 30 days ago, and after half
    a year what was handed to people's devices."""
    before = house.clock.now() - KEPT
    await access.forget_events(conn, before)
    await inbox.forget(conn, before)
    await contacts.forget(conn, before, house.clock.now() - MESSAGES_KEPT)
