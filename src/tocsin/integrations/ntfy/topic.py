"""An ntfy topic as a person's device: a server and a name. Whoever knows the name reads along, so it is never shown whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tocsin.errors import Invalid
from tocsin.integrations.guard import UNLESS_NAMED, Guard, Inside

NAME: Final = re.compile(r"[-_A-Za-z0-9]{1,64}")
"""As ntfy's server takes it (server/server.go)."""
SHOWN_FROM: Final = 12
"""The shortest name of which a few signs may be shown: enough stays hidden."""


@dataclass(frozen=True, slots=True)
class Topic:
    """`server` has no slash at its end."""

    server: str
    name: str

    @property
    def address(self) -> str:
        return f"{self.server}/{self.name}"

    @property
    def shown(self) -> str:
        place = self.server.partition("://")[2]
        if len(self.name) < SHOWN_FROM:
            return f"{place}/…"
        return f"{place}/{self.name[:2]}…{self.name[-2:]}"


def topic_of(address: str) -> Topic:
    """The topic of an address that `Topic.address` gave."""
    server, _, name = address.rpartition("/")
    return Topic(server, name)


def topic_from(given: Mapping[str, str], server: str, guard: Guard) -> Topic:
    """The topic that was typed, at the server that is named, or else at `server`. Invalid, by the field, where it is none, or where the one
    that is named stands in our own network for all to see.

    A whole address (https://ntfy.sh/name, ntfy.sh/name), as the app shares it, may stand for the name.
    """
    name, named = given.get("topic", "").strip().strip("/"), given.get("server", "").strip()
    if "/" in name:
        named, _, name = name.rpartition("/")
    if not NAME.fullmatch(name):
        raise Invalid(
            "A topic of ntfy has 1 to 64 letters, digits, dashes and underscores: write it as it stands in the app",
            field="topic",
        )
    return Topic(_server(named, guard) if named else server, name)


def _server(text: str, guard: Guard) -> str:
    """The address of a server, in one way of writing."""
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as why:
        raise Invalid(f"The server is no address: {why}", field="server") from why
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid("The server is an address such as https://ntfy.sh", field="server")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Invalid(
            "The server's address has no name, password or question in it: tokens belong into Tocsin's settings",
            field="server",
        )
    try:
        guard.refuse_known(parts.hostname)
    except Inside as why:
        raise Invalid(f"{why}: {UNLESS_NAMED}", field="server") from why
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
