"""Reports over the API."""

from __future__ import annotations

import httpx2

from doubles import Mailbox
from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.core.facts import TOCSIN
from tocsin.engine.loop import Engine


async def test_a_report_opens_an_incident_and_says_where_it_can_be_followed(
    alice: httpx2.AsyncClient, house: House
) -> None:
    answer = await alice.post("/reports", json={"text": "sign-in is broken"})

    assert answer.status_code == 201
    told = answer.json()
    assert told["ref"] == "INC-1"
    assert told["incident_url"] == house.places.incident("INC-1")
    assert told["status_url"].startswith(f"{house.places.base}/status/")
    assert told["is_new"] is True
    incident = (await looks.case(house, "INC-1", TOCSIN)).incident
    assert (incident.severity, incident.title) == ("high", "sign-in is broken")
    assert incident.reports[0].reporter == "alice"


async def test_whoever_is_on_call_is_paged_for_a_report_from_the_api(
    alice: httpx2.AsyncClient, engine: Engine, mailbox: Mailbox
) -> None:
    await alice.post("/reports", json={"text": "sign-in is broken"})
    await engine.run_due()

    assert mailbox.people() == ["bob"]


async def test_a_report_that_says_nothing_at_all_opens_an_incident(alice: httpx2.AsyncClient) -> None:
    answer = await alice.post("/reports", json={})

    assert answer.status_code == 201


async def test_an_unknown_severity_is_taken_for_the_worst(alice: httpx2.AsyncClient, house: House) -> None:
    await alice.post("/reports", json={"text": "x", "severity": "meh", "kind": "whatever"})

    incident = (await looks.case(house, "INC-1", TOCSIN)).incident
    assert (incident.severity, incident.kind) == ("high", "service")


async def test_the_same_key_twice_makes_one_report(alice: httpx2.AsyncClient) -> None:
    first = await alice.post("/reports", json={"text": "down", "key": "check-17"})
    second = await alice.post("/reports", json={"text": "down", "key": "check-17"})

    assert second.json() == {**first.json(), "is_new": False}


async def test_two_callers_who_count_alike_swallow_nothing_of_each_other(
    alice: httpx2.AsyncClient, robot: httpx2.AsyncClient
) -> None:
    first = await alice.post("/reports", json={"text": "search is down", "key": "1"})
    second = await robot.post("/reports", json={"text": "disk is full", "key": "1"})

    assert first.json()["ref"] != second.json()["ref"]


async def test_a_report_with_an_address_is_answered_there(
    alice: httpx2.AsyncClient, engine: Engine, mailbox: Mailbox
) -> None:
    await alice.post(
        "/reports",
        json={"text": "x", "reporter": "Jane", "outside": True, "email": "jane@customer.example"},
    )
    await engine.run_due()

    assert [one.via for one in mailbox.take("answer")] == ["email"]


async def test_a_report_joins_an_incident_that_is_still_open(alice: httpx2.AsyncClient, ref: str) -> None:
    answer = await alice.post("/reports", json={"text": "me too", "joins": ref.lower()})

    assert answer.json()["ref"] == ref
    assert len((await alice.get(f"/incidents/{ref}")).json()["reports"]) == 2


async def test_open_incidents_that_may_tell_of_the_same_thing_are_named(
    alice: httpx2.AsyncClient, ref: str, house: House
) -> None:
    answer = await alice.post("/reports", json={"text": "sign-in fails with a blank page"})

    assert answer.json()["similar"] == [{"ref": ref, "url": house.places.incident(ref)}]


async def test_signs_that_no_database_takes_do_not_lose_a_report(
    alice: httpx2.AsyncClient, house: House
) -> None:
    answer = await alice.post(
        "/reports",
        content=b'{"text": "down\\u0000 \\ud800 now", "key": "a\\u0000b", "joins": "\\u0000"}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 201
    assert (await looks.case(house, "INC-1", TOCSIN)).incident.reports[0].text == "down ? now"


async def test_a_text_that_is_too_long_is_refused_by_name(alice: httpx2.AsyncClient, house: House) -> None:
    answer = await alice.post("/reports", json={"text": "x" * 100_001})

    assert answer.status_code == 422
    assert answer.json()["field"] == "text"
    assert "100,001 characters; at most 100,000" in answer.json()["message"]
    assert await looks.incidents(house, TOCSIN) == []


async def test_the_longest_text_is_taken_whole(alice: httpx2.AsyncClient, house: House) -> None:
    await alice.post("/reports", json={"text": "ü" * 100_000})

    assert (await looks.case(house, "INC-1", TOCSIN)).incident.reports[0].text == "ü" * 100_000


async def test_an_address_that_is_none_does_not_stand_in_the_way_and_is_kept(
    house: House, alice: httpx2.AsyncClient
) -> None:
    answer = await alice.post("/reports", json={"text": "x", "email": "jane at home"})

    assert answer.status_code == 201
    report = (await looks.case(house, "INC-1", TOCSIN)).incident.reports[0]
    assert (report.text, report.answer_via) == ("x\n\n(to be answered at: jane at home)", "page")


async def test_it_pages_by_the_policy_that_the_report_names_and_an_unknown_one_is_refused(
    alice: httpx2.AsyncClient, house: House
) -> None:
    await save_policy(house, OPERATOR, {"id": "own", "steps": [{"to": ["person:alice"]}]})

    refused = await alice.post("/reports", json={"text": "x", "policy": "owm"})
    taken = await alice.post("/reports", json={"text": "x", "policy": "own"})

    assert refused.status_code == 404
    assert "There is no policy owm; there are: default, own" in refused.text
    incident = (await looks.case(house, taken.json()["ref"], TOCSIN)).incident
    assert (incident.ref, incident.alert.people) == ("INC-1", ("alice",))
