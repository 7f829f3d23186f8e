"""`tocsin oncall schedule …`: one schedule, shown and saved in the form in which files keep it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from tocsin.doors.cli.effects import Force, effect_words, is_forced, must_be_meant, span_words
from tocsin.doors.cli.folder import place_in
from tocsin.doors.cli.remote import delete, get, put
from tocsin.doors.cli.typed import Expect, WindowFrom, WindowTo, YesOption, desk
from tocsin.doors.cli.words import AsJson, Json, say, say_json, table
from tocsin.doors.cli.yaml_files import Page, read_page, written
from tocsin.errors import Conflict, Invalid, NotFound, TocsinError

app = typer.Typer(help="Schedules: who takes turns.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="SCHEDULE", help="Its id.")]
HEAD = ("name", "team", "slack_group", "slack_channel")
VERSION = re.compile(rb"^(version:[ \t]*)\d+", re.MULTILINE)


@app.command("list")
def list_schedules(as_json: AsJson = False) -> None:
    """List the schedules. Example: tocsin oncall schedule list"""
    found = get("/schedules")
    if as_json:
        say_json(found)
        return
    rows = [
        (one["id"], one["team"] or "-", one["plan"]["zone"], str(one["version"]), one["name"])
        for one in found["schedules"]
    ]
    say(table(("SCHEDULE", "TEAM", "ZONE", "VERSION", "NAME"), rows) if rows else "There is no schedule yet.")


@app.command()
def show(schedule: Id, as_json: AsJson = False) -> None:
    """Print a schedule as a file keeps it. Example: tocsin oncall schedule show ops > ops.yaml"""
    found = get(f"/schedules/{schedule}")
    say_json(found) if as_json else say(written(file_of(found)).rstrip())
    if found["ended_at"] and not as_json:
        typer.echo(f"{schedule} was deleted at {found['ended_at']}: nobody is on call by it", err=True)
    if found["slack_problem"] and not as_json:
        # Beside the output, which may go into a file.
        typer.echo(f"Slack does not show who is on call: {found['slack_problem']}", err=True)


@app.command()
def save(
    file: Annotated[Path, typer.Argument(help="The schedule, as `show` prints it.")],
    expect: Expect = None,
    since: Annotated[
        str | None, typer.Option(help="From when on it holds, such as 'mon 9:00'. [now]")
    ] = None,
    drop_planned: Annotated[
        bool, typer.Option("--drop-planned", help="Take the place of plans that were to begin then or later.")
    ] = False,
    yes: YesOption = False,
    as_json: AsJson = False,
) -> None:
    """Make or edit the schedule of a file: whoever has the turn keeps it, past shifts stay. Example: tocsin oncall schedule save ops.yaml

    The file's `version`, or --expect, is what was edited: refused, saying who was first, where somebody saved meanwhile.
    """
    page = read_page(file)
    id, seen, body = _body(page)
    at = desk().at(since, "since").isoformat() if since else None
    # What the file was shown with is what was edited: who saved meanwhile is not overwritten.
    expected = next((one for one in (expect, seen) if one is not None), None)
    expected = _live_version(id) if expected is None else expected
    body |= {"since": at, "drop_planned": drop_planned, "expected_version": expected}
    planned = _put(page, id, {**body, "preview": True})
    if planned["is_changed"]:
        _show(planned["effect"], as_json)
        must_be_meant(planned["effect"], yes)
        planned = _put(page, id, body)
    if seen is not None:
        _keep_version(page, planned["schedule"]["version"])
    if as_json:
        say_json(planned)
        return
    verb = "made" if planned["is_new"] else "saved" if planned["is_changed"] else "as it was"
    say(f"{id} is {verb}, at version {planned['schedule']['version']}.")


@app.command("delete")
def delete_schedule(
    schedule: Id,
    expect: Expect = None,
    yes: YesOption = False,
    force: Annotated[bool, Force] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a schedule: nobody is on call by it from now on, and its past stays. Example: tocsin oncall schedule delete ops"""
    expected = _live_version(schedule) if expect is None else expect
    if expected is None:
        raise NotFound(f"There is no schedule {schedule}", field="schedule")
    planned = delete(f"/schedules/{schedule}", expected_version=expected, preview=True)
    _show(planned["effect"], as_json)
    must_be_meant(planned["effect"], yes, always=True, question=f"Delete {schedule}?")
    done = delete(f"/schedules/{schedule}", expected_version=expected, force=is_forced(force, yes))
    say_json(done) if as_json else say(f"{schedule} is gone; its past stays.")


