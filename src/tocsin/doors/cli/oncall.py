"""Who is on call and why, and the shifts of a schedule: of the server's, or of a file that is read without any database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli import oncall_calendars, oncall_changes, oncall_cover, oncall_schedules
from tocsin.doors.cli.on_call import who
from tocsin.doors.cli.remote import get
from tocsin.doors.cli.typed import TIMES, desk
from tocsin.doors.cli.words import AsJson, at, say, say_json, table

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
        from tocsin.core.when import when_of
        from tocsin.doors.cli.oncall_file import show_file

        now = datetime.now(UTC).replace(microsecond=0)
        first = when_of(start, now, "UTC", field="from") if start else now
        last = when_of(end, now, "UTC", field="to", after=first) if end else first + timedelta(days=30)
        show_file(Path(schedule), first, last, as_json)
        return
    window = desk().window(start, end) if start or end else {}
    found = get(f"/schedules/{schedule}/shifts", **window)
    if as_json:
        say_json(found)
        return
    rows = [(at(one["start"]), at(one["end"]), f"{one['name']} ({one['person']})") for one in found["shifts"]]
    say(table(("FROM (UTC)", "TO (UTC)", "ON CALL"), rows) if rows else "Nobody is on call in that time.")
