"""What is learned of the builds of the main branch."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class Suspect:
    """A commit that may have broken the main branch. `person` is the author where they are one of ours, else ""."""

    sha: str
    title: str
    author: str
    url: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class BuildRed(What):
    """A workflow of the main branch failed so many times in a row. `suspects` are its oldest failing commits, the oldest first."""

    repository: str
    branch: str
    workflow: str
    failures: int
    suspects: tuple[Suspect, ...]
    last_green: str = ""
    last_green_url: str = ""


@dataclass(frozen=True, slots=True)
class BuildGreen(What):
    """The workflow passed again, at this commit. That is evidence for who resolves; it resolves nothing by itself."""

    repository: str
    branch: str
    workflow: str
    sha: str
    url: str
