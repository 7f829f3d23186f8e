"""Freezes in a repository: what the files of updaters become when they are switched off, and whether they are off."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.core.procedures.declared import ACTION, ARGO, RENOVATE, Updater
from tocsin.core.procedures.freezes import FREEZES, NOTES, Freeze, bytes_of, text_of
from tocsin.core.procedures.hands import JSON
from tocsin.errors import Invalid
from tocsin.integrations.git.ends import refused
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.reading import contents, default_branch
from tocsin.integrations.git.yaml_files import Argo, Workflow

KINDS: Final[Mapping[str, Freeze]] = {**FREEZES, ARGO: Argo(), ACTION: Workflow()}
MOST_LINES: Final = 40
HEAD, GOOD = "head", "good"


@dataclass(frozen=True, slots=True)
class Frozen:
    """One updater's file: `before` as it stands now, `after` with the updater off; the same where it is off already.

    `since` is where `before` is from: the branch's head, or, where the head has no such file, the commit that is gone back to.
    """

    updater: Updater
    before: bytes
    after: bytes
    since: str = HEAD

    @property
    def is_off(self) -> bool:
        return self.before == self.after

    @property
    def name(self) -> str:
        """As it stands in the trailer of a commit."""
        return f"{self.updater.kind} {self.updater.path}"

    def as_json(self) -> dict[str, JSON]:
        one = self.updater
        about: dict[str, JSON] = {"kind": one.kind, "path": one.path, "off": self.is_off, "from": self.since}
        return {**about, "diff": self._diff(), "note": "" if self.is_off else NOTES.get(one.kind, "")}

    def _diff(self) -> str:
        old, new = (text_of(one).splitlines() for one in (self.before, self.after))
        lines = list(difflib.unified_diff(old, new, "now", "frozen", n=1, lineterm=""))
        cut = [f"… and {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
        return "\n".join([*lines[:MOST_LINES], *cut]).encode("utf-8", "replace").decode()


async def frozen(
    repo: Repo, updater: Updater, head: str, good: str = "", so_far: bytes | None = None
) -> Frozen:
    """That updater's file, switched off. Refused where there is none, or where it can't be done.

    It starts from the file as it is at the head, not at the good commit: what the updater was told since then is not lost when it is
    thawed, and one that is off already stays off. `so_far` is what another updater made of the same file.
    """
    before, since = so_far, HEAD
    if before is None:
        before = await contents(repo, head, updater.path)
    if before is None and good:
        before, since = await contents(repo, good, updater.path), GOOD
    if before is None and updater.contents:
        before, since = b"", HEAD
    if before is None:
        raise refused(
            f"{updater.path} is not in {repo.remote.name}: it can't be frozen. Say where {updater.kind} is told what to do"
        )
    kind = _kind(updater)
    try:
        text = text_of(before)
        after = before if kind.is_off(updater, text) else bytes_of(kind.frozen(updater, text))
        if not kind.is_off(updater, text_of(after)):
            raise refused(f"{updater.path} would not be off by the change that was made")
    except Invalid as why:
        raise refused(f"{updater.path} can't be frozen: {why.message}") from why
    return Frozen(updater, before, after, since)


async def all_frozen(repo: Repo, updaters: Iterable[Updater], head: str, good: str = "") -> list[Frozen]:
    """All of them, one after the other where several share a file."""
    found, so_far = list[Frozen](), dict[str, bytes]()
    for updater in updaters:
        one = await frozen(repo, updater, head, good, so_far.get(updater.path))
        so_far[updater.path] = one.after
        found.append(one)
    return found


def files_of(some: Sequence[Frozen]) -> dict[str, bytes | None]:
    """What the files become, by path."""
    return {one.updater.path: one.after for one in some}


async def is_off(repo: Repo, commit: str, updater: Updater) -> bool:
    """Whether it is off in that commit, read anew. A file that is not there switches nothing on, unless it would have to say so."""
    found = await contents(repo, commit, updater.path)
    if found is None:
        return not updater.contents
    try:
        return _kind(updater).is_off(updater, text_of(found))
    except Invalid as why:
        raise refused(f"it can't be told whether {updater.path} is off: {why.message}") from why


async def reads_elsewhere(repo: Repo, branch: str, updaters: Iterable[Updater]) -> str:
    """Why a freeze on this branch would change nothing; "" where it does. Renovate reads its file on the default branch only."""
    if not any(one.kind == RENOVATE for one in updaters):
        return ""
    default = await default_branch(repo)
    if default in ("", branch):
        return ""
    return (
        f"Renovate reads its file on the default branch of {repo.remote.name}, {default}, and not on {branch}:"
        f' give that updater `branch = "{default}"`'
    )


def _kind(updater: Updater) -> Freeze:
    kind = KINDS.get(updater.kind)
    if kind is None:
        raise refused(f"there is no freeze of kind {updater.kind}: known are {', '.join(KINDS)}")
    return kind
