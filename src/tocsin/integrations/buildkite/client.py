"""Buildkite's REST API v2, as far as we use it: pipelines and their builds. https://buildkite.com/docs/apis/rest-api/builds"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from tocsin.integrations.built import At, Small, Word
from tocsin.integrations.http import Outside

A_PAGE = 30
"""Each build comes with all its jobs, and an answer has to be there in time."""
MOST_PAGES = 10
"""So many of a list are read, the newest first: more than are kept of a pipeline (store/builds.py KEPT)."""
Text = Annotated[str, msgspec.Meta(max_length=100_000)]
GOING_ON: Final = ("running", "failing")
DATE: Final = "%Y-%m-%dT%H:%M:%SZ"


class Author(msgspec.Struct, frozen=True):
    username: Text | None = None
    name: Text | None = None
    email: Text | None = None


class _ProviderSettings(msgspec.Struct, frozen=True):
    repository: str | None = None


class Provider(msgspec.Struct, frozen=True):
    id: str | None = None
    settings: _ProviderSettings | None = None


class Pipeline(msgspec.Struct, frozen=True):
    """`repository` is an address for git; `default_branch` is None where nobody has set it."""

    id: Word
    slug: Word
    name: Word
    repository: str | None = None
    default_branch: str | None = None
    provider: Provider | None = None


class Rebuilt(msgspec.Struct, frozen=True):
    number: Small


class Job(msgspec.Struct, frozen=True):
    state: str | None = None
    soft_failed: bool | None = None


class ToldBuild(msgspec.Struct, frozen=True):
    """A build as it stands now. One that is repeated is another build, with a number of its own and `rebuilt_from`.

    `author` is whose commit it is, `creator` who started the build; a `pull_request` of none is null, or an empty object.
    """

    number: Small
    state: Word
    commit: Word
    branch: str | None
    source: Word
    web_url: Word
    started_at: At | None = None
    finished_at: At | None = None
    message: Text | None = None
    author: Author | None = None
    creator: Author | None = None
    pull_request: dict[str, object] | None = None
    rebuilt_from: Rebuilt | None = None
    jobs: list[Job] = []


class BuildkiteClient:
    """Calls one organization's Buildkite. Every method raises Failed where it does not answer as it should."""

    def __init__(self, outside: Outside, organization: str) -> None:
        self._outside = outside
        self._pipelines = f"/v2/organizations/{organization}/pipelines"

    async def pipeline(self, slug: str, now: datetime) -> Pipeline:
        return await self._outside.ask("GET", f"{self._pipelines}/{slug}", Pipeline, now=now)

    async def build(self, slug: str, number: int, now: datetime) -> ToldBuild:
        path = f"{self._pipelines}/{slug}/builds/{number}"
        return await self._outside.ask("GET", path, ToldBuild, now=now)

    async def of_commit(self, slug: str, commit: str, now: datetime) -> list[ToldBuild]:
        """The newest builds of a commit, the newest first."""
        params = {"commit": commit, "per_page": str(A_PAGE)}
        return await self._outside.ask(
            "GET", f"{self._pipelines}/{slug}/builds", list[ToldBuild], now=now, params=params
        )

    async def rebuild(self, slug: str, number: int, now: datetime) -> ToldBuild:
        """Build the same commit once more: another build."""
        path = f"{self._pipelines}/{slug}/builds/{number}/rebuild"
        return await self._outside.ask("PUT", path, ToldBuild, now=now)

    async def finished(self, slug: str, branch: str, since: datetime, now: datetime) -> list[msgspec.Raw]:
        """The builds of a branch that ended since then, the newest first, each unread: one that is odd spoils no other."""
        begun = since.astimezone(UTC).strftime(DATE)
        return await self._builds(slug, {"branch": branch, "state": "finished", "finished_from": begun}, now)

    async def going_on(self, slug: str, branch: str, now: datetime) -> list[msgspec.Raw]:
        """Those that have begun and not ended, likewise. One that is `failing` goes on, and has failed in part already."""
        lists = [await self._builds(slug, {"branch": branch, "state": state}, now) for state in GOING_ON]
        return [one for part in lists for one in part]

    async def _builds(self, slug: str, wanted: dict[str, str], now: datetime) -> list[msgspec.Raw]:
        found: list[msgspec.Raw] = []
        for page in range(1, MOST_PAGES + 1):
            params = {**wanted, "per_page": str(A_PAGE), "page": str(page)}
            path = f"{self._pipelines}/{slug}/builds"
            builds = await self._outside.ask("GET", path, list[msgspec.Raw], now=now, params=params)
            found += builds
            if len(builds) < A_PAGE:
                break
        return found
