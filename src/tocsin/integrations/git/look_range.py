"""Looks at the commits between two of them, as suspects: whose each is, what it changes, whether it is or was taken back, and what came after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.core.deploys.migrations import is_migration
from tocsin.core.procedures.commits import Commit, taken_back
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.look_deploy import SHALLOW, as_json
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.places import Places
from tocsin.integrations.git.reading import (
    Change,
    changes_of,
    commits,
    count,
    head_of,
    is_ancestor,
    is_shallow,
    resolve,
    shown,
)

LISTED, MOST_LISTED = 50, 200
MOST_AFTER: Final = 2000
"""So many commits up to the branch's head are looked through for what takes one back or comes after it."""
MOST_FILES: Final = 20
MOST_BODY: Final = 600
MOST_FOLLOWING: Final = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history, the newest first, with what each commit changes and which are taken back, by which."""

    commits: Sequence[Commit]
    changes: Mapping[str, Sequence[Change]]
    gone: Mapping[str, str]
    patterns: tuple[str, ...]

    def suspect(self, one: Commit) -> dict[str, JSON]:
        """All that is told of one commit."""
        files = self.changes.get(one.sha, ())
        after = self.after(one)
        paths = [shown(change.path) for change in files]
        return {
            **as_json(one),
            "body": one.body[:MOST_BODY],
            "files": [{"status": it.status, "path": str(it)} for it in files[:MOST_FILES]],
            "files_count": len(files),
            "is_revert": one.is_revert,
            "reverts": [*one.reverts],
            "reverts_pulls": [*one.reverts_pulls],
            "reverted_by": self.gone.get(one.sha, ""),
            "followed_by": [{"sha": it.sha, "subject": it.subject} for it in after[:MOST_FOLLOWING]],
            "followed_count": len(after),
            "migrations": [path for path in paths if is_migration(path, self.patterns)],
        }

    def after(self, one: Commit) -> list[Commit]:
        """The later commits that change a file that this one changed. Merges are left out: they bring what is listed itself."""
        ours = {path for it in self.changes.get(one.sha, ()) for path in (it.path, it.was) if path}
        place = next((n for n, it in enumerate(self.commits) if it.sha == one.sha), 0)
        later = (it for it in self.commits[:place] if not it.is_merge)
        return [it for it in later if any(change.path in ours for change in self.changes.get(it.sha, ()))]


async def line_of(repo: Repo, places: Places, since: str, head: str, ours: Sequence[Commit]) -> Line:
    """The line from a commit, which is not in it, to the head. `ours` are at its end where it is too long to reach them."""
    some = await commits(repo, head, *([f"^{since}"] if since else []), most=MOST_AFTER)
    known = {one.sha for one in some}
    some += [one for one in ours if one.sha not in known]
    source = repo.remote.name
    patterns = {one for it in places.declared.targets if it.source == source for one in it.migrations}
    return Line(some, await changes_of(repo, some), taken_back(some), tuple(sorted(patterns)))


async def look_range(repo: Repo, places: Places, asked: Asked) -> Seen:
    """Inputs: branch, to (by default its head), from (which is not in it), commits (how many are listed)."""
    branch = asked.text("branch", "main")
    head = await head_of(repo, branch)
    to = await resolve(repo, asked.text("to") or head)
    since = await resolve(repo, asked.needed("from"))
    problems = [f"{repo.remote.name} {SHALLOW}"] if await is_shallow(repo) else []
    span = f"{since}..{to}"
    first = {one.sha for one in await commits(repo, "--first-parent", span, most=MOST_AFTER)}
    listed = await commits(repo, span, most=asked.number("commits", LISTED, MOST_LISTED))
    line = await line_of(repo, places, since, head, listed)
    values: dict[str, JSON] = {
        "repository": repo.remote.name,
        "branch": branch,
        "head": head,
        "from": since,
        "to": to,
        "ancestor": await is_ancestor(repo, since, to),
        "on_branch": await is_ancestor(repo, to, head),
        "in_all": await count(repo, span),
        "merges": await count(repo, "--merges", span),
        "commits": [{**line.suspect(one), "first_parent": one.sha in first} for one in listed],
    }
    return Seen(values, tuple(problems))
