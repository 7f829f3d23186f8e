"""People ask something of each other, and learn from an incident, on the command line."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tocsin.acts import access, asking, incidents, looks, people
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident

Run = Callable[..., Awaitable[Any]]
ALICE, CAROL = Actor("alice", "web"), Actor("carol", "web")


@pytest.fixture
async def carol(house: House, url: str, run: Run) -> Run:
    """The program in Carol's hands."""
    key = await access.create_key(house, "carol", person="carol")

    async def in_her_hands(*words: str) -> Any:
        return await run(*words, TOCSIN_URL=url, TOCSIN_API_KEY=key)

    return in_her_hands


async def owned(house: House, kind: str = "") -> str:
    report = incidents.NewReport("api", "sign-in is broken", "jane", outside=False)
    ref = (await incidents.declare(house, ALICE, report, kind=kind)).ref
    await incidents.own(house, ALICE, ref)
    return ref


async def incident(house: House, ref: str) -> Incident:
    return (await looks.case(house, ref, TOCSIN)).incident


async def test_a_task_goes_to_somebody_who_is_warned_of_and_accepts_and_reports(
    alice: Run, carol: Run, house: House
) -> None:
    ref = await owned(house)
    await people.save_person(house, "carol", name="Carol", zone="UTC", hours="Sat-Sun 09:00-17:00")

    asked = await alice("delegate", "1", "carol", "look", "at", "the", "balancer")
    assert (asked.code, asked.err) == (0, "")
    assert "T1 carol, asked: look at the balancer" in asked.out
    assert "mind: Carol is off duty now (Sat-Sun 09:00-17:00, UTC)" in asked.out
    assert "T1 carol, accepted" in (await carol("task", "accept", ref, "T1")).out
    assert "T1 carol, done: restarted it" in (await carol("task", "report", ref, "T1", "restarted", "it")).out


async def test_a_task_is_declined_and_another_withdrawn(alice: Run, carol: Run, house: House) -> None:
    ref = await owned(house)
    for text in ("one", "two"):
        await asking.delegate(house, ALICE, ref, "carol", text)

    assert (
        "T1 carol, declined: on a train"
        in (await carol("task", "decline", ref, "T1", "on", "a", "train")).out
    )
    assert "T2 carol, withdrawn: it is well" in (await alice("task", "withdraw", ref, "T2", "it is well")).out


async def test_an_owner_is_released_when_the_successor_accepts(alice: Run, carol: Run, house: House) -> None:
    ref = await owned(house)

    left = await alice("release", ref)
    assert (left.code, "hand it over" in left.err) == (1, True)
    assert "handover: carol is asked" in (await alice("handover", ref, "carol", "my", "shift", "ends")).out
    assert "owned by alice" in (await carol("decline-handover", ref, "asleep")).out
    await asking.hand_over(house, ALICE, ref, "carol")
    assert "owned by carol" in (await carol("accept-handover", ref)).out


async def test_a_step_is_recorded_by_its_fields(alice: Run, house: House) -> None:
    ref = await owned(house, "customer-instance")

    ended = await alice("step", ref, "license-key", "Customer=Foo = Bar", "Valid for=7 days")

    assert "license-key: Customer Foo = Bar, Valid for 7 days" in ended.out
    wrong = await alice("step", ref, "license-key", "Foo")
    assert (wrong.code, wrong.err) == (2, "'Foo' names no field: write FIELD=VALUE, such as 'Customer=Foo'\n")


async def test_a_public_update_before_the_public_was_told_is_refused(alice: Run, house: House) -> None:
    ended = await alice("public-update", await owned(house), "we", "are", "on", "it")

    assert (ended.code, "approve the first words" in ended.err) == (1, True)


async def test_an_incident_is_learned_from(alice: Run, house: House) -> None:
    ref = await owned(house)
    await incidents.resolve(house, ALICE, ref, "renewed", "signed in", rolled_back=False)

    assert "F1 carol, to do: watch it" in (await alice("follow-up", ref, "carol", "watch", "it")).out
    assert "F1 carol, done: watch it" in (await alice("follow-up-done", ref, "F1", "an", "alarm")).out
    assert "F1 carol, to do" in (await alice("follow-up-reopen", ref, "F1", "it is silent")).out
    refused = await alice("no-follow-ups", ref, "none")
    assert (refused.code, "has follow-ups already" in refused.err) == (1, True)

    planned = await alice(
        "retrospective", "plan", ref, "2026-03-05T15:00+01:00", "--minutes", "30", "--with", "carol"
    )
    assert "retrospective: 03-05 14:00 UTC, 30 min, carol, alice" in planned.out
    assert (await alice("retrospective", "feedback", ref, "well", "rolled", "back")).code == 0
    assert "retrospective: held" in (await alice("retrospective", "held", ref, "one action")).out
    shown = await alice("retrospective", "show", ref)
    assert shown.out.startswith(f"# Retrospective: {ref} sign-in is broken\n")
    assert "- Alice: rolled back" in shown.out
    assert json.loads((await alice("retrospective", "show", ref, "--json")).out)["held"] == "one action"


async def test_a_retrospective_is_declined_with_a_reason(alice: Run, house: House) -> None:
    ref = await owned(house)
    await incidents.resolve(house, ALICE, ref, "renewed", "signed in", rolled_back=False)

    assert "no retrospective: known" in (await alice("retrospective", "decline", ref, "known")).out
    late = await alice("retrospective", "plan", ref, "2026-03-05T15:00")
    assert (late.code, "no offset" in late.err) == (2, True)
