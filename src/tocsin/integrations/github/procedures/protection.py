"""What a branch asks for before anything is merged into it, as far as our token may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.work import Refused
from tocsin.integrations.github.procedures.job import Look
from tocsin.integrations.github.procedures.shapes import Branch
from tocsin.integrations.http import Failed


@dataclass(frozen=True, slots=True)
class Asks:
    """`required` are the checks that GitHub requires. `reviews` is how many approvals it asks for; None where we may not read that."""

    required: tuple[str, ...]
    reviews: int | None
    is_protected: bool


async def asks_of(look: Look, branch: str) -> Asks:
    """What the branch asks for. Only an admin may read of reviews."""
    about = await look.client.branch(look.repository, branch)
    whole = await _whole(look, branch) if about.protected else {}
    return Asks(_required(about, whole), _reviews(about, whole), about.protected)


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
        "methods": list(repo.methods),
        "auto_merge": repo.allow_auto_merge,
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


def _required(branch: Branch, whole: Mapping[str, Any] | None) -> tuple[str, ...]:
    checks = (whole or {}).get("required_status_checks") or {}
    named = checks.get("contexts") if isinstance(checks, Mapping) else None
    also = tuple(str(one) for one in named) if isinstance(named, list) else ()
    return tuple(dict.fromkeys((*branch.required, *also)))


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
