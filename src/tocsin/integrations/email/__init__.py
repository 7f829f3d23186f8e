"""E-mail: reports and replies come in; pages, reminders, invitations and answers to reporters go out. Either works without the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.headerregistry import Address
from email.utils import parseaddr
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.channel import Channel
from tocsin.core.work import Reach
from tocsin.errors import Invalid
from tocsin.integrations.email.alerts import EmailAlerts
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.door import EmailDoor
from tocsin.integrations.email.reach import EmailReach
from tocsin.integrations.link import Link
from tocsin.settings import Settings


class EmailLink:
    name = "email"
    label = "e-mail"
    reach: Reach | None
    given_channels: tuple[Channel, ...]

    def __init__(
        self, reach: EmailReach | None, door: EmailDoor | None, alerts: EmailAlerts | None = None
    ) -> None:
        self.reach = reach
        self.door = door
        self._alerts = alerts
        self.given_channels = (alerts,) if alerts else ()
        self.abilities = frozenset({"page:email", "answer:email"} if reach else ())

    def routes(self, house: House) -> list[BaseRoute]:
        if self._alerts:
            self._alerts.house = house
        return []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.door.listen, house)] if self.door else []

    async def aclose(self) -> None:
        """There is nothing to close: each message has a connection of its own."""


def connect(settings: Settings) -> Link | None:
    """The link to e-mail; None where none goes out and none comes in. Invalid where an address is none."""
    server = _server(settings)
    if server is None:
        door = _door(settings)
        return EmailLink(None, door) if door else None
    sender = _sender(settings.mail_from)
    alerts = EmailAlerts(server, sender, is_heard=bool(settings.mail_in_port))
    return EmailLink(EmailReach(server, sender), _door(settings, alerts), alerts)


def _server(settings: Settings) -> Server | None:
    if not settings.smtp_host:
        return None
    password = settings.smtp_password
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else "",
    )


def _door(settings: Settings, alerts: EmailAlerts | None = None) -> EmailDoor | None:
    if not settings.mail_in_port:
        return None
    addresses = tuple(one for one in settings.mail_in_address.replace(",", " ").split() if one)
    sender = parseaddr(settings.mail_from)[1]
    return EmailDoor(settings.mail_in_host, settings.mail_in_port, addresses, sender, alerts)


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
