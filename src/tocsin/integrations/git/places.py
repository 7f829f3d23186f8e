"""The repositories that may be touched: those that are declared, and no others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tocsin.core.procedures.declared import Database, Declared, Source, Target
from tocsin.integrations.git.ends import refused
from tocsin.integrations.git.mirror import Mirrors, Repo
from tocsin.integrations.git.remotes import Remote, Remotes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Places:
    """All of them, with our copies."""

    mirrors: Mirrors
    remotes: Remotes
    declared: Declared

    async def use(self, repository: str, remote: str, body: Callable[[Repo], Awaitable[T]]) -> T:
        """Do `body` with a fresh copy of the repository. Never one within another: each holds a lock."""
        return await self.mirrors.use(self.remote(repository, remote), body)

    def remote(self, repository: str, remote: str = "") -> Remote:
        """Where it is: by its name, its address, or both. Refused where that is not declared."""
        for one in _declared(self.declared):
            if repository in ("", one.repository) and remote in ("", one.remote) and (repository or remote):
                return self.remotes.of(one.repository, one.remote, one.token_env)
        name = repository or remote or "a repository"
        raise refused(f"{name} is not declared in the file that TOCSIN_PROCEDURES names")


@dataclass(frozen=True, slots=True)
class _Place:
    repository: str
    remote: str = ""
    token_env: str = ""


def _declared(declared: Declared) -> Iterator[_Place]:
    """What only names a repository comes last: it may be declared elsewhere with its address."""
    full: tuple[Target | Source | Database, ...] = (*declared.targets, *declared.sources, *declared.databases)
    yield from (_Place(it.repository, it.remote, it.token_env) for it in full if it.repository or it.remote)
    yield from (_Place(one.source) for one in declared.targets if one.source)
    yield from (_Place(it.repository) for one in declared.targets for it in one.updaters if it.repository)
