"""Looks at what lies between two deploys of a target: the source's commits and files, and what changed in the deploy repository.

Deploys are told with a commit of the deploy repository or of the source. Of the first, the source's commits are found by their names in
the lines that changed, as image tags hold them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.core.deploys.migrations import ADDED, CHANGED, REMOVED, is_migration
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.declared import Target
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.work import Refused
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import Ends, refused
from tocsin.integrations.git.look_deploy import as_json
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.reading import (
    Change,
    changes,
    commits,
    count,
    head_of,
    is_ancestor,
    resolve,
    shown,
    texts_of,
)
from tocsin.integrations.git.sources import commits_among, names_between, names_in, newest

MOST_COMMITS: Final = 100
MOST_FILES: Final = 500
MOST_TEXT: Final = 64 << 10
CHANGES: Final = {"A": ADDED, "D": REMOVED}


@dataclass(frozen=True, slots=True)
class Deployed:
    """What the deploy repository says of two deploys. `good` and `live` are what may be names of the source's commits: first those that
    only this deploy has, then all that it has."""

    values: dict[str, JSON]
    good: tuple[set[str], ...]
    live: tuple[set[str], ...]


async def look_between(places: Places, asked: Asked) -> Seen:
    """Inputs: target, good and live (commits), good_repository (where they are: the deploy repository's name, or the source's)."""
    target = target_of(places, asked)
    good, live = asked.needed("good"), asked.needed("live")
    known = await _deployed(places, target, good, live, asked.text("good_repository"))
    if known is None:
        known = Deployed({"configuration": []}, ({good},), ({live},))
    if not target.source:
        return _unknown(known, f"the source of {target.id} is not declared")
    try:
        return await places.use(target.source, "", lambda repo: _source(repo, target, known))
    except Ends as end:
        if isinstance(end.outcome, Refused):
            return _unknown(known, end.outcome.why)
        raise


async def look_deployed(places: Places, asked: Asked) -> Seen:
    """Inputs: target, commit (of the deploy repository; by default its head). Which commits of the source it deploys, and the newest of them."""
    target = target_of(places, asked)

    async def names(repo: Repo) -> tuple[str, set[str]]:
        commit = asked.text("commit")
        sha = await resolve(repo, commit) if commit else await head_of(repo, target.branch)
        return sha, await names_in(repo, sha)

    sha, found = await places.use(target.repository, target.remote, names)

    async def sources(repo: Repo) -> Seen:
        some = await commits_among(repo, found)
        values: dict[str, JSON] = {"sha": sha, "source": target.source, "commits": [*sorted(some)]}
        values["newest"] = await newest(repo, some)
        problem = f"{short(sha)} names no commit of {target.source}"
        return Seen(values, () if some else (problem,))

    return await places.use(target.source, "", sources)


def target_of(places: Places, asked: Asked) -> Target:
    """The declared target that `target` names."""
    target = places.declared.target(asked.needed("target"))
    if target is None:
        raise refused(f"there is no target {asked.needed('target')!r}")
    return target


async def _deployed(places: Places, target: Target, good: str, live: str, where: str) -> Deployed | None:
    """What the deploy repository says; None where these are no commits of it."""
    if not (target.repository or target.remote) or where not in ("", target.repository, target.remote):
        return None

    async def body(repo: Repo) -> Deployed:
        old, new = await resolve(repo, good), await resolve(repo, live)
        files = await changes(repo, old, new, renames=False)
        gone, come = await names_between(repo, old, new)
        values: dict[str, JSON] = {
            "ancestor": await is_ancestor(repo, old, new),
            "merges": await count(repo, "--merges", f"{old}..{new}"),
            "configuration": [shown(one.path) for one in files[:MOST_FILES]],
        }
        return Deployed(values, (gone, await names_in(repo, old)), (come, await names_in(repo, new)))

    try:
        return await places.use(target.repository, target.remote, body)
    except Ends as end:
        if isinstance(end.outcome, Refused) and target.source and not where:
            return None
        raise


async def _source(repo: Repo, target: Target, known: Deployed) -> Seen:
    old, new = await _first(repo, known.good), await _first(repo, known.live)
    if not old or not new:
        which = "good" if not old else "live"
        return _unknown(known, f"which commit of {target.source} the {which} deploy has can't be told")
    some = await commits(repo, f"{old}..{new}", most=MOST_COMMITS)
    files = await changes(repo, old, new, renames=False)
    values: dict[str, JSON] = {
        "ancestor": await is_ancestor(repo, old, new),
        "merges": await count(repo, "--merges", f"{old}..{new}"),
        **known.values,
        "source_known": True,
        "source_good": old,
        "source_live": new,
        "commits": [as_json(one) for one in some],
        "in_all": await count(repo, f"{old}..{new}"),
        "files": await _files(repo, new, files, target.migrations),
    }
    return Seen(values)


async def _first(repo: Repo, names: Sequence[set[str]]) -> str:
    """The newest of the first names that are any of this repository's commits; "" where none are, or none is the newest."""
    for some in names:
        if found := await commits_among(repo, some):
            return await newest(repo, found)
    return ""


async def _files(repo: Repo, at: str, some: Sequence[Change], patterns: tuple[str, ...]) -> list[JSON]:
    """The migrations first, with their texts: of these, none may be left out."""
    migrations = [one for one in some if is_migration(shown(one.path), patterns)]
    texts = await texts_of(repo, at, [one.path for one in migrations if one.status != "D"], MOST_TEXT)
    rest = [one for one in some[: 2 * MOST_FILES] if not is_migration(shown(one.path), patterns)]
    found: list[JSON] = [_migration(one, texts.get(one.path)) for one in migrations]
    return found + [_file(one) for one in rest[:MOST_FILES]]


def _migration(one: Change, text: str | None) -> JSON:
    return {**_file(one), "empty": text is not None and not text.strip(), "text": text}


def _file(one: Change) -> dict[str, JSON]:
    return {"path": shown(one.path), "change": CHANGES.get(one.status, CHANGED)}


def _unknown(known: Deployed, why: str) -> Seen:
    return Seen({**known.values, "source_known": False, "why_unknown": why})
