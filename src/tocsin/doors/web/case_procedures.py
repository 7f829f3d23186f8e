"""What an incident's page shows of the runs of procedures."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.incident import Incident
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.words import state_of, title_of
from tocsin.doors.web.run_page import RUN_MARKS


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list. `mark` is the name under which the style sheet knows its state, `now` the step that it is at."""

    run: Run
    title: str
    state: str
    mark: str
    now: str


def run_rows(incident: Incident) -> list[RunRow]:
    return [
        RunRow(run, title_of(run), state_of(run), RUN_MARKS.get(run.state, "owed"), _now(run))
        for run in incident.runs
    ]


def _now(run: Run) -> str:
    if run.is_under_way and run.current:
        return run.current.step.title
    return run.said
