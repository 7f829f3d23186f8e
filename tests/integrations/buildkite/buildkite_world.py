"""The town's Buildkite, a Tocsin that it calls, and the few sentences about both."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
from pager_world import served

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.integrations.buildkite import BuildkiteLink, connect
from tocsin.integrations.buildkite.door import PATH
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.buildkite import Build

TOKEN = "a-token-between-Buildkite-and-us"
REPOSITORY = "acme/site"


def sha_of(n: int) -> str:
    return hashlib.sha1(f"commit {n}".encode()).hexdigest()


class World:
    """`hook` is the webhook's address. Each build of the pipeline `site` takes a minute of the clock."""

    def __init__(self, town: Town, house: House, link: BuildkiteLink, clock: HandClock, hook: str) -> None:
        self.town, self.house, self.link, self.clock, self.hook = town, house, link, clock, hook
        self.buildkite = town.buildkite

    async def built(self, *states: str, slug: str = "site", **more: Any) -> Build:
        """Builds of new commits have ended so, one after the other; the last of them."""
        for state in states:
            self.clock.advance(timedelta(minutes=1))
            n = len(self.buildkite.builds(slug)) + 1
            message = f"Change {n}\n\nA longer story."
            build = self.buildkite.build(slug, sha_of(n), state, message=message, **more)
            await self.town.settled()
        return build

    async def timed_out(self) -> None:
        build = await self.built("running")
        self.buildkite.end(build, "failed", timed_out=True)
        await self.town.settled()

    async def rebuilt(self, number: int, state: str) -> Build:
        """Somebody presses "Rebuild", and it ends so."""
        self.clock.advance(timedelta(minutes=1))
        url = f"{self.town.url}/buildkite/v2/organizations/acme/pipelines/site/builds/{number}/rebuild"
        async with httpx2.AsyncClient(trust_env=False) as web:
            answer = await web.put(url, headers={"Authorization": f"Bearer {self.buildkite.token}"})
        build = self.buildkite.builds("site")[answer.json()["number"] - 1]
        self.buildkite.end(build, state)
        await self.town.settled()
        return build

    async def sent(self, body: bytes, headers: dict[str, Any]) -> tuple[int, dict[str, str]]:
        async with httpx2.AsyncClient(trust_env=False) as web:
            answer = await web.post(self.hook, content=body, headers=headers)
        return answer.status_code, answer.json()

    async def told(self, number: int, slug: str = "site", event: str = "build.finished") -> str:
        """A delivery about that build, with the right token; what Tocsin answers."""
        _, answer = await self.sent(delivery(number, slug, event), {"X-Buildkite-Token": TOKEN})
        return answer.get("ok") or answer["error"]

    async def incidents(self) -> list[Incident]:
        found = await looks.incidents(self.house, TOCSIN)
        return [(await looks.case(self.house, row.ref, TOCSIN)).incident for row in reversed(found)]


def delivery(number: object, slug: object = "site", event: object = "build.finished") -> bytes:
    return json.dumps({"event": event, "build": {"number": number}, "pipeline": {"slug": slug}}).encode()


def signature(body: bytes, at: float, token: str = TOKEN) -> str:
    stamp = str(int(at))
    digest = hmac.new(token.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"timestamp={stamp},signature={digest}"


def link_to(town: Town, **more: str) -> BuildkiteLink:
    """The link as the settings make it, with some more of them."""
    settings = {
        "TOCSIN_BUILDKITE_TOKEN": town.buildkite.token,
        "TOCSIN_BUILDKITE_ORGANIZATION": "acme",
        "TOCSIN_BUILDKITE_PIPELINES": "site",
        "TOCSIN_BUILDKITE_WEBHOOK_TOKEN": TOKEN,
        "TOCSIN_BUILDKITE_BASE_URL": f"{town.url}/buildkite",
    }
    link = connect(read_settings(settings | more))
    assert isinstance(link, BuildkiteLink)
    return link


@asynccontextmanager
async def calling(town: Town, house: House, clock: HandClock, **more: str) -> AsyncIterator[World]:
    """Buildkite's webhook, with the plain token, reaches this Tocsin."""
    link = link_to(town, **more)
    async with served(house, link) as url:
        town.buildkite.point_webhook_at(url + PATH, TOKEN)
        yield World(town, house, link, clock, url + PATH)
        await town.settled()
    await link.aclose()
