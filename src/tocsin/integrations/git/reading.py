"""Reads histories: commits, ancestry, trees, and which files differ. File names are bytes to git, and shown escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.procedures.commits import RUN, Commit
from tocsin.integrations.git.ends import refused
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.program import GitFailed

FULL: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PART: Final = re.compile(r"[0-9a-f]{7,64}")
TAG: Final = re.compile(r"(?!-)[\w./+-]{1,200}")
FIELDS: Final = ("%H", "%P", "%an", "%ae", "%cI", "%s", "%B")
REMEMBERED: Final = 5000
"""So many commits back, what procedures made is looked for."""
GITLINK: Final = "160000"
SYMLINK: Final = "120000"


@dataclass(frozen=True, slots=True)
class Change:
    """One file that two trees have otherwise. `status` is git's letter: A, M, D, T, R, C; `was` is the name before (R and C)."""

    status: str
    path: bytes
    was: bytes = b""

    def __str__(self) -> str:
        return f"{shown(self.was)} -> {shown(self.path)}" if self.was else shown(self.path)


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path of a tree."""

    mode: str
    sha: str


def shown(path: bytes) -> str:
    """A file's name as people can read it: what is no UTF-8, or would change the line, is escaped."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


async def head_of(repo: Repo, branch: str) -> str:
    """The branch's newest commit. Refused where there is no such branch, or nothing in it."""
    ran = await repo.git(
        "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}", may_end=(0, 1, 128)
    )
    if ran.code == 0:
        return ran.line
    there = await repo.git("for-each-ref", "--count=8", "--format=%(refname:short)", "refs/heads")
    names = ", ".join(there.line.split())
    if not names:
        raise refused(f"{repo.remote.name} has no commits yet: there is nothing to go back to")
    raise refused(f"{repo.remote.name} has no branch {branch}; it has {names}")


async def resolve(repo: Repo, commit: str) -> str:
    """The full name of a commit that is given by its name, the beginning of it, or a tag. Refused where it is none, or several."""
    if PART.fullmatch(commit):
        ran = await repo.git("rev-parse", "--verify", f"{commit}^{{commit}}", may_end=(0, 128))
        if ran.code == 0:
            return ran.line
        if "ambiguous" in ran.words:
            raise refused(
                f"{commit} is the beginning of several commits of {repo.remote.name}: write more of it"
            )
    if TAG.fullmatch(commit):
        ran = await repo.git(
            "rev-parse", "--verify", "--quiet", f"refs/tags/{commit}^{{commit}}", may_end=(0, 1, 128)
        )
        if ran.code == 0:
            return ran.line
    raise refused(
        f"there is no commit {commit!r} in {repo.remote.name}: write 7 signs of its name or more, or a tag"
    )


async def is_shallow(repo: Repo) -> bool:
    """Whether the repository itself lacks the beginning of its history: then nothing can be said of what comes before what."""
    return (await repo.git("rev-parse", "--is-shallow-repository")).line == "true"


async def is_ancestor(repo: Repo, older: str, newer: str) -> bool:
    ran = await repo.git("merge-base", "--is-ancestor", older, newer, may_end=(0, 1))
    return ran.code == 0


async def tree_of(repo: Repo, commit: str) -> str:
    return (await repo.git("rev-parse", "--verify", f"{commit}^{{tree}}")).line


async def count(repo: Repo, *what: str) -> int:
    return int((await repo.git("rev-list", "--count", *what)).line)


async def commits(repo: Repo, *what: str, most: int = 0) -> list[Commit]:
    """The commits of a range, the newest first and never before what came of it."""
    limit = [f"--max-count={most}"] if most else []
    ran = await repo.git(
        *(
            "log",
            "-z",
            "--topo-order",
            "--encoding=UTF-8",
            f"--format=tformat:{'%x00'.join(FIELDS)}",
            *limit,
            *what,
            "--",
        )
    )
    return list(_commits(ran.out))


async def ours_in(repo: Repo, head: str) -> list[Commit]:
    """The commits that procedures made, the newest first, as far as we look back."""
    end = await repo.git("rev-list", "--max-count=1", f"--skip={REMEMBERED}", head)
    since = [f"^{end.line}"] if end.line else []
    return await commits(repo, f"--grep=^{RUN}: ", head, *since)


async def commit_of(repo: Repo, sha: str) -> Commit:
    return (await commits(repo, sha, most=1))[0]


