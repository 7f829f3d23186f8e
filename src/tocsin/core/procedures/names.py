"""What the procedures are called, wherever one is named: in the handbook, in facts, in addresses and commands."""

from __future__ import annotations

from typing import Final

ROLL_BACK, UNFREEZE = "roll-back", "unfreeze"
REVERT, RELAND = "revert", "reland"
REPAIR_SCHEMA, ROLL_BACK_SCHEMA = "repair-schema", "roll-back-schema"
LOCK_BRANCH, UNLOCK_BRANCH = "lock-branch", "unlock-branch"
NAMES: Final = (
    ROLL_BACK,
    UNFREEZE,
    REVERT,
    RELAND,
    REPAIR_SCHEMA,
    ROLL_BACK_SCHEMA,
    LOCK_BRANCH,
    UNLOCK_BRANCH,
)
NOTHING_SHOWS: Final = (
    "nothing is declared that shows that it took effect: add version_url, health_url or checks to the target"
)
