"""How the duties stand, for Prometheus: /metrics counts them from the database, at most once a minute."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from starlette.applications import Starlette

from tocsin.acts import access, incidents
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.doors import health
from walks.walk_steps import JANE, MINUTE, tweet

Figures = Callable[[], Awaitable[dict[tuple[str, str], float]]]


@pytest.fixture
async def figures(house: House) -> Figures:
    """What /metrics says of duties: (duty, outcome) and how many."""
    key = await access.create_key(house, "prometheus", rights=["read"])
    transport = httpx2.ASGITransport(app=Starlette(routes=health.routes(house)))

    async def ask() -> dict[tuple[str, str], float]:
        async with httpx2.AsyncClient(transport=transport, base_url="http://tocsin.example") as client:
            answer = await client.get("/metrics", headers={"Authorization": f"Bearer {key}"})
        found = re.findall(
            r'^tocsin_duties_fell_due\{duty="(.+)",outcome="(.+)"\} (\S+)$', answer.text, re.MULTILINE
        )
        return {(duty, outcome): float(many) for duty, outcome, many in found}

    return ask


async def test_duties_are_counted_by_how_they_stand(house: House, clock: HandClock, figures: Figures) -> None:
    await incidents.declare(house, JANE, tweet())
    clock.advance(15 * MINUTE)

    told = await figures()

    assert told["own", "overdue"] == 1
    assert told["own", "met"] == 0


async def test_they_are_counted_at_most_once_a_minute(
    house: House, clock: HandClock, figures: Figures
) -> None:
    await incidents.declare(house, JANE, tweet())
    clock.advance(15 * MINUTE)
    before = await figures()
    await incidents.declare(house, JANE, tweet(n="2"))
    await house.pool.execute("UPDATE duties SET due_at = $1", clock.now() - MINUTE)

    soon = await figures()
    clock.advance(MINUTE)
    later = await figures()

    assert soon == before
    assert later["own", "overdue"] == 2


async def test_what_fell_due_longer_ago_than_30_days_counts_no_more(
    house: House, clock: HandClock, figures: Figures
) -> None:
    await incidents.declare(house, JANE, tweet())
    clock.advance(15 * MINUTE)
    assert await figures()
    clock.advance(31 * 24 * 60 * MINUTE)

    assert await figures() == {}
