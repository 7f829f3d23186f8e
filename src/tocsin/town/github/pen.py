"""Writes on the board, for people and for the API alike, and says which webhooks GitHub sends for it."""

from __future__ import annotations

from tocsin.town.github.board import Board, Comment, Issue, Repo
from tocsin.town.github.pull_shapes import UNKNOWN, PullShapes
from tocsin.town.github.shapes import Shapes
from tocsin.town.wire import JSON

Due = tuple[str, JSON]
"""A webhook to be sent: the event and its payload."""


class Pen:
    """Whoever `by` is becomes the webhook's sender."""

    def __init__(self, board: Board, shapes: Shapes, pulls: PullShapes) -> None:
        self._board = board
        self._shapes = shapes
        self._pulls = pulls

    def open(
        self,
        repo: Repo,
        by: str,
        title: str,
        body: str | None,
        labels: list[str],
        assignees: list[str],
    ) -> tuple[Issue, list[Due]]:
        """As GitHub does it, every label and assignee of a new issue is told of after the issue itself."""
        issue = self._board.open_issue(repo, by, title, body, labels)
        issue.assignees = list(dict.fromkeys(assignees))
        dues = [self._due("opened", repo, issue, by)]
        dues += [self._labeled("labeled", repo, issue, by, label.name) for label in issue.labels]
        return issue, dues + [self._assigned("assigned", repo, issue, by, login) for login in issue.assignees]

    def edit(self, repo: Repo, issue: Issue, by: str, wanted: JSON) -> list[Due]:
        """Change what `wanted` names: title, body, labels, assignees, state with state_reason."""
        dues = self.label(repo, issue, by, wanted["labels"]) if "labels" in wanted else []
        if "assignees" in wanted:
            dues += self._assign(repo, issue, by, wanted["assignees"])
        dues += self._rewrite(repo, issue, by, wanted)
        if wanted.get("state"):
            was = issue.state
            self._board.set_state(issue, wanted["state"], wanted.get("state_reason"), by)
            if issue.state != was:
                dues.append(self._due("closed" if issue.state == "closed" else "reopened", repo, issue, by))
        issue.updated_at = self._board.now()
        return dues

    def _rewrite(self, repo: Repo, issue: Issue, by: str, wanted: JSON) -> list[Due]:
        title, body = issue.title, issue.body
        issue.title = wanted.get("title") or title
        issue.body = wanted.get("body", body)
        changes: JSON = {}
        if issue.title != title:
            changes["title"] = {"from": title}
        if issue.body != body:
            changes["body"] = {"from": body or ""}
        issue.edited = issue.edited or bool(changes)
        return [self._due("edited", repo, issue, by, changes=changes)] if changes else []

    def label(self, repo: Repo, issue: Issue, by: str, names: list[str]) -> list[Due]:
        """Give the issue these labels and no others."""
        before = [label.name for label in issue.labels]
        issue.labels = [self._board.label(repo, name) for name in dict.fromkeys(names)]
        after = [label.name for label in issue.labels]
        gone, new = [n for n in before if n not in after], [n for n in after if n not in before]
        dues = [self._labeled("unlabeled", repo, issue, by, name) for name in gone]
        dues += [self._labeled("labeled", repo, issue, by, name) for name in new]
        return dues

    def _assign(self, repo: Repo, issue: Issue, by: str, logins: list[str]) -> list[Due]:
        before, issue.assignees = issue.assignees, list(dict.fromkeys(logins))
        gone = [login for login in before if login not in issue.assignees]
        new = [login for login in issue.assignees if login not in before]
        dues = [self._assigned("unassigned", repo, issue, by, login) for login in gone]
        return dues + [self._assigned("assigned", repo, issue, by, login) for login in new]

    def comment(self, repo: Repo, issue: Issue, by: str, text: str) -> tuple[Comment, list[Due]]:
        comment = self._board.comment(issue, by, text)
        return comment, [self._commented("created", repo, issue, by, comment)]

    def edit_comment(self, repo: Repo, issue: Issue, comment: Comment, by: str, text: str) -> list[Due]:
        was, comment.body, comment.updated_at = comment.body, text, self._board.now()
        comment.edited = True
        return [self._commented("edited", repo, issue, by, comment, changes={"body": {"from": was}})]

    # Payloads

    def _due(self, action: str, repo: Repo, issue: Issue, by: str, **more: JSON) -> Due:
        """A pull request is an issue too, and what happens to it is told as its own."""
        if issue.pull is not None:
            return "pull_request", self._pulls.event(action, repo, issue, by, UNKNOWN, **more)
        return "issues", self._shapes.event(action, repo, issue, by) | more

    def _labeled(self, action: str, repo: Repo, issue: Issue, by: str, name: str) -> Due:
        label = self._shapes.label(repo, self._board.label(repo, name))
        return self._due(action, repo, issue, by, label=label)

    def _assigned(self, action: str, repo: Repo, issue: Issue, by: str, login: str) -> Due:
        return self._due(action, repo, issue, by, assignee=self._shapes.user(login))

    def _commented(
        self, action: str, repo: Repo, issue: Issue, by: str, comment: Comment, **more: JSON
    ) -> Due:
        event = self._shapes.event(action, repo, issue, by)
        return "issue_comment", event | {"comment": self._shapes.comment(repo, issue, comment)} | more
