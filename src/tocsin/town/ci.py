"""The town's CI. Whatever is pushed is built if a file `ci.json` in it says how:

    {"checks": [{"name": "test", "fails_if": {"file": "app.py", "contains": "oops"}, "seconds": 120}]}

A check fails by what stands in the pushed tree. `hangs` makes it time out after its seconds; `flaky` (a number) makes that many
first attempts at a commit fail though nothing is wrong.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from tocsin.town.git.commit import Push
from tocsin.town.git.repository import Repository
from tocsin.town.github.actions import Actions
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.builds import Run
from tocsin.town.github.checks import CheckRun
from tocsin.town.github.hosting import Hosting
from tocsin.town.timers import NO_WAIT, Timers
from tocsin.town.wire import JSON

FILE = "ci.json"
WORKFLOW = "CI"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is checked, as the file says it."""

    name: str
    file: str = ""
    contains: str = ""
    takes: timedelta = NO_WAIT
    hangs: bool = False
    flaky: int = 0


class Ci:
    """Builds what is pushed."""

    def __init__(self, board: Board, hosting: Hosting, actions: Actions, timers: Timers) -> None:
        self._board = board
        self._hosting = hosting
        self._actions = actions
        self._timers = timers
        self.takes = NO_WAIT
        """How long a build takes at least."""
        self._ordered: dict[str, deque[str]] = {}
        self._held: dict[str, list[tuple[Repo, Run, list[CheckRun], list[Check], str]]] = {}
        actions.again = self._again

    # What a story may order

    def order(self, full_name: str, *conclusions: str) -> None:
        """The next builds of a repository end so, whatever is pushed: an outage of the CI, or a flake."""
        self._ordered.setdefault(full_name.lower(), deque()).extend(conclusions)

    def hold(self, full_name: str) -> None:
        """Builds of a repository are begun and do not end until `release`."""
        self._held.setdefault(full_name.lower(), [])

    def release(self, full_name: str) -> None:
        for held in self._held.pop(full_name.lower(), []):
            self._timers.after(NO_WAIT, lambda held=held: self._finish(*held))  # type: ignore[misc]

    # What it does by itself

    async def pushed(self, push: Push) -> None:
        repo, repository = self._board.repo(push.repository), self._hosting.of(push.repository)
        if repo is None or repository is None or push.deleted or not push.branch:
            return
        checks = await checks_of(repository, push.after)
        commit = await repository.commit_at(push.after)
        if not checks or commit is None or not self._actions.is_on(repo, WORKFLOW):
            return
        names = [check.name for check in checks]
        run, made = self._actions.begin(repo, commit, WORKFLOW, push.branch, "push", names)
        self._build(repo, run, made, checks)

    async def _again(self, repo: Repo, run: Run, failed_only: bool) -> None:
        repository = self._hosting.of(repo)
        checks = await checks_of(repository, run.commit.sha) if repository else []
        if failed_only:
            failed = self._actions.failed_in(repo, run)
            checks = [check for check in checks if check.name in failed]
        before = run.conclusion or ""
        made = self._actions.begin_again(repo, run, [check.name for check in checks])
        self._build(repo, run, made, checks, before)

    def _build(
        self, repo: Repo, run: Run, made: list[CheckRun], checks: list[Check], before: str = ""
    ) -> None:
        """`before` is how it ended the last time: where there is no code that could be checked it ends so again."""
        self._actions.start(repo, run, made)
        held = self._held.get(repo.full_name.lower())
        if held is not None:
            held.append((repo, run, made, checks, before))
            return
        takes = max([self.takes, *(check.takes for check in checks)])
        self._timers.after(takes, lambda: self._finish(repo, run, made, checks, before))

    async def _finish(
        self, repo: Repo, run: Run, made: list[CheckRun], checks: list[Check], before: str
    ) -> None:
        ordered = self._ordered.get(repo.full_name.lower())
        repository = self._hosting.of(repo)
        if repository is None:
            self._actions.finish(repo, run, made, {}, ordered.popleft() if ordered else before)
            return
        if ordered:
            told = ordered.popleft()
            ends = {
                check.name: (told, f"The town was told that this build ends as {told}.") for check in checks
            }
        else:
            at, attempt = run.commit.sha, run.attempt
            ends = {check.name: await end_of(repository, at, attempt, check) for check in checks}
        self._actions.finish(repo, run, made, ends)


async def checks_of(repository: Repository, sha: str, file: str = FILE) -> list[Check]:
    """What a commit's file asks for; a file that cannot be read asks for one check, which fails."""
    text = await repository.text(sha, file)
    if not text:
        return []
    try:
        return [_check(one) for one in json.loads(text)["checks"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [Check(file, file, "")]


def _check(said: JSON) -> Check:
    rule = said.get("fails_if") or {}
    return Check(
        str(said["name"]),
        str(rule.get("file", "")),
        str(rule.get("contains", "")),
        timedelta(seconds=float(said.get("seconds", 0))),
        bool(said.get("hangs")),
        int(said.get("flaky", 0)),
    )


async def end_of(repository: Repository, sha: str, attempt: int, check: Check) -> tuple[str, str]:
    """How a check ends, and what is said of it."""
    if check.hangs:
        return "timed_out", f"{check.name} was ended after {check.takes}."
    if attempt <= check.flaky:
        return "failure", f"{check.name} failed at attempt {attempt}: connection reset by peer."
    if check.file and check.contains in await repository.text(sha, check.file):
        return "failure", f"{check.name} failed: {check.file} contains {check.contains!r}."
    return "success", f"{check.name} passed."
