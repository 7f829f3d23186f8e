"""The link to the ntfy of the town, its door open over HTTP, and an ear for what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from devices import Ear, doors_of
from tocsin.acts.house import House
from tocsin.integrations.ntfy import NtfyLink, connect
from tocsin.integrations.ntfy.channel import NtfyChannel
from tocsin.settings import read_settings
from tocsin.town import Town

TOPIC = "bob-8fk2q0xw7e"


@pytest.fixture
async def link(town: Town) -> AsyncIterator[NtfyLink]:
    town.faults.patience = 0.2
    settings = read_settings(
        {"TOCSIN_NTFY_SERVER": f"{town.url}/ntfy/", "TOCSIN_NTFY_TOKEN": town.ntfy.token}
    )
    link = connect(settings)
    assert isinstance(link, NtfyLink)
    yield link
    await link.aclose()


@pytest.fixture
def ear(house: House) -> Ear:
    house.receipts = ear = Ear()
    return ear


@pytest.fixture
async def channel(link: NtfyLink, house: House, ear: Ear) -> AsyncIterator[NtfyChannel]:
    async with doors_of([link], house):
        yield link.channels[0]


@pytest.fixture
def to(channel: NtfyChannel) -> str:
    """Bob's topic, as it is kept."""
    return channel.address({"topic": TOPIC})