@app.command()
def gaps(
    schedule: Id,
    start: WindowFrom = None,
    end: WindowTo = None,
    fail: Annotated[bool, typer.Option("--fail", help="End with 1 where there is a gap.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say when nobody is on call who can be reached. Example: tocsin oncall schedule gaps ops --to 14d"""
    here = desk()
    found = get(f"/schedules/{schedule}/gaps", **here.window(start, end))
    lines = [span_words(one, here.zone) for one in found["gaps"]]
    if as_json:
        say_json(found)
    else:
        say("\n".join([f"Nobody is on call ({here.zone}):", *lines]) if lines else "There is no gap.")
    if fail and lines:
        raise Conflict(f"{schedule} has {len(lines)} gap{'s' if len(lines) != 1 else ''}")


@app.command()
def history(
    schedule: Id,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Say who changed what, and whose shifts that moved. Example: tocsin oncall schedule history ops"""
    here = desk()
    found = get("/on-call/changes", schedule=schedule, limit=limit)
    if as_json:
        say_json(found)
        return
    get(f"/schedules/{schedule}")  # Says by name where there is no such schedule.
    for one in found["changes"]:
        say(f"{here.local(one['at'])}  {one['by']} {one['words']} ({one['door']})")
        if one["people"]:
            say(f"    moved: {', '.join(one['people'])}")
    if not found["changes"]:
        say("Nobody has changed anything yet.")


def file_of(found: Json) -> Json:
    """A schedule of an answer, as a file keeps it; its version is what `save` says was edited."""
    head = {
        name: found[name] for name in HEAD if found[name] and (name, found[name]) != ("name", found["id"])
    }
    return {"schedule": found["id"], "version": found["version"], **head, **found["plan"]}


def _body(page: Page) -> tuple[str, int | None, dict[str, Any]]:
    """The id that a file names, the version that it was shown with, and what is to be saved."""
    if not isinstance(page.doc, dict):
        raise Invalid(f"{page.at('')}: holds no schedule: write zone and layers", field="file")
    doc = dict(page.doc)
    id = str(doc.pop("schedule", None) or page.path.stem)
    if doc.pop("teams", None):
        raise Invalid(
            f"{page.at('teams')}: teams are changed by an admin: `tocsin team set`, or `tocsin apply`"
        )
    seen = doc.pop("version", None)
    if seen is not None and (isinstance(seen, bool) or not isinstance(seen, int) or seen < 0):
        raise Invalid(
            f"{page.at('version')}: version is {seen!r}: leave the number that `show` printed, or take the line out",
            field="version",
        )
    head = {name: doc.pop(name) for name in HEAD if name in doc}
    return id, seen, {**head, "plan": doc}


def _keep_version(page: Page, version: int) -> None:
    """Write the version that was saved into the file, so that its next edit is one of that."""
    old = page.path.read_bytes()
    new = VERSION.sub(rb"\g<1>%d" % version, old, count=1)
    if new == old:
        return
    try:
        page.path.write_bytes(new)
    except OSError as why:
        typer.echo(
            f"{page.path} can't be written ({why.strerror}): its next edit needs version: {version}", err=True
        )


def _live_version(id: str) -> int | None:
    """The version of the schedule; None where there is none, or it was deleted."""
    return next((int(one["version"]) for one in get("/schedules")["schedules"] if one["id"] == id), None)


def _put(page: Page, id: str, body: Json) -> Json:
    try:
        return put(f"/schedules/{id}", body)
    except TocsinError as why:
        if not isinstance(why, Invalid | NotFound):
            raise
        raise Invalid(f"{page.at(place_in(why.message))}: {why.message}", field=why.field) from why


def _show(effect: Json, as_json: bool) -> None:
    if not as_json:
        say("\n".join(effect_words(effect, desk().zone)))
