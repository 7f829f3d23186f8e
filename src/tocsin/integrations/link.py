"""What an integration is to the rest of the house: one link, with an inbound door, an outbound reach, or both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, runtime_checkable

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.acts.reading import Answer
from tocsin.core.channel import Channel
from tocsin.core.procedures.hands import Hand
from tocsin.core.work import Reach


class Link(Protocol):
    """One configured connection to an outside service. It describes itself; nobody else asks what kind it is."""

    name: str
    """Short and stable; the `via` of works and the source of reports: slack, x, github, email."""
    label: str
    """How people call the service: Slack, X, GitHub, e-mail; "" where it is none of the organisation's."""
    abilities: frozenset[str]
    """What it lets Tocsin do: thread, issue, post, page:NAME, answer:NAME."""
    reach: Reach | None

    def routes(self, house: House) -> list[BaseRoute]:
        """Its inbound HTTP, under /integrations/NAME/."""
        ...

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        """What has to run along with the server until it is cancelled: a socket, a look for news."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class ReadsAddresses(Protocol):
    """A link that reads files at the addresses that people give."""

    async def read_address(self, url: str, etag: str, last_modified: str) -> Answer: ...


@runtime_checkable
class HasChannels(Protocol):
    """A link that brings messages to people's devices. Each channel's `via` stands in its abilities as `page:VIA`."""

    channels: tuple[Channel, ...]


@runtime_checkable
class HasGivenChannels(Protocol):
    """A link that brings alerts to addresses that the organisation gives (a Slack id, a mail address) and to places of its own.

    They are no contact methods that people add: each `via` is the link's own name, or the kind of target of a policy.
    """

    given_channels: tuple[Channel, ...]


@runtime_checkable
class MeetsHands(Protocol):
    """A hand that looks at some things by another: databases, whose migrations lie in git."""

    def meet(self, hands: Mapping[str, Hand]) -> None:
        """All hands there are, by name."""
        ...
