"""What taking a commit back would give, worked out by git's own merge of trees: no work tree, no branch, nothing pushed.

`git revert C` merges the tree of C's parent into the branch with C's own tree as what both come from. The same is done here between
three commits that are made for it, so that git finds exactly that base.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tocsin.core.procedures.commits import Commit, short
from tocsin.integrations.git.ends import refused
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.program import GitFailed
from tocsin.integrations.git.reading import shown, tree_of
from tocsin.integrations.git.writing import Signature, empty_tree

NOBODY: Final = Signature("Tocsin", "tocsin@localhost", datetime(2000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Taken:
    """The tree of the branch without the commit; or, in conflict, the files that people have to look at."""

    tree: str
    conflicts: tuple[str, ...]
    changes_nothing: bool


def parent_of(one: Commit, asked: int) -> int:
    """Which parent is kept, from 1; 0 where there is at most one. Refused where a merge has no such parent."""
    if not one.is_merge:
        if asked > 1:
            raise refused(f"{short(one.sha)} is no merge: it has no parent {asked}")
        return 0
    if asked > len(one.parents):
        raise refused(f"{short(one.sha)} has {len(one.parents)} parents, and no parent {asked}")
    return asked or 1


async def taken_away(repo: Repo, one: Commit, parent: int, head: str) -> Taken:
    """The head without what the commit changed, against its parent (of a merge, against the one that is kept)."""
    base = await _made(repo, await tree_of(repo, one.sha))
    now = await tree_of(repo, head)
    before = await tree_of(repo, one.parents[max(parent, 1) - 1]) if one.parents else await empty_tree(repo)
    ours, theirs = await _made(repo, now, base), await _made(repo, before, base)
    ran = await repo.git(
        *("merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", ours, theirs), may_end=(0, 1)
    )
    tree, *names = ran.out.split(b"\0")
    if not tree:
        raise GitFailed("merge-tree", ran.code, ran.words)
    conflicts = tuple(dict.fromkeys(shown(one) for one in names if one)) if ran.code else ()
    return Taken(tree.decode(), conflicts, tree.decode() == now)


async def _made(repo: Repo, tree: str, *parents: str) -> str:
    named = [word for parent in parents for word in ("-p", parent)]
    return (await repo.git("commit-tree", tree, *named, stdin=b"-\n", variables=NOBODY.variables())).line
