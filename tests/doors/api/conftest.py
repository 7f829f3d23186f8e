"""The API of a whole house, and callers with keys of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest

from tocsin.acts import access, people
from tocsin.acts.house import House
from tocsin.doors.api import api

Calls = Callable[[str], httpx2.AsyncClient]


@pytest.fixture
async def nobody(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """A caller without a key."""
    transport = httpx2.ASGITransport(app=api(house), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://tocsin.example") as client:
        yield client


@pytest.fixture
def caller(house: House) -> Callable[..., Awaitable[httpx2.AsyncClient]]:
    """Makes a caller: a person's key, or one that is nobody's."""

    async def make(person: str = "", right: str = "respond") -> httpx2.AsyncClient:
        key = await access.create_key(house, f"{person or 'robot'}-{right}", person=person, rights=[right])
        transport = httpx2.ASGITransport(app=api(house), raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {key}"}
        return httpx2.AsyncClient(transport=transport, base_url="http://tocsin.example", headers=headers)

    return make


@pytest.fixture
async def alice(caller: Callable[..., Awaitable[httpx2.AsyncClient]]) -> httpx2.AsyncClient:
    """Alice, with her own key; she may respond."""
    return await caller("alice")


@pytest.fixture
async def robot(caller: Callable[..., Awaitable[httpx2.AsyncClient]]) -> httpx2.AsyncClient:
    """A key that is nobody's; it may respond."""
    return await caller()


@pytest.fixture
async def admin(house: House, caller: Callable[..., Awaitable[httpx2.AsyncClient]]) -> httpx2.AsyncClient:
    """Dora, an admin, with her own key."""
    await people.save_person(house, "dora", name="Dora", rights=("admin",))
    return await caller("dora", "admin")


@pytest.fixture
async def ref(alice: httpx2.AsyncClient) -> str:
    """An open incident, reported by Alice."""
    answer = await alice.post("/reports", json={"text": "sign-in is broken"})
    found: str = answer.json()["ref"]
    return found
