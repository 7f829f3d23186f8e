"""New alerts that come at the same moment are stored in one round trip and one commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from tocsin.acts.together import Together
from tocsin.store import alerts as rows
from tocsin.store.alerts import Changed, Opened

if TYPE_CHECKING:
    from tocsin.acts.house import House

Openings: TypeAlias = Together[Changed, Opened | asyncpg.PostgresError]
"""Given a new alert they answer under which number it is stored, or why it can't be."""


def openings() -> Openings:
    return Together(_open)


async def _open(house: House, some: Sequence[Changed]) -> Sequence[Opened | asyncpg.PostgresError]:
    async with house.of_alerts.acquire() as conn:
        try:
            return await rows.open_alerts(conn, some)
        except asyncpg.DataError as why:
            if len(some) == 1:
                return [why]
        # One of them can't be stored; the others shall not go down with it.
        return [one for each in some for one in await _open(house, [each])]
