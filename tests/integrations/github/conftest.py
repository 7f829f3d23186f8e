"""The link to the GitHub of the town, as the settings make it, and a Tocsin that it calls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from github_world import SECRET, World, calling

from tocsin.acts.house import House
from tocsin.integrations.github import GitHubLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town


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


@pytest.fixture
async def world(town: Town, house: House, link: GitHubLink) -> AsyncIterator[World]:
    async with calling(town, house, link) as world:
        yield world
