"""All procedures that there are, by name; they are offered in this order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.core.procedures.lock import LockBranch, UnlockBranch
from tocsin.core.procedures.plan import Procedure
from tocsin.core.procedures.reland import Reland
from tocsin.core.procedures.repair import RepairSchema, RollBackSchema
from tocsin.core.procedures.revert import Revert
from tocsin.core.procedures.roll_back import RollBack
from tocsin.core.procedures.unfreeze import Unfreeze

_ALL: Final[tuple[Procedure, ...]] = (
    RollBack(),
    Unfreeze(),
    Revert(),
    Reland(),
    RepairSchema(),
    RollBackSchema(),
    LockBranch(),
    UnlockBranch(),
)
PROCEDURES: Final[Mapping[str, Procedure]] = {one.id: one for one in _ALL}
