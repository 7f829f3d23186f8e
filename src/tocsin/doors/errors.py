"""What our errors are called in HTTP: the one place where both doors that speak it look."""

from __future__ import annotations

from typing import Final

from tocsin.acts.house import GONE
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound, TocsinError, Unauthenticated, Unavailable

STATUSES: Final[dict[type[TocsinError], int]] = {
    Invalid: 422,
    NotFound: 404,
    Forbidden: 403,
    Unauthenticated: 401,
    Conflict: 409,
    Unavailable: 503,
}

UNREACHABLE: Final = GONE


def status_of(error: TocsinError) -> int:
    """The HTTP status of an error, also of a special kind of one; 500 for an error that none of these names cover."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)
