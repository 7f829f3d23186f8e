"""The link for webhooks, its door open over HTTP, Bob's receiver in the town, and an ear for what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from devices import Ear, doors_of
from tocsin.acts.house import House
from tocsin.integrations.webhook import WebhookLink, connect
from tocsin.integrations.webhook.channel import WebhookChannel
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.hooks import Receiver

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
async def link(town: Town) -> AsyncIterator[WebhookLink]:
    town.faults.patience = 0.2
    link = connect(read_settings({"TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8"}))
    assert isinstance(link, WebhookLink)
    yield link
    await link.aclose()


@pytest.fixture
def ear(house: House) -> Ear:
    house.receipts = ear = Ear()
    return ear


@pytest.fixture
async def channel(link: WebhookLink, house: House, ear: Ear) -> AsyncIterator[WebhookChannel]:
    async with doors_of([link], house):
        yield link.channels[0]


@pytest.fixture
def to(channel: WebhookChannel, town: Town) -> str:
    """Bob's webhook, as it is kept."""
    return channel.address({"url": town.hooks.receiver("bob", OLD), "secret": OLD})


@pytest.fixture
def bob(to: str, town: Town) -> Receiver:
    return town.hooks.receivers["bob"]
