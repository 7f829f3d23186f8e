"""Looks at a deploy repository: its branch, what a way back to a candidate would take, and which runs and freezes of ours are in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tocsin.core.procedures.commits import FREEZES, RESTORES, RUN, THAWS, Commit, open_freezes, short
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import Ends
from tocsin.integrations.git.freezing import Frozen, files_of, frozen, reads_elsewhere
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.reading import (
    changes,
    commits,
    count,
    head_of,
    is_ancestor,
    is_shallow,
    ours_in,
    resolve,
    tree_of,
)
from tocsin.integrations.git.writing import tree_with

LISTED, MOST_LISTED = 30, 200
MOST_RANGE: Final = 50
MOST_FILES: Final = 100
SHALLOW: Final = "is a shallow clone itself: what comes before what can't be told. Name the full repository"


async def look_deploy(repo: Repo, places: Places, asked: Asked) -> Seen:
    """Inputs: branch, and if wanted candidate (a commit, the first signs of one, or a tag), commits (how many are listed), freezes."""
    branch = asked.needed("branch")
    head = await head_of(repo, branch)
    problems = [f"{repo.remote.name} {SHALLOW}"] if await is_shallow(repo) else []
    past = await ours_in(repo, head)
    line = await commits(repo, "--first-parent", head, most=asked.number("commits", LISTED, MOST_LISTED))
    ours, updaters = await _updaters(repo, asked, head, problems)
    values: dict[str, JSON] = {
        "repository": repo.remote.name,
        "branch": branch,
        "head": head,
        "head_url": repo.remote.commit_url(head),
        "commits": [as_json(one) for one in line],
        "runs": [_run(one) for one in past],
        "freezes": [_freeze(one) for one in open_freezes(past)],
        "updaters": updaters,
    }
    if asked.text("candidate"):
        values["candidate"] = await _candidate(repo, asked.text("candidate"), head, ours, problems)
    return Seen(values, tuple(problems))


def as_json(one: Commit) -> dict[str, JSON]:
    """A commit as looks tell it."""
    return {
        "sha": one.sha,
        "at": one.at.isoformat(),
        "author": one.author,
        "email": one.email,
        "subject": one.subject,
        "parents": list(one.parents),
        "merge": one.is_merge,
        "pull_request": one.pull_request,
    }


async def _updaters(
    repo: Repo, asked: Asked, head: str, problems: list[str]
) -> tuple[list[Frozen], list[JSON]]:
    """Each updater's file with it off. What can't be frozen is a problem, and is told with the rest."""
    updaters = asked.updaters()
    if elsewhere := await reads_elsewhere(repo, asked.needed("branch"), updaters):
        problems.append(elsewhere)
    good = await _known(repo, asked.text("candidate"))
    found, so_far = list[Frozen](), dict[str, bytes]()
    for updater in updaters:
        try:
            one = await frozen(repo, updater, head, good, so_far.get(updater.path))
        except Ends as end:
            problems.append(end.outcome.why)
            continue
        so_far[updater.path] = one.after
        found.append(one)
    return found, [one.as_json() for one in found]


async def _known(repo: Repo, commit: str) -> str:
    try:
        return await resolve(repo, commit) if commit else ""
    except Ends:
        return ""


async def _candidate(
    repo: Repo, commit: str, head: str, freezes: Sequence[Frozen], problems: list[str]
) -> dict[str, JSON]:
    try:
        good = await resolve(repo, commit)
    except Ends as end:
        problems.append(end.outcome.why)
        return {"asked": commit, "known": False}
    about = (await commits(repo, good, most=1))[0]
    found: dict[str, JSON] = {"asked": commit, "known": True, **as_json(about)}
    found |= {"url": repo.remote.commit_url(good), "ancestor": await is_ancestor(repo, good, head)}
    if not found["ancestor"]:
        problems.append(f"{short(good)} was never on this branch: it is no ancestor of {short(head)}")
        return found
    tree = await tree_with(repo, good, files_of(freezes))
    nothing = tree == await tree_of(repo, head)
    if nothing:
        problems.append(f"there is nothing to restore: the branch has the files of {short(good)} already")
    same = await tree_of(repo, good) == await tree_of(repo, head)
    return found | {
        "tree": tree,
        "tree_equal": same,
        "nothing_to_do": nothing,
        **await _between(repo, good, head),
    }


async def _between(repo: Repo, good: str, head: str) -> dict[str, JSON]:
    """What a roll-back takes away: the commits since, and the files that change."""
    span = f"{good}..{head}"
    since = await commits(repo, span, most=MOST_RANGE)
    files = await changes(repo, head, good)
    return {
        "range": [as_json(one) for one in since],
        "range_count": await count(repo, span),
        "merges": await count(repo, "--merges", span),
        "files": [{"status": one.status, "path": str(one)} for one in files[:MOST_FILES]],
        "files_count": len(files),
    }


def _run(one: Commit) -> dict[str, JSON]:
    does = "restore" if one.trailer(RESTORES) else "thaw" if one.trailer(THAWS) else "freeze"
    return {"run": one.trailer(RUN), "sha": one.sha, "at": one.at.isoformat(), "does": does}


def _freeze(one: Commit) -> dict[str, JSON]:
    return {
        "sha": one.sha,
        "run": one.trailer(RUN),
        "at": one.at.isoformat(),
        "files": [*one.trailers.get(FREEZES, [])],
    }
