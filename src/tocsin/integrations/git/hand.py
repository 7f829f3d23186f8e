"""The hand "git": it reads histories, and makes commits on them. What it looks at and does is listed here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tocsin.core.procedures.commit_words import Why
from tocsin.core.procedures.declared import Database, Declared, Source, Target
from tocsin.core.procedures.hands import JSON, Context, Done, Failed, Hand, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.integrations.git.asked import Asked
from tocsin.integrations.git.ends import Ends, refused
from tocsin.integrations.git.look_deploy import look_deploy
from tocsin.integrations.git.mirror import Mirrors, Repo
from tocsin.integrations.git.remotes import Remote, Remotes, github_addresses
from tocsin.integrations.git.restore import Job, freeze, restore
from tocsin.integrations.git.thaw import thaw
from tocsin.integrations.git.writing import Signature
from tocsin.settings import Settings

LOOKS: Final[Mapping[str, Callable[[Repo, Asked], Awaitable[Seen]]]] = {"deploy": look_deploy}
STEPS: Final[Mapping[str, Callable[[Repo, Job], Awaitable[Done]]]] = {
    "restore": restore,
    "freeze": freeze,
    "thaw": thaw,
}
"""All take `repository` (or `remote`, where that is all that is declared) besides what each says itself."""


@dataclass(slots=True)
class GitHand:
    """`author` is (name, address) of the commits that it makes."""

    mirrors: Mirrors
    remotes: Remotes
    declared: Declared
    author: tuple[str, str]
    name: str = "git"

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        if what not in LOOKS:
            return Refused(f"git has no look {what!r}; it has {', '.join(LOOKS)}")
        asked = Asked(inputs)
        try:
            return await self.mirrors.use(self._remote(asked), lambda repo: LOOKS[what](repo, asked))
        except Ends as end:
            return Refused(end.outcome.why) if isinstance(end.outcome, Failed) else end.outcome

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        if step.does not in STEPS:
            return Refused(f"git can't do {step.does!r}; it can {', '.join(STEPS)}")
        asked = Asked(step.inputs)
        who = Signature(*self.author, context.now)
        try:
            job = Job(asked, _why(asked, context), who)
            return await self.mirrors.use(self._remote(asked), lambda repo: STEPS[step.does](repo, job))
        except Ends as end:
            return end.outcome

    async def aclose(self) -> None:
        """It holds nothing open: each git ends with its work."""

    def _remote(self, asked: Asked) -> Remote:
        repository, remote = asked.text("repository"), asked.text("remote")
        for one in _repositories(self.declared):
            if repository in ("", one.repository) and remote in ("", one.remote) and (repository or remote):
                return self.remotes.of(one.repository, one.remote, one.token_env)
        raise refused(
            f"{repository or remote or 'a repository'} is not declared in the file that TOCSIN_PROCEDURES names"
        )


def hands(settings: Settings, declared: Declared, secrets: Mapping[str, str]) -> list[Hand]:
    """The one hand. It needs no more than the program `git`; which repositories it may touch is declared."""
    token = settings.github_token.get_secret_value() if settings.github_token else ""
    address, web = github_addresses(settings.github_base_url, settings.github_git_url) if token else ("", "")
    name, _, mail = settings.git_author.partition("<")
    folder = settings.git_folder or settings.data / "git"
    remotes = Remotes(address, web, token, secrets)
    return [GitHand(Mirrors(folder.absolute()), remotes, declared, (name.strip(), mail.rstrip("> ")))]


@dataclass(frozen=True, slots=True)
class _Place:
    repository: str
    remote: str = ""
    token_env: str = ""


def _repositories(declared: Declared) -> Iterator[_Place]:
    """All that may be touched. What only names a repository comes last: it may be declared elsewhere with its address."""
    full: tuple[Target | Source | Database, ...] = (*declared.targets, *declared.sources, *declared.databases)
    yield from (
        _Place(one.repository, one.remote, one.token_env) for one in full if one.repository or one.remote
    )
    yield from (_Place(one.source) for one in declared.targets if one.source)
    yield from (_Place(it.repository) for one in declared.targets for it in one.updaters if it.repository)


def _why(asked: Asked, context: Context) -> Why:
    """What stands in the commit's message. A private incident says no more there than its number."""
    if asked.yes("private"):
        return Why(context.run, context.incident)
    return Why(
        context.run, context.incident, context.reason, context.url, context.asked_by, asked.texts("evidence")
    )
