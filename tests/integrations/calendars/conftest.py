"""A website on loopback that shows a calendar."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from integrations.calendars.calendar_site import Website


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        site = Website(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(site, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listening]))
        yield site
        server.should_exit = True
        await serving
