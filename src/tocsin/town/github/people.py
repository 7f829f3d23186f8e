"""What people do on GitHub. Each act sends its webhooks, and gives the app's answer to the first of them."""

from __future__ import annotations

import hashlib

from tocsin.town.github.board import Board, Issue, Pull, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.builds import CONCLUSIONS, EVENTS, Builds
from tocsin.town.github.pen import Due, Pen
from tocsin.town.github.pull_shapes import UNKNOWN, PullShapes
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.wire import JSON, NO_ANSWER, Answer


class People:
    """Outsiders and members; a login is all that it takes."""

    def __init__(
        self,
        board: Board,
        builds: Builds,
        pen: Pen,
        shapes: BuildShapes,
        pulls: PullShapes,
        webhooks: Webhooks,
    ) -> None:
        self._board = board
        self._builds = builds
        self._pen = pen
        self._shapes = shapes
        self._pulls = pulls
        self._webhooks = webhooks

    def repo(self, full_name: str) -> Repo:
        repo = self._board.repo(full_name)
        if repo is None:
            raise ValueError(f"There is no repository {full_name!r}; add it with add_repo")
        return repo

    def issue(self, repo: str, number: int) -> Issue:
        found = self._board.issue(self.repo(repo), number)
        if found is None:
            raise ValueError(f"There is no issue {repo}#{number}")
        return found

    async def open_issue(self, user: str, repo: str, title: str, body: str, labels: list[str]) -> Answer:
        _, dues = self._pen.open(self.repo(repo), user, title, body, labels, [])
        return await self._tell(dues)

    async def open_pull(self, user: str, repo: str, title: str, body: str, branch: str) -> Answer:
        where = self.repo(repo)
        tip = self._builds.commit(where, where.default_branch)
        sha, base = _sha(f"{where.full_name} {branch} {title}"), tip.sha if tip else _sha("the beginning")
        pull = Pull(branch, sha, where.default_branch, base)
        issue = self._board.open_issue(where, user, title, body, [], pull)
        return await self._tell([("pull_request", self._pulls.event("opened", where, issue, user, UNKNOWN))])

    async def comment(self, user: str, repo: str, number: int, text: str) -> Answer:
        _, dues = self._pen.comment(self.repo(repo), self.issue(repo, number), user, text)
        return await self._tell(dues)

    async def edit_issue(self, user: str, repo: str, number: int, wanted: JSON) -> Answer:
        return await self._tell(self._pen.edit(self.repo(repo), self.issue(repo, number), user, wanted))

    async def label_issue(self, user: str, repo: str, number: int, label: str) -> Answer:
        where, issue = self.repo(repo), self.issue(repo, number)
        names = [known.name for known in issue.labels] + [label]
        return await self._tell(self._pen.label(where, issue, user, names))

    async def run(
        self, repo: str, sha: str, workflow: str, conclusion: str, event: str, branch: str | None
    ) -> Answer:
        """Raises ValueError for a commit that was never pushed, an event or an end that GitHub does not have."""
        where = self.repo(repo)
        commit = self._builds.commit(where, sha)
        if commit is None:
            raise ValueError(f"There is no commit {sha} in {repo}; make one with push")
        if conclusion not in CONCLUSIONS:
            raise ValueError(f"No run ends as {conclusion!r}; it can be: {', '.join(CONCLUSIONS)}")
        if event not in EVENTS:
            raise ValueError(f"Nothing is run by {event!r}; it can be: {', '.join(EVENTS)}")
        run = self._builds.run(where, commit, workflow, conclusion, event, branch or where.default_branch)
        return await self._tell(
            [
                ("workflow_run", self._shapes.run_event(where, run)),
                ("check_suite", self._shapes.suite_event(where, run)),
            ]
        )

    async def _tell(self, dues: list[Due]) -> Answer:
        answers = [await self._webhooks.deliver(*due) for due in dues]
        return answers[0] if answers else Answer(NO_ANSWER)


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
