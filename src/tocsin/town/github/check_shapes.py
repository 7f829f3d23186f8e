"""GitHub's JSON for check runs, check suites and commit statuses."""

from __future__ import annotations

from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.checks import CheckRun, Status
from tocsin.town.github.shapes import Shapes
from tocsin.town.ids import iso
from tocsin.town.wire import JSON

SUITE_ENDS = ("failure", "timed_out", "cancelled", "action_required", "success")
"""How a suite ends by its runs: the first of these that one of them ended with."""


class CheckShapes:
    """Builds answers and payloads for one board."""

    def __init__(self, board: Board, shapes: Shapes, builds: BuildShapes) -> None:
        self._board = board
        self._shapes = shapes
        self._builds = builds

    def run(self, repo: Repo, run: CheckRun) -> JSON:
        url = f"{self._board.api_url(repo)}/check-runs/{run.id}"
        return {
            "id": run.id,
            "node_id": f"CR_{run.id}",
            "head_sha": run.sha,
            "name": run.name,
            "external_id": run.external_id,
            "url": url,
            "html_url": f"{self._board.url}/github/{repo.full_name}/runs/{run.id}",
            "details_url": run.details_url,
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": iso(run.started_at),
            "completed_at": iso(run.completed_at) if run.completed_at else None,
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": None,
                "annotations_count": 0,
                "annotations_url": f"{url}/annotations",
            },
            "check_suite": {"id": run.suite_id},
            "app": self._builds.app(repo, run.app),
            "pull_requests": [],
        }

    def run_event(self, action: str, repo: Repo, run: CheckRun, branch: str | None) -> JSON:
        """The payload of `check_run`: created, or completed."""
        runs = [run]
        return {
            "action": action,
            "check_run": self.run(repo, run) | {"check_suite": self._suite(repo, branch, runs)},
            "repository": self._builds.repo_in_event(repo),
            "sender": self._shapes.user(f"{run.app}[bot]"),
        }

    def _suite(self, repo: Repo, branch: str | None, runs: list[CheckRun]) -> JSON:
        """The suite as runs carry it. `runs` are those of one suite, at least one."""
        first, status, conclusion = runs[0], *ended(runs)
        return {
            "id": first.suite_id,
            "node_id": f"CS_{first.suite_id}",
            "head_branch": branch,
            "head_sha": first.sha,
            "status": status,
            "conclusion": conclusion,
            "url": f"{self._board.api_url(repo)}/check-suites/{first.suite_id}",
            "before": None,
            "after": first.sha,
            "pull_requests": [],
            "app": self._builds.app(repo, first.app),
            "created_at": iso(first.started_at),
            "updated_at": iso(max(run.completed_at or run.started_at for run in runs)),
        }

    def suite(self, repo: Repo, branch: str | None, runs: list[CheckRun], head: JSON) -> JSON:
        """As GET /commits/{ref}/check-suites gives it."""
        shape = self._suite(repo, branch, runs)
        return shape | {
            "head_commit": head,
            "repository": self._builds.lite(repo),
            "latest_check_runs_count": len(runs),
            "check_runs_url": f"{shape['url']}/check-runs",
            "rerequestable": True,
            "runs_rerequestable": True,
        }

    def sender(self, login: str) -> JSON:
        return self._shapes.user(login)

    def status(self, repo: Repo, status: Status) -> JSON:
        user = self._shapes.user(status.by)
        return {
            "url": f"{self._board.api_url(repo)}/statuses/{status.sha}",
            "avatar_url": user["avatar_url"],
            "id": status.id,
            "node_id": f"SC_{status.id}",
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": iso(status.at),
            "updated_at": iso(status.at),
            "creator": user,
        }

    def combined(self, repo: Repo, sha: str, statuses: list[Status]) -> JSON:
        """All contexts as one: pending as long as there is none."""
        states = {status.state for status in statuses}
        bad = bool(states & {"error", "failure"})
        state = "failure" if bad else "pending" if not states or "pending" in states else "success"
        url = f"{self._board.api_url(repo)}/commits/{sha}"
        return {
            "state": state,
            "sha": sha,
            "total_count": len(statuses),
            "statuses": [_simple(self.status(repo, status)) for status in statuses],
            "repository": self._builds.lite(repo),
            "commit_url": url,
            "url": f"{url}/status",
        }


def ended(runs: list[CheckRun]) -> tuple[str, str | None]:
    """The status and the conclusion of a suite by its runs."""
    if any(run.conclusion is None for run in runs):
        return "queued" if all(run.status == "queued" for run in runs) else "in_progress", None
    ends = {run.conclusion for run in runs}
    return "completed", next((end for end in SUITE_ENDS if end in ends), "neutral")


def _simple(status: JSON) -> JSON:
    return {name: value for name, value in status.items() if name != "creator"}
