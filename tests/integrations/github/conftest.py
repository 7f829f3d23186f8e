"""The link to the GitHub of the town, as the settings make it, and a Tocsin that it calls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from github_world import World, calling, link_to

from tocsin.acts.house import House
from tocsin.integrations.github import GitHubLink
from tocsin.town import Town


@pytest.fixture
async def link(town: Town) -> AsyncIterator[GitHubLink]:
    link = link_to(town)
    yield link
    await link.aclose()


@pytest.fixture
async def world(town: Town, house: House, link: GitHubLink) -> AsyncIterator[World]:
    async with calling(town, house, link) as world:
        yield world
