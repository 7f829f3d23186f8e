"""Who is on call, and taking it over for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.words import AsJson, Json, at, minutes_of, say, say_json, table

on_call = typer.Typer(help="Take over who is on call.", no_args_is_help=True)


def who(
    schedule: Annotated[str | None, typer.Argument(help="Only this schedule, or team.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say who is on call now."""
    _show(get("/on-call", schedule=schedule), as_json)


@on_call.command("take")
def take(
    span: Annotated[
        str, typer.Option("--for", help="For how long from now on, such as 90m, 2h or 1d.")
    ] = "1h",
    schedule: Annotated[
        list[str] | None, typer.Option(help="Only this schedule, or team; may be repeated. [all]")
    ] = None,
    person: Annotated[str | None, typer.Option(help="Who takes it. [you]")] = None,
    as_json: AsJson = False,
) -> None:
    """Take over from whoever is on call, from now on for a while."""
    body = {"minutes": minutes_of(span), "schedules": schedule, "person": person}
    _show(post("/on-call", body), as_json)


def _show(found: Json, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    rows = [(one["schedule"], _people(one), at(one["until"])) for one in found["on_call"]]
    say(table(("SCHEDULE", "ON CALL", "UNTIL (UTC)"), rows) if rows else "There is no schedule yet.")


def _people(one: Json) -> str:
    names = ", ".join(f"{person['name']} ({person['handle']})" for person in one["people"]) or "nobody"
    return f"{names}, instead of {one['instead_of']['name']}" if one["instead_of"] else names
