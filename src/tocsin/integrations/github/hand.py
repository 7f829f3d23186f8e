"""The hand "github": what procedures look at and do there. Each lies in a file of `procedures`, and is listed here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tocsin.core.procedures.declared import WANTED, Declared, Source
from tocsin.core.procedures.hands import JSON, Context, Done, Failed, Hand, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.integrations.github.client import API_VERSION
from tocsin.integrations.github.procedures.client import CodeClient
from tocsin.integrations.github.procedures.holding import hold_pulls, pending_pulls, release_pulls
from tocsin.integrations.github.procedures.job import Job, Look
from tocsin.integrations.github.procedures.locking import (
    keep_protection,
    lock_branch,
    lockable,
    locked,
    unlock_branch,
)
from tocsin.integrations.github.procedures.merging import merge_on_green
from tocsin.integrations.github.procedures.pipeline import checks, pipeline
from tocsin.integrations.github.procedures.protection import protection
from tocsin.integrations.github.procedures.pulls import pull_request, revert_pull_request
from tocsin.integrations.github.procedures.suspects import suspects
from tocsin.integrations.github.procedures.workflows import (
    dispatch,
    workflow_off,
    workflow_on,
    workflow_state,
)
from tocsin.integrations.http import Failed as CallFailed
from tocsin.integrations.http import Outside
from tocsin.integrations.inputs import Ends, Inputs, refuse
from tocsin.settings import Settings

LOOKS: Final[Mapping[str, Callable[[Look], Awaitable[Seen]]]] = {
    "suspects": suspects,
    "protection": protection,
    "checks": checks,
    "pulls": pending_pulls,
    "workflow": workflow_state,
    "lock": lockable,
    "locked": locked,
}
STEPS: Final[Mapping[str, Callable[[Job], Awaitable[Done | Later]]]] = {
    "pull_request": pull_request,
    "revert_pull_request": revert_pull_request,
    "merge_on_green": merge_on_green,
    "hold_pulls": hold_pulls,
    "release_pulls": release_pulls,
    "workflow_off": workflow_off,
    "workflow_on": workflow_on,
    "dispatch": dispatch,
    "pipeline": pipeline,
    "keep_protection": keep_protection,
    "lock_branch": lock_branch,
    "unlock_branch": unlock_branch,
}
"""All take `repository` besides what each says itself."""


@dataclass(slots=True)
class GitHubHand:
    """`clients` are those of repositories that have a token of their own; `client` is for all others, None where there is no link."""

    client: CodeClient | None
    clients: Mapping[str, CodeClient]
    declared: Declared
    started: dict[str, datetime] = field(default_factory=dict)
    name: str = "github"

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        if what not in LOOKS:
            return Refused(f"github has no look {what!r}; it has {', '.join(LOOKS)}")
        try:
            asked = Inputs(inputs, {})
            repository = self._repository(asked)
            return await LOOKS[what](Look(self._client(repository), asked, repository))
        except CallFailed as why:
            return why.outcome
        except Ends as end:
            return end.of_look

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        if step.does not in STEPS:
            return Refused(f"github can't do {step.does!r}; it can {', '.join(STEPS)}")
        try:
            asked = Inputs(step.inputs, context.seen)
            repository = self._repository(asked)
            source = self.declared.source(repository)
            job = Job(
                self._client(repository),
                asked,
                repository,
                context=context,
                declared_checks=source.required_checks if source else (),
                review=source.review if source else WANTED,
                team=source.fallback_team if source else "",
                started=self.started,
            )
            return await STEPS[step.does](job)
        except CallFailed as why:
            return why.outcome
        except Ends as end:
            return end.outcome

    async def aclose(self) -> None:
        for one in (*self.clients.values(), *([self.client] if self.client else [])):
            await one.aclose()

    def _repository(self, asked: Inputs) -> str:
        repository = asked.needed("repository")
        if repository not in set(_repositories(self.declared)):
            refuse(f"{repository} is not declared in the file that TOCSIN_PROCEDURES names")
        return repository

    def _client(self, repository: str) -> CodeClient:
        found = self.clients.get(repository) or self.client
        if found is None:
            refuse("GitHub is not linked here: set TOCSIN_GITHUB_TOKEN, or a token_env for the repository")
        return found


def hands(settings: Settings, declared: Declared, secrets: Mapping[str, str]) -> list[Hand]:
    """The one hand, where there is a token for anything; none otherwise."""
    token = settings.github_token.get_secret_value() if settings.github_token else ""
    own = {one.repository: secrets[one.token_env] for one in _with_tokens(declared)}
    if not token and not own:
        return []
    clients = {repository: _connected(settings, secret) for repository, secret in own.items()}
    main = _connected(settings, token) if token else None
    return [GitHubHand(main, clients, declared)]


def _connected(settings: Settings, token: str) -> CodeClient:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
    }
    base = settings.github_base_url.rstrip("/")
    # An Enterprise Server has its REST API at /api/v3, and GraphQL beside it.
    graphql = f"{base.removesuffix('/v3')}/graphql" if base.endswith("/api/v3") else f"{base}/graphql"
    return CodeClient(Outside("GitHub", base, headers=headers), graphql)


def _with_tokens(declared: Declared) -> Iterator[Source]:
    for target in declared.targets:
        if target.repository and target.token_env:
            yield Source(target.repository, token_env=target.token_env)
    yield from (one for one in declared.sources if one.token_env)


def _repositories(declared: Declared) -> Iterator[str]:
    """All that may be touched there."""
    for target in declared.targets:
        yield from (target.repository, target.source, *(one.repository for one in target.updaters))
    yield from (one.repository for one in declared.sources)
