"""What is learned of the deploys near the start, and whether one can go back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class NearDeploy:
    """A deploy near the start, as it was known. `words` say how well it was."""

    id: str
    name: str
    commit: str
    at: datetime
    status: str
    words: str
    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class CarriedCommit:
    sha: str
    title: str
    author: str = ""
    pull_request: int = 0


@dataclass(frozen=True, slots=True)
class CarriedMigration:
    path: str
    is_reversible: bool
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevertibilityJudged(What):
    """Whether one declared target can go back, and to what.

    `verdict` is safe, after-schema, not-revertible or unknown. `good` is the id of the deploy that is proposed ("": none), `suspect` of
    the one that went out last before the first symptom at `began_at`, `live` of the newest. `is_near` says whether the suspect went out
    so shortly before that it may have brought it. What lies between the good one and the live one are the newest `commits` of
    `in_all`, the `migrations`, and the files of the `configuration` that changed.
    """

    target: str
    service: str
    began_at: datetime
    verdict: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    deploys: tuple[NearDeploy, ...]
    live: str
    suspect: str = ""
    good: str = ""
    is_near: bool = True
    commits: tuple[CarriedCommit, ...] = ()
    in_all: int = 0
    migrations: tuple[CarriedMigration, ...] = ()
    configuration: tuple[str, ...] = ()

    def deploy(self, id: str) -> NearDeploy | None:
        return next((one for one in self.deploys if one.id == id), None) if id else None
