"""A walk in public: the GitHub and the X of the town, spoken to for real; chat and mail are the mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from walk_steps import ALICE, Walk, letter

from doubles import EVERYTHING
from tocsin.acts import incidents
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations import github, x
from tocsin.integrations.github.door import PATH
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.github.board import Issue
from tocsin.town.serving import served

REPO = "acme/website"
SECRET = "between the town and us"


@dataclass
class Public:
    """The walk, and what everybody can read."""

    walk: Walk
    town: Town

    @property
    def issue(self) -> Issue:
        return self.town.github.issue(REPO, 1)

    @property
    def posts(self) -> list[str]:
        """What we said on X, oldest first."""
        return [post.text for post in self.town.x.posts if post.author == "@acme"]

    async def begun(self) -> Public:
        """Steered for half an hour; the public words are drafted and wait for Alice."""
        await self.walk.begin(letter())
        await self.walk.steered()
        await self.walk.wait(30)
        return self

    async def told(self) -> Public:
        """The issue and the post are out."""
        await self.begun()
        await incidents.approve_public_words(self.walk.house, ALICE, self.walk.ref)
        await self.settle()
        assert (await self.walk.incident()).public.post
        return self

    async def settle(self) -> None:
        """Until nobody has anything to do: what we write comes back to us as events too."""
        for _ in range(2):
            await self.walk.engine.run_due()
            await self.town.settled()


@asynccontextmanager
async def in_public(walk: Walk) -> AsyncIterator[Public]:
    town = Town(now=walk.clock.now)
    town.faults.patience = 0.2
    town.github.add_repo(REPO)
    await town.start()
    hub, bird = github.connect(read_settings(_github(town))), x.connect(read_settings(_x(town)))
    assert hub
    assert hub.reach
    assert bird
    assert bird.reach
    walk.house.abilities = EVERYTHING | hub.abilities | bird.abilities
    chat = [walk.mailbox.under(name) for name in ("slack", "email")]
    walk.engine = Engine(walk.house, Reaches([hub.reach, bird.reach, *chat]))
    async with served(Starlette(routes=hub.routes(walk.house))) as url:
        town.github.point_webhook_at(f"{url}{PATH}", SECRET)
        yield Public(walk, town)
        await town.settled()
    await hub.aclose()
    await bird.aclose()
    await town.stop()


def _github(town: Town) -> dict[str, str]:
    return {
        "TOCSIN_GITHUB_TOKEN": town.github.token,
        "TOCSIN_GITHUB_REPOSITORY": REPO,
        "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
        "TOCSIN_GITHUB_WEBHOOK_SECRET": SECRET,
    }


def _x(town: Town) -> dict[str, str]:
    return {
        "TOCSIN_X_CONSUMER_KEY": town.x.consumer_key,
        "TOCSIN_X_CONSUMER_SECRET": town.x.consumer_secret,
        "TOCSIN_X_ACCESS_TOKEN": town.x.access_token,
        "TOCSIN_X_ACCESS_TOKEN_SECRET": town.x.access_token_secret,
        "TOCSIN_X_BASE_URL": f"{town.url}/x",
        "TOCSIN_X_WEB_URL": f"{town.url}/x",
    }
