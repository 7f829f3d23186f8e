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


class NearDeploy(Told):
    id: str
    name: str
    commit: str
    at: datetime
    status: str
    words: str = Field(description="How well it was.")
    url: str
    title: str


class CarriedCommit(Told):
    sha: str
    title: str
    author: str
    pull_request: int = Field(description="Its number; 0 where none is known.")


class CarriedMigration(Told):
    path: str
    is_reversible: bool = Field(description="Whether its .down. counterpart exists and is not empty.")
    breaks: list[str] = Field(description="What in it the older code may not run on.")


class Verdict(Told):
    """Whether one declared target can go back."""

    target: str
    service: str
    began_at: datetime = Field(description="The first symptom that is known.")
    verdict: str = Field(description="safe, after-schema, not-revertible, or unknown.")
    reasons: list[str]
    warnings: list[str]
    good: str = Field(description="The id of the deploy that is proposed; empty where there is none.")
    suspect: str = Field(description="The id of the one that went out last before the first symptom.")
    live: str = Field(description="The id of the newest.")
    is_near: bool = Field(
        description="Whether the suspect went out so shortly before that it may have brought it."
    )
    deploys: list[NearDeploy]
    commits: list[CarriedCommit] = Field(
        description="The newest that lie between the good one and the live one."
    )
    in_all: int = Field(description="How many commits lie between.")
    migrations: list[CarriedMigration]
    configuration: list[str] = Field(description="Files of the deploy repository that changed between.")


class Verdicts(Told):
    verdicts: list[Verdict]


class Asked(Told):
    url: str = Field(description="Where it will stand.")
