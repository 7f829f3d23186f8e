"""Other products' languages: one folder each with the same file names. The list of them all stands here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from tocsin.core.channel import Channel
from tocsin.integrations.link import HasChannels, HasGivenChannels, Link
from tocsin.settings import Settings

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
    "twilio",
)


def connect_all(settings: Settings) -> list[Link]:
    """A link for each service that the settings name."""
    links = [import_module(f"tocsin.integrations.{name}").connect(settings) for name in ALL]
    return [link for link in links if link is not None]


def abilities_of(links: Iterable[Link]) -> frozenset[str]:
    """All that they let Tocsin do."""
    return frozenset[str]().union(*(link.abilities for link in links))


def channels_of(links: Iterable[Link]) -> dict[str, Channel]:
    """The channels to people's devices, by what contact methods name."""
    return {one.via: one for link in links if isinstance(link, HasChannels) for one in link.channels}


def given_channels_of(links: Iterable[Link]) -> dict[str, Channel]:
    """The channels for alerts to what the organisation gives, by what a delivery names."""
    return {
        one.via: one for link in links if isinstance(link, HasGivenChannels) for one in link.given_channels
    }
