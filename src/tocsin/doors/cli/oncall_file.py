"""`tocsin oncall shifts FILE`: a schedule is read from a file and worked out here, without a server.

A module of its own, since the calculation takes long to import and no other command needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typer

from tocsin.core.oncall import calculator
from tocsin.core.oncall.model import BEGINNING, Schedule, Version
from tocsin.core.oncall.picture import text
from tocsin.core.oncall.written import Known, plan_of
from tocsin.doors.cli.folder import place_in
from tocsin.doors.cli.words import say, say_json
from tocsin.doors.cli.yaml_files import Page, read_page
from tocsin.errors import Invalid

HEAD = ("schedule", "version", "name", "team", "teams", "slack_group", "slack_channel")
"""What a file says beside the plan: the schedule's id, version, name, team and place in Slack; `teams` are the members of the teams that take turns."""


def schedule_in(path: Path) -> Schedule:
    """The schedule that a YAML or JSON file writes. Invalid, naming the file and the line, where it can't be.

    Teams are those that the file names, or else those of `teams.yaml` beside it, or in the folder above.
    """
    page = read_page(path)
    if not isinstance(page.doc, Mapping):
        raise Invalid(f"{page.at('')}: holds no schedule: write zone and layers", field="file")
    plan = {name: value for name, value in page.doc.items() if name not in HEAD}
    known = Known(people=None, teams=_teams(page), calendars={})
    try:
        read = plan_of(plan, known)
    except Invalid as why:
        raise Invalid(f"{page.at(place_in(why.message))}: {why.message}", field=why.field) from why
    doc = page.doc
    id = str(doc.get("schedule") or path.stem)
    return Schedule(id, str(doc.get("name") or id), str(doc.get("team") or ""), (Version(BEGINNING, read),))


def _teams(page: Page) -> dict[str, tuple[str, ...]]:
    if "teams" not in page.doc:
        for folder in (page.path.parent, page.path.parent.parent):
            if (folder / "teams.yaml").is_file():
                return _members(read_page(folder / "teams.yaml"), "")
        return {}
    return _members(page, "teams")


def _members(page: Page, place: str) -> dict[str, tuple[str, ...]]:
    teams = (page.doc.get(place) if place else page.doc) or {}
    if isinstance(teams, Mapping):
        # A team that says which pager it keeps is a table.
        teams = {
            name: one.get("members") or [] if isinstance(one, Mapping) else one for name, one in teams.items()
        }
    if not isinstance(teams, Mapping) or not all(isinstance(who, list) for who in teams.values()):
        raise Invalid(
            f"{page.at(place)}: teams is no table of lists: write such as ops: [alice, bob]", field="teams"
        )
    return {str(name): tuple(str(one) for one in who) for name, who in teams.items()}


def show_file(path: Path, start: datetime, end: datetime, as_json: bool) -> None:
    schedule = schedule_in(path)
    for layer in schedule.plan.layers:
        if layer.calendar:
            why = f"what the calendar {layer.calendar} says is not in the file, and is left out here"
            typer.echo(f"{layer.name}: {why}", err=True)
    found, gaps = calculator.shifts(schedule, start, end), calculator.gaps(schedule, start, end)
    if as_json:
        say_json(
            {
                "schedule": schedule.id,
                "shifts": [
                    {
                        "person": one.person,
                        "start": one.start.isoformat(),
                        "end": one.end.isoformat(),
                        "layer": one.because.layer,
                        "rotation": one.because.rotation,
                        "turn": one.because.turn,
                    }
                    for one in found
                ],
                "gaps": [{"start": gap.start.isoformat(), "end": gap.end.isoformat()} for gap in gaps],
            }
        )
        return
    say(text(found, gaps, schedule.plan.zone, {}))
