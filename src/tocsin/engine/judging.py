"""Lets the engine carry out the look at whether a deploy can be rolled back. Nothing leaves the house by it: it is a look outside."""

from __future__ import annotations

from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.judging import judge, mark_taken_back
from tocsin.core.deploys.judging import ABILITY
from tocsin.core.work import JUDGE, Delivered, Desk, Later, Outcome, Work

TRIES = 5
"""After so many the verdict stands without what could not be seen, until somebody asks again."""


class Judging:
    """The judge of deploys as a reach."""

    name = ABILITY
    does = frozenset({JUDGE})

    def __init__(self, house: House) -> None:
        self._house = house

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        told = work.payload.get("began_at", "")
        began_at = datetime.fromisoformat(told) if told else None
        if "taken_back" in work.payload:
            await mark_taken_back(self._house, desk.incident, work.payload["taken_back"])
        later = await judge(self._house, desk.incident.ref, began_at)
        return Later(later) if later and attempt < TRIES else Delivered()
