"""What callers may send about escalation policies."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tocsin.doors.api.asked import Asked, Version


class SavePolicy(Asked):
    """A policy as it is to be, as a whole: what is left out has its usual value."""

    policy: dict[str, Any] = Field(
        description="`name`, `team`, `steps` (each with `to`, `after`, `when`, `between`, `zone`, `priorities`, `turn`), `repeat`,"
        " `again_after`, `acknowledged_by`, `forgotten_after`, `last_resort`. See docs/howto/policies.md."
    )
    expected_version: Version = None
    preview: bool = Field(False, description="Change nothing: say what it would do.")
