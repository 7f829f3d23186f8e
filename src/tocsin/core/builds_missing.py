"""Whether commits arrive on the main branch and no builds come of them: agents that are gone, a CI that is switched off or has lost us. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Final

from tocsin.core.handbook import BuildWatch
from tocsin.core.notices import Words

SKIPS: Final = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
"""What people write into a commit so that nothing builds it, at GitHub and at Buildkite."""


@dataclass(frozen=True, slots=True)
class Head:
    """A commit that was seen at the tip of the branch, and when for the first time."""

    sha: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class NoBuilds:
    """The heads that nothing built, the oldest first, and the last that was."""

    heads: tuple[Head, ...]
    built: Head


def is_to_be_built(message: str) -> bool:
    """Whether the commit asks for builds, as all do that do not say otherwise."""
    return not any(word in message.lower() for word in SKIPS)


def no_builds(
    heads: Sequence[Head], built: Collection[str], watch: BuildWatch, now: datetime
) -> NoBuilds | None:
    """None where builds come, or it is too soon to tell. `heads` are the newest first; `built` are commits of which any build is known.

    As many heads as make a series of failures: one alone may change what nothing builds. Where no head was ever built, nobody tells us of them.
    """
    missing = list(takewhile(lambda head: head.sha not in built, heads))
    if watch.no_builds_after is None or len(missing) < watch.failures or len(missing) == len(heads):
        return None
    if now - missing[-1].seen_at < watch.no_builds_after:
        return None
    return NoBuilds(tuple(missing[::-1]), heads[len(missing)])


def words_of(found: NoBuilds, repository: str, branch: str) -> Words:
    """What those on call are told."""
    since = f"{found.heads[0].seen_at:%Y-%m-%d %H:%M} UTC"
    shas = ", ".join(head.sha[:7] for head in found.heads)
    return Words(
        f"No builds come on {branch} of {repository}",
        f"{len(found.heads)} times since {since} something new was on {branch} ({shas}), and nothing has built it; {found.built.sha[:7]} was the"
        " last that was built. Are there agents, and is the CI switched on? Until builds come, nobody would see the branch break.",
    )
