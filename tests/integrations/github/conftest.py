"""The link to the GitHub of the town, as the settings make it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tocsin.integrations.github import GitHubLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town

SECRET = "a secret between GitHub and us"


@pytest.fixture
async def link(town: Town) -> AsyncIterator[GitHubLink]:
    settings = read_settings(
        {
            "TOCSIN_GITHUB_TOKEN": town.github.token,
            "TOCSIN_GITHUB_REPOSITORY": "acme/website",
            "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
            "TOCSIN_GITHUB_WEBHOOK_SECRET": SECRET,
        }
    )
    link = connect(settings)
    assert isinstance(link, GitHubLink)
    yield link
    await link.aclose()
