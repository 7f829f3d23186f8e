"""How a look or a step ends early: with an outcome that says why. The hand gives it on; nothing else catches it."""

from __future__ import annotations

from tocsin.core.procedures.hands import Failed
from tocsin.core.work import Later, Refused


class Ends(Exception):
    """There is nothing more to do, and `outcome` says why."""

    def __init__(self, outcome: Later | Refused | Failed) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


def refused(why: str) -> Ends:
    return Ends(Refused(why))


def failed(why: str, *details: str) -> Ends:
    return Ends(Failed(why, details))
