"""What the walks of alerts share: a house with devices, people who answer on them, and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.opening import OpenedAlert, open_alert
from tocsin.acts.house import House
from tocsin.acts.receipts import Heard
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.case import Actor
from tocsin.core.channel import PAGED, Can, Message
from tocsin.core.work import Delivered, Outcome
from tocsin.engine.loop import Engine

KEY = Actor("", "api", "monitoring")
ALICE, BOB, CAROL = (Actor(handle, "web") for handle in ("alice", "bob", "carol"))


@dataclass
class Device:
    """A channel that takes everything, or what `answers` says, in turn."""

    via: str
    can: Can = field(default_factory=Can)
    label: str = "Device"
    fields: tuple[Any, ...] = ()
    sent: list[Message] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)

    def address(self, given: Any) -> str:
        return str(given["number"])

    def shown(self, address: str) -> str:
        return address

    async def send(self, message: Message, attempt: int) -> Outcome:
        outcome = (
            self.answers.pop(0) if self.answers else Delivered({"message": f"{self.via}-{len(self.sent)}"})
        )
        if isinstance(outcome, Delivered):
            self.sent.append(message)
        return outcome


@dataclass
class Town:
    """Every person with their devices. `heard` gives what came since it was asked last, as `person/device: words`."""

    house: House
    engine: Engine
    clock: HandClock
    devices: dict[str, Device]
    _seen: dict[str, int] = field(default_factory=dict)

    async def opens(self, message: str = "The disk is full", policy: str = "", **about: Any) -> OpenedAlert:
        opened = await open_alert(self.house, KEY, opening_of(message, **about), policy)
        await self.engine.run_due()
        return opened

    async def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))
        await self.engine.run_due()

    async def does(self, deed: str, actor: Actor, ref: str, *args: Any) -> None:
        await getattr(deeds, deed)(self.house, actor, ref, *args)
        await self.engine.run_due()

    async def answers(self, message: Message, does: str = "acknowledge") -> str:
        """Somebody answers on their device."""
        said = await Heard(self.house).answered("sms", does=does, ticket=message.ticket)
        await self.engine.run_due()
        return said

    def heard(self) -> list[str]:
        new = []
        for via, device in self.devices.items():
            for one in device.sent[self._seen.get(via, 0) :]:
                what = "" if one.purpose == PAGED else f"({one.purpose}) "
                new.append(f"{one.person or one.to}/{via}: {what}{one.short}")
            self._seen[via] = len(device.sent)
        return sorted(new)

    def last(self, via: str) -> Message:
        return self.devices[via].sent[-1]


def with_town(house: House, engine: Engine, clock: HandClock, devices: Sequence[Device] = ()) -> Town:
    """Everybody can be reached by Slack and e-mail, as the directory says, and on these devices."""
    given = [Device("slack", Can(answers=True, settles=True)), Device("email")]
    house.given = {one.via: one for one in [*given, Device("channel")]}
    house.channels = {one.via: one for one in devices}
    house.abilities = house.abilities | {f"page:{one.via}" for one in devices}
    return Town(house, engine, clock, {**house.given, **house.channels})  # type: ignore[dict-item]
