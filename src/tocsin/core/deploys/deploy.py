"""One deploy of a service, in whatever way it became known, and when two tellings are of the same one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.words import needed, text_of
from tocsin.errors import Invalid

RUNNING, SUCCEEDED, FAILED, UNHEALTHY, ROLLED_BACK = (
    "running",
    "succeeded",
    "failed",
    "unhealthy",
    "rolled-back",
)
STATUSES: Final = (SUCCEEDED, RUNNING, FAILED, UNHEALTHY, ROLLED_BACK)
"""`unhealthy` went live and did harm; `rolled-back` was taken back."""
SPELLED: Final = {
    "success": SUCCEEDED,
    "inactive": SUCCEEDED,  # GitHub's word for one that another has replaced since.
    "failure": FAILED,
    "error": FAILED,
    "pending": RUNNING,
    "queued": RUNNING,
    "in_progress": RUNNING,
    "waiting": RUNNING,
    "rolled_back": ROLLED_BACK,
}
"""What services call it."""
API, DEPLOYMENT, RELEASE, PUSH = "api", "deployment", "release", "push"
LONGEST: Final = 300
AHEAD: Final = timedelta(minutes=10)
"""How far the clock of whoever tells of it may be ahead of ours."""
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_NAME = re.compile(r"[^\s\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Deploy:
    """`id` is its own id where it was told of first. `commit` is one of `repository`, which holds the source or the deployment's
    files; `version` is what people call it. `at` is when it began, `live_at` when it was live (None: it is not, or never was).
    """

    id: str
    service: str
    at: datetime
    version: str = ""
    commit: str = ""
    repository: str = ""
    status: str = SUCCEEDED
    live_at: datetime | None = None
    url: str = ""
    title: str = ""
    environment: str = ""
    source: str = API

    @property
    def name(self) -> str:
        """What people call it: its version, else its commit in short."""
        return self.version or self.commit[:7] or self.id

    @property
    def is_whole(self) -> bool:
        """Whether it went out, and nothing bad is known of it."""
        return self.status == SUCCEEDED


def deploy_of(
    *,
    id: str,
    service: str,
    at: datetime | None,
    now: datetime,
    version: str = "",
    commit: str = "",
    repository: str = "",
    status: str = SUCCEEDED,
    url: str = "",
    title: str = "",
    environment: str = "",
    source: str = API,
) -> Deploy:
    """A deploy of what somebody tells. Invalid, naming the field, for what can't be one. Without an `at` it was just now."""
    service = _name(needed(service, field="service", why="name what was deployed", longest=LONGEST))
    version = text_of(version, field="version", longest=LONGEST)
    commit = text_of(commit, field="commit", longest=LONGEST).lower()
    if not version and not commit:
        raise Invalid("version and commit are both missing: say which one was deployed", field="version")
    if commit and not _COMMIT.fullmatch(commit):
        raise Invalid(f"commit is {commit!r}: write the sha, at least 7 of its signs", field="commit")
    happened = _when(at, now)
    known = _status(status)
    return Deploy(
        id=text_of(id, field="id", longest=LONGEST)
        or f"{service}/{commit or version}/{(at or now).isoformat()}",
        service=service,
        at=happened,
        version=version,
        commit=commit,
        repository=_repository(repository),
        status=known,
        live_at=happened if known in (SUCCEEDED, UNHEALTHY, ROLLED_BACK) else None,
        url=_url(url),
        title=text_of(title, field="title", longest=LONGEST),
        environment=text_of(environment, field="environment", longest=LONGEST),
        source=source,
    )


def the_same(told: Deploy, known: Collection[Deploy]) -> Deploy | None:
    """The known deploy that `told` is another telling of, by other means: the same commit, and no other was deployed between the two.

    The same commit after another one is a deploy of its own: somebody went back to it.
    """
    if not told.commit or told.source == API:
        return None
    alike = [one for one in known if _may_be_the_same(one, told)]
    others = [one.at for one in known if not is_same_commit(one.commit, told.commit)]
    for one in sorted(alike, key=lambda one: abs(one.at - told.at)):
        first, last = sorted((one.at, told.at))
        if not any(first < at < last for at in others):
            return one
    return None


def _may_be_the_same(one: Deploy, told: Deploy) -> bool:
    return (
        one.source not in (told.source, API)
        and one.repository.lower() == told.repository.lower()
        and is_same_commit(one.commit, told.commit)
        and (not one.environment or not told.environment or one.environment == told.environment)
    )


def is_same_commit(one: str, other: str) -> bool:
    """Whether two shas, either of which may be shortened, name one commit."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def after(known: Deploy, told: Deploy) -> Deploy:
    """What is known once it was told again: later words stand, what they leave out stays. It went live once."""
    live = known.live_at or told.live_at
    # That it is still under way, told after its end, is an old message that was late.
    status = known.status if told.status == RUNNING and known.status != RUNNING else told.status
    # That it replaced another, or was replaced, does not make a bad one good again.
    if told.status == SUCCEEDED and known.status in (UNHEALTHY, ROLLED_BACK) and told.source != API:
        status = known.status
    return replace(
        known,
        at=min(known.at, told.at),
        version=told.version or known.version,
        commit=max(told.commit, known.commit, key=len)
        if is_same_commit(told.commit, known.commit)
        else told.commit or known.commit,
        repository=told.repository or known.repository,
        status=status,
        live_at=live,
        # A push links to its commit only: the deployment's own log says more.
        url=(known.url or told.url) if told.source == PUSH else (told.url or known.url),
        title=told.title or known.title,
        environment=told.environment or known.environment,
    )


def _name(service: str) -> str:
    if not _NAME.fullmatch(service):
        raise Invalid(f"service is {service!r}: write a name without spaces", field="service")
    return service


def _when(at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now
    if at.tzinfo is None:
        raise Invalid("at has no offset: write 2026-03-02T09:00:00Z or +01:00", field="at")
    if at > now + AHEAD:
        raise Invalid(f"at is {at.isoformat()}, which is still to come", field="at")
    return at.astimezone(now.tzinfo)


def _status(status: str) -> str:
    word = status.strip().lower() or SUCCEEDED
    known = SPELLED.get(word, word)
    if known not in STATUSES:
        raise Invalid(f"status is {status!r}: write one of {', '.join(STATUSES)}", field="status")
    return known


def _repository(repository: str) -> str:
    name = text_of(repository, field="repository", longest=LONGEST).removesuffix(".git")
    name = name.removeprefix("https://github.com/")
    if name and not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+|\w+://\S+|[^\s:@]+@[^\s:]+:\S+", name):
        raise Invalid(f"repository is {repository!r}: write owner/name, or its address", field="repository")
    if re.match(r"\w+://[^/]*@", name):
        raise Invalid("repository has a name or a password in its address: leave it out", field="repository")
    return name


def _url(url: str) -> str:
    link = text_of(url, field="url", longest=2000)
    if link and not re.match(r"https?://[^\s]+$", link):
        raise Invalid(f"url is {link!r}: write an address that begins with https://", field="url")
    return link
