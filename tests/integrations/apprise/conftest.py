"""The link to Apprise, and a channel in the town's chat with an incoming webhook."""

from __future__ import annotations

import pytest

from tocsin.integrations.apprise import AppriseLink, connect
from tocsin.integrations.apprise.channel import AppriseChannel
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.hooks import Said

TOKEN = "8fk2q0xw7e4711ab9c3d5e6f7g8h"


@pytest.fixture
def link(town: Town) -> AppriseLink:
    town.faults.patience = 0.2
    link = connect(read_settings({"TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8"}))
    assert isinstance(link, AppriseLink)
    return link


@pytest.fixture
def channel(link: AppriseLink) -> AppriseChannel:
    return link.channels[0]


@pytest.fixture
def url(town: Town) -> str:
    """Bob's channel in the chat, as he types it."""
    return town.hooks.channel(TOKEN)


@pytest.fixture
def to(channel: AppriseChannel, url: str) -> str:
    return channel.address({"url": url})


@pytest.fixture
def said(to: str, town: Town) -> list[Said]:
    return town.hooks.channels[TOKEN]
