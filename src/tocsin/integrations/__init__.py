"""Other products' languages: one folder each with the same file names. The list of them all stands here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from tocsin.core.channel import Channel
from tocsin.core.procedures.declared import Declared
from tocsin.core.procedures.hands import Hand
from tocsin.integrations.link import HasChannels, HasGivenChannels, Link
from tocsin.integrations.switchboard import Switchboard
from tocsin.settings import Settings
from tocsin.settings_procedures import secrets_by_name

ALL = (
    "slack",
    "x",
    "github",
    "google",
    "opsgenie",
    "pagerduty",
    "email",
    "calendars",
    "ntfy",
    "webpush",
    "webhook",
    "apprise",
    "gateway",
    "twilio",
    "deadman",
)
HANDS: tuple[str, ...] = ("git", "github", "command", "site", "webhook")
"""The integrations that carry out procedures: each has `hands(settings, declared, secrets)` in its `hand.py`."""


def connect_all(settings: Settings) -> list[Link]:
    """A link for each service that the settings name."""
    links = [import_module(f"tocsin.integrations.{name}").connect(settings) for name in ALL]
    return [link for link in links if link is not None]


def hands_of(settings: Settings, declared: Declared, names: Iterable[str] = HANDS) -> dict[str, Hand]:
    """The hands that carry out procedures, by name. `declared` is what the operators' file allows."""
    secrets = secrets_by_name(settings)
    found = [
        one
        for name in names
        for one in import_module(f"tocsin.integrations.{name}.hand").hands(settings, declared, secrets)
    ]
    return {one.name: one for one in found}


def abilities_of(links: Iterable[Link]) -> frozenset[str]:
    """All that they let Tocsin do."""
    return frozenset[str]().union(*(link.abilities for link in links))


def channels_of(links: Iterable[Link]) -> dict[str, Channel]:
    """The channels to people's devices, by what contact methods name. Several of one name share the numbers that they reach."""
    by_via: dict[str, list[Channel]] = {}
    for link in links:
        for one in link.channels if isinstance(link, HasChannels) else ():
            by_via.setdefault(one.via, []).append(one)
    return {via: some[0] if len(some) == 1 else Switchboard(some) for via, some in by_via.items()}


def given_channels_of(links: Iterable[Link]) -> dict[str, Channel]:
    """The channels for alerts to what the organisation gives, by what a delivery names."""
    return {
        one.via: one for link in links if isinstance(link, HasGivenChannels) for one in link.given_channels
    }
