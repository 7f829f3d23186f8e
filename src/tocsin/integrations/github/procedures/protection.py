"""What a branch asks for before anything is merged into it: by branch protection, as far as our token may read it, and by rulesets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.work import Refused
from tocsin.integrations.github.procedures.job import Look
from tocsin.integrations.github.procedures.shapes import Branch, BranchRule
from tocsin.integrations.http import Failed

QUEUE, LINEAR, CHECKS, PULLS = (
    "merge_queue",
    "required_linear_history",
    "required_status_checks",
    "pull_request",
)
METHODS: Final = frozenset({"merge", "squash", "rebase"})
NO_RULESETS: Final = (403, 404)
"""An older GitHub Enterprise has no rulesets, and neither has a private repository of a free plan."""


@dataclass(frozen=True, slots=True)
class Asks:
    """`required` are the checks that GitHub requires. `reviews` is how many approvals it asks for; None where we may not read that.
    `methods` are the ways to merge that rulesets allow.
    """

    required: tuple[str, ...]
    reviews: int | None
    is_protected: bool
    methods: frozenset[str] = METHODS
    has_queue: bool = False


async def asks_of(look: Look, branch: str) -> Asks:
    """What the branch asks for. Only an admin may read of the reviews that branch protection asks for."""
    about, rules = await look.client.branch(look.repository, branch), await _rules(look, branch)
    whole = await _whole(look, branch) if about.protected else {}
    return Asks(
        tuple(dict.fromkeys((*_required(about, whole), *_ruled_checks(rules)))),
        _most(_reviews(about, whole), rules),
        about.protected or bool(rules),
        _methods(rules, whole),
        any(one.type == QUEUE for one in rules),
    )


async def protection(look: Look) -> Seen:
    """Inputs: branch. What it asks for, how the repository merges, and what our token may do there."""
    branch = look.inputs.needed("branch")
    asks, repo = await asks_of(look, branch), await look.client.repository(look.repository)
    tip = await look.client.branch(look.repository, branch)
    values: dict[str, JSON] = {
        "protected": asks.is_protected,
        "required_checks": list(asks.required),
        "reviews": asks.reviews,
        "head": tip.commit.sha,
        "methods": [one for one in repo.methods if one in asks.methods],
        "auto_merge": repo.allow_auto_merge,
        "merge_queue": asks.has_queue,
        "may_push": repo.permissions.get("push"),
    }
    problems = () if repo.permissions.get("push") is not False else (_no_right(look.repository),)
    return Seen(values, problems)


def _no_right(repository: str) -> str:
    return f"our token may not write to {repository}: give it the right to contents and pull requests"


async def _whole(look: Look, branch: str) -> Mapping[str, Any] | None:
    try:
        return await look.client.protection(look.repository, branch)
    except Failed as why:
        if isinstance(why.outcome, Refused):
            return None
        raise


async def _rules(look: Look, branch: str) -> Sequence[BranchRule]:
    try:
        return await look.client.rules(look.repository, branch)
    except Failed as why:
        if isinstance(why.outcome, Refused) and why.status in NO_RULESETS:
            return ()
        raise


def _required(branch: Branch, whole: Mapping[str, Any] | None) -> tuple[str, ...]:
    checks = (whole or {}).get(CHECKS) or {}
    named = checks.get("contexts") if isinstance(checks, Mapping) else None
    also = tuple(str(one) for one in named) if isinstance(named, list) else ()
    return (*branch.required, *also)


def _ruled_checks(rules: Sequence[BranchRule]) -> list[str]:
    return [it.context for one in rules if one.type == CHECKS for it in one.parameters.required_status_checks]


def _reviews(branch: Branch, whole: Mapping[str, Any] | None) -> int | None:
    if not branch.protected:
        return 0
    if whole is None:
        return None
    reviews = whole.get("required_pull_request_reviews")
    if not isinstance(reviews, Mapping):
        return 0
    count = reviews.get("required_approving_review_count", 1)
    return count if isinstance(count, int) else 1


def _most(protected: int | None, rules: Sequence[BranchRule]) -> int | None:
    ruled = max(
        (it.parameters.required_approving_review_count for it in rules if it.type == PULLS), default=0
    )
    return max(protected or 0, ruled) if ruled or protected is not None else None


def _methods(rules: Sequence[BranchRule], whole: Mapping[str, Any] | None) -> frozenset[str]:
    """Rules of several sets hold all at once."""
    found = METHODS
    for one in rules:
        if one.type == PULLS and one.parameters.allowed_merge_methods is not None:
            found &= frozenset(one.parameters.allowed_merge_methods)
    linear = (whole or {}).get(LINEAR)
    is_linear = any(one.type == LINEAR for one in rules) or (
        isinstance(linear, Mapping) and linear.get("enabled")
    )
    return found - {"merge"} if is_linear else found
