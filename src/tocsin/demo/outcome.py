"""What came of a story, as one JSON value, and whether every duty stands as the story says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import httpx2

from tocsin.town import Town


class DutyFound(TypedDict):
    id: str
    state: str
    due_at: str
    done_at: str | None
    by: str | None
    evidence: str | None


class IncidentFound(TypedDict):
    ref: str
    kind: str
    status: str
    facts: int
    duties: list[DutyFound]


class Found(TypedDict):
    """The shape of the file that `--json` writes."""

    incidents: list[IncidentFound]
    town: dict[str, Any]


async def outcome(http: httpx2.AsyncClient, town: Town) -> Found:
    """Every incident with its ledger, asked of the API, and all that can be seen in the town."""
    listed = (await http.get("/api/v1/incidents")).raise_for_status().json()
    refs = sorted((row["ref"] for row in listed["incidents"]), key=lambda ref: int(ref.split("-")[1]))
    incidents = [
        _incident((await http.get(f"/api/v1/incidents/{ref}")).raise_for_status().json()) for ref in refs
    ]
    return {"incidents": incidents, "town": town.as_json()}


def _incident(whole: Mapping[str, Any]) -> IncidentFound:
    names = ("id", "state", "due_at", "done_at", "by", "evidence")
    duties: list[Any] = [{name: duty[name] for name in names} for duty in whole["ledger"]]
    return {
        "ref": whole["ref"],
        "kind": whole["kind"],
        "status": whole["status"],
        "facts": len(whole["facts"]),
        "duties": duties,
    }


def write(path: Path, found: Found) -> None:
    path.write_text(json.dumps(found, indent=2) + "\n")


def differences(status: str, duties: Mapping[str, str], found: Found) -> list[str]:
    """Where the one incident of a story is not as it should be; empty when all is well."""
    if len(found["incidents"]) != 1:
        return [f"there are {len(found['incidents'])} incidents instead of one"]
    incident = found["incidents"][0]
    states = {duty["id"]: duty["state"] for duty in incident["duties"]}
    wrong = [
        f"{id} is {states.get(id, 'not there')}, the story says {state}"
        for id, state in duties.items()
        if states.get(id) != state
    ]
    wrong += [
        f"{id} is {state}, the story does not know it" for id, state in states.items() if id not in duties
    ]
    if incident["status"] != status:
        wrong.append(f"{incident['ref']} is {incident['status']}, the story says {status}")
    return wrong
