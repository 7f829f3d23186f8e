"""The shapes of the answers about procedures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from tocsin.doors.api.told_base import Told


class AskedFor(Told):
    """Something that is asked when the procedure is planned."""

    name: str
    label: str
    help: str
    must: bool


class Procedure(Told):
    """A procedure, and what it can be done to here."""

    id: str
    title: str
    of: str = Field(description="target, source or database.")
    targets: list[str]
    asks: list[AskedFor]


class Procedures(Told):
    procedures: list[Procedure]


class SeenOutside(Told):
    what: str
    value: str
    url: str | None


class Step(Told):
    """A step of a run. `state` is waiting, running, done or failed; `undo` says in words how a person takes it back."""

    id: str
    title: str
    hand: str
    state: str
    watches: bool
    undo: str | None
    inputs: dict[str, Any]
    since: datetime | None
    ended_at: datetime | None
    said: str | None
    evidence: list[SeenOutside]
    why: str | None = Field(description="Why it failed.")
    details: list[str]
    output: list[str]
    output_cut: bool


class Run(Told):
    """A run of a procedure. `state` is asked, planned, approved, running, verified, failed, stopped or withdrawn."""

    id: str
    incident: str
    url: str
    procedure: str
    target: str
    reason: str
    inputs: dict[str, Any]
    asked_by: str
    asked_at: datetime
    state: str
    verdict: str | None = Field(
        description="safe, after-schema, warned or refused; null while it is planned."
    )
    reasons: list[str]
    refusals: list[str]
    warnings: list[str]
    overridable: bool
    agreed: list[str]
    persons: int = Field(description="How many have to say yes.")
    override: str | None
    approved_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    is_stopping: bool
    said: str | None = Field(description="Why it failed, was stopped or withdrawn.")
    stands: list[str]
    lacks: list[str]
    evidence: list[SeenOutside]
    steps: list[Step]


class Runs(Told):
    runs: list[Run]


class RunRow(Told):
    incident: str
    run: str
    url: str
    procedure: str
    target: str
    state: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class AllRuns(Told):
    runs: list[RunRow]
