"""Buildkite: the builds of main branches, by its webhook and by looking at them; and one of them run again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.buildkite.builds import Builds
from tocsin.integrations.buildkite.catch_up import CatchUp
from tocsin.integrations.buildkite.client import BuildkiteClient
from tocsin.integrations.buildkite.door import BuildkiteDoor
from tocsin.integrations.buildkite.reach import BuildkiteReach
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.settings import Settings


class BuildkiteLink:
    name = "buildkite"
    label = "Buildkite"
    abilities: frozenset[str] = frozenset()
    reach: Reach | None

    def __init__(
        self,
        outside: Outside,
        organization: str,
        pipelines: tuple[str, ...],
        webhook_token: str,
        poll: timedelta,
    ) -> None:
        self._outside = outside
        client = BuildkiteClient(outside, organization)
        builds = Builds(client)
        self._door = BuildkiteDoor(client, builds, webhook_token, pipelines)
        self.reach = BuildkiteReach(client, pipelines)
        self.catch_up = CatchUp(client, builds, organization, pipelines, poll)

    def routes(self, house: House) -> list[BaseRoute]:
        return self._door.routes(house)

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.catch_up.watch, house)]

    async def aclose(self) -> None:
        await self._outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to Buildkite; None without a token."""
    if settings.buildkite_token is None:
        return None
    headers = {"Authorization": f"Bearer {settings.buildkite_token.get_secret_value()}"}
    webhook = settings.buildkite_webhook_token
    return BuildkiteLink(
        Outside("Buildkite", settings.buildkite_base_url, headers=headers),
        settings.buildkite_organization,
        tuple(dict.fromkeys(settings.buildkite_pipelines.replace(",", " ").split())),
        webhook.get_secret_value() if webhook else "",
        timedelta(seconds=settings.buildkite_poll_seconds),
    )
