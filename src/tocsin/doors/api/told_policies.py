"""The shapes of the answers about escalation policies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from tocsin.doors.api.told_alerts import AlertLine
from tocsin.doors.api.told_base import Told


class Policy(Told):
    """`policy` is it as it is sent."""

    id: str
    name: str
    team: str = Field(description="Whose it is: its members may change it; empty: only admins may.")
    version: int = Field(
        description="Send it with the next change, as `expected_version` or `If-Match`. 0: it is the handbook's, and nobody saved it."
    )
    changed_by: str
    changed_at: datetime | None
    policy: dict[str, Any]


class Policies(Told):
    policies: list[Policy]


class ShownPolicy(Policy):
    coming: list[AlertLine] = Field(
        description="What would follow if an alert of that priority began now and nobody answered."
    )
    warnings: list[str] = Field(
        description="The steps that would reach nobody now, and the places where nothing would arrive, each with the reason."
    )


class SavedPolicy(ShownPolicy):
    is_new: bool
    is_changed: bool
