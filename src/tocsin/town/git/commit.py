"""What a commit, a change of a file, and a push are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

NOTHING = "0" * 40
"""The sha of what is not there: before a branch is made, and after it is deleted."""
FORMAT = "%x01%H%x00%T%x00%P%x00%an%x00%ae%x00%ct%x00%B%x00"
STATES = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "T": "changed", "C": "copied"}


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `author` is the name that its author goes by, `at` when it was made."""

    sha: str
    author: str
    email: str
    message: str
    at: datetime
    parents: tuple[str, ...]
    tree: str

    @property
    def parent(self) -> str | None:
        return self.parents[0] if self.parents else None

    @property
    def title(self) -> str:
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one file between two trees; `was` is its old name if it was renamed."""

    path: str
    state: str
    added: int
    removed: int
    was: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """A branch or tag that moved, and whose doing it was (a login)."""

    repository: str
    ref: str
    before: str
    after: str
    by: str

    @property
    def branch(self) -> str:
        """ "" for a tag."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else ""

    @property
    def deleted(self) -> bool:
        return self.after == NOTHING


def commits_of(said: bytes) -> list[Commit]:
    """What `git log --format=FORMAT` said."""
    found = []
    for part in said.split(b"\x01")[1:]:
        sha, tree, parents, author, email, at, message = (
            field.decode(errors="replace") for field in part.split(b"\0")[:7]
        )
        when = datetime.fromtimestamp(int(at), UTC)
        found.append(Commit(sha, author, email, message.rstrip("\n"), when, tuple(parents.split()), tree))
    return found


def changes_of(said: bytes) -> list[Change]:
    """What `git diff --raw --numstat -z -M` said: first every file's state, then every file's lines."""
    fields = [field.decode(errors="replace") for field in said.split(b"\0")]
    states: dict[str, tuple[str, str]] = {}
    counts: dict[str, tuple[int, int]] = {}
    while fields and fields[0]:
        head = fields.pop(0)
        if head.startswith(":"):
            letter, was = head.split()[-1][0], fields.pop(0)
            path = fields.pop(0) if letter in "RC" else was
            states[path] = STATES[letter], was if path != was else ""
        else:
            added, removed, path = head.split("\t")
            if not path:
                fields.pop(0)
                path = fields.pop(0)
            counts[path] = tuple(int(n) if n.isdigit() else 0 for n in (added, removed))  # type: ignore[assignment]
    return [Change(path, state, *counts.get(path, (0, 0)), was) for path, (state, was) in states.items()]
