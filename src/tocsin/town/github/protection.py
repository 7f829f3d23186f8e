"""Branch protection and rulesets: what a branch requires, and in GitHub's words why a push or a merge is refused. No HTTP here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from tocsin.town.git.backend import Rule
from tocsin.town.git.commit import Push
from tocsin.town.git.repository import Repository
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.checks import Checks
from tocsin.town.github.door import Problem
from tocsin.town.github.rulesets import Ruleset, Rulesets

NOT_YOU = (
    "You're not authorized to push to this branch. "
    "Visit https://docs.github.com/articles/about-protected-branches/ for more information."
)
ONLY_PULLS = "Changes must be made through a pull request."
RULES = "Repository rule violations found\n\n"
QUEUED = "Changes must be made through the merge queue"


@dataclass(slots=True)
class Who:
    """Whom a rule names: logins, slugs of teams, slugs of apps."""

    users: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    apps: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reviews:
    """What is required of reviews. `bypass` may merge and push without."""

    count: int = 1
    dismiss_stale: bool = False
    code_owners: bool = False
    last_push: bool = False
    bypass: Who | None = None


@dataclass(slots=True)
class Protection:
    """The protection of one branch; what is None is not asked for."""

    contexts: list[str] | None = None
    strict: bool = False
    enforce_admins: bool = False
    reviews: Reviews | None = None
    restrictions: Who | None = None
    required_linear_history: bool = False
    allow_force_pushes: bool = False
    allow_deletions: bool = False
    block_creations: bool = False
    required_conversation_resolution: bool = False
    lock_branch: bool = False
    allow_fork_syncing: bool = False


SWITCHES = tuple(one.name for one in fields(Protection))[5:]
"""What is either on or off, by GitHub's own names."""


class Protections:
    """The protected branches of all repositories."""

    def __init__(self, board: Board, checks: Checks) -> None:
        self._board = board
        self._checks = checks
        self._rules: dict[tuple[str, str], Protection] = {}
        self.rulesets = Rulesets()

    def of(self, repo: Repo, branch: str) -> Protection | None:
        return self._rules.get((repo.full_name.lower(), branch))

    def put(self, repo: Repo, branch: str, protection: Protection) -> None:
        """GitHub replaces the whole of what was there."""
        self._rules[repo.full_name.lower(), branch] = protection

    def remove(self, repo: Repo, branch: str) -> None:
        self._rules.pop((repo.full_name.lower(), branch), None)

    def rule(self, repository: Repository, push: Push) -> Rule | None:
        """What git's hook is told of a push; None where the branch is not protected."""
        repo = self._board.repo(repository.name)
        protection = self.of(repo, push.branch) if repo else None
        if repo is None or not (protection or self.rulesets.of(repo, push.branch, push.by)):
            return None
        why = [] if push.deleted else self.why_no_push(repo, push.branch, push.by, push.after)
        if protection is None or self.rulesets.of(repo, push.branch, push.by):
            return Rule(tuple(why))
        return Rule(tuple(why), protection.allow_force_pushes, protection.allow_deletions)

    def check_push(self, repo: Repo, branch: str, by: str) -> None:
        """Raises Problem where the API may not write to a branch."""
        why = self.why_no_push(repo, branch, by, "")
        if why:
            raise Problem(409, f"{RULES}{why[0]}")

    def why_no_push(self, repo: Repo, branch: str, by: str, sha: str) -> list[str]:
        """Why somebody may not push a commit straight to a branch."""
        return self._protected_push(repo, branch, by, sha) + self._ruled_push(repo, branch, by, sha)

    def _ruled_push(self, repo: Repo, branch: str, by: str, sha: str) -> list[str]:
        rules = self.rulesets.of(repo, branch, by)
        pulls = [ONLY_PULLS] if any(one.wants_pull or one.merge_queue for one in rules) else []
        return pulls + self._unchecked(repo, _contexts(rules), sha)

    def _protected_push(self, repo: Repo, branch: str, by: str, sha: str) -> list[str]:
        protection = self.of(repo, branch)
        if protection is None or (by in self._board.admins and not protection.enforce_admins):
            return []
        found = self._why_not_by(protection, by)
        if protection.reviews is not None and not self._named(protection.reviews.bypass, by):
            found.append(ONLY_PULLS)
        return found + self._unchecked(repo, protection.contexts or [], sha)

    def why_no_merge(self, repo: Repo, branch: str, by: str, sha: str, approvals: int) -> list[str]:
        """Why somebody may not merge a pull request whose head is `sha` into a branch."""
        ruled = self._ruled_merge(repo, branch, by, sha, approvals)
        return self._protected_merge(repo, branch, by, sha, approvals) + ruled

    def _ruled_merge(self, repo: Repo, branch: str, by: str, sha: str, approvals: int) -> list[str]:
        rules = self.rulesets.of(repo, branch, by)
        found = [QUEUED] if any(one.merge_queue for one in rules) else []
        most = max((one.approvals or 0 for one in rules), default=0)
        lacks = [_reviews(most)] if approvals < most else []
        return [f"{RULES}{why}" for why in [*found, *lacks, *self._unchecked(repo, _contexts(rules), sha)]]

    def _protected_merge(self, repo: Repo, branch: str, by: str, sha: str, approvals: int) -> list[str]:
        protection = self.of(repo, branch)
        if protection is None or (by in self._board.admins and not protection.enforce_admins):
            return []
        found = self._why_not_by(protection, by)
        reviews = protection.reviews
        if reviews is not None and approvals < reviews.count and not self._named(reviews.bypass, by):
            found.append(_reviews(reviews.count))
        return found + self._unchecked(repo, protection.contexts or [], sha)

    def _why_not_by(self, protection: Protection, by: str) -> list[str]:
        locked = ["Cannot change this locked branch"] if protection.lock_branch else []
        shut = protection.restrictions is not None and not self._named(protection.restrictions, by)
        return locked + ([NOT_YOU] if shut else [])

    def _named(self, who: Who | None, login: str) -> bool:
        if who is None:
            return False
        teams = {member for slug in who.teams for member in self._board.teams.get(slug, ())}
        return login in who.users or login in teams or login.removesuffix("[bot]") in who.apps

    def _unchecked(self, repo: Repo, contexts: list[str], sha: str) -> list[str]:
        states = {name: self._checks.state(repo, sha, name) for name in contexts}
        lacking = {name: state for name, state in states.items() if state != "green"}
        if len(lacking) <= 1:
            return [f'Required status check "{name}" is {state}.' for name, state in lacking.items()]
        for state, words in (("failing", "have failed"), ("in progress", "are in progress")):
            if count := sum(one == state for one in lacking.values()):
                return [f"{count} of {len(states)} required status checks {words}."]
        return [f"{len(lacking)} of {len(states)} required status checks are expected."]


def _reviews(count: int) -> str:
    many = "review is" if count == 1 else "reviews are"
    return f"At least {count} approving {many} required by reviewers with write access."


def _contexts(rules: list[Ruleset]) -> list[str]:
    return [name for one in rules for name in one.contexts or []]
