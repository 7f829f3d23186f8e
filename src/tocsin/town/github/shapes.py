"""GitHub's JSON for what is on its board: one shape for the REST API, and the same cut down to what webhooks carry."""

from __future__ import annotations

from datetime import datetime

from tocsin.town.github.board import Board, Comment, Issue, Label, Repo
from tocsin.town.ids import iso, whole_number
from tocsin.town.wire import JSON

USER_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
REPO_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
COUNTS = ("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size")
FLAGS = {
    "private": False, "fork": False, "has_issues": True, "has_projects": False, "has_wiki": False,
    "has_pages": False, "has_downloads": True, "has_discussions": False, "archived": False, "disabled": False,
    "is_template": False, "web_commit_signoff_required": False, "allow_forking": True,
}  # fmt: skip
METHODS = ("merge_commit", "squash_merge", "rebase_merge")
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
ONLY_REST_ISSUE = ("closed_by",)
ONLY_REST_REPO = ("network_count", "subscribers_count")


class Shapes:
    """Builds answers and payloads for one board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    @property
    def _api(self) -> str:
        return f"{self._board.url}/github"

    def user(self, login: str) -> JSON:
        url = f"{self._api}/users/{login}"
        return {
            "login": login,
            "id": whole_number(f"github/{login}"),
            "node_id": f"U_{login}",
            "avatar_url": f"{self._board.url}/github/avatars/{login}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self._board.url}/github/{login}",
            **{name: url + tail for name, tail in USER_URLS.items()},
            "type": "Bot" if login.endswith("[bot]") else "User",
            "site_admin": False,
        }

    def account(self, login: str) -> JSON:
        """The user as GET /user and GET /users/{login} show it."""
        at = "2020-01-01T00:00:00Z"
        empty = ("company", "location", "email", "hireable", "bio", "twitter_username")
        return self.user(login) | {
            "user_view_type": "public",
            "name": login,
            "blog": "",
            **dict.fromkeys(empty),
            **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
            "created_at": at,
            "updated_at": at,
        }

    def repo(self, repo: Repo) -> JSON:
        url, page = f"{self._api}/repos/{repo.full_name}", f"{self._board.url}/github/{repo.full_name}"
        open_issues = sum(1 for issue in repo.issues if issue.state == "open")
        return {
            "id": repo.id,
            "node_id": f"R_{repo.id}",
            "name": repo.name,
            "full_name": repo.full_name,
            "owner": self.user(repo.owner) | {"type": self._kind(repo.owner)},
            "html_url": page,
            "description": None,
            "url": url,
            **{name: url + tail for name, tail in REPO_URLS.items()},
            "git_url": f"git://{repo.full_name}.git",
            "ssh_url": f"git@town.example:{repo.full_name}.git",
            "clone_url": f"{self._board.url}/github/git/{repo.full_name}.git",
            "svn_url": page,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "default_branch": repo.default_branch,
            "visibility": "public",
            "topics": [],
            "custom_properties": {},
            **FLAGS,
            **dict.fromkeys(COUNTS + ONLY_REST_REPO, 0),
            "allow_auto_merge": repo.allow_auto_merge,
            "delete_branch_on_merge": False,
            **{f"allow_{one}": one.split("_")[0] in repo.methods for one in METHODS},
            "open_issues": open_issues,
            "open_issues_count": open_issues,
            "created_at": iso(repo.created_at),
            "updated_at": iso(repo.created_at),
            "pushed_at": iso(repo.created_at),
        }

    def _kind(self, owner: str) -> str:
        return "User" if owner in self._board.persons else "Organization"

    def team(self, owner: str, slug: str) -> JSON:
        url = f"{self._api}/organizations/{owner}/team/{slug}"
        return {
            "name": slug,
            "id": whole_number(f"github/team/{slug}"),
            "node_id": f"T_{slug}",
            "slug": slug,
            "description": None,
            "privacy": "closed",
            "url": url,
            "html_url": f"{self._api}/orgs/{owner}/teams/{slug}",
            "members_url": f"{url}/members{{/member}}",
            "repositories_url": f"{url}/repos",
            "permission": "push",
            "type": "organization",
            "parent": None,
        }

    def label(self, repo: Repo, label: Label) -> JSON:
        return {
            "id": label.id,
            "node_id": f"LA_{label.id}",
            "url": f"{self._api}/repos/{repo.full_name}/labels/{label.name}",
            "name": label.name,
            "color": label.color,
            "default": label.name == "bug",
            "description": label.description,
        }

    def issue(self, repo: Repo, issue: Issue) -> JSON:
        url = f"{self._api}/repos/{repo.full_name}/issues/{issue.number}"
        return {
            "id": issue.id,
            "node_id": f"I_{issue.id}",
            "url": url,
            "repository_url": f"{self._api}/repos/{repo.full_name}",
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "timeline_url": f"{url}/timeline",
            "html_url": issue.html_url,
            "number": issue.number,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.user),
            "labels": [self.label(repo, label) for label in issue.labels],
            "assignee": self.user(issue.assignees[0]) if issue.assignees else None,
            "assignees": [self.user(login) for login in issue.assignees],
            "milestone": None,
            "locked": False,
            "active_lock_reason": None,
            "comments": len(issue.comments),
            "closed_at": _iso_or_none(issue.closed_at),
            "closed_by": self.user(issue.closed_by) if issue.closed_by else None,
            "created_at": iso(issue.created_at),
            "updated_at": iso(issue.updated_at),
            "author_association": self.association(repo, issue.user),
            "performed_via_github_app": None,
            "reactions": _reactions(f"{url}/reactions"),
            **self._as_pull(repo, issue),
        }

    def _as_pull(self, repo: Repo, issue: Issue) -> JSON:
        """What tells a pull request from an issue wherever issues are shown."""
        if issue.pull is None:
            return {}
        links = {
            "url": f"{self._api}/repos/{repo.full_name}/pulls/{issue.number}",
            "html_url": issue.html_url,
            "diff_url": f"{issue.html_url}.diff",
            "patch_url": f"{issue.html_url}.patch",
            "merged_at": _iso_or_none(issue.pull.merged_at),
        }
        return {"draft": issue.pull.draft, "pull_request": links}

    def comment(self, repo: Repo, issue: Issue, comment: Comment) -> JSON:
        url = f"{self._api}/repos/{repo.full_name}/issues"
        return {
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "url": f"{url}/comments/{comment.id}",
            "html_url": f"{issue.html_url}#issuecomment-{comment.id}",
            "issue_url": f"{url}/{issue.number}",
            "body": comment.body,
            "user": self.user(comment.user),
            "created_at": iso(comment.created_at),
            "updated_at": iso(comment.updated_at),
            "author_association": self.association(repo, comment.user),
            "performed_via_github_app": None,
            "reactions": _reactions(f"{url}/comments/{comment.id}/reactions"),
        }

    def event(self, action: str, repo: Repo, issue: Issue, sender: str) -> JSON:
        """The frame of an `issues` or `issue_comment` webhook."""
        shape = self.issue(repo, issue)
        return {
            "action": action,
            "issue": {name: value for name, value in shape.items() if name not in ONLY_REST_ISSUE},
            "repository": {n: v for n, v in self.repo(repo).items() if n not in ONLY_REST_REPO},
            "sender": self.user(sender),
        }

    def association(self, repo: Repo, login: str) -> str:
        if login == repo.owner:
            return "OWNER"
        return "MEMBER" if login == self._board.login or login in self._board.members else "NONE"


def _iso_or_none(at: datetime | None) -> str | None:
    return iso(at) if at else None


def _reactions(url: str) -> JSON:
    return {"url": url, "total_count": 0, **dict.fromkeys(REACTIONS, 0)}
