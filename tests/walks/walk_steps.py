"""The steps that the walks share: who is there, what a stranger says, and how time passes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from doubles import EVERYTHING, Mailbox
from tocsin.acts import incidents, learning, looks
from tocsin.acts.building import handbook_text, make_house
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.duties import Duty
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches

ALICE, BOB, CAROL = Actor("alice", "slack"), Actor("bob", "slack"), Actor("carol", "web")
JANE = Actor("", "x", "@jane")
MINUTE = timedelta(minutes=1)
LOG = {
    "impact": "nobody could sign in",
    "detection": "a post",
    "cause": "certificate",
    "resolution": "renewed",
}


def tweet(text: str = "@acme sign-in is broken", n: str = "101", who: str = "@jane") -> NewReport:
    return NewReport("x", text, who, True, answer_via="x", address=n, url=f"https://x.com/{who}/{n}", key=n)


def letter(text: str = "search is down") -> NewReport:
    return NewReport("form", text, "Joe", True, answer_via="email", address="joe@customer.example")


@dataclass
class Walk:
    """One incident on its way, with the hands that drive it."""

    house: House
    engine: Engine
    clock: HandClock
    mailbox: Mailbox
    ref: str = ""

    async def begin(self, report: NewReport | None = None, actor: Actor = JANE) -> Walk:
        self.ref = (await incidents.declare(self.house, actor, report or tweet())).ref
        await self.engine.run_due()
        return self

    async def wait(self, minutes: float) -> Walk:
        self.clock.advance(timedelta(minutes=minutes))
        await self.engine.run_due()
        return self

    async def owned(self) -> Walk:
        await incidents.own(self.house, ALICE, self.ref)
        return self

    async def steered(self) -> Walk:
        """Owned, with next steps and the rollback answered: nothing is owed but the next update."""
        await self.owned()
        await incidents.state_next_steps(self.house, ALICE, self.ref, "I plan to look")
        await incidents.answer_rollback(self.house, ALICE, self.ref, False, "nothing was deployed")
        await self.engine.run_due()
        return self

    async def public(self) -> Walk:
        """Severe for half an hour, and the public words are out."""
        await self.steered()
        await self.wait(30)
        await incidents.approve_public_words(self.house, ALICE, self.ref)
        await self.engine.run_due()
        return self

    async def resolved(self) -> Walk:
        await incidents.resolve(self.house, ALICE, self.ref, "renewed it", "signed in myself")
        await self.engine.run_due()
        return self

    async def learned(self) -> Incident:
        """Nothing follows, and no retrospective: said by the owner, with a reason each."""
        await learning.no_follow_ups(self.house, ALICE, self.ref, "the renewal is automatic now")
        return await learning.decline_retrospective(self.house, ALICE, self.ref, "known, and mended")

    async def incident(self) -> Incident:
        return (await looks.case(self.house, self.ref, TOCSIN)).incident

    async def duties(self) -> dict[str, Duty]:
        return {duty.id: duty for duty in (await looks.case(self.house, self.ref, TOCSIN)).ledger}

    async def duty(self, id: str) -> Duty:
        return (await self.duties())[id]

    async def chases(self, duty: str) -> list[tuple[float, str, tuple[str, ...]]]:
        """What Tocsin did about a late duty: minute of the incident, step, people."""
        incident = await self.incident()
        return [
            ((fact.at - incident.started_at) / MINUTE, fact.what.step, fact.what.people)
            for fact in incident.facts
            if fact.kind == "duty_chased" and fact.what.duty == duty and fact.what.step != "ask"  # type: ignore[attr-defined]
        ]

    async def kinds(self) -> list[str]:
        return [fact.kind for fact in (await self.incident()).facts]


async def under_handbook(walk: Walk, folder: Path, old: str, new: str) -> Walk:
    """The same walk in a Tocsin whose handbook is the shipped one with `old` written `new`."""
    text = handbook_text(None)
    assert old in text
    file = folder / "handbook.toml"
    file.write_text(text.replace(old, new), "utf-8")
    house = await make_house(walk.house.pool, walk.clock, abilities=EVERYTHING, handbook=file)
    return Walk(house, engine_of(house, walk.mailbox), walk.clock, walk.mailbox)


def engine_of(house: House, mailbox: Mailbox) -> Engine:
    return Engine(house, Reaches([mailbox.under(name) for name in ("slack", "x", "email", "github")]))