async def changes(repo: Repo, old: str, new: str, renames: bool = True) -> list[Change]:
    """The files that two commits or trees have otherwise."""
    how = "--find-renames" if renames else "--no-renames"
    ran = await repo.git("diff-tree", "-r", "-z", "--name-status", how, old, new)
    return list(_changes(_words(ran.out)))


async def changes_of(repo: Repo, some: Sequence[Commit]) -> dict[str, list[Change]]:
    """What each commit changes: a merge against its first parent, and the first commit of all against nothing."""
    lines = "".join(f"{one.sha} {one.parents[0]}\n" if one.parents else f"{one.sha}\n" for one in some)
    ran = await repo.git(
        *("diff-tree", "--stdin", "-r", "-z", "--root", "--name-status", "--find-renames"),
        stdin=lines.encode(),
    )
    found: dict[str, list[Change]] = {one.sha: [] for one in some}
    words, sha = _words(ran.out), ""
    for word in words:
        if word[:1].isalpha() and len(word) < 8:
            found[sha].append(_change(word, words))
        else:
            sha = word.decode()
    return found


async def entry(repo: Repo, commit: str, path: str) -> Entry | None:
    """What stands at the path in a commit's tree; None where nothing does."""
    ran = await repo.git("ls-tree", "-z", "--full-tree", commit, "--", path, may_end=(0, 128))
    if ran.code or not ran.out:
        return None
    head, _, name = ran.out.rstrip(b"\0").partition(b"\t")
    mode, _, sha = head.decode().split(" ")
    return Entry(mode, sha) if name == path.encode() else None


async def contents(repo: Repo, commit: str, path: str) -> bytes | None:
    """The file's bytes as they are kept, whatever .gitattributes would make of them; None where there is no such file."""
    found = await entry(repo, commit, path)
    if found is None:
        return None
    if found.mode in (GITLINK, SYMLINK) or found.mode.startswith("04"):
        kind = {GITLINK: "a submodule", SYMLINK: "a symbolic link"}.get(found.mode, "a folder")
        raise refused(f"{path} is {kind} in {repo.remote.name}: name the file itself")
    return (await repo.git("cat-file", "blob", found.sha)).out


async def blobs(repo: Repo, shas: Sequence[str]) -> list[bytes]:
    """The bytes of files by their objects' names, in one go."""
    out = (await repo.git("cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in shas).encode())).out
    found, at = list[bytes](), 0
    # For each a line with its size, its bytes, and a line's end.
    while at < len(out):
        end = out.index(b"\n", at)
        size = int(out[at:end].rsplit(b" ", 1)[1])
        found.append(out[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
    return found


async def texts_of(repo: Repo, commit: str, paths: Sequence[bytes], most: int) -> dict[bytes, str]:
    """The beginnings of files, by path. What is no file is left out."""
    names = await _blobs(repo, commit, paths)
    held = await blobs(repo, list(names.values()))
    return {path: one[:most].decode("utf-8", "replace") for path, one in zip(names, held, strict=True)}


async def _blobs(repo: Repo, commit: str, paths: Sequence[bytes]) -> dict[bytes, str]:
    wanted, found = set(paths), dict[bytes, str]()
    if wanted:
        ran = await repo.git("ls-tree", "-r", "-z", "--full-tree", commit)
        for line in ran.out.split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            if path in wanted and about.split()[1] == b"blob":
                found[path] = about.split()[2].decode()
    return found


async def default_branch(repo: Repo) -> str:
    """The branch that the repository itself stands on; "" where it does not say."""
    try:
        ran = await repo.git("ls-remote", "--symref", repo.remote.address, "HEAD", access=repo.remote.access)
    except GitFailed:
        return ""
    found = re.match(r"ref: refs/heads/(\S+)\tHEAD", ran.line)
    return found[1] if found else ""


def _commits(out: bytes) -> Iterator[Commit]:
    words = out.decode("utf-8", "replace").split("\0")
    for n in range(0, len(words) - 1, len(FIELDS)):
        sha, parents, author, email, at, subject, body = words[n : n + len(FIELDS)]
        yield Commit(
            sha, tuple(parents.split()), author, email, datetime.fromisoformat(at), subject, body.strip()
        )


def _words(out: bytes) -> Iterator[bytes]:
    return iter(out.split(b"\0")[:-1])


def _changes(words: Iterator[bytes]) -> Iterator[Change]:
    for word in words:
        yield _change(word, words)


def _change(status: bytes, words: Iterator[bytes]) -> Change:
    letter = status[:1].decode()
    if letter in "RC":
        was = next(words)
        return Change(letter, next(words), was)
    return Change(letter, next(words))
