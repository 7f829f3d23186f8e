"""How deploys are told."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tocsin.doors.api.told_base import Told


class Deploy(Told):
    """One deploy of a service."""

    number: int = Field(description="Where it stands in the list: `before` takes it.")
    id: str
    service: str
    version: str
    commit: str
    repository: str
    at: datetime
    live_at: datetime | None = Field(description="When it was live; null where it never was.")
    status: str = Field(description="succeeded, running, failed, unhealthy or rolled-back.")
    url: str
    title: str
    environment: str
    source: str = Field(description="How it became known first: api, deployment, release or push.")


class RecordedDeploy(Told):
    deploy: Deploy
    is_new: bool = Field(description="Whether this call told of it first.")


class Deploys(Told):
    deploys: list[Deploy]
    next: int | None = Field(description="`before` for the ones after these; null where there are no more.")
