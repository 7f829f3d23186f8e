"""What the services that tell of builds have in common: the words that are kept of a commit, and what they are told. It knows none of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from tocsin.acts import builds
from tocsin.core.words import shortened, text_of

LONGEST: Final = 300

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Small = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
At = Annotated[datetime, msgspec.Meta(tz=True)]

SAID: Final = {
    builds.NOT_WATCHED: "The handbook in force watches no builds: it has no [builds]",
    builds.GOES_ON: "This build has not finished",
    builds.KEPT: "The build is known now",
    builds.OPENED: "The main branch is broken: an incident was opened",
    builds.ADDED: "The incident about the main branch knows of it",
}
"""For the service's list of deliveries, which others than the members of a private incident read: it names no incident."""


def line(text: str) -> str:
    """The first line, as far as it can be kept."""
    lines = text_of(shortened(text, 10 * LONGEST), field="text").splitlines()
    return shortened(lines[0].strip(), LONGEST) if lines else ""


def elsewhere(main: str, branch: str | None) -> str:
    """What is said of a build of another branch."""
    return f"Only builds of {main} are watched, this one is of {branch or 'another branch'}"
