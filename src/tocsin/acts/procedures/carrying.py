"""What the engine does for procedures: one look before a plan, or one step of a run; and what becomes of it, in one transaction.

A step may be tried again at any time, by any node: a hand first looks whether its effect is there already.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from tocsin.acts.house import House
from tocsin.acts.procedures.announcing import announced, heard
from tocsin.acts.procedures.asking import look, plan_of, question_of
from tocsin.acts.procedures.ending import end, put_off
from tocsin.acts.procedures.listening import Listener
from tocsin.acts.works import desk_for
from tocsin.core.deploys.judging import judging_lane
from tocsin.core.facts_procedures import ProcedurePlanned
from tocsin.core.procedures.going_on import moved, step_of
from tocsin.core.procedures.hands import Context, Done, Evidence, Failed, Step
from tocsin.core.procedures.plan import ANNOUNCE, HEARD, LOOK_AGAIN, LOOKS_FIRST, Procedure
from tocsin.core.procedures.run import ASKED, Run
from tocsin.core.work import PROCEDURE_LOOK, Desk, Later, Moot, Refused
from tocsin.store import works as work_rows
from tocsin.store.works import Claimed

log = structlog.get_logger()
MOST_LOOKS_IN_VAIN: Final = 4
"""After so many tries a plan says that it can't look, so that people need not wait for it."""
VERDICT_EVERY: Final = timedelta(seconds=5)
BUGS: Final = 3
"""After so many faults of our own in one step it counts as failed."""
WATCHES_EVERY: Final = timedelta(seconds=10)

Outcome = Done | Later | Failed | Refused | Moot | ProcedurePlanned


async def carry_out(house: House, claimed: Claimed, listener: Listener) -> Outcome:
    """Do it once."""
    desk = await desk_for(house, claimed)
    run = desk.incident.run(claimed.work.payload["run"])
    if run is None:
        return Moot("there is no such run")
    if claimed.work.does == PROCEDURE_LOOK:
        return await _plan(house, claimed, desk, run)
    step = run.current
    if not run.is_under_way or step is None or step.id != claimed.work.payload["step"]:
        return Moot(f"{run.id} is {run.state}, and not at this step")
    if run.stop and step.step.hand not in LOOKS_FIRST:
        return Later("it is being stopped")
    if step.step.hand == LOOK_AGAIN:
        return await _look_again(house, desk, run)
    if step.step.hand == ANNOUNCE:
        return announced()
    if step.step.hand == HEARD:
        return await heard(house, desk, run, step_of(step.step))
    return await _do(house, desk, run, step_of(step.step), listener, claimed.attempt)


async def record(house: House, claimed: Claimed, outcome: Outcome, listener: Listener) -> None:
    """End the work, or put it off, as the outcome says. What another node has taken over meanwhile is left to it."""
    if isinstance(outcome, Later):
        await put_off(house, claimed, outcome, listener)
    else:
        await end(house, claimed, outcome, listener)


def after_fault(claimed: Claimed, why: Exception) -> Later | Failed:
    """A bug of ours: tried again, since a hand finds what it did before; but not for ever."""
    words = f"{type(why).__name__} in Tocsin itself; see the log"
    if claimed.work.does == PROCEDURE_LOOK or claimed.attempt < BUGS:
        return Later(words)
    return Failed(words)


async def _plan(house: House, claimed: Claimed, desk: Desk, run: Run) -> Outcome:
    if run.state != ASKED:
        return Moot(f"{run.id} is {run.state} already")
    procedure = house.procedures.get(run.procedure)
    if procedure is None:
        return Refused(f"{run.procedure} is no procedure of this Tocsin any more")
    question = question_of(house, desk, run)
    if claimed.attempt < MOST_LOOKS_IN_VAIN and await _is_being_judged(house, desk, run, procedure):
        return Later("whether it can go back, and to what, is still looked at", VERDICT_EVERY)
    looked = await look(house, procedure, question)
    if isinstance(looked, Later):
        if claimed.attempt < MOST_LOOKS_IN_VAIN or run.is_ours:
            return looked  # Nobody waits for what Tocsin planned by itself, and nobody would plan it again.
        return Refused(f"it can't be looked at now: {looked.why}")
    return plan_of(house, procedure, question, looked)


async def _is_being_judged(house: House, desk: Desk, run: Run, procedure: Procedure) -> bool:
    """Whether the plan would hang on a verdict that is being made: who asks in the first seconds is not refused for that."""
    incident = desk.incident
    is_known = run.inputs.get("to") or any(one.target == run.target for one in incident.verdicts)
    if is_known or not procedure.rolls_back:
        return False
    async with house.pool.acquire() as conn:
        return await work_rows.waits_in(conn, judging_lane(incident.ref))


async def _look_again(house: House, desk: Desk, run: Run) -> Done | Later | Failed | Refused:
    """All looks once more, right before the first thing is done outside: what people approved has to hold still."""
    procedure = house.procedures.get(run.procedure)
    if procedure is None or run.planned_at is None:
        return Refused(f"{run.procedure} is no procedure of this Tocsin any more")
    question = question_of(house, desk, run)
    looked = await look(house, procedure, question)
    if isinstance(looked, Later):
        return looked
    found = moved(run, plan_of(house, procedure, question, looked))
    if found:
        return Failed("things have moved since it was planned: plan again", tuple(found))
    as_planned = f"as at {run.planned_at:%H:%M:%S} UTC, when it was planned"
    return Done((Evidence("all that the plan depends on", as_planned),))


async def _do(
    house: House, desk: Desk, run: Run, step: Step, listener: Listener, attempt: int
) -> Done | Later | Failed | Refused:
    hand = house.hands.get(step.by)
    if hand is None:
        return Refused(f"nothing here can do {step.hand}: {step.by} is not configured")
    progress = run.step(step.id)
    context = Context(
        run=f"{desk.incident.ref}/{run.id}",
        incident=desk.incident.ref,
        url=house.places.incident(desk.incident.ref),
        reason=run.reason,
        asked_by=run.asked_by,
        now=desk.now,
        seen=run.seen(),
        say=listener.say,
        stopped=listener.stopped,
        since=progress.since if progress else None,
        attempt=attempt,
    )
    outcome = await hand.do(step, context)
    if isinstance(outcome, Later) and step.watches and outcome.wait is None:
        return Later(outcome.why, WATCHES_EVERY)
    return outcome
