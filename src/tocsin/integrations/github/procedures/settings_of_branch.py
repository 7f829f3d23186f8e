"""A branch's protection as GitHub shows it, put into the words in which it takes it: so it can be kept, compared and given back. Pure.

Whoever writes it replaces the whole. What is shown and can't be written is named, so that nobody loses it unawares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tocsin.core.procedures.hands import JSON

SWITCHES: Final = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)
CHECKS, REVIEWS = "required_status_checks", "required_pull_request_reviews"
RESTRICTIONS, SIGNATURES = "restrictions", "required_signatures"
FLAGS: Final = ("dismiss_stale_reviews", "require_code_owner_reviews", "require_last_push_approval")
WHOM: Final = ("dismissal_restrictions", "bypass_pull_request_allowances")
ANY_APP: Final = -1
"""How one says that a check may be of any app; GitHub shows that as null."""
Settings = dict[str, JSON]


def settings_of(shown: Mapping[str, Any]) -> Settings:
    """All of it, as `written` takes it. Equal protections give equal settings."""
    found: Settings = {
        CHECKS: _checks(shown.get(CHECKS)),
        "enforce_admins": _is_on(shown.get("enforce_admins")),
        REVIEWS: _reviews(shown.get(REVIEWS)),
        RESTRICTIONS: _who(shown.get(RESTRICTIONS)),
        SIGNATURES: _is_on(shown.get(SIGNATURES)),
    }
    return found | {name: _is_on(shown.get(name)) for name in SWITCHES}


def written(settings: Mapping[str, JSON]) -> dict[str, JSON]:
    """What is sent to have a branch protected like that. Signatures are switched elsewhere, and stay as they are."""
    return {name: value for name, value in settings.items() if name != SIGNATURES}


def restricted_to(settings: Mapping[str, JSON], users: tuple[str, ...], teams: tuple[str, ...]) -> Settings:
    """The same, with nobody else who may push."""
    who: JSON = {"users": _sorted(users), "teams": _sorted(teams), "apps": []}
    return {**settings, RESTRICTIONS: who}


def differing(one: Mapping[str, JSON], other: Mapping[str, JSON]) -> list[str]:
    """The names of the settings that are not the same."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def not_kept(shown: Mapping[str, Any]) -> list[str]:
    """What is on and can't be given back, since Tocsin does not know how it is written."""
    known = {CHECKS, "enforce_admins", REVIEWS, RESTRICTIONS, SIGNATURES, *SWITCHES, "name", "enabled"}
    checks = {"strict", "contexts", "checks", "enforcement_level"}
    reviews = {*FLAGS, *WHOM, "required_approving_review_count"}
    return [
        *_unknown(shown, known, ""),
        *_unknown(shown.get(CHECKS), checks, f"{CHECKS}."),
        *_unknown(shown.get(REVIEWS), reviews, f"{REVIEWS}."),
    ]


def _unknown(shown: Any, known: set[str], where: str) -> Iterator[str]:
    for name, value in shown.items() if isinstance(shown, Mapping) else ():
        is_address = name == "url" or name.endswith("_url")
        if name not in known and not is_address and _is_on(value):
            yield f"{where}{name}"


def _is_on(shown: Any) -> bool:
    return bool(shown.get("enabled", True)) if isinstance(shown, Mapping) else bool(shown)


def _checks(shown: Any) -> JSON:
    if not isinstance(shown, Mapping):
        return None
    named = shown.get("checks")
    if not isinstance(named, list):
        return {"strict": bool(shown.get("strict")), "contexts": _sorted(shown.get("contexts") or ())}
    # One name may be asked for of several apps: each is kept.
    apps = {
        (str(one["context"]), ANY_APP if one.get("app_id") is None else int(one["app_id"])) for one in named
    }
    checks: list[JSON] = [{"context": name, "app_id": app} for name, app in sorted(apps)]
    return {"strict": bool(shown.get("strict")), "checks": checks}


def _reviews(shown: Any) -> JSON:
    if not isinstance(shown, Mapping):
        return None
    found: dict[str, JSON] = {name: bool(shown.get(name)) for name in FLAGS}
    found["required_approving_review_count"] = shown.get("required_approving_review_count", 1)
    return found | {name: _who(shown[name]) for name in WHOM if isinstance(shown.get(name), Mapping)}


def _who(shown: Any) -> JSON:
    """Logins and slugs, of what GitHub shows as whole accounts, teams and apps."""
    if not isinstance(shown, Mapping):
        return None
    return {
        "users": _sorted(one["login"] for one in shown.get("users", ())),
        "teams": _sorted(one["slug"] for one in shown.get("teams", ())),
        "apps": _sorted(one["slug"] for one in shown.get("apps", ())),
    }


def _sorted(names: Any) -> list[JSON]:
    return [*sorted((str(one) for one in names), key=str.lower)]
