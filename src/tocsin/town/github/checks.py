"""What was checked at which commit: check runs of apps, and commit statuses. No HTTP here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.town.github.board import Board, Repo

GREEN = ("success", "neutral", "skipped")
"""The ends with which GitHub lets a required check count as passed."""
ENDS = (*GREEN, "failure", "cancelled", "timed_out", "action_required", "stale")
STATES = ("error", "failure", "pending", "success")


@dataclass(slots=True)
class CheckRun:
    """One check at one commit; `conclusion` is None until it is completed."""

    id: int
    suite_id: int
    sha: str
    name: str
    started_at: datetime
    app: str
    status: str = "queued"
    conclusion: str | None = None
    completed_at: datetime | None = None
    title: str | None = None
    summary: str | None = None
    details_url: str = ""
    external_id: str = ""

    @property
    def green(self) -> bool:
        return self.conclusion in GREEN


@dataclass(frozen=True, slots=True)
class Status:
    """One commit status, the older kind of check."""

    id: int
    sha: str
    context: str
    state: str
    by: str
    at: datetime
    description: str | None = None
    target_url: str | None = None


@dataclass(slots=True)
class Checked:
    """What one repository has of both, oldest first."""

    runs: list[CheckRun] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)


class Checks:
    """The checks of all repositories."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._checked: dict[str, Checked] = {}
        self.watchers: list[Callable[[Repo, str], None]] = []
        """Told whenever something about a commit's checks changed: the repository, and the sha."""

    def of(self, repo: Repo) -> Checked:
        return self._checked.setdefault(repo.full_name.lower(), Checked())

    def runs(self, repo: Repo, sha: str) -> list[CheckRun]:
        """The newest run of each check at a commit."""
        newest = {(run.app, run.name): run for run in self.of(repo).runs if run.sha == sha}
        return list(newest.values())

    def statuses(self, repo: Repo, sha: str) -> list[Status]:
        """The newest status of each context at a commit, newest first."""
        newest = {status.context: status for status in self.of(repo).statuses if status.sha == sha}
        return sorted(newest.values(), key=lambda status: status.id, reverse=True)

    def run(self, repo: Repo, id: int) -> CheckRun | None:
        return next((run for run in self.of(repo).runs if run.id == id), None)

    def start(self, repo: Repo, sha: str, name: str, *, app: str, suite_id: int | None = None) -> CheckRun:
        """A new run of a check, which waits."""
        id, suite = self._board.next_id(), suite_id or self._board.next_id()
        run = CheckRun(id, suite, sha, name, self._board.now(), app)
        run.details_url = f"{self._board.url}/github/{repo.full_name}/runs/{run.id}"
        self.of(repo).runs.append(run)
        self._changed(repo, sha)
        return run

    def update(self, repo: Repo, run: CheckRun, status: str, conclusion: str | None = None) -> None:
        """queued, in_progress; or completed with a conclusion."""
        run.status, run.conclusion = status, conclusion
        run.completed_at = self._board.now() if conclusion else None
        self._changed(repo, run.sha)

    def set_status(
        self,
        repo: Repo,
        sha: str,
        context: str,
        state: str,
        by: str,
        description: str | None = None,
        target_url: str | None = None,
    ) -> Status:
        id, at = self._board.next_id(), self._board.now()
        status = Status(id, sha, context, state, by, at, description, target_url)
        self.of(repo).statuses.append(status)
        self._changed(repo, sha)
        return status

    def state(self, repo: Repo, sha: str, name: str) -> str:
        """What a required check is at a commit: expected (it was never begun), in progress, failing, or green."""
        run = next((run for run in self.runs(repo, sha) if run.name == name), None)
        if run is not None:
            return "in progress" if run.conclusion is None else "green" if run.green else "failing"
        status = next((one for one in self.statuses(repo, sha) if one.context == name), None)
        if status is None:
            return "expected"
        return {"success": "green", "pending": "in progress"}.get(status.state, "failing")

    def _changed(self, repo: Repo, sha: str) -> None:
        for watcher in list(self.watchers):
            watcher(repo, sha)
