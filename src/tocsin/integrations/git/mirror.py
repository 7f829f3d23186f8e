"""Our own bare copy of each repository, fetched anew at each look. It is only a cache: whatever is wrong with it, it is made anew.

One process at a time works in a copy. The lock is handed to git as well, so that a git whose Tocsin was killed keeps it until it ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import structlog

from tocsin.core.procedures.hands import Failed
from tocsin.core.work import Later, Refused
from tocsin.integrations.git.ends import Ends, refused
from tocsin.integrations.git.program import Git, GitFailed, GitTooMuch, GitTooSlow
from tocsin.integrations.git.remotes import Remote, folder_for

T = TypeVar("T")
log = structlog.get_logger()
EVERYTHING: Final = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
NO_ACCESS: Final = (
    *("could not read Username", "Authentication failed", "Permission denied", "access rights"),
    *("error: 401", "error: 403", "error: 404", "not found", "does not appear to be a git repository"),
    *(
        "does not exist",
        "Host key verification failed",
        "error: 301",
        "error: 302",
        "error: 307",
        "error: 308",
    ),
)
"""What git says where another try would end in the same way."""
OLDEST: Final = (2, 38)
"""The first that merges trees without a work tree (`merge-tree --write-tree`)."""
WANTED: Final = "git 2.38"
BUSY_SECONDS: Final = 120.0
A_MOMENT: Final = 0.05


@dataclass(frozen=True, slots=True)
class Repo:
    """The copy, while it is ours."""

    git: Git
    remote: Remote

    async def fetch(self) -> None:
        """All branches and tags as they are outside at this moment. GitFailed if that can't be had."""
        await self.git(
            *("fetch", "--quiet", "--prune", "--no-write-fetch-head", "--update-shallow"),
            *(self.remote.address, *EVERYTHING),
            access=self.remote.access,
        )

    async def read_again(self) -> None:
        """As `fetch`, after something was pushed. It ends with Later where that can't be had: the next try finds what was pushed."""
        try:
            await self.fetch()
        except GitFailed as why:
            raise _outcome(self.remote, why) from why


class Mirrors:
    """All copies, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._has_git = False

    async def use(self, remote: Remote, body: Callable[[Repo], Awaitable[T]]) -> T:
        """Do `body` with a fresh copy of the repository. It is done a second time, with a new copy, where the first was broken.

        It ends with Later where the repository can't be reached now, and with Refused where it never will.
        """
        if not self._has_git:
            await _need_git()
            self._has_git = True
        async with self._locked(remote) as repo:
            await _freshen(repo)
            try:
                return await body(repo)
            except (GitTooSlow, GitTooMuch) as why:
                raise Ends(Failed(f"{remote.name}: {why}")) from why
            except GitFailed as why:
                log.warning("git.copy_broken", repository=remote.name, why=str(why))
            await _anew(repo)
            try:
                return await body(repo)
            except GitFailed as why:
                raise Ends(Failed(f"{remote.name}: {why}")) from why

    @asynccontextmanager
    async def _locked(self, remote: Remote) -> AsyncIterator[Repo]:
        folder = folder_for(self._folder, remote.address)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as why:
            raise refused(
                f"the folder for copies of repositories can't be used ({why}): set TOCSIN_GIT_FOLDER"
            ) from why
        try:
            await _lock(lock, remote.name)
            yield Repo(Git(folder, lock), remote)
        finally:
            os.close(lock)


async def _need_git() -> None:
    """Refused where there is no git on this machine, or one that can't merge trees."""
    try:
        said = (await Git(Path("/"))("version")).line
    except FileNotFoundError as why:
        raise refused(
            f"the program git is not installed where Tocsin runs: install {WANTED} or newer"
        ) from why
    found = re.search(r"version (\d+)\.(\d+)", said)
    if not found or (int(found[1]), int(found[2])) < OLDEST:
        raise refused(f"{said} is too old: install {WANTED} or newer where Tocsin runs")


async def _lock(lock: int, name: str) -> None:
    try:
        async with asyncio.timeout(BUSY_SECONDS):
            while not _try_to_lock(lock):  # noqa: ASYNC110 - the other process tells nobody that it let go
                await asyncio.sleep(A_MOMENT)
    except TimeoutError as why:
        raise Ends(Later(f"somebody else works in our copy of {name}", timedelta(seconds=10))) from why


def _try_to_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _freshen(repo: Repo) -> None:
    try:
        if not (repo.git.folder / "HEAD").exists():
            await _make(repo)
        await repo.fetch()
    except GitFailed as why:
        await _reachable(repo, why)
        log.warning("git.copy_broken", repository=repo.remote.name, why=str(why))
        await _anew(repo)


async def _anew(repo: Repo) -> None:
    try:
        await _make(repo)
        await repo.fetch()
    except GitFailed as why:
        raise _outcome(repo.remote, why) from why


async def _make(repo: Repo) -> None:
    await asyncio.to_thread(shutil.rmtree, repo.git.folder, ignore_errors=True)
    repo.git.folder.mkdir(mode=0o700)
    await repo.git("init", "--quiet", "--bare", "--template=", ".")


async def _reachable(repo: Repo, why: GitFailed) -> None:
    """Whose fault it is that a fetch failed. It ends here unless the repository answers: then it is our copy's."""
    if isinstance(why, GitTooSlow):
        raise _outcome(repo.remote, why)
    try:
        outside = Git(repo.git.folder.parent, repo.git.kept_open)
        await outside("ls-remote", "--quiet", "--heads", repo.remote.address, access=repo.remote.access)
    except GitFailed as worse:
        raise _outcome(repo.remote, worse) from worse


def _outcome(remote: Remote, why: GitFailed) -> Ends:
    said = why.words.splitlines()
    words = next((line for line in reversed(said) if line.startswith(("fatal:", "error:"))), why.words)
    if any(sign in why.words for sign in NO_ACCESS):
        return Ends(
            Refused(
                f"{remote.name} can't be read: {words}. See that it exists, and that the token may read it"
            )
        )
    return Ends(Later(f"{remote.name} can't be read now: {words}"))
