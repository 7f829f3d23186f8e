"""Who comes with a key, and which roster is in force: asked of the database at each call, but of all who wait together.

Nobody is answered from before they asked, so that a key that was revoked opens nothing any more, and whoever changed something sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from tocsin.acts.roster import directory
from tocsin.acts.together import Together
from tocsin.store import access as rows
from tocsin.store.access import KeyHolder
from tocsin.store.people import Directory

if TYPE_CHECKING:
    from tocsin.acts.house import House

Callers: TypeAlias = Together[str, tuple[KeyHolder | None, Directory]]
"""Asked with the hash of a key, they answer its holder (None: it opens nothing), and the roster as it is."""


def callers() -> Callers:
    return Together(_serve)


async def _serve(house: House, key_hashes: Sequence[str]) -> list[tuple[KeyHolder | None, Directory]]:
    async with house.pool.acquire() as conn:
        version, holders = await rows.holders(conn, list(dict.fromkeys(key_hashes)))
        known = await directory(house, conn, version)
    return [(holders.get(one), known) for one in key_hashes]
