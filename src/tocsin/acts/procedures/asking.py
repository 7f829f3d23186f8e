"""The question that a plan answers, and the looks that it depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tocsin.acts.house import House
from tocsin.core.facts_procedures import ProcedurePlanned
from tocsin.core.procedures.going_on import planned
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.procedures.plan import Look, Plan, Procedure, Question, refused
from tocsin.core.procedures.run import Run
from tocsin.core.work import Desk, Later, Refused

MOST_LOOKS: Final = 50
"""A procedure that asks for more goes round in circles."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What was seen, by the looks' ids; `problems` say why nothing may be planned."""

    seen: dict[str, Seen]
    problems: tuple[str, ...] = ()


def question_of(house: House, desk: Desk, run: Run) -> Question:
    return Question(
        run=run.id,
        procedure=run.procedure,
        target=run.target,
        inputs=run.inputs,
        reason=run.reason,
        asked_by=run.asked_by,
        incident=desk.incident,
        handbook=desk.handbook,
        declared=house.declared,
        roster=desk.roster,
        places=house.places,
        now=desk.now,
    )


async def look(house: House, procedure: Procedure, question: Question) -> LookedAt | Later:
    """Look at all that the procedure asks for. Later, if one of the looks can't be had now."""
    seen: dict[str, Seen] = {}
    for _ in range(MOST_LOOKS):
        wanted = [one for one in procedure.looks(question, seen) if one.id not in seen]
        if not wanted:
            return LookedAt(seen)
        for one in wanted:
            found = await _look(house, one)
            if isinstance(found, Later):
                return found
            if one.may_fail:
                found = _as_seen(found)
            if isinstance(found, Refused):
                return LookedAt(seen, (found.why,))
            if found.problems:
                return LookedAt({**seen, one.id: found}, found.problems)
            seen[one.id] = found
    raise RuntimeError(f"{procedure.id} looks and looks, and never comes to a plan")


def _as_seen(found: Seen | Refused) -> Seen:
    """What is in the way of a look is something seen as well."""
    if isinstance(found, Refused):
        return Seen({"unknown": found.why})
    return Seen({**found.values, "unknown": "; ".join(found.problems)}) if found.problems else found


async def _look(house: House, wanted: Look) -> Seen | Later | Refused:
    hand = house.hands.get(wanted.by)
    if hand is None:
        return Refused(f"nothing here can look at {wanted.hand}: {wanted.by} is not configured")
    return await hand.look(wanted.what, wanted.inputs)


def plan_of(house: House, procedure: Procedure, question: Question, looked: LookedAt) -> ProcedurePlanned:
    """The plan as a fact."""
    plan: Plan = refused(*looked.problems) if looked.problems else procedure.plan(question, looked.seen)
    seen: dict[str, dict[str, JSON]] = {id: dict(one.values) for id, one in looked.seen.items()}
    return planned(question, plan, seen, house.strike)
