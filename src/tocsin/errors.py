"""Our own errors, named for what the caller can do about them. They carry no HTTP: the doors translate, in one file each."""

from __future__ import annotations

from collections.abc import Sequence


class TocsinError(Exception):
    """Something that a caller can be told. `message` says what, which, and what to do; `field` names the input, if one.

    `places` are (field, words) of each thing that is wrong, where several were looked at.
    """

    def __init__(
        self, message: str, *, field: str | None = None, places: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.places = tuple(places)


class Invalid(TocsinError):
    """The input can't be taken as it is: correct it and call again."""


class NotFound(TocsinError):
    """There is no such thing, or the caller may not know of it."""


class Forbidden(TocsinError):
    """The caller is known but has no right to this, or it must be done by somebody else."""


class Unauthenticated(TocsinError):
    """Nobody is signed in and no valid key came along."""


class Conflict(TocsinError):
    """The thing has moved on meanwhile: look again, then decide."""


class Unavailable(TocsinError):
    """A part that we need (the database) can't be reached now: the same call may go through later."""
