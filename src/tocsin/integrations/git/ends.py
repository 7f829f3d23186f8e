"""How a look or a step of git ends early: raised where it is found, with an outcome that says why. The hand gives it on."""

from __future__ import annotations

from tocsin.core.procedures.hands import Failed
from tocsin.core.work import Refused
from tocsin.integrations.inputs import Ends as Ends


def refused(why: str) -> Ends:
    return Ends(Refused(why))


def failed(why: str, *details: str) -> Ends:
    return Ends(Failed(why, details))
