"""Rulesets, GitHub's newer way to protect branches: beside branch protection, for admins too, and readable by everybody. No HTTP here."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.town.github.board import Repo
from tocsin.town.wire import JSON

METHODS = ["merge", "squash", "rebase"]


@dataclass(slots=True)
class Ruleset:
    """One active ruleset, as far as it is about a branch. What is None, or empty, it does not ask for."""

    contexts: list[str] | None = None
    strict: bool = False
    approvals: int | None = None
    """How many approving reviews it asks for; with 0 a pull request is needed, and nobody has to approve it."""
    methods: list[str] | None = None
    linear_history: bool = False
    merge_queue: bool = False
    bypass: tuple[str, ...] = ()
    """Whom it does not hold back."""
    id: int = 0

    @property
    def allowed(self) -> list[str]:
        """How a pull request may be merged."""
        return [one for one in self.methods or METHODS if one != "merge" or not self.linear_history]

    @property
    def wants_pull(self) -> bool:
        return self.approvals is not None or self.methods is not None


class Rulesets:
    """Those of all repositories, by branch."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str], list[Ruleset]] = {}
        self.are_known = True
        """An older GitHub Enterprise Server has none, and answers 404."""

    def add(self, repo: Repo, branch: str, ruleset: Ruleset) -> None:
        some = self._rules.setdefault((repo.full_name.lower(), branch), [])
        ruleset.id = 23000 + sum(map(len, self._rules.values()))
        some.append(ruleset)

    def of(self, repo: Repo, branch: str, by: str = "") -> list[Ruleset]:
        """Those of a branch; with `by`, those that hold for that account."""
        found = self._rules.get((repo.full_name.lower(), branch), [])
        return [one for one in found if by not in one.bypass]

    def shapes(self, repo: Repo, branch: str) -> list[JSON]:
        """The rules that hold for a branch, as GitHub lists them."""
        where = {"ruleset_source_type": "Repository", "ruleset_source": repo.full_name}
        rules = ((one.id, rule) for one in self.of(repo, branch) for rule in _rules(one))
        return [{**rule, **where, "ruleset_id": id} for id, rule in rules]


def _rules(one: Ruleset) -> list[JSON]:
    found: list[JSON] = [{"type": "deletion"}, {"type": "non_fast_forward"}]
    if one.linear_history:
        found.append({"type": "required_linear_history"})
    if one.contexts:
        checks = [{"context": name} for name in one.contexts]
        strict = {"strict_required_status_checks_policy": one.strict, "do_not_enforce_on_create": False}
        found.append(
            {"type": "required_status_checks", "parameters": {"required_status_checks": checks, **strict}}
        )
    if one.wants_pull:
        reviews = {
            "required_approving_review_count": one.approvals or 0,
            "dismiss_stale_reviews_on_push": False,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_review_thread_resolution": False,
            "allowed_merge_methods": one.methods or METHODS,
        }
        found.append({"type": "pull_request", "parameters": reviews})
    if one.merge_queue:
        queue = {"merge_method": "SQUASH", "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5}
        times = {"check_response_timeout_minutes": 60, "min_entries_to_merge_wait_minutes": 5}
        sizes = {"max_entries_to_merge": 5, "min_entries_to_merge": 1}
        found.append({"type": "merge_queue", "parameters": {**queue, **times, **sizes}})
    return found
