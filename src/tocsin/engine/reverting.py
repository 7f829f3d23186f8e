"""Lets the engine judge whether a commit is taken back by itself. Nothing leaves the house by it: what follows is an ordinary procedure."""

from __future__ import annotations

from typing import Final

from tocsin.acts.house import House
from tocsin.acts.reverting import judge_green, judge_rerun, judge_run
from tocsin.core.plan_builds import REVERTS
from tocsin.core.work import REVERT_JUDGE, Delivered, Desk, Later, Outcome, Work

TRIES: Final = 8
"""After so many, over about ten minutes, another run that holds the repository is the reason why not."""


class Reverting:
    """The judge of reverts as a reach."""

    name = REVERTS
    does = frozenset({REVERT_JUDGE})

    def __init__(self, house: House) -> None:
        self._house = house

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        ref = desk.incident.ref
        if rerun := work.payload.get("rerun"):
            await judge_rerun(self._house, ref, rerun)
            return Delivered()
        if green := work.payload.get("green"):
            why = await judge_green(self._house, ref, green, work.payload["sha"])
            return Later(why) if why and attempt < TRIES else Delivered()
        why = await judge_run(self._house, ref, work.payload["run"], gives_up=attempt >= TRIES)
        return Later(why) if why else Delivered()
