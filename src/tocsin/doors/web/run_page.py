"""The page of one run of a procedure: its plan and verdict, each step with what it put out and its evidence, and the buttons."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import RedirectResponse, Response

from tocsin.acts import looks
from tocsin.acts.procedures import deeds, views
from tocsin.core.procedures import run as states
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.words import VERDICTS, state_of, title_of
from tocsin.core.teller import Teller
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import Trouble, refilled
from tocsin.doors.web.offers_procedures import run_sheets
from tocsin.doors.web.sending import Sent
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound, TocsinError

RUN_MARKS: Final = {
    states.VERIFIED: "met",
    states.FAILED: "overdue",
    states.STOPPED: "overdue",
    states.RUNNING: "duty",
    states.APPROVED: "duty",
}
"""The names under which the style sheet knows the states."""
STEP_MARKS: Final = {states.DONE: "met", states.FAILED: "overdue", states.RUNNING: "duty"}
STEP_WORDS: Final = {
    states.DONE: "done",
    states.FAILED: "failed",
    states.RUNNING: "under way",
    states.WAITING: "to come",
}
VERDICT_MARKS: Final = {"safe": "met", "refused": "overdue"}


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def to_incident(visit: Visit) -> Response:
    """The runs of an incident stand on its own page."""
    return RedirectResponse(f"/incidents/{visit.name('ref').upper()}#procedures", 303)


async def act(visit: Visit) -> Response:
    """Do what a form of the page asks; refused, the page comes again with what was typed."""
    name = visit.name("act")
    if name not in ACTS:
        raise NotFound(f"There is no form {name} on the page of a run")
    ref, run = visit.name("ref").upper(), visit.name("run").upper()
    try:
        message = await ACTS[name](Sent(visit.house, visit.actor, ref, visit.form), run)
    except TocsinError as why:
        return await _page(visit, Trouble(name, visit.form, why))
    return visit.went_well(f"/incidents/{ref}/procedures/{run}", message)


async def _page(visit: Visit, trouble: Trouble | None = None) -> Response:
    view, run = await views.run(visit.house, visit.me.person, visit.name("ref"), visit.name("run"))
    may_act = visit.me.may("respond")
    sheets = [refilled(sheet, trouble) for sheet in run_sheets(run)] if may_act else []
    rule = view.handbook.approval(run.procedure)
    return visit.page(
        "run.html",
        status=status_of(trouble.error) if trouble else 200,
        state=_state(run),
        incident=view.incident,
        run=run,
        title=title_of(run),
        run_state=state_of(run),
        run_mark=RUN_MARKS.get(run.state, "owed"),
        verdict=VERDICTS.get(run.plan.verdict, run.plan.verdict) if run.plan else "",
        verdict_mark=VERDICT_MARKS.get(run.plan.verdict, "duty") if run.plan else "",
        step_marks=STEP_MARKS,
        step_words=STEP_WORDS | ({states.WAITING: "not done"} if run.is_over else {}),
        lacks=max(0, rule.persons - len(run.agreed)),
        approvers=" or ".join(rule.by),
        teller=Teller(view.incident, await looks.roster(visit.house)),
        buttons=[sheet for sheet in sheets if not sheet.fields],
        sheets=[sheet for sheet in sheets if sheet.fields],
        trouble=trouble,
    )


def _state(run: Run) -> str:
    """Changes with whatever the page shows."""
    steps = [(one.state, len(one.output)) for one in run.steps]
    shown = repr((run.state, run.agreed, bool(run.stop), steps, run.planned_at))
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


async def _approve(sent: Sent, run: str) -> str:
    await deeds.approve(sent.house, sent.actor, sent.ref, run, override=sent.text("override"))
    return "You said yes to it."


async def _approve_and_run(sent: Sent, run: str) -> str:
    done = await deeds.approve(
        sent.house, sent.actor, sent.ref, run, override=sent.text("override"), runs=True
    )
    found = done.run(run)
    return "It is being carried out." if found and found.is_under_way else "You said yes to it; more have to."


async def _run(sent: Sent, run: str) -> str:
    await deeds.start(sent.house, sent.actor, sent.ref, run)
    return "It is being carried out."


async def _stop(sent: Sent, run: str) -> str:
    await deeds.stop(sent.house, sent.actor, sent.ref, run, sent.text("reason"))
    return "It ends at the next safe point."


async def _go_on(sent: Sent, run: str) -> str:
    await deeds.go_on(sent.house, sent.actor, sent.ref, run, sent.text("reason"))
    return "It goes on."


async def _withdraw(sent: Sent, run: str) -> str:
    await deeds.withdraw(sent.house, sent.actor, sent.ref, run, sent.text("reason"))
    return "Withdrawn."


ACTS: Final[dict[str, Callable[[Sent, str], Awaitable[str]]]] = {
    "approve": _approve,
    "approve-and-run": _approve_and_run,
    "run": _run,
    "stop": _stop,
    "go-on": _go_on,
    "withdraw": _withdraw,
}
