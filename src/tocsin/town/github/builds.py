"""The runs of workflows; and the commits of the default branch where a repository is a name and nothing more, without git
behind it. No HTTP here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.town.git.commit import Commit
from tocsin.town.github.board import Board, Repo
from tocsin.town.ids import whole_number

CONCLUSIONS = (
    "success", "failure", "timed_out", "cancelled", "skipped", "neutral", "action_required", "startup_failure",
)  # fmt: skip
"""How a run can end."""
EVENTS = ("push", "schedule", "pull_request", "workflow_dispatch", "merge_group")


@dataclass(slots=True)
class Run:
    """One run of a workflow, and the check suite that it stands in; `conclusion` is None until it is completed."""

    id: int
    suite_id: int
    number: int
    commit: Commit
    workflow: str
    branch: str
    event: str
    conclusion: str | None
    at: datetime
    html_url: str
    status: str = "completed"
    attempt: int = 1

    @property
    def path(self) -> str:
        return f".github/workflows/{self.workflow.lower().replace(' ', '-')}.yml"

    @property
    def workflow_id(self) -> int:
        return whole_number(f"workflow/{self.workflow}")


@dataclass(slots=True)
class History:
    """What one repository has of both, oldest first."""

    commits: list[Commit] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


class Builds:
    """The histories of all repositories."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._histories: dict[str, History] = {}

    def of(self, repo: Repo) -> History:
        return self._histories.setdefault(repo.full_name.lower(), History())

    def push(self, repo: Repo, author: str, message: str) -> Commit:
        """A new commit at the tip of the default branch."""
        history = self.of(repo)
        parents = tuple(commit.sha for commit in history.commits[-1:])
        sha = _sha(f"{repo.full_name} {parents} {author} {message}")
        name, email = self._board.person(author)
        commit = Commit(sha, name, email, message, self._board.now(), parents, _sha(f"tree {sha}"))
        history.commits.append(commit)
        return commit

    def commit(self, repo: Repo, ref: str) -> Commit | None:
        """By sha, by the seven signs or more that it begins with, or by the name of the default branch."""
        commits = self.of(repo).commits
        if ref in (repo.default_branch, "HEAD"):
            return commits[-1] if commits else None
        fits = (one for one in commits if one.sha == ref or (len(ref) >= 7 and one.sha.startswith(ref)))
        return next(fits, None)

    def run(self, repo: Repo, commit: Commit, workflow: str, conclusion: str, event: str, branch: str) -> Run:
        """A run that has ended."""
        run = self.begin(repo, commit, workflow, event, branch)
        run.status, run.conclusion = "completed", conclusion
        return run

    def begin(self, repo: Repo, commit: Commit, workflow: str, event: str, branch: str) -> Run:
        runs = self.of(repo).runs
        id, suite = self._board.next_id(), self._board.next_id()
        number = sum(1 for run in runs if run.workflow == workflow) + 1
        page = f"{self._board.url}/github/{repo.full_name}/actions/runs/{id}"
        at = self._board.now()
        run = Run(id, suite, number, commit, workflow, branch, event, None, at, page, "queued")
        runs.append(run)
        return run


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
