"""The webhook's events about deploys of declared targets: deployments with their statuses, releases, and pushes on a deploy branch.

Whatever is told of one deploy in several ways is one deploy; which repository belongs to which target, the operators' file says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from tocsin.acts.deploys import record_deploy
from tocsin.acts.house import House
from tocsin.core.deploys.deploy import DEPLOYMENT, LONGEST, PUSH, RELEASE, RUNNING, SPELLED, SUCCEEDED, Deploy
from tocsin.core.procedures.declared import GIT, Target
from tocsin.core.words import shortened, text_of
from tocsin.core.work import Refused
from tocsin.integrations.github.client import GitHubClient
from tocsin.integrations.github.door import Take
from tocsin.integrations.http import Failed

PUBLISHED: Final = "published"
SAYS_NOTHING: Final = frozenset({"inactive"})
"""That another one has replaced it says nothing of how it went."""
NO_TARGET: Final = {"ignored": "No declared target is deployed from there"}
NOTHING: Final = "0" * 40

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Sha = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
At = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Repository(msgspec.Struct, frozen=True):
    full_name: Word
    pushed_at: int | str | None = None


class _Deployment(msgspec.Struct, frozen=True):
    id: Number
    sha: Sha
    created_at: At
    ref: str = ""
    environment: str = ""
    description: str | None = None


class _DeploymentStatus(msgspec.Struct, frozen=True):
    state: str
    created_at: At
    log_url: str | None = None
    target_url: str | None = None
    environment_url: str | None = None


class _OfDeployment(msgspec.Struct, frozen=True):
    repository: _Repository
    deployment: _Deployment
    deployment_status: _DeploymentStatus | None = None


class _Release(msgspec.Struct, frozen=True):
    id: Number
    tag_name: Word
    html_url: str = ""
    name: str | None = None
    draft: bool = False
    published_at: At | None = None


class _OfRelease(msgspec.Struct, frozen=True):
    action: str
    repository: _Repository
    release: _Release


class _Commit(msgspec.Struct, frozen=True):
    id: Sha
    message: str = ""
    url: str = ""
    timestamp: At | None = None


class _Push(msgspec.Struct, frozen=True):
    ref: str
    after: Sha
    repository: _Repository
    deleted: bool = False
    head_commit: _Commit | None = None


class DeployDoor:
    """`client` is asked which commit a release's tag stands for."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    @property
    def events(self) -> Mapping[str, Take]:
        return {
            "deployment": self.deployment,
            "deployment_status": self.deployment,
            "release": self.release,
            "push": self.push,
        }

    async def deployment(self, house: House, body: bytes) -> dict[str, str]:
        """Take a `deployment` or a `deployment_status` event."""
        told = msgspec.json.decode(body, type=_OfDeployment)
        found = _deployed_from(house, told.repository.full_name, told.deployment.environment)
        targets = [one for one in found if _is_of_branch(one, told)]
        if told.deployment_status and told.deployment_status.state in SAYS_NOTHING:
            return {"ignored": "That another has replaced it says nothing of how it went"}
        return await _recorded(house, [_of_deployment(target, told) for target in targets])

    async def release(self, house: House, body: bytes) -> dict[str, str]:
        """Take a `release` event. What is released is deployed where a target is deployed from that repository by its versions."""
        told = msgspec.json.decode(body, type=_OfRelease)
        release, where = told.release, told.repository.full_name
        if told.action != PUBLISHED or release.draft or release.published_at is None:
            return {"ignored": "It is not published"}
        targets = [one for one in _deployed_from(house, where) if one.by != GIT and not one.environment]
        if not targets:
            return NO_TARGET
        commit = await self._commit_of(where, release.tag_name, house.clock.now())
        return await _recorded(house, [_of_release(one, told, commit) for one in targets])

    async def push(self, house: House, body: bytes) -> dict[str, str]:
        """Take a `push` event: a commit on a deploy branch is deployed."""
        told = msgspec.json.decode(body, type=_Push)
        if told.deleted or told.after == NOTHING or told.head_commit is None:
            return {"ignored": "No commit came with it"}
        targets = [
            one
            for one in house.declared.targets
            if one.by == GIT
            and one.repository.lower() == told.repository.full_name.lower()
            and told.ref == f"refs/heads/{one.branch}"
        ]
        return await _recorded(house, [_of_push(one, told, house.clock.now()) for one in targets])

    async def _commit_of(self, repository: str, tag: str, now: datetime) -> str:
        """The commit that a tag stands for; "" where GitHub does not say."""
        try:
            return await self._client.commit_of(repository, tag, now)
        except Failed as why:
            if isinstance(why.outcome, Refused):
                return ""
            raise


