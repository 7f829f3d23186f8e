"""Procedures on the command line: planned, approved, run and seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from procedure_doubles import SITE, FakeHand, FakeProcedure
from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.core.case import Actor
from tocsin.doors.cli.procedures import shown
from tocsin.engine.loop import Engine

ALICE = Actor("alice", "cli")
Run = Callable[..., Awaitable[Any]]


async def test_a_roll_back_is_planned_approved_run_and_shown(
    house: House, engine: Engine, alice: Run
) -> None:
    house.hands, house.procedures, house.declared = {"fake": FakeHand()}, {"roll-back": FakeProcedure()}, SITE
    await incidents.declare(house, ALICE, NewReport("api", "sign-in fails", "alice", False))
    await incidents.own(house, ALICE, "INC-1")
    asked = await alice(
        "procedure", "plan", "1", "roll-back", "site", "to=0f0f0f0", "--because", "sign-in fails"
    )
    assert (asked.code, asked.err) == (0, "")
    assert "INC-1 P1  roll-back site: asked" in asked.out
    await engine.run_due()

    running = await alice("procedure", "approve", "1", "P1", "--run")
    await engine.run_due()

    assert "roll-back site: running, safe" in running.out
    seen = await alice("procedure", "status", "INC-1", "P1")
    assert "roll-back site: verified, safe" in seen.out
    assert "3. [done] Restore site at 1a2b3c4" in seen.out
    assert "effect of restore: there" in seen.out
    timeline = (await alice("show", "1")).out
    assert "P1: did restore" in timeline
    assert "[{" not in timeline
    listed = await alice("procedure")
    assert "roll-back  site, search  to?" in listed.out
    refused = await alice("procedure", "run", "1", "P1")
    assert (refused.code, refused.err.strip()) == (1, "P1 is done and verified: it can't be run now")


def test_a_step_to_come_shows_exactly_what_it_changes() -> None:
    step = {
        "state": "waiting", "title": "One commit", "evidence": [], "why": None, "details": [],
        "inputs": {"files": [f"M {n}.json" for n in range(22)], "frozen_by": ["@@ -1 +1,2 @@\n+enabled: false"]},
    }  # fmt: skip
    run = {
        "incident": "INC-1", "id": "P1", "procedure": "roll-back", "target": "site", "verdict": "safe", "url": "", "reason": "",
        "asked_by": "bob", "inputs": {}, "refusals": [], "warnings": [], "reasons": [], "agreed": [], "steps": [step],
        "said": None, "state": "planned", "is_stopping": False,
    }  # fmt: skip

    lines = shown(run).splitlines()

    assert lines[3].strip() == "1. [waiting] One commit"
    assert [line.strip() for line in lines[-4:]] == [
        "M 19.json",
        "and 2 more",
        "@@ -1 +1,2 @@",
        "+enabled: false",
    ]
