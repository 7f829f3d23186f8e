"""E-mail: pages and reminders to our own people, answers to reporters who left an address.

It has no door: answers to Tocsin's mail go to whoever reads the sender's mailbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.headerregistry import Address
from email.utils import parseaddr

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.errors import Invalid
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.reach import EmailReach
from tocsin.integrations.link import Link
from tocsin.settings import Settings


class EmailLink:
    name = "email"
    label = "e-mail"
    abilities = frozenset({"page:email", "answer:email"})
    reach: Reach | None

    def __init__(self, server: Server, sender: Address) -> None:
        self.reach = EmailReach(server, sender)

    def routes(self, house: House) -> list[BaseRoute]:
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return []

    async def aclose(self) -> None:
        """There is nothing to close: each message has a connection of its own."""


def connect(settings: Settings) -> Link | None:
    """The link to the mail server; None without one. Invalid where the sender is no address."""
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
    return EmailLink(server, _sender(settings.mail_from))


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
