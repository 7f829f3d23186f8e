"""E-mail: reports and replies come in; pages, reminders, invitations and answers to reporters go out. Either works without the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.headerregistry import Address
from email.utils import parseaddr
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.errors import Invalid
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.door import EmailDoor
from tocsin.integrations.email.reach import EmailReach
from tocsin.integrations.link import Link
from tocsin.settings import Settings


class EmailLink:
    name = "email"
    label = "e-mail"
    reach: Reach | None

    def __init__(self, reach: EmailReach | None, door: EmailDoor | None) -> None:
        self.reach = reach
        self.door = door
        self.abilities = frozenset({"page:email", "answer:email"} if reach else ())

    def routes(self, house: House) -> list[BaseRoute]:
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.door.listen, house)] if self.door else []

    async def aclose(self) -> None:
        """There is nothing to close: each message has a connection of its own."""


def connect(settings: Settings) -> Link | None:
    """The link to e-mail; None where none goes out and none comes in. Invalid where an address is none."""
    reach, door = _reach(settings), _door(settings)
    return EmailLink(reach, door) if reach or door else None


def _reach(settings: Settings) -> EmailReach | None:
    if not settings.smtp_host:
        return None
    password = settings.smtp_password
    server = Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else "",
    )
    return EmailReach(server, _sender(settings.mail_from))


def _door(settings: Settings) -> EmailDoor | None:
    if not settings.mail_in_port:
        return None
    addresses = tuple(one for one in settings.mail_in_address.replace(",", " ").split() if one)
    sender = parseaddr(settings.mail_from)[1]
    return EmailDoor(settings.mail_in_host, settings.mail_in_port, addresses, sender)


def _sender(setting: str) -> Address:
    name, address = parseaddr(setting)
    try:
        sender = Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError) as why:  # The parser runs off the end of an address without a domain.
        raise Invalid(
            f"TOCSIN_MAIL_FROM is {setting!r}, which is no mail address", field="mail_from"
        ) from why
    if not sender.domain:
        raise Invalid(f"TOCSIN_MAIL_FROM is {setting!r}, which is no mail address", field="mail_from")
    return sender
