"""Looks at what taking back a commit would mean, what brings one back that was taken back, and whether a candidate holds a fix."""

from __future__ import annotations

import re
from typing import Final

from tocsin.core.procedures.commits import Commit, short, taken_back
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import refused
from tocsin.integrations.git.look_range import Line, line_of
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.program import GitFailed
from tocsin.integrations.git.reading import commit_of, commits, head_of, is_ancestor, resolve
from tocsin.integrations.git.reverting import parent_of, taken_away

PICKED: Final = re.compile(r"\(cherry picked from commit ([0-9a-f]{7,64})\)")
MOST_LOOKED: Final = 2000


async def look_revert(repo: Repo, places: Places, asked: Asked) -> Seen:
    """Inputs: branch, commit, parent (of a merge: which is kept, from 1; by default 1)."""
    branch = asked.text("branch", "main")
    head = await head_of(repo, branch)
    one = await commit_of(repo, await resolve(repo, asked.needed("commit")))
    parent = parent_of(one, asked.number("parent", 0, 99))
    if not await is_ancestor(repo, one.sha, head):
        raise refused(f"{short(one.sha)} is not on {branch}: there is nothing to revert")
    line = await line_of(repo, places, one.parents[0] if one.parents else "", head, [one])
    taken = await taken_away(repo, one, parent, head)
    problems = list(_problems(line, one, branch))
    if taken.conflicts:
        problems.append(
            f"taking back {short(one.sha)} conflicts with later changes in {', '.join(taken.conflicts[:20])}"
        )
    elif taken.changes_nothing and not problems:
        problems.append(f"nothing of {short(one.sha)} is left on {branch}: taking it back changes nothing")
    values: dict[str, JSON] = {
        **line.suspect(one),
        "repository": repo.remote.name,
        "branch": branch,
        "head": head,
        "url": repo.remote.commit_url(one.sha),
        "parent": parent,
        "parents": [await _said(repo, sha) for sha in one.parents],
        "conflicts": [*taken.conflicts],
        "changes_nothing": taken.changes_nothing,
        "tree": "" if taken.conflicts else taken.tree,
    }
    return Seen(values, tuple(problems))


async def look_reland(repo: Repo, places: Places, asked: Asked) -> Seen:
    """Inputs: branch, revert (the commit on the branch that took something back)."""
    seen = await look_revert(repo, places, Asked({**asked.inputs, "commit": asked.needed("revert")}))
    if not seen.values["is_revert"]:
        raise refused(f"{short(str(seen.values['sha']))} took nothing back: it is no revert")
    one = await commit_of(repo, str(seen.values["sha"]))
    back = [found for name in one.reverts if (found := await found_commit(repo, name))]
    merged = [sha for sha in back if await is_ancestor(repo, sha, str(seen.values["head"]))]
    values: dict[str, JSON] = {
        **seen.values,
        "brings_back": [*back],
        # Git takes a branch for merged whose commits are in the history, whatever became of them since.
        "merging_again_does_nothing": bool(back) and merged == back,
    }
    return Seen(values, seen.problems)


async def look_contains(repo: Repo, places: Places, asked: Asked) -> Seen:
    """Inputs: commit (the fix), candidate (what would be deployed). Whether the fix is in it, and has not been taken back there."""
    fix = await resolve(repo, asked.needed("commit"))
    candidate = await resolve(repo, asked.needed("candidate"))
    there, why, by = await is_ancestor(repo, fix, candidate), "", ""
    if there:
        since = await commits(repo, f"{fix}..{candidate}", most=MOST_LOOKED)
        by = taken_back([*since, await commit_of(repo, fix)]).get(fix, "")
        why = f"it is in the history of {short(candidate)}, but {short(by)} took it back" if by else ""
    else:
        by = await _picked(repo, fix, candidate)
        why = "" if by else f"it is not in the history of {short(candidate)}"
    contains = (there and not by) or (not there and bool(by))
    values: dict[str, JSON] = {
        "repository": repo.remote.name,
        "commit": fix,
        "candidate": candidate,
        "contains": contains,
        "as": (by if not there else fix) if contains else "",
        "reverted_by": by if there else "",
        "why": f"{short(fix)}: {why}" if why else "",
    }
    return Seen(values)


async def found_commit(repo: Repo, name: str) -> str:
    """The commit that is named so; "" where there is none, or several."""
    ran = await repo.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", may_end=(0, 1, 128))
    return ran.line if ran.code == 0 else ""


def _problems(line: Line, one: Commit, branch: str) -> list[str]:
    by = line.gone.get(one.sha, "")
    return [f"{short(one.sha)} was taken back already, by {short(by)} on {branch}"] if by else []


async def _said(repo: Repo, sha: str) -> JSON:
    one = await commit_of(repo, sha)
    return {"sha": sha, "subject": one.subject, "author": one.author}


async def _picked(repo: Repo, fix: str, candidate: str) -> str:
    """The commit by which the candidate has the same change all the same: a cherry-pick, by its own word or by what it changes."""
    try:
        base = (await repo.git("merge-base", fix, candidate)).line
    except GitFailed:
        return ""
    some = await commits(repo, f"{base}..{candidate}", most=MOST_LOOKED)
    gone = taken_back(some)
    named = (it.sha for it in some if it.sha not in gone and _picks(it, fix))
    if found := next(named, ""):
        return found
    ran = await repo.git("rev-list", "--cherry-mark", "--left-right", "--no-merges", f"{fix}...{candidate}")
    same = [line[1:] for line in ran.line.splitlines() if line.startswith("=")]
    return next((one for one in same if one != fix and one not in gone), "") if fix in same else ""


def _picks(one: Commit, fix: str) -> bool:
    return any(fix.startswith(name) for name in PICKED.findall(one.body))
