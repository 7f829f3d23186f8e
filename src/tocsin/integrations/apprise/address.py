"""An Apprise address as a device: the service that it leads to, and the address itself, which is a secret from end to end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from tocsin.errors import Invalid

SCHEME: Final = re.compile(r"([a-z0-9][a-z0-9+.-]*)://\S*", re.IGNORECASE)
LONGEST: Final = 3000
SHORTEST_SECRET: Final = 4
PARTS: Final = re.compile(r"[/:@?&=,;#\s]+")
HIDDEN: Final = "…"

OF_THIS_MACHINE: Final = frozenset("syslog dbus qt kde glib gio gnome windows macosx blink1".split())
NOT_HTTP: Final = frozenset(
    "rsyslog irc ircs amqp amqps xmpp xmpps growl smpp smpps mqtt mqtts aprs nostr".split()
)
OURS: Final = {
    "mailto": "Tocsin sends e-mail itself",
    "mailtos": "Tocsin sends e-mail itself",
    "deltachat": "it is e-mail, which Tocsin sends itself",
    "deltachats": "it is e-mail, which Tocsin sends itself",
    "vapid": "Tocsin speaks Web Push itself",
}


@dataclass(frozen=True, slots=True)
class Place:
    """`url` is what Apprise calls; `service` is how people call what is there."""

    service: str
    url: str

    @property
    def address(self) -> str:
        return f"{self.url} {self.service}"

    @property
    def shown(self) -> str:
        """What follows the scheme may be a token, a host among it: of all that only the end is shown."""
        scheme, _, rest = self.url.partition("://")
        end = rest[-2:] if len(rest) >= 16 else ""
        return f"{self.service} ({scheme}://{HIDDEN}{end})"


def place_of(address: str) -> Place:
    """The place of an address that `Place.address` gave."""
    url, _, service = address.partition(" ")
    return Place(service, url)


def typed(url: str) -> str:
    """An address as it was typed. Invalid where it is none, or one of those that are never called."""
    url = url.strip()
    found = SCHEME.fullmatch(url)
    if not found or len(url) > LONGEST:
        raise Invalid(
            "Write an address of Apprise, such as tgram://TOKEN/CHAT or mmosts://chat.acme.example/TOKEN",
            field="url",
        )
    refuse([found[1].lower()])
    return url


def refuse(schemes: Iterable[str]) -> None:
    """Invalid, by name, for a kind of address that is never called."""
    for scheme in schemes:
        if scheme in OF_THIS_MACHINE:
            why = "it leads to the machine on which Tocsin runs, where nobody looks"
        elif scheme in NOT_HTTP:
            why = "it is no HTTP, so that Tocsin could not see where it leads"
        elif scheme in OURS:
            why = OURS[scheme]
        else:
            continue
        raise Invalid(f"Tocsin sends nothing to {scheme}:// ({why})", field="url")


def without(url: str, words: str) -> str:
    """`words` in which no part of the address stands: what the library says of it may repeat any."""
    parts = {part for text in (url, unquote(url)) for part in PARTS.split(text.partition("://")[2])}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            words = words.replace(part, HIDDEN)
    return words
