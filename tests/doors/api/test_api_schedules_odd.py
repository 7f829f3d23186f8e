"""Whatever is sent about on-call is taken or refused in words: nothing fails inside, and what was taken can be asked about."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from test_api_schedules import PLAN

ODD: tuple[Any, ...] = (
    None, 0, -1, True, "", [], {}, "x" * 200, "nobody", "team:ops_team", "alice", ["alice", ["bob"]], {"a": 1}, 1e308, 10**30,
    "2026-03-02 09:00", "0001-01-01", "9999-12-31T23:59:59", "2026-03-02T09:00:00Z", "\x00", "🔥", "\ud800", "1 week", "0 days",
    "999999 months", "24 hours", ["mon"], ["xyz"], "Mon-Fri 09:00-17:00", "25:00-26:00", "Europe/Berlin", "../../etc/passwd",
    "Mon 24:00 - Tue 24:00", "2024-02-29 00:00", "1970-01-01 00:00", "2200-12-31 23:59",
)  # fmt: skip
TIMES: tuple[Any, ...] = (
    "2026-03-03T09:00:00Z", "2026-03-04T09:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-02T09:00:00+14:00",
    "2026-03-05", "2026-03-01", "9999-12-31", "0001-01-01", None, 5, "x",
)  # fmt: skip
TAKEN_OR_REFUSED = (200, 201, 400, 403, 404, 409, 422)
JSON = {"Content-Type": "application/json"}


def places(doc: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document."""
    yield above
    for key in doc if isinstance(doc, dict) else range(len(doc)) if isinstance(doc, list) else ():
        yield from places(doc[key], (*above, key))


def with_odd(doc: Any, chance: random.Random) -> Any:
    """The document with something odd in one place."""
    odd, [*above, last] = copy.deepcopy(chance.choice(ODD)), chance.choice([*places(doc)][1:])
    inner = doc
    for key in above:
        inner = inner[key]
    inner[last] = odd
    return doc


async def asked_about(client: httpx2.AsyncClient, schedule: str) -> list[int]:
    paths = ("on-call", "explain", "shifts", "gaps")
    return [(await client.get(f"/schedules/{schedule}/{path}")).status_code for path in paths]


@pytest.mark.parametrize("seed", range(3))
async def test_a_plan_with_something_odd_in_it(admin: httpx2.AsyncClient, seed: int) -> None:
    chance, statuses = random.Random(seed), set()
    base = copy.deepcopy(PLAN)
    base["layers"][0]["rotations"][0] |= {"until": "2027-01-01 00:00", "offset": 1}  # type: ignore[index]
    for _ in range(70):
        there = await admin.get("/schedules/odd")
        body = {
            "plan": with_odd(copy.deepcopy(base), chance),
            "since": None,
            "name": "Odd",
            "team": "ops_team",
        }
        body["expected_version"] = there.json()["version"] if there.status_code == 200 else None
        sent = with_odd(body, chance) if chance.random() < 0.2 else body
        answer = await admin.put("/schedules/odd", content=json.dumps(sent), headers=JSON)
        statuses.add(answer.status_code)
        assert answer.status_code in TAKEN_OR_REFUSED, (sent, answer.text)

    assert statuses >= {200, 422}
    assert await asked_about(admin, "odd") == [200] * 4


@pytest.mark.parametrize("seed", range(3))
async def test_what_changes_a_schedule_with_something_odd_in_it(admin: httpx2.AsyncClient, seed: int) -> None:
    chance = random.Random(seed)
    handles = ("alice", "bob", "carol", "zoe", "", "\x00", "\ud800", "team:ops_team", "team:")

    def some() -> str:
        return chance.choice(handles)

    for _ in range(70):
        span = {"start": chance.choice(TIMES), "end": chance.choice(TIMES)}
        change = chance.choice(("take", "add", "replace", "remove"))
        path, body = chance.choice([
            ("/schedules/ops/overrides", {"change": change, "people": [some()], "instead_of": some()}),
            ("/schedules/ops/shadows", {"person": some(), "of": some()}),
            ("/absences", {"person": some(), "reason": "\ud800\x00"}),
            ("/cover-requests", {"schedule": "ops", "person": some(), "asked": [some()]}),
        ])  # fmt: skip
        answer = await admin.post(path, content=json.dumps({**body, **span}), headers=JSON)
        assert answer.status_code in TAKEN_OR_REFUSED, (path, body, span, answer.text)

    assert await asked_about(admin, "ops") == [200] * 4
    assert (await admin.get("/on-call")).status_code == 200


async def test_odd_windows_and_instants(alice: httpx2.AsyncClient) -> None:
    windows = (
        "/schedules/ops/shifts",
        "/schedules/ops/gaps",
        "/schedules/ops/overrides",
        "/absences",
        "/hours",
        "/gaps",
    )

    asked = [
        (path, {"from": start or "", "to": end or ""})
        for path in windows
        for start in TIMES
        for end in TIMES[::2]
    ]
    asked += [(path, {"at": at or ""}) for path in ("/on-call", "/schedules/ops/explain") for at in TIMES]
    answers = [(one, (await alice.get(one[0], params=one[1]))) for one in asked]

    assert [(one, answer.text) for one, answer in answers if answer.status_code not in (200, 422)] == []
