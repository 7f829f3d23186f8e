"""An incident is carried through over the API alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx2

from doubles import Mailbox
from tocsin.acts import learning
from tocsin.acts.building import handbook_text, make_house
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine

RESOLVED = {"how": "renewed the certificate", "evidence": "signed in myself"}
LOGGED = {
    "impact": "nobody signed in",
    "detection": "a report",
    "cause": "certificate",
    "resolution": "renewed",
}


async def does(client: httpx2.AsyncClient, ref: str, deed: str, **body: object) -> dict[str, object]:
    answer = await client.post(f"/incidents/{ref}/{deed}", json=body or None)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_each_act_answers_the_incident_as_it_stands_then(alice: httpx2.AsyncClient, ref: str) -> None:
    assert (await does(alice, ref, "acknowledge"))["acknowledged_by"] == "alice"
    assert (await does(alice, ref, "own", take_over=False))["owner"] == "alice"
    told = await does(alice, ref, "next-steps", text="look at the certificate", next_in_minutes=20)
    assert told["next_update_at"] == "2026-03-02T09:20:00Z"
    assert (await does(alice, ref, "rollback", rolled_back=False, text="nothing was deployed"))[
        "rolled_back"
    ] is False
    assert (await does(alice, ref, "severity", severity="low", reason="one browser"))["severity"] == "low"
    assert (await does(alice, ref, "tags", tags=["db", "eu"]))["tags"] == ["db", "eu"]
    assert (await does(alice, ref, "title", title="Certificate ran out"))["title"] == "Certificate ran out"
    assert (await does(alice, ref, "updates", text="renewed it"))["status"] == "open"
    assert (await does(alice, ref, "notes", text="see", url="https://acme.example/x"))["status"] == "open"


async def test_public_words_go_out_as_the_owner_approved_them(
    alice: httpx2.AsyncClient, ref: str, engine: Engine, mailbox: Mailbox
) -> None:
    await does(alice, ref, "own", take_over=False)
    await does(alice, ref, "public-words", title="Sign-in is down", post="Sign-in is down {issue}")
    await engine.run_due()

    told = (await alice.get(f"/incidents/{ref}")).json()
    assert told["issue_url"].startswith("https://outside.example/issue.open/")
    assert told["post_url"].startswith("https://outside.example/post.publish/")


async def test_an_incident_is_resolved_written_down_and_closed_by_itself(
    alice: httpx2.AsyncClient, ref: str, engine: Engine, house: House
) -> None:
    await engine.run_due()
    await does(alice, ref, "own", take_over=False)
    told = await does(alice, ref, "resolve", **RESOLVED, rolled_back=False)
    assert told["status"] == "resolved"
    await engine.run_due()
    await learning.no_follow_ups(house, Actor("alice", "api"), ref, "mended")
    await learning.decline_retrospective(house, Actor("alice", "api"), ref, "known")

    told = await does(alice, ref, "ops-log", **LOGGED, links=["https://acme.example/42"])

    assert told["status"] == "closed"
    entries = (await alice.get("/ops-log")).json()["entries"]
    assert [(entry["ref"], entry["links"]) for entry in entries] == [(ref, ["https://acme.example/42"])]
    page, sheet = await alice.get("/ops-log.md"), await alice.get("/ops-log.csv")
    assert (page.headers["content-type"], sheet.headers["content-type"]) == (
        "text/markdown; charset=utf-8",
        "text/csv; charset=utf-8",
    )
    assert ref in page.text
    assert ref in sheet.text


async def test_an_incident_that_was_none_is_dismissed_and_can_be_reopened(
    alice: httpx2.AsyncClient, ref: str
) -> None:
    assert (await does(alice, ref, "dismiss", reason="a rehearsal", verified="asked them"))["status"] in (
        "dismissed",
        "closed",
    )
    assert (await does(alice, ref, "reopen", reason="it was real"))["status"] == "open"


async def test_closing_too_early_is_refused_with_what_stands_in_the_way(
    alice: httpx2.AsyncClient, ref: str
) -> None:
    answer = await alice.post(f"/incidents/{ref}/close")

    assert (answer.status_code, answer.json()["error"]) == (409, "Conflict")
    assert "resolve it" in answer.json()["message"]


async def test_a_duty_is_waived_and_another_done_by_hand(
    alice: httpx2.AsyncClient, ref: str, engine: Engine
) -> None:
    await does(alice, ref, "own", take_over=False)
    await does(alice, ref, "resolve", **RESOLVED)
    owed = [duty["id"] for duty in (await alice.get(f"/incidents/{ref}")).json()["owed"]]
    assert "ops-log" in owed

    await does(alice, ref, "waive", duty="ops-log", reason="a rehearsal")

    ledger = {duty["id"]: duty for duty in (await alice.get(f"/incidents/{ref}")).json()["ledger"]}
    assert (ledger["ops-log"]["state"], ledger["ops-log"]["reason"]) == ("waived", "a rehearsal")


async def test_a_page_is_handed_up_and_a_duty_put_off(alice: httpx2.AsyncClient, ref: str) -> None:
    await does(alice, ref, "escalate")
    again = await alice.post(f"/incidents/{ref}/escalate")
    await does(alice, ref, "own", take_over=False)
    await does(alice, ref, "snooze", duty="next-steps", reason="on the phone")
    twice = await alice.post(f"/incidents/{ref}/snooze", json={"duty": "next-steps", "reason": "still"})

    assert (again.status_code, twice.status_code) == (409, 409)
    assert "Page others by name" in again.json()["message"]
    assert "it can be had once" in twice.json()["message"]


async def test_a_reporter_is_answered_by_hand_where_they_can_be_reached_no_other_way(
    alice: httpx2.AsyncClient,
) -> None:
    made = (await alice.post("/reports", json={"outside": True, "email": "jane@customer.example"})).json()
    duty = f"acknowledge-reporter-{made['report']}"

    await does(alice, made["ref"], "by-hand", duty=duty, evidence="called her")

    told = (await alice.get(f"/incidents/{made['ref']}")).json()
    ledger = {duty["id"]: duty for duty in told["ledger"]}
    assert (ledger[duty]["state"], ledger[duty]["evidence"]) == ("met", "called her")


async def test_what_tocsin_offers_for_a_duty_is_sent_at_a_call(
    alice: httpx2.AsyncClient, house: House, engine: Engine, mailbox: Mailbox, tmp_path: Path
) -> None:
    asking = tmp_path / "asking.toml"
    asking.write_text(
        handbook_text(None).replace('"answer_reporter"\nautomatic = ["*"]', '"answer_reporter"')
    )
    house.handbook = (await make_house(house.pool, house.clock, handbook=asking)).handbook
    made = (await alice.post("/reports", json={"outside": True, "email": "jane@customer.example"})).json()
    await engine.run_due()
    assert mailbox.take("answer") == []

    await does(alice, made["ref"], "actions", duty=f"acknowledge-reporter-{made['report']}", text="On it!")
    await engine.run_due()

    assert [(one.via, one.text) for one in mailbox.take("answer")] == [("email", "On it!")]


async def test_two_incidents_of_one_thing_are_joined_and_a_report_is_split_off_again(
    alice: httpx2.AsyncClient, ref: str
) -> None:
    other = (await alice.post("/reports", json={"text": "the disk is full"})).json()

    joined = await does(alice, other["ref"], "join", into=ref)
    assert joined["ref"] == ref
    apart = await does(alice, ref, "split", report=other["report"])

    assert apart["ref"] not in (ref, other["ref"])
    assert (await alice.get(f"/incidents/{ref}")).json()["reports"][1]["moved_to"] == apart["ref"]


async def test_more_people_are_paged_at_a_call(
    alice: httpx2.AsyncClient, ref: str, engine: Engine, mailbox: Mailbox
) -> None:
    await engine.run_due()
    mailbox.take()

    await does(alice, ref, "page", targets=["person:carol"])
    await engine.run_due()

    assert mailbox.people() == ["carol"]


async def test_paging_somebody_unknown_is_refused_by_name(alice: httpx2.AsyncClient, ref: str) -> None:
    answer = await alice.post(f"/incidents/{ref}/page", json={"targets": ["person:zoe"]})

    assert (answer.status_code, answer.json()["field"]) == (404, "targets")
    assert "person:zoe is nobody" in answer.json()["message"]


async def test_nobody_owns_for_another_not_even_a_key(robot: httpx2.AsyncClient, ref: str) -> None:
    answer = await robot.post(f"/incidents/{ref}/own", json={})

    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert "the key robot-respond" in answer.json()["message"]


async def test_a_promise_longer_than_the_handbook_allows_is_refused_by_the_apis_own_name(
    alice: httpx2.AsyncClient, ref: str
) -> None:
    await does(alice, ref, "own", take_over=False)

    answer = await alice.post(f"/incidents/{ref}/updates", json={"text": "x", "next_in_minutes": 600})

    assert (answer.status_code, answer.json()["field"]) == (422, "next_in_minutes")


async def test_a_duty_without_evidence_but_its_place_in_the_timeline_has_an_address(
    alice: httpx2.AsyncClient, ref: str, house: House, clock: HandClock
) -> None:
    clock.advance(timedelta(minutes=1))
    await does(alice, ref, "own", take_over=False)

    told = (await alice.get(f"/incidents/{ref}")).json()

    own = next(duty for duty in told["ledger"] if duty["id"] == "own")
    number = next(fact["n"] for fact in told["facts"] if fact["kind"] == "owned")
    assert own["evidence"] == house.places.fact(ref, number)
    assert own["done_at"] == "2026-03-02T09:01:00Z"


async def test_whom_it_pages_is_asked_and_changed(
    house: House, alice: httpx2.AsyncClient, robot: httpx2.AsyncClient, ref: str
) -> None:
    told = (await robot.get(f"/incidents/{ref}/escalation")).json()
    assert (told["status"], told["policy"], told["paged"]) == ("open", "default", ["bob"])
    assert [one["text"] for one in told["history"]] == ["Step 1: Bob"]
    assert [one["text"] for one in told["coming"]] == [
        "Step 2: Alice, Bob",
        "The last resort, every 10 min until somebody acknowledges: Alice, Bob",
    ]
    await alice.post(f"/incidents/{ref}/acknowledge")
    assert (await alice.post(f"/incidents/{ref}/unacknowledge")).status_code == 200
    assert (await alice.post(f"/incidents/{ref}/snooze-pages", json={"minutes": 30})).status_code == 200
    told = (await robot.get(f"/incidents/{ref}/escalation")).json()
    assert (told["status"], told["coming"][0]["text"]) == (
        "snoozed",
        "It is snoozed by Alice until then; where it is not closed, it starts anew",
    )
    assert (await alice.post(f"/incidents/{ref}/reassign", json={"to": ["person:carol"]})).status_code == 200
    told = (await robot.get(f"/incidents/{ref}/escalation")).json()
    assert (told["status"], told["paged"]) == ("open", ["bob", "carol"])
    refused = await alice.post(f"/incidents/{ref}/reassign", json={"to": ["team:none"]})
    assert (refused.status_code, refused.json()["message"]) == (
        422,
        "to[0]: there is no team none; there are: ops_team",
    )
    assert (await robot.post(f"/incidents/{ref}/unacknowledge")).status_code == 403
