"""`tocsin oncall calendar …`: calendars that come in as layers or days off, and the secret links under which shifts go out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tocsin.doors.cli.effects import effect_words, must_be_meant
from tocsin.doors.cli.remote import delete, get, post, put_bytes
from tocsin.doors.cli.typed import YesOption, desk
from tocsin.doors.cli.words import AsJson, at, say, say_json, table
from tocsin.errors import Invalid, NotFound

app = typer.Typer(
    help="Calendars: shifts and days off that come in, links that go out.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="What it is called here, such as holidays.")]
Of = Annotated[str, typer.Argument(metavar="schedule|person", help="Of a schedule, or of a person.")]
Whose = Annotated[str, typer.Argument(metavar="ID", help="The schedule's id, or the person's handle.")]
LARGEST_FILE = 16_000_000


class Kind(StrEnum):
    SHIFTS = "shifts"
    DAYS_OFF = "days-off"


KindOption = Annotated[Kind, typer.Option(help="shifts: a layer may name it. days-off: absences of --who.")]
Who = Annotated[list[str] | None, typer.Option(help="Whose days off: handles, team:NAME; may be repeated.")]
Zone = Annotated[str | None, typer.Option(help="Of times that name none. [UTC]")]


@app.command("list")
def list_calendars(as_json: AsJson = False) -> None:
    """List the calendars that came in. Example: tocsin oncall calendar list"""
    found = get("/calendars")
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one["name"],
            one["kind"],
            str(one["events"]),
            at(one["read_at"]),
            one["problem"] or one["url"] or "-",
        )
        for one in found["calendars"]
    ]
    headings = ("CALENDAR", "KIND", "EVENTS", "READ (UTC)", "PROBLEM, OR ADDRESS")
    say(table(headings, rows) if rows else "There is no calendar yet.")


@app.command("import")
def import_calendar(
    name: Name,
    file: Annotated[Path, typer.Argument(help="An iCalendar file (.ics).")],
    kind: KindOption = Kind.SHIFTS,
    who: Who = None,
    zone: Zone = None,
    yes: YesOption = False,
    as_json: AsJson = False,
) -> None:
    """Import an iCalendar file, or read it again. Example: tocsin oncall calendar import holidays de.ics --kind days-off --who team:ops_team"""
    data = _bytes(file)
    known = _known(name)
    # Its address stays: only what it says is read from the file.
    query = {"kind": kind.value, "who": who, "zone": zone, "url": known.get("url")}
    query["expected_version"] = known.get("version")
    _put(name, data, query, yes, as_json)


def _known(name: str) -> dict[str, Any]:
    """The calendar of that name as it stands; {} where there is none."""
    return next((one for one in get("/calendars")["calendars"] if one["name"] == name), {})


def _put(name: str, data: bytes, query: dict[str, Any], yes: bool, as_json: bool) -> None:
    planned = put_bytes(f"/calendars/{name}", data, "text/calendar", **query, preview=True)
    if not as_json:
        say(
            "\n".join(
                [
                    *(f"left out: {one}" for one in planned["unknown"]),
                    *effect_words(planned["effect"], desk().zone),
                ]
            )
        )
    must_be_meant(planned["effect"], yes)
    done = put_bytes(f"/calendars/{name}", data, "text/calendar", **query)
    say_json(done) if as_json else say(f"{name} has {done['calendar']['events']} events.")


@app.command()
def subscribe(
    name: Name,
    url: Annotated[str, typer.Argument(help="Where it stands: https://…")],
    kind: KindOption = Kind.SHIFTS,
    who: Who = None,
    zone: Zone = None,
    yes: YesOption = False,
    as_json: AsJson = False,
) -> None:
    """Read a calendar from its address, now and each hour. Example: tocsin oncall calendar subscribe rota https://cal.example.com/rota.ics"""
    known = _known(name)
    query = {"kind": kind.value, "who": who, "zone": zone, "url": url}
    query["expected_version"] = known.get("version")
    _put(name, b"", query, yes, as_json)


@app.command()
def fetch(name: Name, yes: YesOption = False, as_json: AsJson = False) -> None:
    """Read a calendar from its address at once; where that opens a gap it asks. Example: tocsin oncall calendar fetch holidays"""
    planned = post(f"/calendars/{name}/fetch?preview=true", {})
    if not as_json:
        left = [f"left out: {one}" for one in planned["unknown"]]
        say("\n".join([*left, *effect_words(planned["effect"], desk().zone)]))
    must_be_meant(planned["effect"], yes)
    done = post(f"/calendars/{name}/fetch", {})
    say_json(done) if as_json else say(f"{name} has {done['calendar']['events']} events.")


@app.command("delete")
def delete_calendar(name: Name) -> None:
    """Forget a calendar that no schedule names. Example: tocsin oncall calendar delete holidays"""
    known = _known(name)
    if not known:
        raise NotFound(f"There is no calendar {name}", field="name")
    delete(f"/calendars/{name}", expected_version=known["version"])
    say(f"{name} is forgotten.")


@app.command()
def link(of: Of, id: Whose) -> None:
    """Print a secret address under which calendar programs read shifts. Your older one stops working. Example: tocsin oncall calendar link person alice"""
    say(str(post("/calendar-links", {"kind": of, "subject": id})["url"]))


@app.command()
def unlink(of: Of, id: Whose) -> None:
    """Have your links to it stop working. Example: tocsin oncall calendar unlink person alice"""
    delete("/calendar-links", kind=of, subject=id)
    say("Your links to it work no more.")


def _bytes(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > LARGEST_FILE:
            raise Invalid(f"{file} has {size / 1e6:.1f} MB: that is no calendar of shifts", field="file")
        return file.read_bytes()
    except OSError as why:
        raise Invalid(f"{file} can't be read: {why.strerror}", field="file") from why
