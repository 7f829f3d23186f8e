"""What admins look at without an incident: the schema of a declared database. It reads, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.procedures.hands import JSON, Hand, Seen
from tocsin.core.schema.examination import Examination, examination_from
from tocsin.core.schema.standing import Standing, standing_from
from tocsin.core.work import Later
from tocsin.errors import Invalid, NotFound, Unavailable


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
