"""Other products' languages: one folder each with the same file names. The list of them all stands here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import ModuleType

from tocsin.core.channel import Channel
from tocsin.core.procedures.declared import NOTHING, Declared
from tocsin.core.procedures.hands import Hand
from tocsin.integrations.link import HasChannels, HasGivenChannels, Link, MeetsHands
from tocsin.integrations.switchboard import Switchboard
from tocsin.settings import Settings
from tocsin.settings_procedures import secrets_by_name

ALWAYS = "always"

ALL: Mapping[str, tuple[str, ...]] = {
    "slack": ("slack_bot_token",),
    "x": ("x_access_token",),
    "github": ("github_token",),
    "buildkite": ("buildkite_token",),
    "google": ("google_service_account",),
    "opsgenie": ("opsgenie_key",),
    "pagerduty": ("pagerduty_routing_keys",),
    "email": ("smtp_host", "mail_in_port"),
    "calendars": (ALWAYS,),
    "ntfy": ("ntfy_server",),
    "webpush": ("webpush_contact",),
    "webhook": ("webhooks", "webhook_secrets"),
    "apprise": ("apprise",),
    "gateway": ("gateways",),
    "twilio": ("twilio_account_sid",),
    "deadman": ("dead_mans_switch",),
}
"""Each with the settings of which one has to be there: of a service that nobody uses nothing is loaded, which takes its time."""

HANDS: tuple[str, ...] = ("git", "github", "command", "site", "webhook", "schema")
"""The integrations that carry out procedures: each has `hands(settings, declared, secrets)` in its `hand.py`."""


def load(settings: Settings) -> list[ModuleType]:
    """The modules of those that the settings may name."""
    names = [name for name, needs in ALL.items() if any(n == ALWAYS or getattr(settings, n) for n in needs)]
    return [import_module(f"tocsin.integrations.{name}") for name in names]


def connect_all(settings: Settings) -> list[Link]:
    """A link for each service that the settings name."""
    links = [one.connect(settings) for one in load(settings)]
    return [link for link in links if link is not None]


def hands_of(settings: Settings, declared: Declared, names: Iterable[str] = HANDS) -> dict[str, Hand]:
    """The hands that carry out procedures, by name. `declared` is what the operators' file allows: without it none is loaded."""
    if declared == NOTHING:
        return {}
    secrets = secrets_by_name(settings)
    found = [
        one
        for name in names
        for one in import_module(f"tocsin.integrations.{name}.hand").hands(settings, declared, secrets)
    ]
    by_name = {one.name: one for one in found}
    for one in found:
        if isinstance(one, MeetsHands):
            one.meet(by_name)
    return by_name


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
