"""What is learned of a red build that is run again, to tell a flake from a culprit; and what Tocsin then does, or leaves, by itself.

`rerun` is the id within the incident (B1, B2 …).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class BuildRerunAsked(What):
    """The oldest suspect's failed build is to be run again at the same commit. By `until` it has to have ended.

    `stream`, `build` and `attempt` name the build as the service does, `failed_at` is when it ended; `via` is who runs it.
    `last_green` is the commit that was built before it and passed, "" where none is known. `automatic`: no person asked for it.
    """

    rerun: str
    repository: str
    branch: str
    workflow: str
    stream: str
    build: int
    attempt: int
    failed_at: datetime
    sha: str
    title: str
    url: str
    via: str
    until: datetime
    last_green: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class BuildRerunStarted(What):
    """The service has taken it, and runs it."""

    rerun: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class BuildRerunEnded(What):
    """`outcome` is green (a flake), red (the commit broke it), unfinished (by the limit), or refused (it could not be started)."""

    rerun: str
    outcome: str
    url: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RevertJudged(What):
    """Whether Tocsin takes a confirmed commit back by itself: `said` is yes, asks (a person has to say yes), or no, for all of `reasons`.

    `run` is the plan, "" where none was made. `merges`: the pull request is merged on green as well. What said yes counts towards the limits of a day.
    """

    repository: str
    sha: str
    said: str
    reasons: tuple[str, ...] = ()
    run: str = ""
    merges: bool = False
