"""What can be read over the API."""

from __future__ import annotations

from datetime import timedelta

import httpx2

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine


async def test_incidents_are_listed_newest_first_page_by_page(alice: httpx2.AsyncClient) -> None:
    for text in ("one", "two", "three"):
        await alice.post("/reports", json={"text": text})

    first = (await alice.get("/incidents", params={"limit": 2})).json()
    second = (await alice.get("/incidents", params={"limit": 2, "before": first["next"]})).json()

    assert [row["title"] for row in first["incidents"]] == ["three", "two"]
    assert [row["title"] for row in second["incidents"]] == ["one"]
    assert second["next"] is None


async def test_incidents_are_listed_by_status(alice: httpx2.AsyncClient, ref: str) -> None:
    await alice.post(f"/incidents/{ref}/dismiss", json={"reason": "none", "verified": "looked"})
    await alice.post("/reports", json={"text": "still open"})

    found = (await alice.get("/incidents", params={"status": ["open"]})).json()

    assert [row["title"] for row in found["incidents"]] == ["still open"]


async def test_an_incident_is_told_whole(alice: httpx2.AsyncClient, ref: str, house: House) -> None:
    told = (await alice.get(f"/incidents/{ref.lower()}")).json()

    assert told["url"] == house.places.incident(ref)
    assert told["started_at"] == "2026-03-02T09:00:00Z"
    assert [fact["kind"] for fact in told["facts"]][:2] == ["incident_declared", "report_received"]
    assert "token" not in told["facts"][1]["data"]
    assert {one["does"] for one in told["waiting"]} >= {"page"}
    assert told["reports"][0]["status_url"].startswith(house.places.base)


async def test_a_duty_that_is_late_shows_as_overdue(
    alice: httpx2.AsyncClient, ref: str, engine: Engine, clock: HandClock
) -> None:
    await engine.run_due()
    clock.advance(timedelta(hours=2))

    told = (await alice.get("/duties", params={"person": "bob"})).json()

    assert {duty["ref"] for duty in told["duties"]} == {ref}
    assert told["duties"][0]["is_overdue"] is True


async def test_who_is_on_call_and_until_when(alice: httpx2.AsyncClient) -> None:
    told = (await alice.get("/on-call", params={"schedule": "ops"})).json()

    assert told["on_call"] == [
        {
            "id": "ops",
            "schedule": "ops",
            "team": "ops_team",
            "people": [{"handle": "bob", "name": "Bob"}],
            "until": "2026-03-09T09:00:00Z",
            "instead_of": None,
        }
    ]


async def test_an_unknown_schedule_is_refused_with_those_there_are(alice: httpx2.AsyncClient) -> None:
    answer = await alice.get("/on-call", params={"schedule": "night"})

    assert (answer.status_code, answer.json()["field"]) == (404, "schedule")
    assert "there are: ops" in answer.json()["message"]


async def test_the_handbook_in_force_is_a_page_and_its_choices(
    alice: httpx2.AsyncClient, house: House
) -> None:
    told = (await alice.get("/handbook")).json()

    assert told["hash"] == house.handbook.hash
    everybodys = [severity["id"] for severity in told["severities"] if not severity["kinds"]]
    assert everybodys == ["high", "moderate", "low"]
    assert [one["id"] for one in told["severities"] if one["kinds"] == ["security"]] == [
        "S1",
        "S2",
        "S3",
        "S4",
    ]
    assert [one["id"] for one in told["kinds"] if one["private"]] == ["security"]
    [key] = [one for one in told["steps"] if one["id"] == "license-key"]
    assert (key["fields"], key["kinds"]) == (["Customer", "Valid for"], ["customer-instance"])
    assert told["page"].startswith("# ")


async def test_a_key_says_whose_it_is(alice: httpx2.AsyncClient, robot: httpx2.AsyncClient) -> None:
    assert (await alice.get("/me")).json() == {
        "person": "alice",
        "name": "alice",
        "rights": ["respond"],
        "zone": "",
        "now": "2026-03-02T09:00:00Z",
    }
    assert (await robot.get("/me")).json()["person"] is None


async def test_an_unknown_incident_is_not_found(alice: httpx2.AsyncClient) -> None:
    answer = await alice.get("/incidents/INC-99%00")

    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")
    assert "INC-99" in answer.json()["message"]


async def test_a_ref_to_go_on_after_that_is_none_is_refused(alice: httpx2.AsyncClient) -> None:
    answer = await alice.get("/incidents", params={"before": "yesterday"})

    assert (answer.status_code, answer.json()["field"]) == (422, "before")


async def test_a_report_from_elsewhere_is_told_with_its_own_link(
    alice: httpx2.AsyncClient, house: House
) -> None:
    post = incidents.NewReport(
        "x", "down", "@jane", outside=True, answer_via="x", address="101", url="https://x.com/jane/101"
    )
    await incidents.declare(house, Actor("", "x", "@jane"), post)

    report = (await alice.get("/incidents/INC-1")).json()["reports"][0]

    assert (report["url"], report["address"]) == ("https://x.com/jane/101", "101")
