"""The whole configuration over the API: read at once, planned with a key that may only read, and done as it was reviewed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

Make = Callable[..., Awaitable[httpx2.AsyncClient]]


async def files_of(client: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/configuration")).json()
    del found["version"]
    return found


def turns(files: dict[str, Any]) -> dict[str, Any]:
    one: dict[str, Any] = files["schedules"]["ops"]["layers"][0]["rotations"][0]
    return one


async def test_who_may_only_read_sees_no_address_and_plans_but_does_nothing(
    caller: Make, admin: httpx2.AsyncClient
) -> None:
    reader = await caller("", "read")
    files = await files_of(reader)
    turns(files)["participants"] = ["bob", "carol"]

    planned = await reader.post("/apply", json={**files, "dry_run": True})
    refused = await reader.post("/apply", json=files)

    assert files["people"]["bob"] == {"name": "Bob"}
    assert (await files_of(admin))["people"]["bob"]["email"] == "bob@acme.example"
    [change] = [step for step in planned.json()["steps"] if step["action"] != "unchanged"]
    assert (change["kind"], change["id"], change["action"]) == ("schedule", "ops", "update")
    assert {move["person"] for move in planned.json()["effect"]["moves"]} == {"alice", "carol"}
    assert (planned.status_code, refused.status_code) == (200, 403)
    assert turns(await files_of(reader))["participants"] == ["bob", "alice"]


async def test_the_plan_that_a_reader_reviewed_is_what_an_admin_applies(
    caller: Make, admin: httpx2.AsyncClient
) -> None:
    reader = await caller("", "read")
    files = await files_of(admin)
    turns(files)["participants"] = ["bob", "carol"]
    files["people"]["carol"]["name"] = "Caroline"
    plan = (await reader.post("/apply", json={**files, "dry_run": True})).json()["plan_id"]

    done = await admin.post("/apply", json={**files, "plan_id": plan})
    again = await admin.post("/apply", json={**files, "plan_id": plan})

    assert (done.status_code, done.json()["is_applied"]) == (200, True)
    assert again.status_code == 409
    assert "This is not the plan that was reviewed" in again.json()["message"]


async def test_each_thing_that_is_wrong_has_its_place(admin: httpx2.AsyncClient) -> None:
    files = await files_of(admin)
    turns(files)["every"] = "0 weeks"
    files["teams"]["night"] = ["nina"]

    answer = await admin.post("/apply", json=files)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["problems"]] == ["team.night", "schedule.ops"]
    assert (
        "layers[0].rotations[0].every is '0 weeks': a turn would never end"
        in answer.json()["problems"][1]["message"]
    )


async def test_a_field_that_is_unknown_is_named_and_a_large_house_is_taken(
    admin: httpx2.AsyncClient,
) -> None:
    odd = await admin.post("/apply", json={"people": {"bob": {"mail": "x"}}})
    many = {f"p{n}": {"name": "x" * 90, "github": f"{n:09}" * 10} for n in range(6_000)}
    large = await admin.post("/apply", json={"people": many, "dry_run": True})
    too_large = await admin.post("/apply", content=b"x" * (17 * 1024 * 1024))

    assert odd.status_code == 422
    assert "people.bob.mail" in odd.json()["message"]
    assert large.status_code == 200
    assert (too_large.status_code, "16,777,216 bytes" in too_large.json()["message"]) == (413, True)
