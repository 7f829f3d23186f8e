"""A small stand-in for GitHub: repositories with issues and comments, the REST API and the webhooks."""

from __future__ import annotations

from typing import Any

from starlette.routing import BaseRoute

from tocsin.town.faults import Faults
from tocsin.town.git.commit import Commit
from tocsin.town.git.repository import Files, Repository
from tocsin.town.github.api import Api
from tocsin.town.github.board import Board, Comment, Issue, Pull, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.builds import Builds, Run
from tocsin.town.github.code import Code
from tocsin.town.github.door import Door
from tocsin.town.github.page import GitHubPage
from tocsin.town.github.pen import Pen
from tocsin.town.github.people import People
from tocsin.town.github.protection import Protection, Reviews, Who
from tocsin.town.github.pull_shapes import PullShapes
from tocsin.town.github.pulls import pull_of
from tocsin.town.github.rulesets import Ruleset
from tocsin.town.github.shapes import Shapes
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.ids import Now, iso
from tocsin.town.pages import Pages
from tocsin.town.wire import Answer, Post

__all__ = [
    "Comment",
    "Commit",
    "GitHub",
    "Issue",
    "Protection",
    "Repo",
    "Repository",
    "Reviews",
    "Ruleset",
    "Run",
    "Who",
]

LOGIN = "tocsin[bot]"


class GitHub:
    """What tests and the demo hold in their hands."""

    token = "town-github-token"  # noqa: S105 (opens nothing but the town)
    login = LOGIN

    def __init__(self, now: Now, faults: Faults, post: Post, pages: Pages) -> None:
        self.board = Board(now, LOGIN)
        self.builds = Builds(self.board)
        shapes = Shapes(self.board)
        build_shapes = BuildShapes(self.board, shapes)
        pull_shapes = PullShapes(self.board, shapes, build_shapes)
        pen, door = Pen(self.board, shapes, pull_shapes), Door(self.board, self.token)
        self.webhooks = Webhooks(faults, post)
        self.code = Code(self.board, self.builds, door, shapes, build_shapes, self.webhooks, post)
        self.code.hosting.tokens[self.token] = LOGIN
        self._people = People(self.board, self.builds, pen, build_shapes, pull_shapes, self.webhooks)
        self._api = Api(door, self.board, shapes, pen, self.webhooks)
        self._page = GitHubPage(self.board, self.builds, self.code, self._people, post, pages)

    @property
    def url(self) -> str:
        """Where the town is reached, without `/github`."""
        return self.board.url

    @url.setter
    def url(self, url: str) -> None:
        self.board.url = url

    # Setting up

    def add_repo(self, full_name: str) -> Repo:
        return self.board.add_repo(full_name)

    async def repository(
        self,
        full_name: str,
        files: Files | None = None,
        *,
        author: str = "alice",
        message: str = "Begin",
        default_branch: str = "main",
    ) -> Repository:
        """A repository with real git behind it, made if it is new; `files` are then its first commit."""
        return await self.code.repository(full_name, files, author, message, default_branch)

    def clone_url(self, full_name: str) -> str:
        """Where git finds it. It takes a token as the password of any user."""
        return self.code.hosting.url(full_name)

    def token_of(self, login: str) -> str:
        """A token for git with which somebody else pushes than the bot."""
        token = f"town-github-token-of-{login}"
        self.code.hosting.tokens[token] = login
        return token

    def protect(self, full_name: str, branch: str, protection: Protection) -> None:
        """Protect a branch; whatever protected it before is replaced."""
        self.code.protections.put(self._people.repo(full_name), branch, protection)

    def rule(self, full_name: str, branch: str, ruleset: Ruleset) -> None:
        """Add a ruleset: it holds beside whatever protects the branch already."""
        self.code.protections.rulesets.add(self._people.repo(full_name), branch, ruleset)

    def add_member(self, login: str) -> None:
        """A member of the organisations that own the repositories: shown as such, and may be assigned."""
        self.board.members.add(login)

    @property
    def may_assign(self) -> bool:
        """Whether the token has push access: then GitHub answers 422 to an assignee whom it does not know.
        Without, it leaves out every assignee and says nothing."""
        return self._api.may_assign

    @may_assign.setter
    def may_assign(self, so: bool) -> None:
        self._api.may_assign = so

    def point_webhook_at(self, url: str, secret: str) -> None:
        self.webhooks.url, self.webhooks.secret = url, secret

    def close(self) -> None:
        """Take the git repositories away."""
        self.code.hosting.close()

    # What people do. Each gives the app's answer to the first webhook

    async def open_issue(
        self, user: str, repo: str, title: str, body: str = "", labels: list[str] | None = None
    ) -> Answer:
        """The issue is then the last of `issues(repo)`."""
        return await self._people.open_issue(user, repo, title, body, labels or [])

    async def open_pull(
        self, user: str, repo: str, title: str, body: str = "", *, branch: str = "patch-1"
    ) -> Answer:
        """A pull request, which the API shows among the issues too; it is then the last of `issues(repo)`."""
        return await self._people.open_pull(user, repo, title, body, branch)

    async def pull_request(
        self,
        user: str,
        repo: str,
        title: str,
        *,
        branch: str,
        base: str = "main",
        body: str = "",
        draft: bool = False,
    ) -> Issue:
        """A pull request between two branches that are there."""
        where = self._people.repo(repo)
        return await self.code.pulls.open(where, user, title, head=branch, base=base, body=body, draft=draft)

    async def review(self, user: str, repo: str, number: int, event: str = "APPROVE", body: str = "") -> None:
        """`event`: APPROVE, REQUEST_CHANGES or COMMENT."""
        where, issue = self._people.repo(repo), self.issue(repo, number)
        self.code.pulls.review(where, issue, user, event, body)
        await self.code.merging.try_auto(where, pull_of(issue).sha)

    async def merge_pull(self, user: str, repo: str, number: int, method: str = "merge") -> str:
        """Merge it as somebody; gives the commit. Raises Problem as GitHub answers."""
        where, issue = self._people.repo(repo), self.issue(repo, number)
        return await self.code.merging.merge(where, issue, user, method=method)

    async def comment(self, user: str, repo: str, number: int, text: str) -> Answer:
        return await self._people.comment(user, repo, number, text)

    async def label_issue(self, user: str, repo: str, number: int, label: str) -> Answer:
        """Add one label. Nothing is sent if the issue has it already."""
        return await self._people.label_issue(user, repo, number, label)

    async def edit_issue(
        self, user: str, repo: str, number: int, *, title: str | None = None, body: str | None = None
    ) -> Answer:
        wanted = {name: text for name, text in (("title", title), ("body", body)) if text is not None}
        return await self._people.edit_issue(user, repo, number, wanted)

    async def close_issue(self, user: str, repo: str, number: int, reason: str = "completed") -> Answer:
        """`reason`: completed, not_planned or duplicate."""
        wanted = {"state": "closed", "state_reason": reason}
        return await self._people.edit_issue(user, repo, number, wanted)

    async def reopen_issue(self, user: str, repo: str, number: int) -> Answer:
        return await self._people.edit_issue(user, repo, number, {"state": "open"})

    async def redeliver(self) -> bool:
        """Send every delivery again that met nobody; whether all are taken now."""
        return await self.webhooks.redeliver()

    def push(self, repo: str, author_login: str, message: str) -> str:
        """A commit on the default branch; gives its sha. No webhook is sent for it."""
        return self.builds.push(self._people.repo(repo), author_login, message).sha

    async def run(
        self,
        repo: str,
        sha: str,
        workflow: str = "CI",
        conclusion: str = "failure",
        event: str = "push",
        branch: str | None = None,
    ) -> Answer:
        """A workflow has run on a commit: `workflow_run` and then `check_suite` are sent, both completed.
        `branch` None is the default branch."""
        return await self._people.run(repo, sha, workflow, conclusion, event, branch)

    # What can be seen

    def issues(self, repo: str) -> list[Issue]:
        """Oldest first, closed ones and pull requests too."""
        return self._people.repo(repo).issues

    def issue(self, repo: str, number: int) -> Issue:
        return self._people.issue(repo, number)

    def runs(self, repo: str) -> list[Run]:
        """Oldest first."""
        return self.builds.of(self._people.repo(repo)).runs

    def as_json(self) -> dict[str, Any]:
        repos = list(self.board.repos.values())
        return {
            "issues": [_plain(issue) for repo in repos for issue in repo.issues],
            "runs": [_plain_run(repo, run) for repo in repos for run in self.builds.of(repo).runs],
        }

    def routes(self) -> list[BaseRoute]:
        api = [*self.code.routes(), *self._api.routes()]
        return [*api, *self.code.last_routes(), self._api.last_route(), *self._page.routes()]


