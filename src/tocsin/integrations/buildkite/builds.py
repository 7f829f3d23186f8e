"""What a build of Buildkite's is to us. Only finished builds of a pipeline's default branch count, and of the pipelines that we were told.

A repetition ("Rebuild") is a build of its own at Buildkite. To us it is another attempt of the first one: it stands at that one's place,
so that an old commit which passes late does not end a series, and one that was scheduled stays so, whoever pressed the button.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from tocsin.acts import builds
from tocsin.acts.house import House
from tocsin.core.builds import FAILED, PASSED, TIMED_OUT, Build, login_of
from tocsin.integrations.buildkite.client import Author, BuildkiteClient, Job, Pipeline, ToldBuild
from tocsin.integrations.built import SAID, elsewhere, line
from tocsin.integrations.http import Failed

FINISHED: Final = (PASSED, FAILED, "blocked", "canceled", "cancelled", "skipped", "not_run")
FAILS: Final = (FAILED, "timed_out", "expired")
"""States of jobs by which a build fails."""
PUSHED: Final = "webhook"
GONE: Final = 404
MOST_REBUILDS: Final = 20
A_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")


class Builds:
    """Takes builds as Buildkite tells them."""

    def __init__(self, client: BuildkiteClient) -> None:
        self._client = client

    async def take(self, house: House, pipeline: Pipeline, told: ToldBuild) -> str:
        """Record the build if it counts; in words, what came of it. Raises Failed where Buildkite can't be asked what it repeats."""
        main = pipeline.default_branch
        is_finished = told.state.lower() in FINISHED and told.finished_at is not None
        at = told.finished_at if is_finished else told.started_at
        if at is None:
            return SAID[builds.GOES_ON]
        if not main:
            return f"The pipeline {pipeline.slug} has no default branch: set it at Buildkite"
        if told.pull_request:
            return "This build is a pull request's, none of the main branch"
        if told.branch != main:
            return elsewhere(main, told.branch)
        number, source = await self._first_of(pipeline, told, house.clock.now())
        build = _build(pipeline, told, main, at, number, source)
        record = builds.record_build if is_finished else builds.record_unfinished
        return SAID[(await record(house, build, builds.BUILDKITE)).what]

    async def _first_of(self, pipeline: Pipeline, told: ToldBuild, now: datetime) -> tuple[int, str]:
        """The number and the source of the build that this one repeats, however many lie between; its own where it repeats none."""
        number, source, before = told.number, told.source, told.rebuilt_from
        for _ in range(MOST_REBUILDS):
            if before is None or before.number >= number:
                break
            number = before.number
            try:
                earlier = await self._client.build(pipeline.slug, number, now)
            except Failed as why:
                if why.status != GONE:
                    raise
                break
            source, before = earlier.source, earlier.rebuilt_from
        return number, source


def _build(pipeline: Pipeline, told: ToldBuild, main: str, at: datetime, number: int, source: str) -> Build:
    author = _author(told, source)
    email = line(author.email or "")
    # Elsewhere than on GitHub a user name is somebody else's.
    login = line(author.username or "") if _is_github(pipeline) else ""
    return Build(
        repository=_repository(pipeline),
        branch=main,
        stream=f"buildkite/{pipeline.id}",
        workflow=line(pipeline.name) or pipeline.slug,
        run=number,
        attempt=1 + told.number - number,
        number=number,
        sha=told.commit,
        author_login=login or login_of(email),
        author_name=line(author.name or ""),
        author_email=email,
        title=line(told.message or ""),
        event=source,
        conclusion=_conclusion(told),
        finished_at=at,
        url=told.web_url,
    )


def _author(told: ToldBuild, source: str) -> Author:
    """Whose commit it is. Where nobody says, whoever pushed; who presses a button has not written the code."""
    return told.author or (told.creator if source == PUSHED else None) or Author()


def _conclusion(told: ToldBuild) -> str:
    """A build that waits for a person has passed all that comes before; one that failed by time-outs alone is a time-out."""
    state = told.state.lower()
    if state == "blocked":
        return PASSED
    failed = [job for job in told.jobs if _fails(job)]
    if state == FAILED and failed and all(job.state == "timed_out" for job in failed):
        return TIMED_OUT
    return state


def _fails(job: Job) -> bool:
    return job.state in FAILS and not job.soft_failed


def _repository(pipeline: Pipeline) -> str:
    """owner/name, as GitHub calls it too, so that what both tell of one repository is one incident; else the pipeline's address for git."""
    settings = pipeline.provider.settings if pipeline.provider else None
    named = (settings.repository if settings else None) or ""
    if A_REPOSITORY.fullmatch(named):
        return named
    address = (pipeline.repository or "").strip().removesuffix("/").removesuffix(".git")
    last = "/".join(re.split(r"[/:]", address)[-2:])
    return last if A_REPOSITORY.fullmatch(last) else line(address) or pipeline.slug


def _is_github(pipeline: Pipeline) -> bool:
    return bool(pipeline.provider and (pipeline.provider.id or "").startswith("github"))
