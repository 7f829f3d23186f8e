"""The link to the Google Docs of the town, as the settings make it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tocsin.integrations.google import GoogleLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town


@pytest.fixture
def document(town: Town) -> str:
    """The id of the ops log."""
    return town.google.add_document("Ops log")


@pytest.fixture
async def link(town: Town, document: str) -> AsyncIterator[GoogleLink]:
    settings = read_settings(
        {
            "TOCSIN_GOOGLE_SERVICE_ACCOUNT": town.google.service_account_json(),
            "TOCSIN_GOOGLE_DOC": town.google.link(document),
            "TOCSIN_GOOGLE_BASE_URL": f"{town.url}/google",
        }
    )
    link = connect(settings)
    assert isinstance(link, GoogleLink)
    yield link
    await link.aclose()