def repositories_of(house: House) -> tuple[str, ...]:
    """The repositories on GitHub from which declared targets are deployed."""
    named = (name for one in house.declared.targets for name in (one.repository, one.source))
    return tuple(dict.fromkeys(name for name in named if name))


def deployment_id(repository: str, id: int) -> str:
    return f"github/{repository.lower()}/deployment/{id}"


def push_id(repository: str, sha: str) -> str:
    return f"github/{repository.lower()}/push/{sha}"


def _deployed_from(house: House, repository: str, environment: str = "") -> Iterator[Target]:
    for target in house.declared.targets:
        ours = repository.lower() in (target.repository.lower(), target.source.lower())
        if ours and target.environment in ("", environment):
            yield target


def _is_of_branch(target: Target, told: _OfDeployment) -> bool:
    """A deploy repository may have a branch for each of several targets."""
    ref, is_there = told.deployment.ref, told.repository.full_name.lower() == target.repository.lower()
    return (
        target.by != GIT or not is_there or ref in ("", target.branch) or told.deployment.sha.startswith(ref)
    )


def _of_deployment(target: Target, told: _OfDeployment) -> Deploy:
    deployment, status = told.deployment, told.deployment_status
    word = SPELLED.get(status.state, RUNNING) if status else RUNNING
    links = (status.log_url, status.target_url, status.environment_url) if status else ()
    where = told.repository.full_name
    return Deploy(
        id=deployment_id(where, deployment.id),
        service=target.service,
        at=deployment.created_at.astimezone(UTC),
        commit=deployment.sha,
        repository=where,
        status=word,
        live_at=status.created_at.astimezone(UTC) if status and word == SUCCEEDED else None,
        url=next((link for link in links if link), ""),
        title=_line(deployment.description or ""),
        environment=_line(deployment.environment),
        source=DEPLOYMENT,
    )


def _of_release(target: Target, told: _OfRelease, commit: str) -> Deploy:
    release, where = told.release, told.repository.full_name
    assert release.published_at is not None
    at = release.published_at.astimezone(UTC)
    return Deploy(
        id=f"github/{where.lower()}/release/{release.id}",
        service=target.service,
        at=at,
        version=_line(release.tag_name),
        commit=commit,
        repository=where,
        live_at=at,
        url=release.html_url,
        title=_line(release.name or ""),
        source=RELEASE,
    )


def _of_push(target: Target, told: _Push, now: datetime) -> Deploy:
    """Where deployments tell how it went (an environment is declared), it is only under way."""
    assert told.head_commit is not None
    at = _pushed_at(told, now)
    is_told = bool(target.environment)
    return Deploy(
        id=push_id(told.repository.full_name, told.after),
        service=target.service,
        at=at,
        commit=told.after,
        repository=told.repository.full_name,
        status=RUNNING if is_told else SUCCEEDED,
        live_at=None if is_told else at,
        url=told.head_commit.url,
        title=_line(told.head_commit.message),
        source=PUSH,
    )


def _pushed_at(told: _Push, now: datetime) -> datetime:
    """When it was pushed, which a commit's own time does not say: a merge may bring old ones."""
    pushed = told.repository.pushed_at
    if isinstance(pushed, int) and not isinstance(pushed, bool):
        return min(datetime.fromtimestamp(pushed, UTC), now)
    return now


async def _recorded(house: House, deploys: list[Deploy]) -> dict[str, str]:
    """What becomes of them, for GitHub's list of deliveries, which is read by others than the members of a private incident."""
    if not deploys:
        return NO_TARGET
    for deploy in deploys:
        await record_deploy(house, deploy)
    return {"ok": "The deploy is known now"}


def _line(text: str) -> str:
    """The first line, as far as it can be kept."""
    lines = text_of(shortened(text, 10 * LONGEST), field="text").splitlines()
    return shortened(lines[0].strip(), LONGEST) if lines else ""
