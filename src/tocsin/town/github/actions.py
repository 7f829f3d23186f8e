"""GitHub Actions: workflows that are on or off, and their runs from the first webhook to the last, each with its checks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tocsin.town.git.commit import Commit
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import CHECKS_APP, BuildShapes
from tocsin.town.github.builds import Builds, Run
from tocsin.town.github.check_shapes import CheckShapes, ended
from tocsin.town.github.checks import CheckRun, Checks
from tocsin.town.github.hosting import Hosting
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.ids import whole_number

FOLDER = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow of a repository, by the file that it is written in."""

    name: str
    path: str

    @property
    def id(self) -> int:
        return whole_number(f"workflow/{self.name}")


@dataclass(frozen=True, slots=True)
class Dispatch:
    """That somebody started a workflow by hand."""

    repo: Repo
    workflow: Workflow
    ref: str
    inputs: dict[str, str]
    run: Run


class Actions:
    """The workflows of all repositories."""

    def __init__(
        self,
        board: Board,
        builds: Builds,
        hosting: Hosting,
        checks: Checks,
        shapes: BuildShapes,
        check_shapes: CheckShapes,
        webhooks: Webhooks,
    ) -> None:
        self._board = board
        self._builds = builds
        self._hosting = hosting
        self._checks = checks
        self._shapes = shapes
        self._check_shapes = check_shapes
        self._webhooks = webhooks
        self._off: set[tuple[str, str]] = set()
        self.dispatched: Callable[[Dispatch], Coroutine[Any, Any, None]] | None = None
        """What happens when a workflow is started by hand."""
        self.again: Callable[[Repo, Run, bool], Coroutine[Any, Any, None]] | None = None
        """What happens when a run shall be run again; the last says whether that is for its failed checks alone."""

    # Workflows

    async def workflows(self, repo: Repo) -> list[Workflow]:
        """By the files on the default branch."""
        repository = self._hosting.of(repo)
        head = await repository.head(repo.default_branch) if repository else None
        if repository is None or head is None:
            return []
        paths = [path for path in await repository.files(head) if path.startswith(FOLDER)]
        return [Workflow(_name(await repository.text(head, path), path), path) for path in sorted(paths)]

    def is_on(self, repo: Repo, name: str) -> bool:
        return (repo.full_name.lower(), name) not in self._off

    def switch(self, repo: Repo, name: str, on: bool) -> None:
        key = repo.full_name.lower(), name
        if on:
            self._off.discard(key)
        else:
            self._off.add(key)

    # Runs

    def begin(
        self, repo: Repo, commit: Commit, workflow: str, branch: str, event: str, names: list[str]
    ) -> tuple[Run, list[CheckRun]]:
        """A run that waits, and its checks."""
        run = self._builds.begin(repo, commit, workflow, event, branch)
        self._tell("requested", repo, run)
        return run, self._new_checks(repo, run, names)

    def _new_checks(self, repo: Repo, run: Run, names: list[str]) -> list[CheckRun]:
        sha, suite = run.commit.sha, run.suite_id
        made = [self._checks.start(repo, sha, name, app=CHECKS_APP, suite_id=suite) for name in names]
        for check in made:
            check.details_url = run.html_url
            self._tell_check("created", repo, run, check)
        return made

    def failed_in(self, repo: Repo, run: Run) -> list[str]:
        """The checks of a run's newest attempt that did not pass."""
        newest = self._checks.runs(repo, run.commit.sha)
        return [one.name for one in newest if one.suite_id == run.suite_id and not one.green]

    def begin_again(self, repo: Repo, run: Run, names: list[str]) -> list[CheckRun]:
        """The next attempt of a run, with those of its checks."""
        run.attempt += 1
        run.status, run.conclusion = "queued", None
        return self._new_checks(repo, run, names)

    def start(self, repo: Repo, run: Run, checks: list[CheckRun]) -> None:
        run.status = "in_progress"
        self._tell("in_progress", repo, run)
        for check in checks:
            self._checks.update(repo, check, "in_progress")

    def finish(
        self,
        repo: Repo,
        run: Run,
        checks: list[CheckRun],
        ends: dict[str, tuple[str, str]],
        told: str = "",
    ) -> None:
        """Each check ends, with what is said of it; then the run, as they did together, or as it is `told` where it has none."""
        for check in checks:
            conclusion, check.summary = ends[check.name]
            check.title = f"{check.name}: {conclusion.replace('_', ' ')}"
            self._checks.update(repo, check, "completed", conclusion)
            self._tell_check("completed", repo, run, check)
        newest = self._checks.runs(repo, run.commit.sha)
        of_run = [one for one in newest if one.suite_id == run.suite_id]
        _, conclusion_of_all = ended(of_run) if of_run else ("completed", told or "success")
        run.status, run.conclusion, run.at = "completed", conclusion_of_all, self._board.now()
        self._tell("completed", repo, run)
        self._webhooks.later("check_suite", self._shapes.suite_event(repo, run))

    def _tell(self, action: str, repo: Repo, run: Run) -> None:
        self._webhooks.later("workflow_run", self._shapes.run_event(repo, run) | {"action": action})

    def _tell_check(self, action: str, repo: Repo, run: Run, check: CheckRun) -> None:
        payload = self._check_shapes.run_event(action, repo, check, run.branch)
        self._webhooks.later("check_run", payload)


def _name(text: str, path: str) -> str:
    """What a workflow calls itself; GitHub shows its path where it does not."""
    lines = (
        line.partition(":")[2].strip().strip("'\"") for line in text.splitlines() if line.startswith("name:")
    )
    return next(lines, path)
