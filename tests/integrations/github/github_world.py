"""The town's GitHub, a Tocsin that it calls, and the few sentences about both."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from doubles import EVERYTHING
from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.core import facts as f
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.github import GitHubLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.github.board import Issue
from tocsin.town.serving import served

REPO = "acme/website"
SECRET = "a secret between GitHub and us"


class World:
    """The town's GitHub, a Tocsin that it calls, and the few sentences about both."""

    def __init__(self, town: Town, house: House, engine: Engine) -> None:
        self.town, self.house, self.engine = town, house, engine
        self.github = town.github
        self.webhook = ""

    async def settle(self) -> None:
        """Until neither has anything to do: what we write comes back to us as events too."""
        for _ in range(3):
            await self.engine.run_due()
            await self.town.settled()

    async def opened(
        self, user: str = "joe", title: str = "Help", text: str = "", **more: Any
    ) -> dict[str, str]:
        answer = await self.github.open_issue(user, REPO, title, text, **more)
        await self.settle()
        return said(answer)

    async def commented(self, text: str, user: str = "joe", n: int = 1) -> dict[str, str]:
        answer = await self.github.comment(user, REPO, n, text)
        await self.settle()
        return said(answer)

    async def incidents(self) -> list[Incident]:
        found = await looks.incidents(self.house, TOCSIN)
        return [(await looks.case(self.house, row.ref, TOCSIN)).incident for row in reversed(found)]

    async def notes(self, ref: str = "INC-1") -> list[tuple[str, str]]:
        facts = (await looks.case(self.house, ref, TOCSIN)).incident.facts
        return [(fact.by, fact.what.text) for fact in facts if isinstance(fact.what, f.NoteAdded)]

    def issue(self, n: int = 1) -> Issue:
        return self.github.issue(REPO, n)

    def url(self, n: int = 1) -> str:
        return f"{self.town.url}/github/{REPO}/issues/{n}"

    def by_us(self, n: int = 1) -> list[str]:
        return [one.body for one in self.issue(n).comments if one.user == self.github.login]


def said(answer: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer.body) if isinstance(answer.body, str | bytes) else answer.body
    return found


def link_to(town: Town, **more: str) -> GitHubLink:
    """The link as the settings make it, with some more of them."""
    settings = {
        "TOCSIN_GITHUB_TOKEN": town.github.token,
        "TOCSIN_GITHUB_REPOSITORY": REPO,
        "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
        "TOCSIN_GITHUB_WEBHOOK_SECRET": SECRET,
    }
    link = connect(read_settings(settings | more))
    assert isinstance(link, GitHubLink)
    return link


@asynccontextmanager
async def calling(town: Town, house: House, link: GitHubLink) -> AsyncIterator[World]:
    """GitHub's webhook reaches this Tocsin, which can do what GitHub can, and pages nobody."""
    house.abilities = (EVERYTHING - {"thread", "page:slack", "page:email"}) | link.abilities
    assert link.reach
    async with served(Starlette(routes=link.routes(house))) as url:
        town.github.point_webhook_at(f"{url}/integrations/github/webhook", SECRET)
        yield World(town, house, Engine(house, Reaches([link.reach])))
        await town.settled()
