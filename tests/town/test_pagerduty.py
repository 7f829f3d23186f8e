"""PagerDuty: events that are accepted first and worked on afterwards, two APIs, and webhooks that are signed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tocsin.town import Town

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"
EVENTS = "/events/v2/enqueue"


@pytest.fixture
async def api(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    town.pagerduty.add_user("Bob Okafor", "bob@acme.example")
    headers = {
        "Authorization": f"Token token={town.pagerduty.token}",
        "Accept": "application/vnd.pagerduty+json;version=2",
    }
    async with httpx2.AsyncClient(
        base_url=f"{town.url}/pagerduty", headers=headers, trust_env=False
    ) as client:
        yield client


def event(key: str, action: str = "trigger", **payload: Any) -> dict[str, Any]:
    about = {"summary": "Sign-in is broken", "source": "acme", "severity": "critical", **payload}
    return {"routing_key": key, "event_action": action, "dedup_key": "INC-7", "payload": about}


async def test_an_accepted_event_is_an_incident_only_once_it_is_processed(
    town: Town, api: httpx2.AsyncClient
) -> None:
    key = town.pagerduty.add_service("ops")
    town.pagerduty.hold()

    accepted = await api.post(EVENTS, json=event(key))
    before = (await api.get("/api/incidents", params={"incident_key": "INC-7"})).json()["incidents"]
    town.pagerduty.process()
    [after] = (await api.get("/api/incidents", params={"incident_key": "INC-7"})).json()["incidents"]

    assert (accepted.status_code, accepted.json()["dedup_key"]) == (202, "INC-7")
    assert before == []
    assert (after["status"], after["title"]) == ("triggered", "Sign-in is broken")


async def test_a_key_counts_while_it_is_open_and_makes_a_new_one_after(
    town: Town, api: httpx2.AsyncClient
) -> None:
    key = town.pagerduty.add_service("ops")
    await api.post(EVENTS, json=event(key, "resolve"))
    for action in ("trigger", "trigger", "resolve", "trigger"):
        await api.post(EVENTS, json=event(key, action))

    assert [(one.status, one.count) for one in town.pagerduty.incidents] == [
        ("resolved", 2),
        ("triggered", 1),
    ]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect"),
        ({"routing_key": "X" * 32}, "Invalid routing key"),
        ({"event_action": "open"}, "'event_action' is invalid"),
        ({"dedup_key": "x" * 256}, "'dedup_key' is longer than 255"),
        ({"payload": {"summary": "x", "source": "y", "severity": "P1"}}, "'payload.severity' is invalid"),
        ({"payload": {"summary": "x" * 1025, "source": "y", "severity": "info"}}, "longer than 1024"),
        ({"payload": {}}, "'payload.summary' is missing or blank"),
    ],
)
async def test_an_event_that_can_t_be_is_refused(
    town: Town, api: httpx2.AsyncClient, wrong: dict[str, Any], says: str
) -> None:
    answer = await api.post(EVENTS, json=event(town.pagerduty.add_service("ops")) | wrong)

    assert answer.status_code == 400
    assert says in str(answer.json()["errors"])


@pytest.mark.parametrize("capture", ["client_pagerduty_events_clients", "alertmanager_pagerduty_v2"])
async def test_what_real_clients_send_is_taken(town: Town, api: httpx2.AsyncClient, capture: str) -> None:
    file = CAPTURES / f"{capture}.json"
    if not file.exists():
        pytest.skip(f"{file.name} does not lie beside the repository")
    key = town.pagerduty.add_service("ops")

    answers = [
        await api.post(EVENTS, json={**one["body"], "routing_key": key})
        for one in json.loads(file.read_text())["exchanges"]
    ]

    assert answers
    assert {one.status_code for one in answers} == {202}


async def test_only_a_user_changes_an_incident_and_a_resolved_one_is_opened_again(
    town: Town, api: httpx2.AsyncClient
) -> None:
    await api.post(EVENTS, json=event(town.pagerduty.add_service("ops")))
    [one] = town.pagerduty.incidents
    path, change = f"/api/incidents/{one.id}", {"incident": {"type": "incident", "status": "acknowledged"}}
    stranger = await api.put(path, json=change, headers={"From": "zoe@acme.example"})
    town.pagerduty.resolve("INC-7", "bob@acme.example")

    bob = await api.put(path, json=change, headers={"From": "bob@acme.example"})
    log = (await api.get(f"{path}/log_entries")).json()["log_entries"]

    assert (stranger.status_code, stranger.json()["error"]["errors"]) == (400, ["Requester User Not Found"])
    assert bob.json()["incident"]["status"] == "acknowledged"
    assert [entry["type"] for entry in log] == [
        "acknowledge_log_entry", "resolve_log_entry", "trigger_log_entry",
    ]  # fmt: skip
    assert log[0]["agent"]["type"] == "user_reference"


async def test_without_the_token_or_the_version_nothing_is_shown(town: Town, api: httpx2.AsyncClient) -> None:
    wrong = await api.get("/api/incidents", headers={"Authorization": "Token token=x"})
    old = await api.get("/api/incidents", headers={"Accept": "application/json"})

    assert (wrong.status_code, old.status_code) == (401, 400)


async def test_who_is_on_call_comes_with_their_addresses(town: Town, api: httpx2.AsyncClient) -> None:
    town.pagerduty.add_schedule("PSCHED1", ["bob@acme.example"])

    params = {"schedule_ids[]": "PSCHED1", "include[]": "users"}
    [found] = (await api.get("/api/oncalls", params=params)).json()["oncalls"]

    assert found["user"]["email"] == "bob@acme.example"
    assert (await api.get("/api/oncalls", params={"schedule_ids[]": "P0"})).status_code == 400


async def test_people_press_buttons_on_its_page(town: Town, api: httpx2.AsyncClient) -> None:
    await api.post(EVENTS, json=event(town.pagerduty.add_service("ops")))
    [one] = town.pagerduty.incidents
    [user] = town.pagerduty._board.users
    page = await api.get("")

    await api.post("/form", data={"id": one.id, "user": user, "do": "acknowledge"})

    assert "triggered, nobody has acknowledged" in page.text
    assert one.status == "acknowledged"
    assert "acknowledged by Bob Okafor" in (await api.get(f"/incidents/{one.id}")).text


async def test_a_webhook_is_signed_with_every_secret(town: Town) -> None:
    town.pagerduty.webhooks.secrets = ["one", "two"]

    first, second = town.pagerduty.webhooks.signature(b"{}").split(",")

    assert first != second
    assert all(one.startswith("v1=") and len(one) == 67 for one in (first, second))
