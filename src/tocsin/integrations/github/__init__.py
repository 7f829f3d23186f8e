"""GitHub: the public issue about an incident, follow-ups, reports from issues and comments, builds, and the answers to who reported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.work import Reach
from tocsin.integrations.github import builds
from tocsin.integrations.github.catch_up import CatchUp
from tocsin.integrations.github.client import API_VERSION, GitHubClient
from tocsin.integrations.github.deploys import DeployDoor
from tocsin.integrations.github.deploys_catch_up import DeployLooks
from tocsin.integrations.github.door import GitHubDoor
from tocsin.integrations.github.follow_ups import FollowUpDoor
from tocsin.integrations.github.issues import IssueDoor
from tocsin.integrations.github.reach import GitHubReach
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.settings import Settings


class GitHubLink:
    name = "github"
    label = "GitHub"
    abilities = frozenset({"issue", "answer:github", "public:github"})
    reach: Reach | None

    def __init__(
        self,
        outside: Outside,
        repository: str,
        webhook_secret: str,
        bot: str,
        follow_ups: str = "",
        poll: timedelta = timedelta(minutes=5),
        built: tuple[str, ...] = (),
    ) -> None:
        """`built` are the repositories whose builds count; by default the one of public issues."""
        self._outside = outside
        built = built or (repository,)
        repositories = tuple(dict.fromkeys((repository, follow_ups or repository)))
        issues = IssueDoor(bot, repositories)
        ends = FollowUpDoor(bot, issues.issues)
        client = GitHubClient(outside, repository)
        deploys = DeployDoor(client)
        events = {
            **deploys.events,
            **builds.events_of(built),
            "issues": ends.issues,
            "issue_comment": issues.issue_comment,
        }
        self._door = GitHubDoor(webhook_secret, events)
        self.reach = GitHubReach(client, follow_ups)
        # Without a webhook nobody has asked us to watch the repository.
        self._watches = bool(webhook_secret)
        self.catch_up = CatchUp(client, repositories, built, events, poll, DeployLooks(client).looks)

    def routes(self, house: House) -> list[BaseRoute]:
        return self._door.routes(house)

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return [partial(self.catch_up.watch, house)] if self._watches else []

    async def aclose(self) -> None:
        await self._outside.aclose()


def connect(settings: Settings) -> Link | None:
    """The link to GitHub; None without a token."""
    if settings.github_token is None:
        return None
    headers = {
        "Authorization": f"Bearer {settings.github_token.get_secret_value()}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
    }
    secret = settings.github_webhook_secret
    outside = Outside("GitHub", settings.github_base_url, headers=headers)
    return GitHubLink(
        outside,
        settings.github_repository,
        secret.get_secret_value() if secret else "",
        settings.github_bot,
        settings.github_follow_up_repository,
        timedelta(seconds=settings.github_poll_seconds),
        tuple(settings.github_build_repositories.replace(",", " ").split()),
    )
