"""The repositories, issues and comments of GitHub. No HTTP here."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.town.ids import Now, whole_number

COMPANY = "acme.example"
NO_REPLY = "users.noreply.github.com"


@dataclass(slots=True)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True)
class Comment:
    """One comment on an issue."""

    id: int
    user: str
    body: str
    created_at: datetime
    updated_at: datetime
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody thought of a pull request: approved, changes_requested, commented or dismissed."""

    id: int
    user: str
    state: str
    body: str
    sha: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AutoMerge:
    """That a pull request shall merge by itself as soon as it may."""

    by: str
    method: str
    title: str = ""
    message: str = ""


@dataclass(slots=True)
class Pull:
    """What an issue has more if it is a pull request: the branch it comes from, what that is at, and where it shall go."""

    branch: str
    sha: str
    base: str = "main"
    base_sha: str = ""
    draft: bool = False
    reviewers: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    auto_merge: AutoMerge | None = None
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None

    @property
    def approvals(self) -> int:
        """Those whose last word is yes."""
        last = {review.user: review.state for review in self.reviews if review.state != "commented"}
        return sum(state == "approved" for state in last.values())


@dataclass(slots=True)
class Issue:
    """One issue, or with `pull` a pull request; `state` is open or closed."""

    id: int
    repo: str
    number: int
    user: str
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    labels: list[Label] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    pull: Pull | None = None
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    comments: list[Comment] = field(default_factory=list)
    html_url: str = ""
    edited: bool = False
    """Whether title or body were changed since."""


@dataclass(slots=True)
class Repo:
    """One repository; `full_name` is `owner/name`."""

    full_name: str
    created_at: datetime
    labels: dict[str, Label] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    default_branch: str = "main"
    allow_auto_merge: bool = False
    """Off, as it is at first on GitHub."""
    has_drafts: bool = True
    """A private repository of a free plan has none."""
    methods: tuple[str, ...] = ("merge", "squash")
    """How pull requests may be merged. Rebasing is not in the town."""

    @property
    def owner(self) -> str:
        return self.full_name.split("/")[0]

    @property
    def name(self) -> str:
        return self.full_name.split("/")[1]

    @property
    def id(self) -> int:
        return whole_number(f"github/{self.full_name}")


class Board:
    """All repositories. `login` is whom the token belongs to."""

    def __init__(self, now: Now, login: str) -> None:
        self.now = now
        self.login = login
        self.url = ""
        self.repos: dict[str, Repo] = {}
        self.members: set[str] = set()
        self.persons: set[str] = set()
        """Owners of repositories that are people; all others are organisations."""
        self.bots: set[str] = {"renovate[bot]"}
        """Apps besides our own that may write."""
        self.admins: set[str] = set()
        """Those whom the protection of a branch does not bind, unless it says so."""
        self.teams: dict[str, list[str]] = {}
        """The members of each team, by its slug."""
        self.people: dict[str, tuple[str, str]] = {}
        """The name and the address on the commits of whoever has others than his login suggests."""
        self.strangers: set[str] = set()
        """Addresses that belong to no account."""
        self._ids = itertools.count(1_000_001)

    def api_url(self, repo: Repo) -> str:
        """Where the API tells of that repository."""
        return f"{self.url}/github/repos/{repo.full_name}"

    def add_repo(self, full_name: str) -> Repo:
        self.repos[full_name.lower()] = repo = Repo(full_name, self.now())
        for name in ("bug", "incident"):
            self.label(repo, name)
        return repo

    def repo(self, full_name: str) -> Repo | None:
        return self.repos.get(full_name.lower())

    def label(self, repo: Repo, name: str) -> Label:
        """The label of that name; made if it is new, as GitHub does when an issue is given one."""
        known = repo.labels.get(name.lower())
        if known is None:
            color = {"bug": "d73a4a", "incident": "b60205"}.get(name.lower(), "ededed")
            known = repo.labels[name.lower()] = Label(next(self._ids), name, color)
        return known

    def issue(self, repo: Repo, number: int) -> Issue | None:
        return next((issue for issue in repo.issues if issue.number == number), None)

    def next_id(self) -> int:
        return next(self._ids)

    def person(self, login: str) -> tuple[str, str]:
        """The name and the address that somebody's commits bear."""
        bot = login.endswith("[bot]")
        return self.people.get(login, (login, f"{login}@{NO_REPLY if bot else COMPANY}"))

    def login_of(self, email: str) -> str | None:
        """Whose account an address belongs to; None where GitHub knows nobody by it."""
        named = next((login for login, (_, known) in self.people.items() if known == email), None)
        local, _, domain = email.partition("@")
        if email in self.strangers or (named is None and domain not in (COMPANY, NO_REPLY)):
            return None
        return named or local.rpartition("+")[2]

    def may_write(self, repo: Repo, login: str) -> bool:
        """Whether somebody has write access: members, admins, and the bots that are installed."""
        known = {repo.owner, self.login, *self.members, *self.admins, *self.bots}
        return login in known

    def can_be_assigned(self, repo: Repo, issue: Issue | None, login: str) -> bool:
        """GitHub assigns members, and whoever wrote in the issue."""
        wrote = {issue.user, *(comment.user for comment in issue.comments)} if issue else set()
        return login == repo.owner or login in self.members or login in wrote

    def open_issue(
        self,
        repo: Repo,
        user: str,
        title: str,
        body: str | None,
        labels: list[str],
        pull: Pull | None = None,
    ) -> Issue:
        """The next issue; with `pull` a pull request, which takes its number from the same row."""
        at, number = self.now(), len(repo.issues) + 1
        issue = Issue(next(self._ids), repo.full_name, number, user, title, body, at, at, pull=pull)
        issue.labels = [self.label(repo, name) for name in dict.fromkeys(labels)]
        page = "issues" if pull is None else "pull"
        issue.html_url = f"{self.url}/github/{repo.full_name}/{page}/{number}"
        repo.issues.append(issue)
        return issue

    def comment(self, issue: Issue, user: str, body: str) -> Comment:
        at = self.now()
        comment = Comment(next(self._ids), user, body, at, at)
        issue.comments.append(comment)
        issue.updated_at = at
        return comment

    def find_comment(self, repo: Repo, id: int) -> tuple[Issue, Comment] | None:
        for issue in repo.issues:
            for comment in issue.comments:
                if comment.id == id:
                    return issue, comment
        return None

    def set_state(self, issue: Issue, state: str, reason: str | None, by: str) -> None:
        if state == "closed":
            issue.state, issue.state_reason = "closed", reason or "completed"
            issue.closed_at, issue.closed_by = self.now(), by
        elif issue.state == "closed":
            issue.state, issue.state_reason = "open", "reopened"
            issue.closed_at = issue.closed_by = None
