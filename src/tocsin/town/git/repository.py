"""One bare repository: what can be read in it, and what people and the town's own services write in it."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tocsin.town.git.commit import FORMAT, NOTHING, Change, Commit, Push, changes_of, commits_of
from tocsin.town.git.program import GitError, run
from tocsin.town.ids import Now

People = Callable[[str], tuple[str, str]]
"""The name and the address that somebody's commits bear, by login."""
Files = Mapping[str, str | bytes | None]
"""Contents by path; None takes the file away."""

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""What git calls the tree without files, in every repository."""


class Conflict(Exception):
    """Two histories that git cannot bring together by itself."""


class Repository:
    """A repository by the name of `owner/name`."""

    def __init__(self, name: str, folder: Path, now: Now, people: People) -> None:
        self.name = name
        self.folder = folder
        self.watchers: list[Callable[[Push], None]] = []
        """Told of every branch and tag that moved, whoever moved it."""
        self.writing = asyncio.Lock()
        """One push at a time, so that what moved is known."""
        self._now = now
        self._people = people
        self._asides = itertools.count(1)
        self._commits: dict[str, Commit] = {}
        self._said: dict[tuple[str, ...], bytes | None] = {}

    async def make(self, default_branch: str) -> None:
        self.folder.mkdir(parents=True)
        await self._git("init", "-q", "--bare", "--initial-branch", default_branch)

    # Reading

    async def resolve(self, revision: str) -> str | None:
        """The sha of the commit that a branch, tag or (part of a) sha stands for."""
        if revision in self._commits:
            return revision
        if not revision or revision.startswith("-"):
            return None
        wanted = f"{revision}^{{commit}}"
        code, said = await self._try("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        return None if code else said.decode().split()[-1]

    async def head(self, branch: str) -> str | None:
        return await self.resolve(f"refs/heads/{branch}")

    async def refs(self, under: str = "refs/heads/") -> dict[str, str]:
        """The sha of every branch, or of whatever lies under another prefix, by its name below that prefix."""
        said = await self._git("for-each-ref", "--format=%(refname) %(objectname)", under)
        pairs = (line.split(" ") for line in said.decode().splitlines())
        return {name.removeprefix(under): sha for name, sha in pairs}

    async def commit_at(self, revision: str) -> Commit | None:
        sha = await self.resolve(revision)
        if sha is not None and sha not in self._commits:
            await self.log(sha, limit=1)
        return self._commits[sha] if sha else None

    async def log(self, *revisions: str, limit: int = 10_000, path: str = "") -> list[Commit]:
        """The commits that can be reached from the revisions (and not from `^REVISION`), newest first."""
        paths = ["--", path] if path else ["--"]
        said = await self._git("log", f"-{limit}", "--topo-order", f"--format={FORMAT}", *revisions, *paths)
        found = commits_of(said)
        self._commits |= {commit.sha: commit for commit in found}
        return found

    async def contains(self, revision: str, ancestor: str) -> bool:
        return (await self._try("merge-base", "--is-ancestor", ancestor, revision))[0] == 0

    async def merge_base(self, one: str, other: str) -> str | None:
        code, said = await self._try("merge-base", one, other)
        return None if code else said.decode().strip()

    async def changes(self, before: str, after: str) -> list[Change]:
        return changes_of(
            await self._git("diff", "--raw", "--numstat", "-z", "-M", "--no-ext-diff", before, after)
        )

    async def changes_by(self, commit: Commit) -> list[Change]:
        """What a commit did to its first parent; a root, to nothing."""
        return await self.changes(commit.parent or EMPTY_TREE, commit.sha)

    async def files(self, revision: str) -> dict[str, str]:
        """The sha of every file's contents, by path."""
        said = await self._fixed(revision, "ls-tree", "-r", "-z")
        lines = (line.decode(errors="surrogateescape") for line in (said or b"").split(b"\0") if line)
        return {path: head.split()[2] for head, _, path in (line.partition("\t") for line in lines)}

    async def read(self, revision: str, path: str) -> bytes | None:
        """A file's contents; None if it is not there."""
        return await self._fixed(revision, "cat-file", "blob", path=path)

    async def _fixed(self, revision: str, *asking: str, path: str = "") -> bytes | None:
        """What git says of a commit, which is always the same and therefore kept; None where it has nothing to say."""
        sha = await self.resolve(revision)
        key = (sha or "", *asking, path)
        if sha is not None and key not in self._said:
            code, said = await self._try(*asking, f"{sha}:{path}" if path else sha)
            self._said[key] = None if code else said
        return self._said.get(key)

    async def text(self, revision: str, path: str) -> str:
        """A file's contents; "" if it is not there."""
        return (await self.read(revision, path) or b"").decode(errors="replace")

    # Writing. What has happened is told to the watchers

    async def commit(
        self,
        branch: str,
        files: Files,
        *,
        author: str,
        message: str,
        start: str = "",
        expected: str | None = None,
    ) -> str:
        """A commit on a branch, which is made if it is new (at `start`, or as a root); gives its sha.
        With `expected` the branch has to be there still, else GitError."""
        async with self.writing:
            before = await self.head(branch)
            if expected is not None and before != expected:
                raise GitError(f"{branch} is at {before} and not at {expected}")
            parent = before or (await self.resolve(start) if start else None)
            sha = await self._import(f"refs/heads/{branch}", parent, files, author, message)
        self._tell(branch, before, sha, author)
        return sha

    async def _import(self, ref: str, parent: str | None, files: Files, author: str, message: str) -> str:
        who, at = "{} <{}>".format(*self._people(author)), f"{int(self._now().timestamp())} +0000"
        lines = [f"commit {ref}\nmark :1\n".encode()]
        lines += [f"author {who} {at}\ncommitter {who} {at}\n".encode(), _data(message.rstrip("\n") + "\n")]
        lines += [f"from {parent}\n".encode()] if parent else []
        for path, contents in files.items():
            lines += [f"D {path}\n".encode()] if contents is None else [_inline(path), _data(contents)]
        said = await self._git("fast-import", "--quiet", given=b"".join([*lines, b"get-mark :1\n"]))
        return said.decode().strip()

    async def branch(self, name: str, at: str, by: str) -> str:
        """Make a branch, or move it by force; gives the sha that it is at then."""
        sha = await self.resolve(at)
        if sha is None:
            raise GitError(f"There is no {at} in {self.name}")
        await self.move(name, sha, by)
        return sha

    async def move(self, branch: str, to: str, by: str, expected: str | None = None) -> None:
        """Raises GitError if the branch is not where it was expected."""
        async with self.writing:
            before = await self.head(branch) if expected is None else expected
            was = [before or NOTHING]
            await self._git("update-ref", f"refs/heads/{branch}", to, *was)
        self._tell(branch, before, to, by)

    async def delete(self, branch: str, by: str) -> None:
        async with self.writing:
            before = await self.head(branch)
            await self._git("update-ref", "-d", f"refs/heads/{branch}")
        self._tell(branch, before, NOTHING, by)

    async def merge(self, source: str, into: str, *, author: str, message: str = "") -> str:
        """A merge commit on `into`; gives its sha. Raises Conflict."""
        ours, theirs = await self.resolve(into), await self.resolve(source)
        if ours is None or theirs is None:
            raise GitError(f"There is no {into if ours is None else source} in {self.name}")
        tree = await self.merged_tree(ours, theirs)
        sha = await self.commit_tree(tree, [ours, theirs], author, message or f"Merge branch '{source}'")
        await self.move(into, sha, author, ours)
        return sha

    async def tree_with(self, revision: str, files: Files) -> str:
        """The tree of a revision with other files in it; no branch moves."""
        aside = f"refs/aside/{next(self._asides)}"
        made = await self._import(aside, await self.resolve(revision), files, "town", "Aside")
        tree = await self._git("rev-parse", f"{made}^{{tree}}")
        await self._git("update-ref", "-d", aside)
        return tree.decode().strip()

    async def commit_tree(self, tree: str, parents: Sequence[str], author: str, message: str) -> str:
        """A commit that no branch has yet."""
        name, email = self._people(author)
        at = f"{int(self._now().timestamp())} +0000"
        roles = ("AUTHOR", "COMMITTER")
        identity = {f"GIT_{role}_NAME": name for role in roles} | {
            f"GIT_{role}_EMAIL": email for role in roles
        }
        dates = {f"GIT_{role}_DATE": at for role in roles}
        of = [part for parent in parents for part in ("-p", parent)]
        given = message.encode()
        said = await self._git("commit-tree", tree, *of, "-F", "-", given=given, more=identity | dates)
        return said.decode().strip()

    async def merged_tree(self, ours: str, theirs: str) -> str:
        """The tree of both together. Raises Conflict."""
        if await self.contains(theirs, ours):
            return (await self._git("rev-parse", f"{theirs}^{{tree}}")).decode().strip()
        return await self._tree_after(ours, "merge", "--no-commit", "--no-ff", theirs)

    async def reverted_tree(self, onto: str, sha: str) -> str:
        """The tree of `onto` without what `sha` did to its first parent. Raises Conflict."""
        commit = await self.commit_at(sha)
        mainline = ["-m", "1"] if commit is not None and len(commit.parents) > 1 else []
        return await self._tree_after(onto, "revert", "--no-commit", *mainline, sha)

    async def _tree_after(self, start: str, *doing: str) -> str:
        """What a command makes of a work tree, which is thrown away again."""
        with tempfile.TemporaryDirectory(prefix="work-", dir=self.folder.parent) as above:
            place = Path(above) / "tree"
            await self._git("worktree", "add", "--detach", "-q", str(place), start)
            try:
                who = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t"}
                more = who | {"GIT_COMMITTER_EMAIL": "t@t"}
                code, _ = await run(*doing, folder=place, more=more, codes=(0, 1))
                if code:
                    raise Conflict(f"git {' '.join(doing)} on {start} meets conflicts")
                return (await run("write-tree", folder=place))[1].decode().strip()
            finally:
                await self._git("worktree", "remove", "--force", str(place))

    def _tell(self, branch: str, before: str | None, after: str, by: str) -> None:
        self.tell(Push(self.name, f"refs/heads/{branch}", before or NOTHING, after, by))

    def tell(self, push: Push) -> None:
        if push.before != push.after:
            for watcher in list(self.watchers):
                watcher(push)

    async def _git(self, *arguments: str, given: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
        return (await run(*arguments, folder=self.folder, given=given, more=more))[1]

    async def _try(self, *arguments: str) -> tuple[int, bytes]:
        return await run(*arguments, folder=self.folder, codes=range(256))


def _data(contents: str | bytes) -> bytes:
    raw = contents.encode() if isinstance(contents, str) else contents
    return b"data %d\n%s\n" % (len(raw), raw)


def _inline(path: str) -> bytes:
    return f"M 100644 inline {path}\n".encode()
