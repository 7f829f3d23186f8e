"""A Tocsin with channels to devices, for the walks that reach people there."""

from __future__ import annotations

from dataclasses import dataclass, field

from doubles import EVERYTHING, Mailbox, Phones
from tocsin.acts.contacts import methods
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.receipts import Heard
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.channel import CODE, Can
from tocsin.core.contacts import ContactMethod
from tocsin.engine.channel_reach import ChannelReach
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from walks.walk_steps import Walk, tweet

BOB, ALICE = By(Actor("bob", "web")), By(Actor("alice", "web"))
ADMIN = By(Actor("dora", "web"), is_admin=True)
NUMBER = "+4915112345678"


@dataclass
class Devices:
    """The channels, and the house that has them."""

    house: House
    clock: HandClock
    mailbox: Mailbox
    engine: Engine
    sms: Phones
    push: Phones = field(default_factory=lambda: Phones("push", "Push", Can(settles=True)))

    @property
    def heard(self) -> Heard:
        return Heard(self.house)

    @property
    def walk(self) -> Walk:
        return Walk(self.house, self.engine, self.clock, self.mailbox)

    async def code(self, phones: Phones | None = None) -> str:
        """What the newest code says that went out."""
        await self.engine.run_due()
        channel = phones or self.sms
        return next(one for one in reversed(channel.sent) if one.purpose == CODE).short[:6]

    async def verified(
        self, by: By = BOB, number: str = NUMBER, name: str = "", via: str = "sms"
    ) -> ContactMethod:
        """A device that was added and verified; nothing of that is left in the channels."""
        channel = {"sms": self.sms, "push": self.push}[via]
        added = await methods.add(self.house, by, by.person, via, {"number": number}, name)
        found = await methods.verify(self.house, by, by.person, added.id, await self.code(channel))
        channel.take()
        self.mailbox.notices.clear()
        return found

    async def incident(self) -> Walk:
        """An incident from a stranger's post, with all done that is due at once."""
        return await self.walk.begin(tweet())


def with_devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    sms, push = Phones(), Phones("push", "Push", Can(settles=True))
    channels = {"sms": sms, "push": push}
    # The house is one for the whole test: what it can do is stamped on each incident.
    house.abilities = EVERYTHING | {f"page:{via}" for via in channels}
    house.channels, house.receipts = channels, Heard(house)
    reaches = [mailbox.under(name) for name in ("slack", "x", "email", "github")]
    engine = Engine(house, Reaches([*reaches, *(ChannelReach(one, house) for one in channels.values())]))
    return Devices(house, clock, mailbox, engine, sms, push)
