"""GitHub's JSON for deployments, their statuses, and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.shapes import Shapes
from tocsin.town.ids import iso
from tocsin.town.wire import JSON

if TYPE_CHECKING:
    from tocsin.town.github.deployments import Deployment, DeploymentStatus, Release


class DeploymentShapes:
    """Builds answers and payloads for one board."""

    def __init__(self, board: Board, shapes: Shapes, builds: BuildShapes) -> None:
        self._board = board
        self._shapes = shapes
        self._builds = builds

    def deployment(self, repo: Repo, one: Deployment) -> JSON:
        url = f"{self._board.api_url(repo)}/deployments/{one.id}"
        last = one.statuses[-1].at if one.statuses else one.at
        return {
            "url": url,
            "id": one.id,
            "node_id": f"DE_{one.id}",
            "sha": one.sha,
            "ref": one.ref,
            "task": one.task,
            "payload": one.payload,
            "original_environment": one.environment,
            "environment": one.environment,
            "description": one.description,
            "creator": self._shapes.user(one.by),
            "created_at": iso(one.at),
            "updated_at": iso(last),
            "statuses_url": f"{url}/statuses",
            "repository_url": self._board.api_url(repo),
            "transient_environment": False,
            "production_environment": one.environment == "production",
        }

    def status(self, repo: Repo, one: Deployment, status: DeploymentStatus) -> JSON:
        url = f"{self._board.api_url(repo)}/deployments/{one.id}"
        return {
            "url": f"{url}/statuses/{status.id}",
            "id": status.id,
            "node_id": f"DES_{status.id}",
            "state": status.state,
            "creator": self._shapes.user(status.by),
            "description": status.description,
            "environment": one.environment,
            "target_url": status.log_url,
            "log_url": status.log_url,
            "environment_url": status.environment_url,
            "created_at": iso(status.at),
            "updated_at": iso(status.at),
            "deployment_url": url,
            "repository_url": self._board.api_url(repo),
        }

    def event(self, repo: Repo, one: Deployment) -> JSON:
        """The payload of `deployment`."""
        return self._event(repo, one) | {"workflow": None, "workflow_run": None}

    def status_event(self, repo: Repo, one: Deployment, status: DeploymentStatus) -> JSON:
        """The payload of `deployment_status`. An address that there is not is left out."""
        shape = self.status(repo, one, status)
        for name in ("log_url", "environment_url"):
            if not shape[name]:
                del shape[name]
        return self._event(repo, one) | {"deployment_status": shape}

    def _event(self, repo: Repo, one: Deployment) -> JSON:
        return {
            "action": "created",
            "deployment": self.deployment(repo, one),
            "repository": self._builds.repo_in_event(repo),
            "sender": self._shapes.user(one.by),
        }

    def release(self, repo: Repo, one: Release) -> JSON:
        url, page = (
            f"{self._board.api_url(repo)}/releases/{one.id}",
            f"{self._board.url}/github/{repo.full_name}",
        )
        return {
            "url": url,
            "html_url": f"{page}/releases/tag/{one.tag}",
            "assets_url": f"{url}/assets",
            "upload_url": f"{url}/assets{{?name,label}}",
            "tarball_url": f"{self._board.api_url(repo)}/tarball/{one.tag}",
            "zipball_url": f"{self._board.api_url(repo)}/zipball/{one.tag}",
            "id": one.id,
            "node_id": f"RE_{one.id}",
            "tag_name": one.tag,
            "target_commitish": one.target,
            "name": one.name,
            "body": one.body,
            "draft": one.draft,
            "prerelease": one.prerelease,
            "created_at": iso(one.at),
            "published_at": None if one.draft else iso(one.at),
            "author": self._shapes.user(one.by),
            "assets": [],
        }

    def release_event(self, repo: Repo, one: Release) -> JSON:
        """The payload of `release`, published."""
        return {
            "action": "published",
            "release": self.release(repo, one),
            "repository": self._builds.repo_in_event(repo),
            "sender": self._shapes.user(one.by),
        }
