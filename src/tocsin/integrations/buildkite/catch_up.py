"""What the webhook could not bring: a look, again and again, at the builds that have finished since the last one.

Buildkite sends no delivery again that was not taken. Without a webhook this is how builds are heard of at all. Each pipeline has a cursor
of its own, so that one which the token may not read holds up no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
import structlog

from tocsin.acts.house import House
from tocsin.integrations.buildkite.builds import Builds
from tocsin.integrations.buildkite.client import BuildkiteClient, Pipeline, ToldBuild
from tocsin.integrations.http import Failed
from tocsin.integrations.watching import look_since, watch

log = structlog.get_logger(__name__)


class CatchUp:
    def __init__(
        self,
        client: BuildkiteClient,
        builds: Builds,
        organization: str,
        pipelines: Sequence[str],
        poll: timedelta,
    ) -> None:
        self._client = client
        self._builds = builds
        self._organization = organization
        self._pipelines = pipelines
        self._poll = poll

    async def watch(self, house: House) -> None:
        """Look again and again until cancelled. Nothing that fails ends it; a limit of Buildkite's is waited out."""
        await watch(house, "buildkite", self.look, self._poll)

    async def look(self, house: House) -> None:
        """One look at every pipeline. Raises Failed, once all were tried, where Buildkite does not answer."""
        failed: Failed | None = None
        for slug in self._pipelines:
            try:
                name = f"buildkite/{self._organization}/{slug}"
                await look_since(house, name, partial(self._take_since, house, slug))
            except Failed as why:
                log.warning("buildkite_pipeline_not_looked", pipeline=slug, why=str(why))
                failed = failed or why
        if failed:
            raise failed

    async def _take_since(self, house: House, slug: str, since: datetime) -> bool:
        """Take each, the oldest first; one that fails does not hold up the others. Whether all are dealt with."""
        now = house.clock.now()
        pipeline = await self._client.pipeline(slug, now)
        if not pipeline.default_branch:
            log.warning("buildkite_pipeline_without_default_branch", pipeline=slug)
            return True
        listed = await self._client.finished(slug, pipeline.default_branch, since, now)
        ended = sorted(
            (told for told in map(_read, listed) if told and told.finished_at),
            key=lambda told: (told.finished_at, told.number),
        )
        late = map(_read, await self._client.going_on(slug, pipeline.default_branch, now))
        return all([await self._take(house, pipeline, told) for told in (*ended, *filter(None, late))])

    async def _take(self, house: House, pipeline: Pipeline, told: ToldBuild) -> bool:
        try:
            await self._builds.take(house, pipeline, told)
        except Failed:
            raise
        except Exception:
            log.exception("buildkite_build_later", pipeline=pipeline.slug, number=told.number)
            return False
        return True


def _read(raw: msgspec.Raw) -> ToldBuild | None:
    try:
        return msgspec.json.decode(raw, type=ToldBuild)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        log.warning("buildkite_build_not_read", why=str(why))
        return None
