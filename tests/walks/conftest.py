"""A walk, ready to begin."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from procedure_steps import Theatre, on_stage
from walk_steps import Walk

from doubles import Mailbox
from github_builds import GitHub, github_of
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine


@pytest.fixture
def walk(house: House, engine: Engine, clock: HandClock, mailbox: Mailbox) -> Walk:
    return Walk(house, engine, clock, mailbox)


@pytest.fixture
async def theatre(walk: Walk) -> Theatre:
    return await on_stage(walk)


@pytest.fixture
async def github(walk: Walk) -> AsyncIterator[GitHub]:
    """The builds of a repository, told to that house as GitHub does."""
    github = github_of(walk.house, walk.clock)
    yield github
    await github.web.aclose()
