"""The book of what is handed to channels, written for all messages that leave at the same moment in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from tocsin.acts.together import Together
from tocsin.core.contacts import ContactMethod
from tocsin.store import contacts as rows
from tocsin.store.contacts import Early, HandedOver, Wanted

if TYPE_CHECKING:
    from tocsin.acts.house import House


@dataclass(frozen=True, slots=True)
class Note:
    """What came of handing over the message with that key. `tells`: its provider sends receipts, which may have come already."""

    row: HandedOver
    contact: ContactMethod
    tells: bool
    at: datetime


Tickets: TypeAlias = Together[Wanted, str]
"""Asked for a ticket, they answer the one of the message with that key: this one, or the one that an earlier try took."""
Notes: TypeAlias = Together[Note, list[Early]]
"""Told what came of a message, they answer what was told of it before anybody here knew its id."""


def tickets() -> Tickets:
    return Together(_tickets)


def notes() -> Notes:
    return Together(_note)


async def _tickets(house: House, wanted: Sequence[Wanted]) -> list[str]:
    async with house.pool.acquire() as conn:
        return await rows.tickets(conn, wanted)


async def _note(house: House, some: Sequence[Note]) -> list[list[Early]]:
    async with house.pool.acquire() as conn:
        await rows.handed_over(conn, [(one.row, one.at) for one in some])
        # In this order: a receipt that comes between the two finds the message by its id.
        told = [(one.contact.via, one.row.message) for one in some if one.tells and one.row.message]
        early = await rows.take_early(conn, told)
    return [early.get((one.contact.via, one.row.message), []) for one in some]
