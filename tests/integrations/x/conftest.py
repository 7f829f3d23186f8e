"""The link to the X of the town, as the settings make it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tocsin.integrations.x import XLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town


@pytest.fixture
async def link(town: Town) -> AsyncIterator[XLink]:
    settings = read_settings(
        {
            "TOCSIN_X_CONSUMER_KEY": town.x.consumer_key,
            "TOCSIN_X_CONSUMER_SECRET": town.x.consumer_secret,
            "TOCSIN_X_ACCESS_TOKEN": town.x.access_token,
            "TOCSIN_X_ACCESS_TOKEN_SECRET": town.x.access_token_secret,
            "TOCSIN_X_BASE_URL": f"{town.url}/x",
            "TOCSIN_X_WEB_URL": f"{town.url}/x",
        }
    )
    link = connect(settings)
    assert isinstance(link, XLink)
    yield link
    await link.aclose()
