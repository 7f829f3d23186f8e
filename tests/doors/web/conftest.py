"""Browsers at the web door, and an incident to look at."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from web_browser import browser, signed_in

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.core.case import Actor

JANE = Actor("", "x", "tocsin")
Browser = httpx2.AsyncClient


@pytest.fixture
async def stranger(house: House) -> AsyncIterator[Browser]:
    """A browser in which nobody is signed in."""
    async with browser(house) as client:
        yield client


@pytest.fixture
async def bob(house: House) -> AsyncIterator[Browser]:
    """Bob's browser: he may respond."""
    async with browser(house) as client:
        await signed_in(house, client, "bob")
        yield client


@pytest.fixture
async def alice(house: House) -> AsyncIterator[Browser]:
    """Alice's browser: she may respond."""
    async with browser(house) as client:
        await signed_in(house, client, "alice")
        yield client


@pytest.fixture
async def ref(house: House) -> str:
    """An incident from a stranger's post."""
    post = NewReport(
        "x",
        "sign-in is broken",
        "@jane",
        outside=True,
        answer_via="x",
        address="1",
        url="https://x.com/1",
        key="1",
    )
    return (await incidents.declare(house, JANE, post)).ref
