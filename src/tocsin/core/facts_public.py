"""What the public is told: drafted, approved, published, kept true, ended."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class PublicWordsDrafted(What):
    title: str
    body: str
    post: str


@dataclass(frozen=True, slots=True)
class PublicWordsApproved(What):
    title: str
    body: str
    post: str


@dataclass(frozen=True, slots=True)
class IssueOpened(What):
    repository: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class PostPublished(What):
    post: str
    url: str


@dataclass(frozen=True, slots=True)
class PublicUpdateApproved(What):
    """The owner lets an update go out: `text` into the issue, `post` under our post. "" is for neither."""

    text: str
    post: str


@dataclass(frozen=True, slots=True)
class IssueUpdated(What):
    """The issue's own text shows the latest state."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class PostUpdated(What):
    """Under our post stands how it is."""

    post: str
    url: str


@dataclass(frozen=True, slots=True)
class IssueClosed(What):
    url: str


@dataclass(frozen=True, slots=True)
class PostAnswered(What):
    """Under the post stands that it is resolved."""

    post: str
    url: str
