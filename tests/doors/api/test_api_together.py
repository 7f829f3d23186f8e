"""What people ask of each other in an incident, over the API: tasks, and to take the whole over; public updates and steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx2
import pytest

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine

MakeCaller = Callable[..., Awaitable[httpx2.AsyncClient]]


@pytest.fixture
async def carol(caller: MakeCaller) -> httpx2.AsyncClient:
    return await caller("carol")


@pytest.fixture
async def owned(alice: httpx2.AsyncClient, ref: str) -> str:
    """An incident that Alice owns."""
    await does(alice, f"{ref}/own")
    return ref


async def does(client: httpx2.AsyncClient, path: str, **body: object) -> dict[str, object]:
    answer = await client.post(f"/incidents/{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_a_task_is_delegated_accepted_and_reported(
    alice: httpx2.AsyncClient, carol: httpx2.AsyncClient, owned: str
) -> None:
    told = await does(alice, f"{owned}/tasks", to="carol", text="look at the balancer")
    assert (told["about"], told["warnings"]) == ("T1", [])
    assert told["tasks"] == [
        {
            "id": "T1",
            "to": "carol",
            "text": "look at the balancer",
            "by": "alice",
            "asked_at": "2026-03-02T09:00:00Z",
            "answer_by": "2026-03-02T09:10:00Z",
            "state": "asked",
            "said": None,
        }
    ]

    accepted = await does(carol, f"{owned}/tasks/T1/accept")
    assert [task["state"] for task in accepted["tasks"]] == ["accepted"]  # type: ignore[attr-defined]
    done = await does(carol, f"{owned}/tasks/t1/report", text="restarted it")
    assert [(task["state"], task["said"]) for task in done["tasks"]] == [  # type: ignore[attr-defined]
        ("done", "restarted it")
    ]


async def test_whoever_delegates_is_warned_of_somebody_off_duty_and_busy(
    alice: httpx2.AsyncClient, carol: httpx2.AsyncClient, owned: str, house: House
) -> None:
    await people.save_person(
        house, "carol", name="Carol", email="carol@acme.example", zone="UTC", hours="Sat-Sun 09:00-17:00"
    )
    other = (await carol.post("/reports", json={"text": "the disk is full"})).json()["ref"]
    await does(carol, f"{other}/own")
    away = await carol.post("/absences", json={"start": "2026-03-02", "end": "2026-03-04"})
    assert away.status_code == 201, away.text

    told = await does(alice, f"{owned}/tasks", to="carol", text="look at the balancer")

    assert told["warnings"] == [
        "Carol is off duty now (Sat-Sun 09:00-17:00, UTC)",
        "Carol is away until 2026-03-04",
        f"Carol owns {other}",
    ]


async def test_a_task_is_declined_and_another_withdrawn(
    alice: httpx2.AsyncClient, carol: httpx2.AsyncClient, owned: str
) -> None:
    await does(alice, f"{owned}/tasks", to="carol", text="one")
    await does(alice, f"{owned}/tasks", to="carol", text="two")
    await does(carol, f"{owned}/tasks/T1/decline", reason="on a train")
    told = await does(alice, f"{owned}/tasks/T2/withdraw", reason="it is well again")

    assert [(task["state"], task["said"]) for task in told["tasks"]] == [  # type: ignore[attr-defined]
        ("declined", "on a train"),
        ("withdrawn", "it is well again"),
    ]


async def test_the_owner_is_released_only_when_the_successor_accepts(
    alice: httpx2.AsyncClient, carol: httpx2.AsyncClient, owned: str
) -> None:
    refused = await alice.post(f"/incidents/{owned}/release")
    assert (refused.status_code, refused.json()["error"]) == (409, "Conflict")
    assert "hand it over" in refused.json()["message"]

    told = await does(alice, f"{owned}/handover", to="carol", summary="my shift ends")
    assert (told["owner"], told["about"]) == ("alice", "H1")
    assert told["handover"]["to"] == "carol"  # type: ignore[index]
    declined = await does(carol, f"{owned}/handover/decline", reason="asleep")
    assert (declined["owner"], declined["handover"]) == ("alice", None)
    await does(alice, f"{owned}/handover", to="carol")
    assert (await does(carol, f"{owned}/handover/accept"))["owner"] == "carol"


@pytest.mark.parametrize(
    ("deed", "body", "status", "field"),
    [
        ("tasks", {"to": "zoe", "text": "x"}, 404, "to"),
        ("tasks", {"to": "alice", "text": "x"}, 422, "to"),
        ("tasks", {"to": "carol", "text": " "}, 422, "text"),
        ("tasks", {"to": "carol"}, 422, "text"),
        ("tasks/T9/accept", None, 404, "task"),
        ("tasks/T1/accept", None, 403, None),
        ("tasks/T1/report", {"text": "x"}, 403, None),
        ("tasks/T1/withdraw", {"reason": ""}, 422, "reason"),
        ("handover", {"to": "alice"}, 422, "to"),
        ("handover", {"to": "zoe"}, 404, "to"),
        ("handover/decline", {}, 409, None),
        ("steps/nothing", {"values": {}}, 404, "step"),
        ("public-updates", {"text": "x"}, 409, None),
    ],
)
async def test_what_can_not_be_done_is_refused_by_name(
    alice: httpx2.AsyncClient,
    owned: str,
    deed: str,
    body: dict[str, object] | None,
    status: int,
    field: str | None,
) -> None:
    await does(alice, f"{owned}/tasks", to="carol", text="look at the balancer")

    answer = await alice.post(f"/incidents/{owned}/{deed}", json=body)

    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text


async def test_only_the_owner_delegates_and_no_key_without_a_person(
    carol: httpx2.AsyncClient, robot: httpx2.AsyncClient, owned: str
) -> None:
    for client in (carol, robot):
        answer = await client.post(f"/incidents/{owned}/tasks", json={"to": "bob", "text": "x"})
        assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")


async def test_an_update_for_the_public_goes_out_where_it_was_told(
    alice: httpx2.AsyncClient, owned: str, engine: Engine, mailbox: Mailbox, clock: HandClock
) -> None:
    await does(alice, f"{owned}/public-words")
    await engine.run_due()
    clock.advance(timedelta(minutes=5))
    await does(alice, f"{owned}/updates", text="we are rolling back")
    mailbox.take()

    await does(alice, f"{owned}/public-updates")
    await engine.run_due()

    assert {"issue.update", "post.update"} <= {one.does for one in mailbox.take()}


async def test_a_step_of_the_handbook_is_recorded(alice: httpx2.AsyncClient) -> None:
    ref = (await alice.post("/reports", json={"text": "x", "kind": "customer-instance"})).json()["ref"]
    values = {"Customer": "Foo", "Valid for": "7 days"}

    told = await does(alice, f"{ref}/steps/license-key", values=values)

    assert told["steps"] == [{"step": "license-key", "title": "A licence key", "values": values, "url": None}]
    refused = await alice.post(f"/incidents/{ref}/steps/license-key", json={"values": {"Size": "1"}})
    assert (refused.status_code, refused.json()["field"]) == (422, "values")
    missing = await alice.post(f"/incidents/{ref}/steps/license-key", json={"values": {"Customer": "Foo"}})
    assert (missing.status_code, missing.json()["field"]) == (422, "Valid for")


async def test_a_person_has_hours_and_a_login_at_github(admin: httpx2.AsyncClient) -> None:
    body = {"name": "Erin", "github": "@erin-dev", "zone": "Europe/Berlin", "hours": "Mon-Fri 09:00-17:00"}

    saved = await admin.put("/people/erin", json=body)

    told = saved.json()
    assert (told["github"], told["zone"], told["hours"]) == (
        "erin-dev",
        "Europe/Berlin",
        "Mon-Fri 09:00-17:00",
    )
    wrong = await admin.put("/people/erin", json={**body, "hours": "nine to five"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "hours")


async def test_a_warning_names_no_private_incident_even_to_who_knows_of_it(
    alice: httpx2.AsyncClient, carol: httpx2.AsyncClient, owned: str
) -> None:
    private = {"text": "stolen keys", "kind": "security"}
    other = (await carol.post("/reports", json=private)).json()["ref"]
    await does(carol, f"{other}/own")
    await does(carol, f"{other}/members", person="alice", reason="she knows the keys")

    told = await does(alice, f"{owned}/tasks", to="carol", text="look at the balancer")

    assert told["warnings"] == ["Carol owns another incident"]
