"""Alerts over HTTP: opened by a key of monitoring, answered with the keys of people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from alert_steps import Town, with_town
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine

Callers = Callable[..., Awaitable[httpx2.AsyncClient]]


@pytest.fixture
def town(house: House, engine: Engine, clock: HandClock) -> Town:
    return with_town(house, engine, clock)


async def test_a_key_that_may_report_opens_an_alert_and_closes_it(town: Town, caller: Callers) -> None:
    robot = await caller(right="report")
    opened = await robot.post("/alerts", json={"message": "The disk is full", "alias": "disk/1"})
    assert (opened.status_code, opened.json()["ref"], opened.json()["is_new"]) == (201, "A-1", True)
    again = await robot.post("/alerts", json={"message": "The disk is full", "alias": "disk/1"})
    assert again.json() == {**opened.json(), "count": 2, "is_new": False}
    await town.engine.run_due()

    told = (await robot.get("/alerts/by-alias", params={"alias": "disk/1"})).json()
    assert (told["status"], told["paged"], told["policy"]) == ("open", ["bob"], "default")
    assert [one["text"] for one in told["history"]] == ["Step 1: Bob"]
    assert [one["text"] for one in told["coming"]] == [
        "Step 2: Alice, Bob",
        "The last resort, every 10 min until somebody acknowledges: Alice, Bob",
    ]
    assert {(one["via"], one["state"]) for one in told["deliveries"]} == {
        ("slack", "handed over"),
        ("email", "handed over"),
    }
    closed = (await robot.post("/alerts/A-1/close", json={"why": "It has room again"})).json()
    assert (closed["status"], closed["coming"]) == ("closed", [])


async def test_a_person_acknowledges_and_the_second_one_is_told_who_was_first(
    town: Town, robot: httpx2.AsyncClient, alice: httpx2.AsyncClient, caller: Callers
) -> None:
    await robot.post("/alerts", json={"message": "The disk is full"})
    bob = await caller("bob")
    done = (await bob.post("/alerts/A-1/acknowledge")).json()
    assert (done["status"], done["acknowledged_by"]) == ("acknowledged", "bob")
    second = await alice.post("/alerts/A-1/acknowledge")
    assert second.status_code == 409
    assert second.json()["message"].startswith("Bob acknowledged it at ")
    assert (await alice.post("/alerts/A-1/take-over")).json()["acknowledged_by"] == "alice"
    assert (await alice.post("/alerts/A-1/unacknowledge")).json()["status"] == "open"
    assert (await alice.post("/alerts/A-1/snooze", json={"minutes": 30})).json()["status"] == "snoozed"
    assert (await alice.post("/alerts/A-1/escalate")).json()["status"] == "open"
    sent = await alice.post("/alerts/A-1/reassign", json={"to": ["person:carol"]})
    assert sent.json()["paged"][-1] == "carol"
    more = await alice.post("/alerts/A-1/responders", json={"to": ["team:ops_team"]})
    assert set(more.json()["paged"]) == {"alice", "bob", "carol"}


async def test_whom_the_caller_names_is_paged_first_and_the_policy_follows(
    town: Town, robot: httpx2.AsyncClient
) -> None:
    opened = await robot.post("/alerts", json={"message": "The disk is full", "to": ["person:carol"]})
    told = (await robot.get(f"/alerts/{opened.json()['ref']}")).json()
    assert told["paged"] == ["carol"]
    assert [one["text"] for one in told["coming"]][:2] == ["Step 2: Bob", "Step 3: Alice, Bob"]


@pytest.mark.parametrize(
    ("path", "body", "status", "field", "said"),
    [
        ("/alerts", {"message": ""}, 422, "message", "message is missing"),
        ("/alerts", {"message": "x" * 501}, 422, "message", "at most 500"),
        ("/alerts", {"message": "x", "policy": "none"}, 404, "policy", "There is no policy none"),
        ("/alerts", {"message": "x", "to": ["person:zed"]}, 422, "to", "there is no person zed"),
        ("/alerts", {"message": "x", "link": "javascript:alert(1)"}, 422, "link", "http"),
        ("/alerts/A-9/acknowledge", None, 404, "ref", "There is no alert A-9"),
        ("/alerts/nine/escalate", None, 404, "ref", "There is no alert nine"),
        ("/alerts/A-1/snooze", {}, 422, "minutes", "either minutes or until"),
        ("/alerts/A-1/snooze", {"until": "2020-01-01T00:00:00Z"}, 422, "until", "that is past"),
        ("/alerts/A-1/reassign", {"to": ["person:zed"]}, 422, "to", "there is no person zed"),
        ("/alerts/A-1/reassign", {"to": ["zed"]}, 422, "to", "write person:HANDLE"),
    ],
)
async def test_what_can_not_be_is_refused_by_name(
    town: Town,
    alice: httpx2.AsyncClient,
    path: str,
    body: dict[str, object],
    status: int,
    field: str,
    said: str,
) -> None:
    await alice.post("/alerts", json={"message": "The disk is full"})
    answer = await alice.post(path, json=body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert said in answer.json()["message"]


async def test_a_key_that_is_nobody_can_not_acknowledge(town: Town, robot: httpx2.AsyncClient) -> None:
    await robot.post("/alerts", json={"message": "The disk is full"})
    answer = await robot.post("/alerts/A-1/acknowledge")
    assert answer.status_code == 403
    assert "Only a person can acknowledge an alert" in answer.json()["message"]


async def test_the_plain_answers_as_the_api_does_and_leaves_it_what_is_odd(
    town: Town, robot: httpx2.AsyncClient, nobody: httpx2.AsyncClient, caller: Callers
) -> None:
    """In whichever header the key comes, the answers are the same."""
    key = robot.headers["authorization"].partition(" ")[2]
    other = await nobody.post("/alerts", json={"message": "One"}, headers={"X-API-Key": key})
    plain = await robot.post("/alerts", json={"message": "Two"})
    assert other.status_code == plain.status_code == 201
    assert other.headers["content-type"] == plain.headers["content-type"]
    assert set(other.json()) == set(plain.json())
    reader = await caller(right="read")
    refused = [
        (await nobody.post("/alerts", json={"message": "x"}), 401),
        (
            await nobody.post(
                "/alerts", json={"message": "x"}, headers={"Authorization": "Bearer tocsin_no"}
            ),
            401,
        ),
        (await reader.post("/alerts", json={"message": "x"}), 403),
        (await robot.post("/alerts", content=b"{", headers={"Content-Type": "application/json"}), 400),
        (await robot.post("/alerts", json={"message": "x", "colour": "red"}), 422),
        (await robot.post("/alerts", content=b"[" * 1_100_000), 413),
    ]
    assert [one.status_code for one, _ in refused] == [status for _, status in refused]
    assert len((await robot.get("/alerts")).json()["alerts"]) == 2
