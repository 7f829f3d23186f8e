"""The stage on which procedures are walked: an owned incident, a procedure of three steps, and the hand that does them."""

from __future__ import annotations

from dataclasses import dataclass

from walk_steps import ALICE, Walk

from procedure_doubles import SITE, FakeHand, FakeProcedure
from tocsin.acts.procedures import deeds
from tocsin.core.procedures.run import Run

STEPS = ("look-again", "freeze", "restore", "watch")


@dataclass
class Theatre:
    """An owned incident with a procedure of three steps and the hand that does them."""

    walk: Walk
    hand: FakeHand
    procedure: FakeProcedure

    async def planned(self, **inputs: str) -> Run:
        reason = "sign-in is broken since the deploy"
        await deeds.plan(
            self.walk.house, ALICE, self.walk.ref, "roll-back", "site", reason=reason, inputs=inputs
        )
        await self.walk.engine.run_due()
        return await self.run()

    async def ran(self) -> Run:
        await self.planned()
        await deeds.approve(self.walk.house, ALICE, self.walk.ref, "P1", runs=True)
        await self.walk.engine.run_due()
        return await self.run()

    async def run(self, id: str = "P1") -> Run:
        run = (await self.walk.incident()).run(id)
        assert run
        return run


async def on_stage(walk: Walk) -> Theatre:
    """An owned incident in which nothing has been said of procedures yet."""
    hand, procedure = FakeHand(), FakeProcedure()
    walk.house.hands, walk.house.procedures = {"fake": hand}, {"roll-back": procedure}
    walk.house.declared = SITE
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()
    walk.mailbox.take()
    return Theatre(walk, hand, procedure)
