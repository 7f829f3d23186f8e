"""Escalation policies over the API: what would follow, an expected version on every write, and what is refused by its name."""

from __future__ import annotations

from typing import Any

import httpx2

POLICY: dict[str, Any] = {
    "name": "Payments",
    "team": "ops_team",
    "steps": [{"to": ["schedule:ops"]}, {"to": ["team:ops_team"], "after": "5m"}],
    "repeat": 1,
}


async def test_a_policy_is_made_read_and_written_back_the_same(alice: httpx2.AsyncClient) -> None:
    made = await alice.put("/policies/pay", json={"policy": POLICY})

    assert (made.status_code, made.json()["is_new"], made.json()["version"]) == (200, True, 1)
    read = await alice.get("/policies/pay")
    assert (read.headers["ETag"], read.json()["policy"]) == ('"1"', POLICY)
    again = await alice.put("/policies/pay", json={"policy": read.json()["policy"], "expected_version": 1})
    assert again.json()["is_changed"] is False


async def test_it_is_told_what_would_follow_now(alice: httpx2.AsyncClient) -> None:
    found = (await alice.put("/policies/pay", json={"policy": POLICY, "preview": True})).json()

    assert [(one["at"], one["text"]) for one in found["coming"]] == [
        ("2026-03-02T09:00:00Z", "Step 1: Bob"),
        ("2026-03-02T09:05:00Z", "Step 2: Alice, Bob"),
        ("2026-03-02T09:15:00Z", "All steps are taken anew (1 more time)"),
    ]
    assert (await alice.get("/policies/pay")).status_code == 404


async def test_the_default_is_listed_though_nobody_has_saved_it(alice: httpx2.AsyncClient) -> None:
    await alice.put("/policies/pay", json={"policy": POLICY})
    found = (await alice.get("/policies")).json()["policies"]

    assert [(one["id"], one["version"], one["changed_by"]) for one in found] == [
        ("default", 0, ""),
        ("pay", 1, "alice"),
    ]


async def test_a_stale_edit_is_refused(alice: httpx2.AsyncClient) -> None:
    await alice.put("/policies/pay", json={"policy": POLICY})
    changed = await alice.put(
        "/policies/pay", json={"policy": {**POLICY, "repeat": 2}}, headers={"If-Match": '"1"'}
    )
    stale = await alice.put("/policies/pay", json={"policy": POLICY, "expected_version": 1})

    assert changed.json()["version"] == 2
    assert (stale.status_code, stale.json()["field"]) == (409, "expected_version")


async def test_a_policy_is_deleted_by_its_version(alice: httpx2.AsyncClient) -> None:
    await alice.put("/policies/pay", json={"policy": POLICY})

    assert (await alice.delete("/policies/pay")).status_code == 422
    assert (await alice.delete("/policies/pay", params={"expected_version": 1})).status_code == 204
    assert (await alice.get("/policies/pay")).status_code == 404


async def test_one_that_others_refer_to_is_not_deleted(alice: httpx2.AsyncClient) -> None:
    await alice.put("/policies/pay", json={"policy": POLICY})
    await alice.put("/policies/all", json={"policy": {**POLICY, "steps": [{"to": "policy:pay"}]}})
    refused = await alice.delete("/policies/pay", params={"expected_version": 1})

    assert (refused.status_code, refused.json()["message"]) == (
        409,
        "The policy pay can't go: all (step 1) names it. Change that first, or say that it is taken out of there (force)",
    )
    assert (await alice.delete("/schedules/ops", params={"expected_version": 1})).status_code == 409
    would = await alice.delete("/schedules/ops", params={"expected_version": 1, "preview": True})
    assert would.json()["effect"]["policies"][0]["policy"] == "pay"


async def test_what_is_wrong_is_told_by_its_name(alice: httpx2.AsyncClient) -> None:
    wrong = {**POLICY, "steps": [{"to": "schedule:ops"}, {"to": []}]}
    refused = await alice.put("/policies/pay", json={"policy": wrong})

    assert (refused.status_code, refused.json()["field"]) == (422, "to")
    assert refused.json()["message"].startswith("steps[1].to is empty: the step reaches nobody")


async def test_a_key_that_is_nobodys_changes_none(robot: httpx2.AsyncClient) -> None:
    assert (await robot.put("/policies/pay", json={"policy": POLICY})).status_code == 403


async def test_the_policy_of_another_team_is_not_theirs_to_change(
    alice: httpx2.AsyncClient, caller: Any
) -> None:
    await alice.put("/policies/pay", json={"policy": POLICY})
    carol = await caller("carol")
    refused = await carol.put("/policies/pay", json={"policy": POLICY, "expected_version": 1})

    assert refused.status_code == 403
    assert (await carol.get("/policies/pay")).status_code == 200
