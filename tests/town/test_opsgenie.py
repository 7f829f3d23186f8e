"""Opsgenie: alerts that are accepted first and made afterwards, their acknowledgement, and who is on call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tocsin.town import Town
from town.specs import check_opsgenie

ALERTS = "/v2/alerts"


@pytest.fixture
async def api(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    town.opsgenie.add_team("ops_team")
    town.opsgenie.add_schedule("ops", ["bob@acme.example"])
    headers = {"Authorization": f"GenieKey {town.opsgenie.key}"}
    async with httpx2.AsyncClient(
        base_url=f"{town.url}/opsgenie", headers=headers, trust_env=False, verify=False
    ) as client:
        yield client


def alert(**other: Any) -> dict[str, Any]:
    responders = [{"type": "team", "name": "ops_team"}]
    return {"message": "Sign-in is broken", "alias": "INC-7", "responders": responders} | other


async def outcome(api: httpx2.AsyncClient, answer: httpx2.Response) -> dict[str, Any]:
    data: dict[str, Any] = (await api.get(f"{ALERTS}/requests/{answer.json()['requestId']}")).json()["data"]
    return data


async def test_an_accepted_alert_is_made_only_when_it_is_processed(
    town: Town, api: httpx2.AsyncClient
) -> None:
    town.opsgenie.hold()

    accepted = await api.post(ALERTS, json=alert())
    early = await api.get(f"{ALERTS}/requests/{accepted.json()['requestId']}")
    before = len(town.opsgenie.alerts)
    town.opsgenie.process()
    became = await outcome(api, accepted)

    assert (accepted.status_code, accepted.json()["result"]) == (202, "Request will be processed")
    assert (early.status_code, early.headers["x-opsgenie-errortype"]) == (404, "RequestNotProcessed")
    assert (before, len(town.opsgenie.alerts)) == (0, 1)
    assert (became["isSuccess"], became["status"]) == (True, "Created alert")
    assert became["alertId"] == town.opsgenie.alerts[0].id


async def test_an_alert_is_found_by_id_alias_and_tiny_id(town: Town, api: httpx2.AsyncClient) -> None:
    await api.post(ALERTS, json=alert())
    made = town.opsgenie.alerts[0]

    by_id = await api.get(f"{ALERTS}/{made.id}")
    by_alias = await api.get(f"{ALERTS}/INC-7", params={"identifierType": "alias"})
    by_tiny = await api.get(f"{ALERTS}/1", params={"identifierType": "tiny"})

    ids = [answer.json()["data"]["id"] for answer in (by_id, by_alias, by_tiny)]
    assert ids == [made.id] * 3


async def test_a_second_alert_of_an_open_alias_only_counts(town: Town, api: httpx2.AsyncClient) -> None:
    await api.post(ALERTS, json=alert())
    await api.post(ALERTS, json=alert(message="Other words"))
    counted = [(a.message, a.count) for a in town.opsgenie.alerts]
    town.opsgenie.close("INC-7", "bob@acme.example")
    await api.post(ALERTS, json=alert())

    assert counted == [("Sign-in is broken", 2)]
    assert [a.status for a in town.opsgenie.alerts] == ["closed", "open"]


async def test_a_long_message_is_cut_at_130_characters(town: Town, api: httpx2.AsyncClient) -> None:
    await api.post(ALERTS, json=alert(message="x" * 200))

    assert len(town.opsgenie.alerts[0].message) == 130


async def test_an_acknowledgement_says_who(town: Town, api: httpx2.AsyncClient) -> None:
    await api.post(ALERTS, json=alert())
    town.opsgenie.acknowledge("INC-7", "bob@acme.example")

    data = (await api.get(f"{ALERTS}/INC-7", params={"identifierType": "alias"})).json()["data"]

    assert data["acknowledged"] is True
    assert data["report"]["acknowledgedBy"] == data["owner"] == "bob@acme.example"


async def test_an_alert_is_closed_with_a_note_and_only_once(town: Town, api: httpx2.AsyncClient) -> None:
    await api.post(ALERTS, json=alert())
    path, alias = f"{ALERTS}/INC-7/close", {"identifierType": "alias"}

    first = await outcome(api, await api.post(path, params=alias, json={"note": "resolved"}))
    second = await outcome(api, await api.post(path, params=alias))
    by_id = await outcome(api, await api.post(f"{ALERTS}/{first['alertId']}/close"))

    assert (first["isSuccess"], first["status"]) == (True, "Alert closed")
    assert (second["isSuccess"], second["status"], second["alertId"]) == (False, "Alert does not exist", "")
    assert (by_id["isSuccess"], by_id["status"]) == (False, "Alert is already closed")
    assert town.opsgenie.alerts[0].notes == ["resolved"]


async def test_who_is_on_call(api: httpx2.AsyncClient) -> None:
    one = await api.get(
        "/v2/schedules/ops/on-calls", params={"scheduleIdentifierType": "name", "flat": "true"}
    )
    every = await api.get("/v2/schedules/on-calls", params={"flat": "true"})
    nobody = await api.get("/v2/schedules/none/on-calls", params={"scheduleIdentifierType": "name"})

    assert one.json()["data"]["onCallRecipients"] == ["bob@acme.example"]
    assert [found["_parent"]["name"] for found in every.json()["data"]] == ["ops"]
    assert nobody.status_code == 404


async def test_wrong_keys_and_wrong_bodies_are_refused(town: Town, api: httpx2.AsyncClient) -> None:
    wrong = await api.post(ALERTS, json=alert(), headers={"Authorization": "GenieKey wrong"})
    empty = await api.post(ALERTS, json={"alias": "INC-7"})
    broken = await api.post(ALERTS, content=b"{")

    assert [answer.status_code for answer in (wrong, empty, broken)] == [401, 422, 400]
    assert empty.json()["errors"] == {"message": "Message can not be empty."}
    assert town.opsgenie.alerts == []


async def test_opsgenie_can_be_told_to_fail(town: Town, api: httpx2.AsyncClient) -> None:
    town.faults.add("opsgenie", "POST /v2/alerts", "429")
    town.faults.add("opsgenie", "POST /v2/alerts", "lost_answer")

    slow = await api.post(ALERTS, json=alert())
    with pytest.raises(httpx2.TransportError):
        await api.post(ALERTS, json=alert())

    assert (slow.status_code, slow.headers["x-ratelimit-state"]) == (429, "THROTTLED")
    assert len(town.opsgenie.alerts) == 1


async def test_people_acknowledge_and_close_on_the_page(
    town: Town, api: httpx2.AsyncClient, web: httpx2.AsyncClient
) -> None:
    await api.post(ALERTS, json=alert(message="Sign-in <broken>"))
    made = town.opsgenie.alerts[0]

    page = await web.get("/opsgenie")
    await web.post("/opsgenie/form", data={"id": made.id, "user": "bob@acme.example", "do": "acknowledge"})
    acknowledged = made.acknowledged_by
    await web.post("/opsgenie/form", data={"id": made.id, "user": "bob@acme.example", "do": "close"})

    assert "Sign-in &lt;broken&gt;" in page.text
    assert "ops_team" in page.text
    assert (acknowledged, made.status) == ("bob@acme.example", "closed")
    assert town.as_json()["opsgenie"]["alerts"][0]["acknowledged_by"] == "bob@acme.example"
    assert (await web.get(town.opsgenie.link(made))).status_code == 200


async def test_calls_and_answers_fit_opsgenies_description(town: Town, api: httpx2.AsyncClient) -> None:
    alias = {"identifierType": "alias"}
    accepted = await api.post(ALERTS, json=alert(description="d", tags=["t"], details={"k": "v"}))
    await outcome(api, accepted)
    await api.get(f"{ALERTS}/requests/nothing")
    await api.post(f"{ALERTS}/INC-7/notes", params=alias, json={"note": "n"})
    await api.post(f"{ALERTS}/INC-7/acknowledge", params=alias, json={"user": "bob@acme.example"})
    await api.get(f"{ALERTS}/INC-7", params=alias)
    await api.post(f"{ALERTS}/INC-7/close", params=alias, json={"note": "n", "source": "Tocsin"})
    await api.get(f"{ALERTS}/INC-7", params=alias)
    await api.get("/v2/schedules/on-calls", params={"flat": "true"})
    await api.get("/v2/schedules/ops/on-calls", params={"scheduleIdentifierType": "name"})
    await api.post(ALERTS, json={"message": "x", "priority": "P3"}, headers={"Authorization": "GenieKey x"})

    assert [c.status for c in town.requests] == [202, 200, 404, 202, 202, 200, 202, 404, 200, 200, 401]
    for call in town.requests:
        check_opsgenie(call)


async def test_a_field_that_opsgenie_does_not_describe_is_found_out(
    town: Town, api: httpx2.AsyncClient
) -> None:
    await api.post(ALERTS, json=alert(team="ops_team"))

    with pytest.raises(AssertionError, match="team"):
        check_opsgenie(town.requests[-1])
