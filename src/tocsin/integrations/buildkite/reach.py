"""Has a build run again at Buildkite, where that is another build of the same commit. Looked for first, so that it is once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tocsin.core.facts_reruns import BuildRerunAsked
from tocsin.core.work import BUILD_RERUN, Delivered, Desk, Outcome, Refused, Work
from tocsin.integrations.buildkite.client import BuildkiteClient
from tocsin.integrations.http import Failed

STREAM: Final = "buildkite/"


class BuildkiteReach:
    name = "buildkite"
    does = frozenset({BUILD_RERUN})

    def __init__(self, client: BuildkiteClient, pipelines: Sequence[str]) -> None:
        self._client = client
        self._pipelines = pipelines

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        asked = next((one.asked for one in desk.incident.reruns if one.id == work.payload["rerun"]), None)
        if asked is None:
            return Refused("there is no such build")
        try:
            return await self._again(asked, desk.now)
        except Failed as why:
            return why.outcome

    async def _again(self, asked: BuildRerunAsked, now: datetime) -> Outcome:
        slug = await self._slug(asked.stream.removeprefix(STREAM), now)
        if not slug:
            return Refused(f"none of the pipelines that Tocsin watches is that of {asked.workflow}")
        failed = asked.build + asked.attempt - 1
        for told in await self._client.of_commit(slug, asked.sha, now):
            if told.rebuilt_from and told.number > failed:
                return Delivered({"url": told.web_url})
        return Delivered({"url": (await self._client.rebuild(slug, failed, now)).web_url})

    async def _slug(self, id: str, now: datetime) -> str:
        for slug in self._pipelines:
            if (await self._client.pipeline(slug, now)).id == id:
                return slug
        return ""
