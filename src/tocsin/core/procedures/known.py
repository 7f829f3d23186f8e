"""All procedures that there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.core.procedures.plan import Procedure
from tocsin.core.procedures.repair import RepairSchema, RollBackSchema

_ALL: Final[tuple[Procedure, ...]] = (RepairSchema(), RollBackSchema())
PROCEDURES: Final[Mapping[str, Procedure]] = {one.id: one for one in _ALL}
