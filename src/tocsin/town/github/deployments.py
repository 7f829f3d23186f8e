"""Deployments with their statuses, and releases. No HTTP here, but for the payloads that are sent of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.town.github.board import Board, Repo
from tocsin.town.github.deployment_shapes import DeploymentShapes
from tocsin.town.github.webhooks import Webhooks

STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """What became of a deployment at an instant."""

    id: int
    state: str
    by: str
    at: datetime
    description: str = ""
    log_url: str = ""
    environment_url: str = ""


@dataclass(slots=True)
class Deployment:
    """That a commit shall be, or was, put into an environment."""

    id: int
    sha: str
    ref: str
    task: str
    environment: str
    by: str
    at: datetime
    description: str | None = None
    payload: object = ""
    statuses: list[DeploymentStatus] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.statuses[-1].state if self.statuses else "pending"


@dataclass(slots=True)
class Release:
    """A tag with a text."""

    id: int
    tag: str
    target: str
    name: str
    body: str
    by: str
    at: datetime
    draft: bool = False
    prerelease: bool = False


class Deployments:
    """Those of all repositories, oldest first."""

    def __init__(self, board: Board, shapes: DeploymentShapes, webhooks: Webhooks) -> None:
        self._board = board
        self._shapes = shapes
        self._webhooks = webhooks
        self._deployments: dict[str, list[Deployment]] = {}
        self._releases: dict[str, list[Release]] = {}
        self.watchers: list[Callable[[Repo, Deployment], None]] = []
        """Told of each new deployment."""

    def of(self, repo: Repo) -> list[Deployment]:
        return self._deployments.setdefault(repo.full_name.lower(), [])

    def releases(self, repo: Repo) -> list[Release]:
        return self._releases.setdefault(repo.full_name.lower(), [])

    def create(
        self,
        repo: Repo,
        sha: str,
        ref: str,
        by: str,
        *,
        environment: str = "production",
        task: str = "deploy",
        description: str | None = None,
        payload: object = "",
    ) -> Deployment:
        id, at = self._board.next_id(), self._board.now()
        made = Deployment(id, sha, ref, task, environment, by, at, description, payload)
        self.of(repo).append(made)
        self._webhooks.later("deployment", self._shapes.event(repo, made))
        for watcher in list(self.watchers):
            watcher(repo, made)
        return made

    def say(
        self,
        repo: Repo,
        deployment: Deployment,
        state: str,
        by: str,
        *,
        description: str = "",
        log_url: str = "",
        environment_url: str = "",
    ) -> DeploymentStatus:
        """A new status. With a success, those that succeeded there before become inactive, as GitHub does it."""
        id, at = self._board.next_id(), self._board.now()
        status = DeploymentStatus(id, state, by, at, description, log_url, environment_url)
        deployment.statuses.append(status)
        self._webhooks.later("deployment_status", self._shapes.status_event(repo, deployment, status))
        if state == "success":
            for other in self.of(repo):
                replaced = other.environment == deployment.environment and other.state == "success"
                if replaced and other is not deployment:
                    gone = DeploymentStatus(self._board.next_id(), "inactive", by, at)
                    other.statuses.append(gone)
        return status

    def release(
        self,
        repo: Repo,
        tag: str,
        by: str,
        *,
        target: str = "",
        name: str = "",
        body: str = "",
        draft: bool = False,
        prerelease: bool = False,
    ) -> Release:
        id, at, where = self._board.next_id(), self._board.now(), target or repo.default_branch
        made = Release(id, tag, where, name or tag, body, by, at, draft, prerelease)
        self.releases(repo).append(made)
        if not draft:
            self._webhooks.later("release", self._shapes.release_event(repo, made))
        return made
