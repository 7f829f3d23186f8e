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
    """A workflow of the main branch failed so many times in a row. `suspects` are its oldest failing commits, the oldest first.

    `stream` is which workflow it is, whatever it is called; "" in facts from before it was kept. Not `broken`: too few are left in a row
    by now, since one that counted has passed after all, or was cancelled.
    """

    repository: str
    branch: str
    workflow: str
    failures: int
    suspects: tuple[Suspect, ...]
    last_green: str = ""
    last_green_url: str = ""
    stream: str = ""
    broken: bool = True


@dataclass(frozen=True, slots=True)
class BuildGreen(What):
    """The workflow passed again, at this commit. That is evidence for who resolves; it resolves nothing by itself."""

    repository: str
    branch: str
    workflow: str
    sha: str
    url: str
    stream: str = ""


def is_same_workflow(one: BuildRed | BuildGreen, other: BuildRed | BuildGreen) -> bool:
    """Names do not tell workflows apart: two files may bear the same one. Facts from before their stream was kept go by the name."""
    if one.stream and other.stream:
        return (one.repository, one.stream) == (other.repository, other.stream)
    return (one.repository, one.workflow) == (other.repository, other.workflow)
