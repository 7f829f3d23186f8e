"""Pull requests over real branches: opened, kept in step with pushes, reviewed, and closed. Merging is in `merging.py`."""

from __future__ import annotations

from dataclasses import replace

from tocsin.town.git.commit import Push
from tocsin.town.git.repository import Repository
from tocsin.town.github.board import Board, Issue, Pull, Repo, Review
from tocsin.town.github.door import Problem, unprocessable
from tocsin.town.github.hosting import Hosting
from tocsin.town.github.protection import Protections
from tocsin.town.github.pull_shapes import UNKNOWN, PullShapes
from tocsin.town.github.webhooks import Webhooks

VERDICTS = {"APPROVE": "approved", "REQUEST_CHANGES": "changes_requested", "COMMENT": "commented"}


class Pulls:
    """The pull requests of those repositories that have git behind them."""

    def __init__(
        self, board: Board, hosting: Hosting, protections: Protections, shapes: PullShapes, webhooks: Webhooks
    ) -> None:
        self._board = board
        self._hosting = hosting
        self._protections = protections
        self._shapes = shapes
        self._webhooks = webhooks

    def of(self, repo: Repo, state: str = "all") -> list[Issue]:
        """Oldest first."""
        return [issue for issue in repo.issues if issue.pull and state in ("all", issue.state)]

    async def open(
        self,
        repo: Repo,
        by: str,
        title: str,
        *,
        head: str,
        base: str,
        body: str | None = None,
        draft: bool = False,
    ) -> Issue:
        """Raises Problem, as GitHub answers, for branches that are not there, that are alike, or that have one already."""
        repository, branch = self.git(repo), head.removeprefix(f"{repo.owner}:")
        tip, below = await repository.head(branch), await repository.head(base)
        if tip is None or below is None:
            raise unprocessable("PullRequest", "head" if tip is None else "base", "invalid")
        if await repository.contains(below, tip):
            raise _refused(f"No commits between {base} and {branch}")
        same = [one.pull for one in self.of(repo, "open") if one.pull and one.pull.branch == branch]
        if any(one.base == base for one in same):
            raise _refused(f"A pull request already exists for {repo.owner}:{branch}.")
        pull = Pull(branch, tip, base, below, draft)
        issue = self._board.open_issue(repo, by, title, body, [], pull)
        self.tell("opened", repo, issue, by)
        return issue

    def edit(self, repo: Repo, issue: Issue, by: str, wanted: dict[str, str | None]) -> None:
        """Title, body, base and state; a merged one stays closed."""
        pull = pull_of(issue)
        was = {"title": issue.title, "body": issue.body or ""}
        issue.title, issue.body = wanted.get("title") or issue.title, wanted.get("body", issue.body)
        pull.base = wanted.get("base") or pull.base
        now = {"title": issue.title, "body": issue.body or ""}
        changes = {name: {"from": was[name]} for name in was if was[name] != now[name]}
        if changes:
            issue.edited, issue.updated_at = True, self._board.now()
            self.tell("edited", repo, issue, by, changes=changes)
        if wanted.get("state") == "closed" and issue.state == "open":
            self.close(repo, issue, by)
        elif wanted.get("state") == "open" and issue.state == "closed":
            if pull.merged_at is not None:
                raise unprocessable("PullRequest", "state", "invalid")
            self._board.set_state(issue, "open", None, by)
            self.tell("reopened", repo, issue, by)

    def close(self, repo: Repo, issue: Issue, by: str) -> None:
        pull_of(issue).auto_merge = None
        self._board.set_state(issue, "closed", None, by)
        issue.state_reason = None
        self.tell("closed", repo, issue, by)

    def set_draft(self, repo: Repo, issue: Issue, by: str, draft: bool) -> None:
        pull_of(issue).draft = draft
        self.tell("converted_to_draft" if draft else "ready_for_review", repo, issue, by)

    # Reviews

    def request(self, repo: Repo, issue: Issue, by: str, logins: list[str], teams: list[str]) -> None:
        pull = pull_of(issue)
        if issue.user in logins:
            raise Problem(422, "Review cannot be requested from pull request author.")
        strangers = [one for one in logins if not self._board.may_write(repo, one)]
        strangers += [one for one in teams if one not in self._board.teams]
        if strangers:
            raise Problem(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or teams "
                f"you specified is not a collaborator of the {repo.full_name} repository.",
            )
        new = [one for one in logins if one not in pull.reviewers]
        pull.reviewers += new
        pull.teams += [one for one in teams if one not in pull.teams]
        for login in new:
            asked = self._shapes.user(login)
            self.tell("review_requested", repo, issue, by, requested_reviewer=asked)

    def take_back_request(self, issue: Issue, logins: list[str], teams: list[str]) -> None:
        pull = pull_of(issue)
        pull.reviewers = [one for one in pull.reviewers if one not in logins]
        pull.teams = [one for one in pull.teams if one not in teams]

    def review(self, repo: Repo, issue: Issue, by: str, event: str, body: str) -> Review:
        """Raises Problem: nobody approves what is his own."""
        if event != "COMMENT" and by == issue.user:
            verb = "approve" if event == "APPROVE" else "request changes on"
            raise Problem(422, "Unprocessable Entity", errors=[f"Can not {verb} your own pull request"])
        pull = pull_of(issue)
        review = Review(self._board.next_id(), by, VERDICTS[event], body, pull.sha, self._board.now())
        pull.reviews.append(review)
        self.take_back_request(issue, [by], [])
        payload = self._shapes.review_event(repo, issue, review)
        self._webhooks.later("pull_request_review", payload)
        return review

    # What follows from a push

    async def follow(self, push: Push) -> None:
        """A pull request's head moves with its branch; it is merged when its base has it, and closed when its branch goes."""
        repo = self._board.repo(push.repository)
        if repo is None or not push.branch:
            return
        for issue in self.of(repo, "open"):
            pull = pull_of(issue)
            if pull.branch == push.branch:
                self._head_moved(repo, issue, pull, push)
            elif pull.base == push.branch and not push.deleted:
                await self._base_moved(repo, issue, pull, push)

    def _head_moved(self, repo: Repo, issue: Issue, pull: Pull, push: Push) -> None:
        if push.deleted:
            self.close(repo, issue, push.by)
            return
        pull.sha, issue.updated_at = push.after, self._board.now()
        rule = self._protections.of(repo, pull.base)
        if rule is not None and rule.reviews is not None and rule.reviews.dismiss_stale:
            pull.reviews = [_dismissed(review) for review in pull.reviews]
        if not self._board.may_write(repo, push.by):
            pull.auto_merge = None
        self.tell("synchronize", repo, issue, push.by, before=push.before, after=push.after)

    async def _base_moved(self, repo: Repo, issue: Issue, pull: Pull, push: Push) -> None:
        if await self.git(repo).contains(push.after, pull.sha):
            self.merged(repo, issue, push.by, push.after)

    def merged(self, repo: Repo, issue: Issue, by: str, sha: str) -> None:
        """Its commits are in the base now, at `sha`."""
        pull = pull_of(issue)
        if issue.state == "closed":
            return
        pull.merged_at, pull.merged_by, pull.merge_sha = self._board.now(), by, sha
        self.close(repo, issue, by)

    def git(self, repo: Repo) -> Repository:
        repository = self._hosting.of(repo)
        if repository is None:
            raise Problem(404, "Not Found")
        return repository

    def tell(self, action: str, repo: Repo, issue: Issue, by: str, **more: object) -> None:
        payload = self._shapes.event(action, repo, issue, by, UNKNOWN, **more)
        self._webhooks.later("pull_request", payload)


def pull_of(issue: Issue) -> Pull:
    assert issue.pull is not None
    return issue.pull


def _dismissed(review: Review) -> Review:
    return replace(review, state="dismissed") if review.state == "approved" else review


def _refused(message: str) -> Problem:
    errors = [{"resource": "PullRequest", "code": "custom", "message": message}]
    return Problem(422, "Validation Failed", errors=errors)
