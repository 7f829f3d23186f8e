"""What is looked at of schemas outside of a run: by admins, and right before an incident ends. It reads, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, change
from tocsin.core.case import Case
from tocsin.core.facts import TOCSIN
from tocsin.core.facts_procedures import SchemaFoundClean
from tocsin.core.procedures.hands import JSON, Hand, Seen
from tocsin.core.schema.examination import Examination, examination_from
from tocsin.core.schema.found import dirty_schemas
from tocsin.core.schema.standing import Standing, standing_from
from tocsin.core.work import Later
from tocsin.errors import Invalid, NotFound, Unavailable

PATIENCE_SECONDS: Final = 2.0
"""Somebody waits for the answer."""


async def examine(hands: Mapping[str, Hand], database: str, to: int | None = None) -> Examination | Standing:
    """What the doctor sees. `to`: the files of a way down to that version as well.

    NotFound where no database is declared, Unavailable where it can't be looked at now, Invalid where it never will.
    """
    hand = hands.get("schema")
    if hand is None:
        raise NotFound(
            "No database is declared: write a [[database]] into the file that TOCSIN_PROCEDURES names"
        )
    inputs: dict[str, JSON] = {"database": database}
    found = await hand.look("doctor", inputs if to is None else inputs | {"to": to})
    if isinstance(found, Seen):
        return standing_from(found.values) if "tool" in found.values else examination_from(found.values)
    raise (Unavailable if isinstance(found, Later) else Invalid)(found.why)


async def look_at_dirty(house: House, ref: str) -> None:
    """Before an incident ends, look once more at what it knows to be dirty: people may have mended it by hand. What can't be seen stays so."""
    case = await looks.case(house, ref, TOCSIN)
    clean = [found for one in dirty_schemas(case.incident) if (found := await _clean(house, one.schema))]
    if clean:
        await change(house, ref, ENGINE, lambda case: _still_new(case, clean))


async def _clean(house: House, database: str) -> SchemaFoundClean | None:
    hand = house.hands.get("schema")
    if hand is None:
        return None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await hand.look("version", {"database": database})
            if isinstance(found, Seen) and not found.problems and found.values["dirty"] is False:
                version = found.values["version"]
                return SchemaFoundClean(database, version) if isinstance(version, int) else None
    return None


def _still_new(case: Case, clean: list[SchemaFoundClean]) -> list[SchemaFoundClean]:
    dirty = {one.schema for one in dirty_schemas(case.incident)}
    return [one for one in clean if one.schema in dirty]
