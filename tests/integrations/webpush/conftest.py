"""The link to the push service of the town, its doors open over HTTP, Bob's phone, and an ear for what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from devices import Ear, doors_of
from tocsin.acts.house import House
from tocsin.integrations.webpush import WebPushLink, connect
from tocsin.integrations.webpush.channel import WebPushChannel
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.push import Device

SETTINGS = {
    "TOCSIN_WEBPUSH_CONTACT": "mailto:ops@acme.example",
    "TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8",
}


@pytest.fixture
async def link(town: Town) -> AsyncIterator[WebPushLink]:
    town.faults.patience = 0.2
    link = connect(read_settings(SETTINGS))
    assert isinstance(link, WebPushLink)
    yield link
    await link.aclose()


@pytest.fixture
def ear(house: House) -> Ear:
    house.receipts = ear = Ear()
    return ear


@pytest.fixture
async def channel(link: WebPushLink, house: House, ear: Ear) -> AsyncIterator[WebPushChannel]:
    async with doors_of([link], house):
        yield link.channel


@pytest.fixture
async def phone(channel: WebPushChannel, town: Town) -> Device:
    """Bob's phone, which takes messages of this Tocsin."""
    return town.push.subscribe("bob's phone", await channel.public_key())


@pytest.fixture
def to(channel: WebPushChannel, phone: Device) -> str:
    """The phone as a contact method keeps it."""
    return channel.address({"subscription": msgspec.json.encode(phone.subscription()).decode()})