def _plain(issue: Issue) -> dict[str, Any]:
    return {
        "repo": issue.repo,
        "number": issue.number,
        "user": issue.user,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "is_pull_request": issue.pull is not None,
        "pull_request": _plain_pull(issue.pull) if issue.pull else None,
        "labels": [label.name for label in issue.labels],
        "assignees": issue.assignees,
        "url": issue.html_url,
        "created_at": iso(issue.created_at),
        "comments": [
            {"id": c.id, "user": c.user, "body": c.body, "created_at": iso(c.created_at)}
            for c in issue.comments
        ],
    }


def _plain_pull(pull: Pull) -> dict[str, Any]:
    return {
        "branch": pull.branch,
        "base": pull.base,
        "sha": pull.sha,
        "draft": pull.draft,
        "merged_as": pull.merge_sha,
        "merged_by": pull.merged_by,
        "merges_by_itself": pull.auto_merge is not None,
        "reviewers": pull.reviewers,
    }


def _plain_run(repo: Repo, run: Run) -> dict[str, Any]:
    return {
        "repo": repo.full_name,
        "workflow": run.workflow,
        "number": run.number,
        "conclusion": run.conclusion,
        "event": run.event,
        "branch": run.branch,
        "sha": run.commit.sha,
        "author": run.commit.author,
        "url": run.html_url,
        "at": iso(run.at),
    }
