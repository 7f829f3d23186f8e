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
from tocsin.doors.cli.folder import place_in
from tocsin.doors.cli.on_call import who
from tocsin.doors.cli.remote import get
from tocsin.doors.cli.words import AsJson, at, instant, say, say_json, table
from tocsin.doors.cli.yaml_files import Page, read_page
from tocsin.errors import Invalid

app = typer.Typer(help="Who is on call, why, and when.", no_args_is_help=True)
app.command("who")(who)
ENDINGS = (".yaml", ".yml", ".json")
HEAD = ("schedule", "name", "team", "teams", "slack_group", "slack_channel")
"""What a file says beside the plan: the schedule's id, name, team and place in Slack; `teams` are the members of the teams that take turns."""

From = Annotated[str | None, typer.Option("--from", help="An instant with its zone, or a day (UTC). [now]")]
To = Annotated[str | None, typer.Option("--to", help="Likewise. [30 days after --from]")]


@app.command()
def explain(
    schedule: Annotated[str, typer.Argument(help="Its id.")],
    when: Annotated[str | None, typer.Option("--at", help="An instant with its zone. [now]")] = None,
    as_json: AsJson = False,
) -> None:
    """Say why whoever is on call is so."""
    found = get(f"/schedules/{schedule}/explain", at=_instant(when).isoformat() if when else None)
    say_json(found) if as_json else say("\n".join(found["words"]))


@app.command()
def shifts(
    schedule: Annotated[str, typer.Argument(help="A schedule's id; or a file, which needs no server.")],
    start: From = None,
    end: To = None,
    as_json: AsJson = False,
) -> None:
    """Say who is on call when."""
    first, last = _instant(start) if start else None, _instant(end) if end else None
    if schedule.endswith(ENDINGS):
        first = first or datetime.now(UTC).replace(microsecond=0)
        _show_file(Path(schedule), first, last or first + timedelta(days=30), as_json)
        return
    window = {"from": first and first.isoformat(), "to": last and last.isoformat()}
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


def _instant(said: str) -> datetime:
    try:
        found = instant(said) if len(said) > 10 else datetime.fromisoformat(said)
    except (ValueError, typer.BadParameter) as why:
        raise Invalid(
            f"{said!r} is no instant: write such as 2026-03-02 or 2026-03-02T09:00+01:00", field="from"
        ) from why
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
