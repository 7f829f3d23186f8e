"""The Buildkite of the town with the pipeline `site` of acme/site, and a Tocsin that it calls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from buildkite_world import REPOSITORY, World, calling

from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.town import Town


@pytest.fixture
async def world(town: Town, house: House, clock: HandClock) -> AsyncIterator[World]:
    town.buildkite.add_pipeline("site", REPOSITORY)
    async with calling(town, house, clock) as world:
        yield world
