"""What the webhook could not bring of deploys: deployments, releases, and pushes on deploy branches; at first, those of before too.

Which one to go back to can only be told of deploys that are known, so a Tocsin that is new reads the last ones from the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from tocsin.acts.deploys import is_known
from tocsin.acts.house import House
from tocsin.core.procedures.declared import GIT
from tocsin.integrations.github.catch_up import Event, Read
from tocsin.integrations.github.client import GitHubClient
from tocsin.integrations.github.deploys import (
    PUBLISHED,
    SAYS_NOTHING,
    deployment_id,
    push_id,
    repositories_of,
)

LONGEST_DEPLOY: Final = timedelta(hours=6)
"""Deployments are found by their beginning, and matter by their end."""
HISTORY: Final = 20
"""So many of before the first look are read."""


class DeployLooks:
    """Looks at the repositories from which declared targets are deployed."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    def looks(self, house: House) -> Iterable[tuple[str, str, Read]]:
        for repository in repositories_of(house):
            yield repository, "deployments", self._deployments
            yield repository, "releases", self._releases
        for target in house.declared.targets:
            if target.by == GIT and target.repository:
                yield target.repository, f"pushes/{target.branch}", partial(self._pushes, target.branch)

    async def _deployments(self, house: House, repository: str, since: datetime) -> list[Event]:
        """Each with the newest status that says how it went, the oldest first."""
        now, where = house.clock.now(), {"full_name": repository}
        path = f"/repos/{repository}/deployments"
        listed = await self._client.newest_of(path, now)
        found: list[Event] = []
        for n, one in reversed(list(enumerate(listed))):
            is_past = _at(one["created_at"]) < since - LONGEST_DEPLOY
            if is_past and (n >= HISTORY or await is_known(house, deployment_id(repository, one["id"]))):
                continue
            event: dict[str, Any] = {"action": "created", "repository": where, "deployment": one}
            found.append(("deployment", event))
            # The newest alone, or each look would go through its whole history again.
            statuses = await self._client.newest_of(f"{path}/{one['id']}/statuses", now)
            telling = [status for status in statuses if status.get("state") not in SAYS_NOTHING]
            if telling:
                found.append(("deployment_status", {**event, "deployment_status": telling[0]}))
        return found

    async def _releases(self, house: House, repository: str, since: datetime) -> list[Event]:
        releases = await self._client.newest_of(f"/repos/{repository}/releases", house.clock.now())
        where = {"full_name": repository}
        return [
            ("release", {"action": PUBLISHED, "repository": where, "release": one})
            for one in reversed(releases[:HISTORY])
            if one.get("published_at")
        ]

    async def _pushes(self, branch: str, house: House, repository: str, since: datetime) -> list[Event]:
        """The newest commits on a deploy branch itself, as the pushes that we may have missed."""
        path = f"/repos/{repository}/commits"
        listed = await self._client.newest_of(path, house.clock.now(), sha=branch)
        line = list(_first_parents(listed))[:HISTORY]
        unknown = [one for one in line if not await is_known(house, push_id(repository, one["sha"]))]
        return [("push", _push(branch, repository, one)) for one in reversed(unknown)]


def _first_parents(listed: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The branch's own commits: of a merge, what was there before it, and not what it brought."""
    by_sha = {one["sha"]: one for one in listed}
    one = listed[0] if listed else None
    while one is not None:
        yield one
        parents = one["parents"]
        one = by_sha.get(parents[0]["sha"]) if parents else None


def _push(branch: str, repository: str, commit: Mapping[str, Any]) -> dict[str, Any]:
    """As the webhook would have told it. When it was pushed nobody says any more: a commit's own time has to do."""
    at = _at(commit["commit"]["committer"]["date"])
    return {
        "ref": f"refs/heads/{branch}",
        "after": commit["sha"],
        "repository": {"full_name": repository, "pushed_at": int(at.timestamp())},
        "head_commit": {
            "id": commit["sha"],
            "message": commit["commit"]["message"],
            "url": commit.get("html_url", ""),
        },
    }


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
