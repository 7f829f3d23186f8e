"""The shapes of the answers about the configuration as files."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tocsin.doors.api.told_base import Told
from tocsin.doors.api.told_on_call import Effect


class Team(Told):
    """A team that says which pager it keeps."""

    members: list[str]
    pager: str


class Configuration(Told):
    """All that files may say, each kind by its ids, in the form in which `POST /apply` takes it. How people are reached only admins see."""

    version: int = Field(description="The roster's: it grows with every change.")
    people: dict[str, dict[str, Any]]
    teams: dict[str, list[str] | Team]
    calendars: dict[str, dict[str, Any]]
    schedules: dict[str, dict[str, Any]]
    policies: dict[str, dict[str, Any]]


class Step(Told):
    """What becomes of one thing: create, update, unchanged, delete, or left (nothing was said of it). `words` are what changes."""

    kind: str = Field(description="person, team, calendar, schedule or policy.")
    id: str
    action: str
    words: list[str]


class Applied(Told):
    """What was done, or would be. Send `plan_id` to have exactly this plan done."""

    plan_id: str
    is_applied: bool
    steps: list[Step]
    effect: Effect
    warnings: list[str] = Field(
        description="Channels and webhooks of changed policies where nothing would arrive, each with the reason."
    )
