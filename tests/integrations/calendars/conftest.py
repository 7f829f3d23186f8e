"""A website on loopback that shows a calendar."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from integrations.calendars.calendar_site import Website
from tocsin.town.serving import listen, served, url_of


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    listening = listen()
    site = Website(url_of(listening))
    async with served(site, listening):
        yield site
