"""What tests of channels share: a message to send, the doors of a link over HTTP, and an ear for what devices send back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from starlette.applications import Starlette

from tocsin.acts.house import House
from tocsin.core.channel import PAGED, Message
from tocsin.core.places import Places
from tocsin.errors import TocsinError
from tocsin.integrations.link import Link
from tocsin.town.serving import listen, served, url_of


def page(to: str, now: datetime, **other: Any) -> Message:
    """A page to Bob that may be acknowledged."""
    message = Message(
        key="page/INC-7/bob/1",
        purpose=PAGED,
        person="bob",
        to=to,
        subject="[INC-7] Page: Sign-in is broken",
        text="*Sign-in is broken*\n> Nobody can sign in.\nYou are on call.",
        short="INC-7: Sign-in is broken",
        now=now,
        link="https://tocsin.acme.example/incidents/INC-7",
        answer_link="https://tocsin.acme.example/ack/INC-7/bob/5f3a",
        ticket="K7QF2M",
    )
    return replace(message, **other)


@dataclass
class Ear:
    """Stands for what keeps deliveries. `refusal` is what the next answer is told."""

    heard: list[tuple[str, ...]] = field(default_factory=list)
    refusal: TocsinError | None = None

    async def told(self, via: str, message: str, state: str, words: str = "") -> None:
        self.heard.append(("told", via, message, state, words))

    async def answered(
        self, via: str, *, does: str, message: str = "", ticket: str = "", address: str = "", words: str = ""
    ) -> str:
        if self.refusal:
            raise self.refusal
        self.heard.append(("answered", via, does, message, ticket, address, words))
        return "You have acknowledged INC-7"


@contextlib.asynccontextmanager
async def doors_of(links: Sequence[Link], house: House) -> AsyncIterator[str]:
    """The doors of these links, open over HTTP at the house's own address, which is given."""
    listening = listen()
    house.places = Places(url_of(listening))
    app = Starlette(routes=[route for link in links for route in link.routes(house)])
    async with served(app, listening) as url:
        yield url
