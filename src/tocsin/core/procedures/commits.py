"""What a commit's own words say: whose pull request it was, what it takes back, and whether that still holds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

RUN: Final = "Tocsin-Run"
RESTORES: Final = "Tocsin-Restores"
FREEZES: Final = "Tocsin-Freezes"
THAWS: Final = "Tocsin-Thaws"
REVERTS: Final = "Tocsin-Reverts"
"""The trailers of commits that procedures make: by them a second try finds the first, and the next run what still stands."""
TRAILER: Final = re.compile(
    rf"^({'|'.join((RUN, RESTORES, FREEZES, THAWS, REVERTS))}): *(\S.*?) *$", re.MULTILINE
)
OF_SUBJECT: Final = re.compile(r"\(#(\d+)\)\s*$|^Merge pull request #(\d+) from ")
TAKES_BACK: Final = re.compile(r"^\s*This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
TAKES_BACK_PULL: Final = re.compile(r"^\s*Reverts (?:[\w.-]+/[\w.-]+)?#(\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `body` is its whole message."""

    sha: str
    parents: tuple[str, ...]
    author: str
    email: str
    at: datetime
    """When it was committed; a rebase changes that, and the author's time tells nothing of when it came to a branch."""
    subject: str
    body: str = ""

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1

    @property
    def pull_request(self) -> int | None:
        """The number that its subject gives, as GitHub writes it; None where it gives none."""
        found = OF_SUBJECT.search(self.subject)
        return int(found[1] or found[2]) if found else None

    @property
    def reverts(self) -> tuple[str, ...]:
        """The commits that it says it takes back, as they are written there."""
        return tuple(TAKES_BACK.findall(self.body))

    @property
    def reverts_pulls(self) -> tuple[int, ...]:
        """The pull requests that it says it takes back, in GitHub's own words."""
        return tuple(int(one) for one in TAKES_BACK_PULL.findall(self.body))

    @property
    def is_revert(self) -> bool:
        return bool(self.reverts or self.reverts_pulls)

    @property
    def trailers(self) -> dict[str, list[str]]:
        """Ours only, each with all its values. They need not come last: who merges by squashing may add words of their own."""
        found = dict[str, list[str]]()
        for name, value in TRAILER.findall(self.body):
            found.setdefault(name, []).append(value)
        return found

    def trailer(self, name: str) -> str:
        """The first value of a trailer of ours; "" where there is none."""
        return next(iter(self.trailers.get(name, [])), "")


def short(sha: str) -> str:
    """As people write it."""
    return sha[:10]


def taken_back(newest_first: Sequence[Commit]) -> dict[str, str]:
    """Which of the commits are taken back, and by which: a revert that was itself taken back counts no more.

    The commits must be all of a line of history, the newest first: what takes a commit back stands before it.
    """
    by_name, by_start, by_pull, gone = (
        dict[str, str](),
        dict[str, str](),
        dict[int | None, str](),
        dict[str, str](),
    )
    for one in newest_first:
        by = by_name.get(one.sha) or by_pull.get(one.pull_request) or _begun(one.sha, by_start)
        if by:
            gone[one.sha] = by
            continue
        for name in one.reverts:
            # Some name the commit by its first signs only.
            (by_name if len(name) == len(one.sha) else by_start)[name] = one.sha
        for number in one.reverts_pulls:
            by_pull[number] = one.sha
    return gone


def _begun(sha: str, by_start: Mapping[str, str]) -> str:
    return next((by for start, by in by_start.items() if sha.startswith(start)), "")


def open_freezes(newest_first: Iterable[Commit]) -> list[Commit]:
    """The commits whose freeze still stands by what history says, the newest first."""
    thawed, found = set[str](), list[Commit]()
    for one in newest_first:
        thawed.update(one.trailers.get(THAWS, []))
        if one.trailers.get(FREEZES) and one.sha not in thawed:
            found.append(one)
    return found
