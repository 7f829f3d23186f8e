"""What GitHub answers about code, as far as it is read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class User(msgspec.Struct, frozen=True):
    login: str
    type: str = "User"


class End(msgspec.Struct, frozen=True):
    """One side of a pull request."""

    ref: str
    sha: str


class Label(msgspec.Struct, frozen=True):
    name: str


class Team(msgspec.Struct, frozen=True):
    slug: str


class Pull(msgspec.Struct, frozen=True):
    """A pull request. `mergeable` and what follows only stand in the answer about a single one."""

    number: int
    node_id: str
    html_url: str
    state: str
    title: str
    head: End
    base: End
    created_at: datetime
    body: str | None = None
    user: User | None = None
    draft: bool = False
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    auto_merge: dict[str, Any] | None = None
    labels: list[Label] = []
    requested_reviewers: list[User] = []
    requested_teams: list[Team] = []
    mergeable: bool | None = None
    mergeable_state: str = ""
    merged_by: User | None = None

    @property
    def is_merged(self) -> bool:
        return self.merged_at is not None


class Review(msgspec.Struct, frozen=True):
    state: str
    user: User | None = None
    commit_id: str | None = None


class Person(msgspec.Struct, frozen=True):
    name: str = ""
    email: str = ""


class Written(msgspec.Struct, frozen=True):
    message: str = ""
    author: Person | None = None


class Commit(msgspec.Struct, frozen=True):
    """`author` is the account that GitHub found for it; None where it knows none by that address."""

    sha: str
    html_url: str
    commit: Written
    author: User | None = None


class CheckRun(msgspec.Struct, frozen=True):
    name: str
    status: str
    conclusion: str | None = None
    html_url: str | None = None


class Status(msgspec.Struct, frozen=True):
    context: str
    state: str
    target_url: str | None = None


class RequiredChecks(msgspec.Struct, frozen=True):
    contexts: list[str] = []
    enforcement_level: str = ""


class BranchProtection(msgspec.Struct, frozen=True):
    required_status_checks: RequiredChecks | None = None


class Tip(msgspec.Struct, frozen=True):
    sha: str


class Branch(msgspec.Struct, frozen=True):
    name: str
    commit: Tip
    protected: bool = False
    protection: BranchProtection | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """The checks without which GitHub merges nothing into it."""
        checks = self.protection.required_status_checks if self.protection else None
        return tuple(checks.contexts) if checks and self.protected else ()


class RequiredCheck(msgspec.Struct, frozen=True):
    context: str


class RuleParameters(msgspec.Struct, frozen=True):
    """What is read of a rule's parameters, whichever kind it is."""

    required_status_checks: list[RequiredCheck] = []
    required_approving_review_count: int = 0
    allowed_merge_methods: list[str] | None = None


class BranchRule(msgspec.Struct, frozen=True):
    """One rule of a ruleset that holds for a branch; GitHub lists the active ones only."""

    type: str
    parameters: RuleParameters = RuleParameters()


class Repository(msgspec.Struct, frozen=True):
    full_name: str
    default_branch: str = "main"
    allow_auto_merge: bool = False
    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True
    permissions: dict[str, bool] = {}
    owner: User | None = None

    @property
    def is_of_organisation(self) -> bool:
        """Whether it belongs to an organisation: only those may say who may push."""
        return self.owner is not None and self.owner.type == "Organization"

    @property
    def methods(self) -> tuple[str, ...]:
        """How it may be merged; a squash first, so that it can be taken back as one."""
        ways = (
            ("squash", self.allow_squash_merge),
            ("merge", self.allow_merge_commit),
            ("rebase", self.allow_rebase_merge),
        )
        return tuple(name for name, allowed in ways if allowed)


class Access(msgspec.Struct, frozen=True):
    """What somebody may do in a repository: admin, write, read or none."""

    permission: str
    user: User | None = None


class Note(msgspec.Struct, frozen=True):
    """A comment."""

    id: int
    html_url: str
    body: str | None = None
    user: User | None = None


class Workflow(msgspec.Struct, frozen=True):
    id: int
    name: str
    state: str
    html_url: str = ""


class Run(msgspec.Struct, frozen=True):
    id: int
    html_url: str
    created_at: datetime
    status: str | None = None
    conclusion: str | None = None
    head_branch: str | None = None
    actor: User | None = None


class Deployment(msgspec.Struct, frozen=True):
    id: int
    sha: str
    created_at: datetime
    ref: str = ""
    environment: str = ""
    description: str | None = None
    url: str = ""


class DeploymentStatus(msgspec.Struct, frozen=True):
    state: str
    created_at: datetime
    log_url: str | None = None
    target_url: str | None = None
    environment_url: str | None = None
