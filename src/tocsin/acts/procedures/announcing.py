"""What is announced before it is done: the thread is told, and the run goes on once the thread has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.core.facts_procedures import StepDone
from tocsin.core.procedures.hands import Done, Evidence, Failed, Step
from tocsin.core.procedures.run import Run
from tocsin.core.work import Desk, Later
from tocsin.store import works as work_rows

PATIENCE: Final = timedelta(minutes=10)
EACH: Final = timedelta(seconds=5)
UNHEARD: Final = "it could not be announced in the thread, and is therefore not done"


def announced() -> Done:
    """The fact of this step's end is what the thread tells (core/procedures/messages.py)."""
    return Done((Evidence("announcement", "given to the thread"),))


async def heard(house: House, desk: Desk, run: Run, step: Step) -> Done | Later | Failed:
    """Whether the thread has what the step that is named in the inputs announced."""
    if desk.incident.private:
        return Failed(f"{UNHEARD}: {desk.incident.ref} has become private")
    told = next((one.n for one in desk.incident.facts if _is_end_of(one.what, run, step)), 0)
    async with house.pool.acquire() as conn:
        said = await work_rows.said_in_thread(conn, desk.incident.ref, told)
    if said is None or said.state == "refused" or (said.state == "done" and said.why):
        return Failed(f"{UNHEARD}: {said.why if said else 'there is no thread'}")
    if said.state == "done":
        where = desk.incident.thread.url if desk.incident.thread else ""
        return Done((Evidence("the thread", "has heard it", where),), said="the thread has heard it")
    progress = run.step(step.id)
    since = progress.since if progress and progress.since else desk.now
    if desk.now - since >= PATIENCE:
        return Failed(
            f"{UNHEARD}: in {PATIENCE // timedelta(minutes=1)} minutes the chat did not take it. {said.why}"
        )
    return Later("the thread has not heard it yet", EACH)


def _is_end_of(what: object, run: Run, step: Step) -> bool:
    return isinstance(what, StepDone) and (what.run, what.step) == (run.id, step.inputs["step"])
