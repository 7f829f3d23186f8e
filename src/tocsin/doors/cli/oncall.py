"""Who is on call and why, and the shifts of a schedule: of the server's, or of a file that is read without any database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from tocsin.core.oncall import calculator
from tocsin.core.oncall.model import BEGINNING, Schedule, Version
from tocsin.core.oncall.picture import text
from tocsin.core.oncall.written import Known, plan_of
from tocsin.core.when import when_of
from tocsin.doors.cli import oncall_calendars, oncall_changes, oncall_cover, oncall_schedules
from tocsin.doors.cli.folder import place_in
from tocsin.doors.cli.on_call import who
from tocsin.doors.cli.remote import get
from tocsin.doors.cli.typed import TIMES, desk
from tocsin.doors.cli.words import AsJson, at, say, say_json, table
from tocsin.doors.cli.yaml_files import Page, read_page
from tocsin.errors import Invalid

app = typer.Typer(help="Who is on call, why, and when.", no_args_is_help=True)
app.command("who")(who)
app.command("hours")(oncall_cover.hours)
app.add_typer(oncall_schedules.app, name="schedule")
app.add_typer(oncall_changes.overrides, name="override")
app.add_typer(oncall_changes.absences, name="absence")
app.add_typer(oncall_changes.shadows, name="shadow")
app.add_typer(oncall_cover.app, name="cover")
app.add_typer(oncall_calendars.app, name="calendar")
ENDINGS = (".yaml", ".yml", ".json")
HEAD = ("schedule", "name", "team", "teams", "slack_group", "slack_channel")
"""What a file says beside the plan: the schedule's id, name, team and place in Slack; `teams` are the members of the teams that take turns."""

From = Annotated[str | None, typer.Option("--from", help=f"When it begins, {TIMES}; of a file in UTC. [now]")]
To = Annotated[str | None, typer.Option("--to", help="Likewise, or how long: 60d. [30 days after --from]")]


@app.command()
def explain(
    schedule: Annotated[str, typer.Argument(help="Its id.")],
    when: Annotated[str | None, typer.Option("--at", help=f"When, {TIMES}. [now]")] = None,
    as_json: AsJson = False,
) -> None:
    """Say why whoever is on call is so. Example: tocsin oncall explain ops --at 'tomorrow 9:00'"""
    found = get(f"/schedules/{schedule}/explain", at=desk().at(when, "at").isoformat() if when else None)
    say_json(found) if as_json else say("\n".join(found["words"]))


@app.command()
def shifts(
    schedule: Annotated[str, typer.Argument(help="A schedule's id; or a file, which needs no server.")],
    start: From = None,
    end: To = None,
    as_json: AsJson = False,
) -> None:
    """Say who is on call when. Example: tocsin oncall shifts ops.yaml --from 2026-04-01 --to 2026-07-01 --json"""
    if schedule.endswith(ENDINGS):
        now = datetime.now(UTC).replace(microsecond=0)
        first = when_of(start, now, "UTC", field="from") if start else now
        last = when_of(end, now, "UTC", field="to", after=first) if end else first + timedelta(days=30)
        _show_file(Path(schedule), first, last, as_json)
        return
    window = desk().window(start, end) if start or end else {}
    found = get(f"/schedules/{schedule}/shifts", **window)
    if as_json:
        say_json(found)
        return
    rows = [(at(one["start"]), at(one["end"]), f"{one['name']} ({one['person']})") for one in found["shifts"]]
    say(table(("FROM (UTC)", "TO (UTC)", "ON CALL"), rows) if rows else "Nobody is on call in that time.")


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
    if not isinstance(teams, Mapping) or not all(isinstance(who, list) for who in teams.values()):
        raise Invalid(
            f"{page.at(place)}: teams is no table of lists: write such as ops: [alice, bob]", field="teams"
        )
    return {str(name): tuple(str(one) for one in who) for name, who in teams.items()}


def _show_file(path: Path, start: datetime, end: datetime, as_json: bool) -> None:
    schedule = schedule_in(path)
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
