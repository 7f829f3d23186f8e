"""The commands that only look."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from tocsin.core.words import shortened
from tocsin.doors.cli import showing
from tocsin.doors.cli.remote import get, get_text
from tocsin.doors.cli.words import AsJson, say, say_json, table
from tocsin.errors import Forbidden, Invalid


def list_incidents(
    status: Annotated[
        list[str] | None, typer.Option(help="open, resolved, dismissed or closed; may be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    before: Annotated[str | None, typer.Option(help="Go on after this incident.")] = None,
    as_json: AsJson = False,
) -> None:
    """List incidents, the newest first."""
    found = get("/incidents", status=status, limit=limit, before=before)
    if as_json:
        say_json(found)
        return
    say(showing.listed(found["incidents"]) if found["incidents"] else "No incidents.")
    if found["next"]:
        say(f"More: tocsin list --before {found['next']}")


def duties(
    mine: Annotated[bool, typer.Option("--mine", help="Only what you owe.")] = False, as_json: AsJson = False
) -> None:
    """List what is owed now, the most urgent first."""
    found = get("/duties", person=_me() if mine else "")
    if as_json:
        say_json(found)
        return
    now = datetime.now(UTC)
    rows = [
        (
            duty["ref"],
            duty["id"],
            shortened(", ".join(duty["owes"]) or "-", 16),
            "OVERDUE" if duty["is_overdue"] else showing.due(duty, now),
            duty["title"],
        )
        for duty in found["duties"]
    ]
    say(table(("REF", "DUTY", "OWED BY", "DUE", "WHAT"), rows) if rows else "Nothing is owed.")


def ops_log(
    form: Annotated[str, typer.Option("--format", help="md, csv or json.")] = "md", as_json: AsJson = False
) -> None:
    """Print the ops log."""
    if as_json or form == "json":
        say_json(get("/ops-log"))
    elif form in ("md", "csv"):
        typer.echo(get_text(f"/ops-log.{form}"), nl=False)
    else:
        raise Invalid(f"{form!r} is no format of the ops log: write md, csv or json", field="format")


def _me() -> str:
    person: str | None = get("/me")["person"]
    if not person:
        raise Forbidden("This key is nobody's, so it owes nothing: use a key made with --person")
    return person
