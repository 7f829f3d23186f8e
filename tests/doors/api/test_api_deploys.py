"""Deploys by the API: told of once or several times, listed, and wrong ones refused by name."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from tocsin.acts.house import House
from tocsin.acts.judging import judge
from tocsin.core.procedures.declared import Declared, Target

SHA = "1a2b3c4d5e6f70819293a4b5c6d7e8f901234567"
DEPLOY = {"id": "ci-1", "service": "site", "version": "v7", "commit": SHA, "repository": "acme/site"}


async def tell(caller: httpx2.AsyncClient, **what: Any) -> dict[str, Any]:
    answer = await caller.post("/deploys", json=DEPLOY | what)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_deploy_is_listed_as_it_was_told(robot: httpx2.AsyncClient) -> None:
    made = await tell(robot, at="2026-03-02T09:58:00+01:00", url="https://ci.acme.example/1")

    listed = (await robot.get("/deploys", params={"service": "site"})).json()
    assert made["is_new"]
    assert listed == {"deploys": [made["deploy"]], "next": None}
    assert (made["deploy"]["live_at"], made["deploy"]["source"]) == ("2026-03-02T08:58:00Z", "api")


async def test_the_same_id_again_adds_to_the_deploy(robot: httpx2.AsyncClient) -> None:
    await tell(robot, status="running")
    await tell(robot)

    again = await tell(robot, status="unhealthy", url="https://ci.acme.example/1")

    listed = (await robot.get("/deploys")).json()["deploys"]
    assert (again["is_new"], len(listed), listed[0]["status"]) == (False, 1, "unhealthy")
    assert (listed[0]["version"], listed[0]["url"]) == ("v7", "https://ci.acme.example/1")


async def test_the_same_deploy_told_at_the_same_moment_is_one(robot: httpx2.AsyncClient) -> None:
    told = await asyncio.gather(*(tell(robot) for _ in range(5)))

    assert sorted(one["is_new"] for one in told) == [False] * 4 + [True]


async def test_the_list_goes_on_where_it_ended(robot: httpx2.AsyncClient) -> None:
    for n in range(3):
        await tell(robot, id=f"ci-{n}", at=f"2026-03-02T08:0{n}:00Z")

    first = (await robot.get("/deploys", params={"limit": 2})).json()
    rest = (await robot.get("/deploys", params={"limit": 2, "before": first["next"]})).json()
    assert [one["id"] for one in first["deploys"] + rest["deploys"]] == ["ci-2", "ci-1", "ci-0"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("service", {"service": ""}), ("commit", {"commit": "main"}), ("status", {"status": "great"})],
)
async def test_a_wrong_field_is_refused_by_its_name(
    field: str, wrong: dict[str, str], robot: httpx2.AsyncClient
) -> None:
    answer = await robot.post("/deploys", json=DEPLOY | wrong)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_whoever_may_only_read_tells_of_no_deploy(caller: Any) -> None:
    reader = await caller("carol", "read")

    assert (await reader.post("/deploys", json=DEPLOY)).status_code == 403


async def test_the_verdicts_of_an_incident_are_read_and_asked_for_anew(
    alice: httpx2.AsyncClient, ref: str, house: House
) -> None:
    house.declared = Declared((Target("site", "site", by="command", command=("deploy",)),))
    await tell(alice, id="v7", at="2026-03-01T08:00:00Z", version="v7", commit="a" * 40)
    await tell(alice, id="v8", at="2026-03-02T08:58:00Z", version="v8", commit="b" * 40)
    asked = await alice.post(f"/incidents/{ref}/verdicts", json={})
    await judge(house, ref)

    (found,) = (await alice.get(f"/incidents/{ref}/verdicts")).json()["verdicts"]
    assert asked.status_code == 202
    assert (found["service"], found["verdict"], found["good"]) == ("site", "unknown", "v7")
    assert found["reasons"] == ["what lies between is not known: nothing here looks into git"]


async def test_a_first_symptom_without_an_offset_is_refused_by_name(
    alice: httpx2.AsyncClient, ref: str
) -> None:
    answer = await alice.post(f"/incidents/{ref}/verdicts", json={"began_at": "2026-03-02T08:58:00"})

    assert (answer.status_code, answer.json()["field"]) == (422, "began_at")
