"""Makes commits out of objects, without a work tree, and pushes them: only ahead, and only from where the branch was seen to be.

Since nothing is ever checked out, no filter, line ending, symbolic link or odd file name can change what a commit holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.procedures.hands import Failed
from tocsin.core.work import Later, Refused
from tocsin.integrations.git.ends import Ends
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.program import GitFailed
from tocsin.integrations.git.reading import Entry, changes, entry, is_ancestor, shown

PLAIN: Final = "100644"
MOST_SAID: Final = 12
NOT_TAKEN: Final = ("[rejected]", "stale info", "fetch first", "non-fast-forward", "but expected")


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose commits they are. `at` stands in them as the time of the run, not of the machine."""

    name: str
    email: str
    at: datetime

    def variables(self) -> dict[str, str]:
        at = self.at.isoformat(timespec="seconds")
        return {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", self.name), ("EMAIL", self.email), ("DATE", at))
        }


async def empty_tree(repo: Repo) -> str:
    return (await repo.git("mktree", stdin=b"")).line


async def tree_with(repo: Repo, base: str, files: Mapping[str, bytes | None]) -> str:
    """The tree of a commit with some files otherwise: new bytes, or gone (None). A file keeps its mode."""
    if not files:
        return (await repo.git("rev-parse", "--verify", f"{base}^{{tree}}")).line
    index = repo.git.folder / f"tocsin-{secrets.token_hex(8)}.index"
    own = {"GIT_INDEX_FILE": str(index)}
    try:
        await repo.git("read-tree", base, variables=own)
        lines = [await _line(repo, base, path, new) for path, new in files.items()]
        await repo.git("update-index", "-z", "--index-info", stdin=b"".join(lines), variables=own)
        return (await repo.git("write-tree", variables=own)).line
    finally:
        index.unlink(missing_ok=True)
        index.with_suffix(".index.lock").unlink(missing_ok=True)


async def _line(repo: Repo, base: str, path: str, new: bytes | None) -> bytes:
    if new is None:
        return b"0 " + b"0" * 40 + b"\t" + path.encode() + b"\0"
    blob = (await repo.git("hash-object", "-w", "--stdin", "--no-filters", stdin=new)).line
    was = await entry(repo, base, path) or Entry(PLAIN, "")
    return f"{was.mode} {blob}\t{path}".encode() + b"\0"


async def commit(repo: Repo, tree: str, parent: str, message: str, who: Signature) -> str:
    """A new commit of that tree, in our copy only."""
    said = message.replace("\0", "").encode("utf-8", "replace")
    ran = await repo.git("commit-tree", tree, "-p", parent, "-F", "-", stdin=said, variables=who.variables())
    return ran.line


async def push(repo: Repo, new: str, branch: str, expected: str) -> None:
    """Set the branch outside from `expected` ("": there is none yet) to `new`, or end with why that was not taken.

    Never by force: `new` comes after `expected`, and the lease only makes the repository compare before it sets, so that not even a
    branch that somebody set back meanwhile is moved by us.
    """
    if expected and not await is_ancestor(repo, expected, new):
        raise RuntimeError(f"{new} does not come after {expected}")
    ref = f"refs/heads/{branch}"
    try:
        await repo.git(
            *("push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{expected}"),
            *(repo.remote.address, f"{new}:{ref}"),
            access=repo.remote.access,
        )
    except GitFailed as why:
        raise _not_pushed(repo, branch, why) from why


def _not_pushed(repo: Repo, branch: str, why: GitFailed) -> Ends:
    said = [
        line.removeprefix("remote:").strip() for line in why.words.splitlines() if line.startswith("remote:")
    ]
    said = [line for line in said if line][:MOST_SAID]
    if any(sign in why.words + why.out for sign in NOT_TAKEN):
        return Ends(Refused(f"{branch} has moved since it was looked at: nothing was pushed. Plan again"))
    if "[remote rejected]" in why.words + why.out:
        words = "; ".join(said) or _reason(why.out)
        return Ends(Refused(f"{repo.remote.name} does not take a push to {branch}: {words}"))
    if said or "error: 403" in why.words:
        return Ends(
            Refused(f"{repo.remote.name} does not take a push to {branch}: {'; '.join(said) or why.words}")
        )
    return Ends(Later(f"{repo.remote.name} did not say that it took the push to {branch}: {why.words}"))


def _reason(porcelain: str) -> str:
    line = next((one for one in porcelain.splitlines() if one.startswith("!")), "")
    return line.rsplit("\t", 1)[-1].removeprefix("[remote rejected] ").strip("()") or "it does not say why"


async def differs_only_in(repo: Repo, old: str, new: str, paths: Mapping[str, object]) -> None:
    """Failed where two trees differ in anything else than those paths."""
    others = [
        str(one) for one in await changes(repo, old, new, renames=False) if shown(one.path) not in paths
    ]
    if others:
        raise Ends(Failed(f"{new[:10]} differs from {old[:10]} in more than was planned", tuple(others[:20])))
