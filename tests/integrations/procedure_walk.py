"""Procedures in the town, run by a whole house: planned, approved, carried out, by a process that may die after each step."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.acts.procedures import deeds
from tocsin.core.procedures.hands import Context, Done, Failed, Hand, Step
from tocsin.core.procedures.run import Run
from tocsin.core.work import Later, Refused
from tocsin.engine.loop import Engine
from tocsin.settings import Settings, read_settings
from tocsin.town import Town
from walks.walk_steps import ALICE, Walk


class Killed(BaseException):
    """The process dies, as by kill -9."""


class Dies:
    """A hand whose process dies once after the effect of each step, before anybody hears of it."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.name = hand.name
        self.look = hand.look
        self.died: set[str] = set()

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        outcome = await self.hand.do(step, context)
        if isinstance(outcome, Done) and step.id not in self.died:
            self.died.add(step.id)
            raise Killed
        return outcome

    async def aclose(self) -> None:
        await self.hand.aclose()


@dataclass
class InTown:
    """A walk whose procedures are carried out in the town."""

    walk: Walk
    town: Town

    async def planned(self, procedure: str, target: str, **inputs: str) -> Run:
        walk = self.walk
        asked = await deeds.plan(
            walk.house, ALICE, walk.ref, procedure, target, reason="sign-in fails", inputs=inputs
        )
        await walk.engine.run_due()
        return await self.seen(asked[1].id)

    async def ran(self, run: Run, override: str = "") -> Run:
        walk = self.walk
        await deeds.approve(walk.house, ALICE, walk.ref, run.id, override=override, runs=True)
        return await self.finished(run.id)

    async def finished(self, id: str) -> Run:
        walk = self.walk
        for _ in range(60):
            found = await self.seen(id)
            if found.is_over:
                return found
            try:
                await walk.engine.run_due()
                await self.town.settled()
                await walk.wait(1.1)
            except Killed:
                walk.engine = Engine(walk.house, walk.engine._reaches)
        raise AssertionError(f"it does not end: {found.current}")

    async def seen(self, id: str) -> Run:
        found = (await self.walk.incident()).run(id)
        assert found
        return found


def settings_for(town: Town, repository: str, data: str) -> Settings:
    return read_settings(
        {
            "TOCSIN_GITHUB_TOKEN": town.github.token,
            "TOCSIN_GITHUB_REPOSITORY": repository,
            "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
            "TOCSIN_GITHUB_GIT_URL": f"{town.url}/github/git",
            "TOCSIN_GITHUB_BOT": town.github.login,
            "TOCSIN_DATA": data,
        }
    )
