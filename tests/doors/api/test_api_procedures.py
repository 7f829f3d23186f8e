"""The API of procedures: what can be planned, a run from plan to end, and every refusal by name."""

from __future__ import annotations

import httpx2
import pytest

from procedure_doubles import SITE, FakeHand, FakeProcedure
from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.procedures.hands import Failed
from tocsin.engine.loop import Engine

Caller = httpx2.AsyncClient
ASK = {"procedure": "roll-back", "target": "site", "reason": "sign-in fails", "inputs": {"to": "0f0f0f0"}}


@pytest.fixture
async def hand(house: House, ref: str) -> FakeHand:
    hand = FakeHand()
    house.hands, house.procedures, house.declared = {"fake": hand}, {"roll-back": FakeProcedure()}, SITE
    await incidents.own(house, Actor("alice", "api"), ref)
    return hand


async def test_it_says_what_can_be_planned_here(alice: Caller, hand: FakeHand) -> None:
    [one] = (await alice.get("/procedures")).json()["procedures"]

    assert (one["id"], one["targets"]) == ("roll-back", ["site", "search"])
    assert one["asks"] == [{"name": "to", "label": "To which commit", "help": "", "must": False}]


async def test_a_run_from_its_plan_to_its_end(
    alice: Caller, hand: FakeHand, engine: Engine, ref: str
) -> None:
    asked = (await alice.post(f"/incidents/{ref}/procedures", json=ASK)).json()
    assert (asked["id"], asked["state"], asked["verdict"]) == ("P1", "asked", None)
    await engine.run_due()
    plan = (await alice.get(f"/incidents/{ref}/procedures/P1")).json()
    assert (plan["state"], plan["verdict"], plan["persons"]) == ("planned", "safe", 1)
    assert plan["steps"][2]["title"] == "Restore site at 1a2b3c4"
    assert plan["steps"][2]["undo"] == "undo restore"

    agreed = (await alice.post(f"/incidents/{ref}/procedures/p1/approve", json={})).json()
    assert (agreed["state"], agreed["agreed"]) == ("approved", ["alice"])
    running = (await alice.post(f"/incidents/{ref}/procedures/P1/run")).json()
    assert running["state"] == "running"
    await engine.run_due()

    [done] = (await alice.get(f"/incidents/{ref}/procedures")).json()["runs"]
    assert done["state"] == "verified"
    assert done["steps"][2]["evidence"] == [
        {"what": "effect of restore", "value": "there", "url": "https://outside.example/1"}
    ]
    [row] = (await alice.get("/procedures/runs")).json()["runs"]
    assert (row["incident"], row["run"], row["target"], row["state"]) == (ref, "P1", "site", "verified")
    assert (await alice.get(f"/incidents/{ref}")).json()["rolled_back"] is True


async def test_a_failed_run_says_what_stands_and_goes_on(
    alice: Caller, hand: FakeHand, engine: Engine, ref: str
) -> None:
    hand.answers["restore"] = [Failed("the push was refused", ("GH006",))]
    await alice.post(f"/incidents/{ref}/procedures", json=ASK)
    await engine.run_due()
    await alice.post(f"/incidents/{ref}/procedures/P1/approve", json={"run": True})
    await engine.run_due()
    failed = (await alice.get(f"/incidents/{ref}/procedures/P1")).json()
    assert failed["said"] == "Restore site at 1a2b3c4: the push was refused"
    assert failed["stands"][1:] == ["did freeze"]
    assert failed["steps"][2]["details"] == ["GH006"]

    await alice.post(f"/incidents/{ref}/procedures/P1/go-on", json={"reason": "mended"})
    await engine.run_due()

    assert (await alice.get(f"/incidents/{ref}/procedures/P1")).json()["state"] == "verified"


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("", {**ASK, "procedure": "fly"}, 404, "procedure"),
        ("", {**ASK, "target": "shop"}, 404, "target"),
        ("", {**ASK, "reason": ""}, 422, "reason"),
        ("", {**ASK, "inputs": {"at": "1"}}, 422, "at"),
        ("", {**ASK, "dry": True}, 422, "dry"),
        ("/P9/approve", {}, 404, "run"),
        ("/P1/stop", {}, 409, None),
        ("/P1/go-on", {"reason": "x"}, 409, None),
        ("/P1/withdraw", {}, 422, "reason"),
        ("/P1/approve", {"override": "because"}, 422, "override"),
    ],
)
async def test_what_can_t_be_done_is_refused_by_name(
    alice: Caller, hand: FakeHand, engine: Engine, ref: str, path: str, body: dict[str, object], status: int, field: str | None
) -> None:  # fmt: skip
    await alice.post(f"/incidents/{ref}/procedures", json=ASK)
    await engine.run_due()

    answer = await alice.post(f"/incidents/{ref}/procedures{path}", json=body)

    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_a_key_that_is_nobodys_plans_and_approves_nothing(
    robot: Caller, hand: FakeHand, ref: str
) -> None:
    answer = await robot.post(f"/incidents/{ref}/procedures", json=ASK)

    assert answer.status_code == 403
    assert "Only a person can have a procedure planned" in answer.json()["message"]


async def test_nobody_else_sees_the_runs_of_a_private_incident(
    alice: Caller, house: House, hand: FakeHand, engine: Engine, ref: str, caller: object
) -> None:
    await alice.post(f"/incidents/{ref}/procedures", json=ASK)
    await engine.run_due()
    await incidents.change_kind(house, Actor("alice", "api"), ref, "security", "a leak")

    carol = await caller("carol")  # type: ignore[operator]

    assert (await carol.get("/procedures/runs")).json()["runs"] == []
    assert (await carol.get(f"/incidents/{ref}/procedures")).status_code == 404
    assert (await carol.get(f"/incidents/{ref}/procedures/P1")).status_code == 404
    assert len((await alice.get("/procedures/runs")).json()["runs"]) == 1
