"""Pipelines and their builds, and how Buildkite writes them. No HTTP here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.town.ids import Now, iso_millis
from tocsin.town.wire import JSON

PASSED = "passed"
STATES = (
    "scheduled", "running", PASSED, "failed", "blocked", "canceled", "canceling", "skipped", "not_run", "waiting",
)  # fmt: skip
SOURCES = ("webhook", "api", "ui", "trigger_job", "schedule")
NAMES = uuid.UUID("6d8bb0a3-6f0e-4f0c-9d0b-3a8a64a3f4a1")


@dataclass(slots=True)
class Build:
    """One build. `author` is the name and the address on the commit."""

    pipeline: Pipeline
    number: int
    commit: str
    branch: str
    message: str
    source: str
    author: tuple[str, str]
    created_at: datetime
    rebuilt_from: Build | None = None
    state: str = "scheduled"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    timed_out: bool = False
    web_url: str = ""

    @property
    def id(self) -> str:
        return str(uuid.uuid5(NAMES, f"{self.pipeline.slug}/{self.number}"))

    @property
    def attempt(self) -> int:
        return 1 + (self.rebuilt_from.attempt if self.rebuilt_from else 0)


@dataclass(slots=True)
class Pipeline:
    """What builds one repository; `repository` is its name on the town's GitHub, or ""."""

    slug: str
    repository: str
    branch: str
    created_at: datetime
    builds: list[Build] = field(default_factory=list)


class Pipelines:
    """Those of one organization."""

    def __init__(self, now: Now, organization: str) -> None:
        self._now = now
        self.organization = organization
        self.url = ""
        self.pipelines: list[Pipeline] = []

    def add(self, slug: str, repository: str, branch: str) -> Pipeline:
        pipeline = Pipeline(slug, repository, branch, self._now())
        self.pipelines.append(pipeline)
        return pipeline

    def named(self, slug: str) -> Pipeline:
        found = next((one for one in self.pipelines if one.slug == slug), None)
        if found is None:
            raise ValueError(f"There is no pipeline {slug!r}; add it with add_pipeline")
        return found

    def of_repository(self, name: str) -> list[Pipeline]:
        return [one for one in self.pipelines if one.repository.lower() == name.lower()]

    def all(self) -> list[Build]:
        return [build for pipeline in self.pipelines for build in pipeline.builds]

    def begin(
        self,
        pipeline: Pipeline,
        commit: str,
        branch: str,
        message: str,
        source: str,
        author: tuple[str, str],
        again: Build | None = None,
    ) -> Build:
        if source not in SOURCES:
            raise ValueError(f"No build comes from {source!r}; it can be: {', '.join(SOURCES)}")
        number = len(pipeline.builds) + 1
        build = Build(pipeline, number, commit, branch, message, source, author, self._now(), again)
        build.web_url = f"{self.url}/buildkite/{self.organization}/{pipeline.slug}/builds/{number}"
        pipeline.builds.append(build)
        return build

    def start(self, build: Build, at: datetime | None) -> None:
        build.state, build.started_at = "running", at or self._now()

    def finish(self, build: Build, state: str, timed_out: bool) -> None:
        build.state, build.finished_at, build.timed_out = state, self._now(), timed_out

    # Shapes

    def build(self, build: Build) -> JSON:
        """A build as REST gives it and as webhooks carry it."""
        url = f"{self._api}/pipelines/{build.pipeline.slug}/builds/{build.number}"
        name, email = build.author
        rebuilt = build.rebuilt_from
        return {
            "id": build.id,
            "graphql_id": f"Build---{build.id}",
            "url": url,
            "web_url": build.web_url,
            "number": build.number,
            "state": build.state,
            "cancel_reason": None,
            "blocked": build.state == "blocked",
            "message": build.message,
            "commit": build.commit,
            "branch": build.branch,
            "tag": None,
            "env": {},
            "source": build.source,
            "author": {"username": name, "name": name, "email": email},
            "creator": {"id": str(uuid.uuid5(NAMES, email)), "name": name, "email": email},
            "created_at": iso_millis(build.created_at),
            "scheduled_at": iso_millis(build.created_at),
            "started_at": _iso(build.started_at),
            "finished_at": _iso(build.finished_at),
            "meta_data": {},
            "pull_request": None,
            "rebuilt_from": {"id": rebuilt.id, "number": rebuilt.number, "url": self._url(rebuilt)}
            if rebuilt
            else None,
            "jobs": [self._job(build)],
            "pipeline": self.pipeline(build.pipeline),
        }

    def _url(self, build: Build) -> str:
        return f"{self._api}/pipelines/{build.pipeline.slug}/builds/{build.number}"

    def _job(self, build: Build) -> JSON:
        """One job does all the work. A job that ran out of time is told by its own state: the build counts as failed."""
        state = "timed_out" if build.timed_out else build.state
        exit_status = {"passed": 0, "failed": -1 if build.timed_out else 1}.get(build.state)
        return {
            "id": str(uuid.uuid5(NAMES, f"{build.id}/job")),
            "type": "script",
            "name": "checks",
            "step_key": "checks",
            "state": state,
            "exit_status": exit_status,
            "soft_failed": False,
            "retried": False,
            "web_url": f"{build.web_url}#job",
            "created_at": iso_millis(build.created_at),
            "started_at": _iso(build.started_at),
            "finished_at": _iso(build.finished_at),
        }

    @property
    def _api(self) -> str:
        return f"{self.url}/buildkite/v2/organizations/{self.organization}"

    def pipeline(self, pipeline: Pipeline) -> JSON:
        url = f"{self._api}/pipelines/{pipeline.slug}"
        return {
            "id": str(uuid.uuid5(NAMES, pipeline.slug)),
            "url": url,
            "web_url": f"{self.url}/buildkite/{self.organization}/{pipeline.slug}",
            "name": pipeline.slug,
            "slug": pipeline.slug,
            "description": None,
            "repository": f"{self.url}/github/git/{pipeline.repository}.git" if pipeline.repository else None,
            "provider": {"id": "github", "settings": {"repository": pipeline.repository}},
            "default_branch": pipeline.branch,
            "builds_url": f"{url}/builds",
            "created_at": iso_millis(pipeline.created_at),
        }


def _iso(at: datetime | None) -> str | None:
    return iso_millis(at) if at else None
