"""GitHub's JSON for pull requests and their reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.town.github.board import Board, Issue, Pull, Repo, Review
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.shapes import Shapes
from tocsin.town.ids import iso
from tocsin.town.wire import JSON

OF_ISSUE = (
    "id", "number", "state", "locked", "title", "user", "body", "created_at", "updated_at", "closed_at",
    "assignee", "assignees", "labels", "milestone", "author_association", "active_lock_reason", "draft",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """What GitHub reckons out for a pull request: how large it is, and whether it can be merged."""

    commits: int = 1
    files: int = 1
    added: int = 0
    removed: int = 0
    mergeable: bool | None = None
    state: str = "unknown"


UNKNOWN = Size()


class PullShapes:
    """Builds answers and payloads for one board."""

    def __init__(self, board: Board, shapes: Shapes, builds: BuildShapes) -> None:
        self._board = board
        self._shapes = shapes
        self._builds = builds

    def simple(self, repo: Repo, issue: Issue) -> JSON:
        """As it stands in lists."""
        pull, shape = _pull(issue), self._shapes.issue(repo, issue)
        return {
            **{name: shape[name] for name in OF_ISSUE},
            "node_id": f"PR_{issue.id}",
            **self._links(repo, issue),
            "head": self._end(repo, pull.branch, pull.sha),
            "base": self._end(repo, pull.base, pull.base_sha),
            "requested_reviewers": [self._shapes.user(login) for login in pull.reviewers],
            "requested_teams": [self._shapes.team(repo.owner, slug) for slug in pull.teams],
            "merged_at": _iso(pull.merged_at),
            "merge_commit_sha": pull.merge_sha,
            "auto_merge": self._auto_merge(pull),
        }

    def whole(self, repo: Repo, issue: Issue, size: Size) -> JSON:
        """As GET /pulls/{number} gives it."""
        pull = _pull(issue)
        return self.simple(repo, issue) | {
            "merged": pull.merged_at is not None,
            "merged_by": self._shapes.user(pull.merged_by) if pull.merged_by else None,
            "mergeable": size.mergeable,
            "rebaseable": size.mergeable,
            "mergeable_state": size.state,
            "maintainer_can_modify": False,
            "comments": len(issue.comments),
            "review_comments": 0,
            "commits": size.commits,
            "changed_files": size.files,
            "additions": size.added,
            "deletions": size.removed,
        }

    def event(self, action: str, repo: Repo, issue: Issue, by: str, size: Size, **more: object) -> JSON:
        """The payload of `pull_request`."""
        return {
            "action": action,
            "number": issue.number,
            "pull_request": self.whole(repo, issue, size),
            "repository": self._builds.repo_in_event(repo),
            "sender": self._shapes.user(by),
        } | more

    def user(self, login: str) -> JSON:
        return self._shapes.user(login)

    def review(self, repo: Repo, issue: Issue, review: Review) -> JSON:
        page = f"{issue.html_url}#pullrequestreview-{review.id}"
        url = f"{self._board.api_url(repo)}/pulls/{issue.number}"
        return {
            "id": review.id,
            "node_id": f"PRR_{review.id}",
            "user": self._shapes.user(review.user),
            "body": review.body,
            "state": review.state.upper(),
            "commit_id": review.sha,
            "submitted_at": iso(review.at),
            "html_url": page,
            "pull_request_url": url,
            "author_association": self._shapes.association(repo, review.user),
            "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        }

    def review_event(self, repo: Repo, issue: Issue, review: Review) -> JSON:
        """The payload of `pull_request_review`, submitted."""
        shape = self.review(repo, issue, review)
        return {
            "action": "submitted",
            "review": shape | {"state": review.state},
            "pull_request": self.simple(repo, issue),
            "repository": self._builds.repo_in_event(repo),
            "sender": self._shapes.user(review.user),
        }

    def _auto_merge(self, pull: Pull) -> JSON | None:
        auto = pull.auto_merge
        if auto is None:
            return None
        return {
            "enabled_by": self._shapes.user(auto.by),
            "merge_method": auto.method,
            "commit_title": auto.title,
            "commit_message": auto.message,
        }

    def _links(self, repo: Repo, issue: Issue) -> JSON:
        url, page = f"{self._board.api_url(repo)}/pulls/{issue.number}", issue.html_url
        of_issue = f"{self._board.api_url(repo)}/issues/{issue.number}"
        links = {
            "self": url,
            "html": page,
            "issue": of_issue,
            "comments": f"{of_issue}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{self._board.api_url(repo)}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": f"{self._board.api_url(repo)}/statuses/{_pull(issue).sha}",
        }
        named = {f"{n}_url": link for n, link in links.items() if n not in ("self", "html")}
        whole = {"url": url, "html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
        return whole | named | {"_links": {name: {"href": link} for name, link in links.items()}}

    def _end(self, repo: Repo, branch: str, sha: str) -> JSON:
        return {
            "label": f"{repo.owner}:{branch}",
            "ref": branch,
            "sha": sha,
            "user": self._shapes.user(repo.owner),
            "repo": self._builds.repo_in_event(repo),
        }


def _pull(issue: Issue) -> Pull:
    assert issue.pull is not None
    return issue.pull


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at else None
