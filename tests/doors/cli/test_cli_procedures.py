"""Procedures on the command line: planned, approved, run and seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from procedure_doubles import SITE, FakeHand, FakeProcedure
from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.core.case import Actor
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
    listed = await alice("procedure")
    assert "roll-back  site, search  to?" in listed.out
    refused = await alice("procedure", "run", "1", "P1")
    assert (refused.code, refused.err.strip()) == (1, "P1 is done and verified: it can't be run now")
