"""A small stand-in for Buildkite: pipelines that build what is pushed, webhooks (by token or by signature), and REST v2."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tocsin.town.buildkite.api import Api
from tocsin.town.buildkite.pipelines import PASSED, STATES, Build, Pipeline, Pipelines
from tocsin.town.buildkite.webhooks import Webhooks
from tocsin.town.ci import Check, checks_of, end_of
from tocsin.town.faults import Faults
from tocsin.town.git.commit import Commit, Push
from tocsin.town.github.code import Code
from tocsin.town.ids import Now, iso
from tocsin.town.pages import Pages
from tocsin.town.timers import NO_WAIT, Timers
from tocsin.town.wire import Post

__all__ = ["Build", "Buildkite", "Pipeline"]

RULES = ".buildkite/checks.json"
"""What a pipeline checks, in the same words as the town's `ci.json`."""
OF_ACTIONS = {"success": "passed", "failure": "failed", "timed_out": "failed"}
STATUSES = {"passed": "success", "failed": "failure", "canceled": "error"}


class Buildkite:
    """What tests and the demo hold in their hands."""

    organization = "acme"
    token = "town-buildkite-token"  # noqa: S105 (opens nothing but the town)

    def __init__(
        self, now: Now, faults: Faults, post: Post, pages: Pages, code: Code, timers: Timers
    ) -> None:
        self._code = code
        self._timers = timers
        self._pages = pages
        self.pipelines = Pipelines(now, self.organization)
        self.webhooks = Webhooks(now, faults, post, self.pipelines)
        self._api = Api(self.pipelines, self.token, self._rebuild)
        code.reactions.append(self._pushed)

    @property
    def url(self) -> str:
        """Where the town is reached, without `/buildkite`."""
        return self.pipelines.url

    @url.setter
    def url(self, url: str) -> None:
        self.pipelines.url = url

    def add_pipeline(self, slug: str, repository: str = "", branch: str = "main") -> Pipeline:
        """A pipeline; with the name of a repository of the town's GitHub it builds what is pushed there."""
        return self.pipelines.add(slug, repository, branch)

    def point_webhook_at(self, url: str, secret: str, *, signed: bool = False) -> None:
        """`signed`: with an HMAC of the body instead of the plain token."""
        self.webhooks.url, self.webhooks.secret, self.webhooks.signed = url, secret, signed

    def build(
        self,
        slug: str,
        commit: str,
        state: str = "failed",
        *,
        branch: str = "",
        source: str = "webhook",
        message: str = "A change",
        author: str = "bob",
        takes: timedelta = timedelta(minutes=4),
    ) -> Build:
        """A build, with its webhooks: one that has ended by now, or is left `running` or `scheduled`.
        Raises ValueError for what Buildkite has not."""
        if state not in STATES:
            raise ValueError(f"No build is {state!r} at Buildkite; it can be: {', '.join(STATES)}")
        pipeline = self.pipelines.named(slug)
        build = self.pipelines.begin(
            pipeline, commit, branch or pipeline.branch, message, source, (author, f"{author}@acme.example")
        )
        done = state not in ("scheduled", "running")
        build.created_at -= takes if done else NO_WAIT
        self.webhooks.tell("build.scheduled", build)
        if state != "scheduled":
            self._start(build, build.created_at)
        if done:
            self.end(build, state)
        return build

    def end(self, build: Build, state: str, *, timed_out: bool = False) -> None:
        self.pipelines.finish(build, state, timed_out)
        self.webhooks.tell("build.finished", build)
        self._on_github(build)

    async def rebuild(self, build: Build) -> Build:
        """Somebody presses "Rebuild"."""
        return await self._rebuild(build)

    # What follows from a push

    async def _pushed(self, push: Push) -> None:
        repository = self._code.hosting.of(push.repository)
        if repository is None or push.deleted or not push.branch:
            return
        commit = await repository.commit_at(push.after)
        for pipeline in self.pipelines.of_repository(push.repository):
            checks = await checks_of(repository, push.after, RULES)
            if checks and commit is not None:
                self._build_commit(pipeline, commit, push.branch, checks, None)

    def _build_commit(
        self, pipeline: Pipeline, commit: Commit, branch: str, checks: list[Check], again: Build | None
    ) -> Build:
        by, source = (commit.author, commit.email), "api" if again else "webhook"
        build = self.pipelines.begin(pipeline, commit.sha, branch, commit.message, source, by, again)
        self.webhooks.tell("build.scheduled", build)
        self._start(build)
        takes = max((check.takes for check in checks), default=NO_WAIT)
        self._timers.after(takes, lambda: self._finish(build, checks))
        return build

    def _start(self, build: Build, at: datetime | None = None) -> None:
        self.pipelines.start(build, at)
        self.webhooks.tell("build.running", build)
        self._on_github(build)

    async def _finish(self, build: Build, checks: list[Check]) -> None:
        if build.state != "running":
            return
        repository = self._code.hosting.of(build.pipeline.repository)
        assert repository is not None
        attempt = build.attempt
        ends = [(await end_of(repository, build.commit, attempt, check))[0] for check in checks]
        failed = [end for end in ends if OF_ACTIONS[end] != PASSED]
        self.end(build, "failed" if failed else PASSED, timed_out="timed_out" in failed)

    async def _rebuild(self, build: Build) -> Build:
        """The button "Rebuild": the same commit once more, as a new build."""
        repository = self._code.hosting.of(build.pipeline.repository)
        commit = await repository.commit_at(build.commit) if repository else None
        checks = await checks_of(repository, build.commit, RULES) if repository else []
        if commit is not None and checks:
            return self._build_commit(build.pipeline, commit, build.branch, checks, build)
        made = self.pipelines.begin(
            build.pipeline, build.commit, build.branch, build.message, "api", build.author, build
        )
        self.webhooks.tell("build.scheduled", made)
        self._start(made)
        return made

    def _on_github(self, build: Build) -> None:
        """Buildkite reports a build as a commit status."""
        if self._code.hosting.of(build.pipeline.repository) is None:
            return
        self._code.checks.set_status(
            self._code.repo(build.pipeline.repository),
            build.commit,
            f"buildkite/{build.pipeline.slug}",
            STATUSES.get(build.state, "pending"),
            "buildkite[bot]",
            f"Build #{build.number} {build.state}",
            build.web_url,
        )

    # What can be seen

    def builds(self, slug: str) -> list[Build]:
        """Oldest first."""
        return self.pipelines.named(slug).builds

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "pipeline": build.pipeline.slug,
                "number": build.number,
                "state": build.state,
                "commit": build.commit,
                "branch": build.branch,
                "source": build.source,
                "url": build.web_url,
                "at": iso(build.created_at),
            }
            for build in self.pipelines.all()
        ]

    def routes(self) -> list[BaseRoute]:
        pages = (
            "/buildkite",
            "/buildkite/{organization}/{slug}",
            "/buildkite/{organization}/{slug}/builds/{number:int}",
        )
        return [*self._api.routes(), *(Route(path, self._show) for path in pages)]

    async def _show(self, request: Request) -> Response:
        slug = request.path_params.get("slug")
        shown = [one for one in self.pipelines.pipelines if slug in (None, one.slug)]
        return self._pages.show("buildkite.html", request, pipelines=shown)
