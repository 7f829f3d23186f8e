"""`tocsin oncall cover …` asks others to take a shift; `tocsin oncall hours` tells how long everybody was on call."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.effects import span_words
from tocsin.doors.cli.remote import delete, get, get_text, post
from tocsin.doors.cli.typed import For, From, Person, Reason, To, desk
from tocsin.doors.cli.words import AsJson, Json, say, say_json, table

app = typer.Typer(help="Cover: ask others to take a shift, and take one.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="The number of the request.")]
HOUR = 3600


@app.command()
def ask(
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE", help="Its id.")],
    asked: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WHO]...", help="Handles, or team:NAME. [the schedule's team]"),
    ] = None,
    start: From = None,
    end: To = None,
    long: For = None,
    person: Person = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Ask for somebody to be on call instead. Example: tocsin oncall cover ask ops bob carol --from 'fri 17:00' --for 3h --reason dentist"""
    here = desk()
    begin, stop = here.span(start, end, long)
    body = {
        "schedule": schedule,
        "person": person,
        "asked": asked,
        "start": begin.isoformat(),
        "end": stop.isoformat(),
        "reason": reason,
    }
    made = post("/cover-requests", body)
    if as_json:
        say_json(made)
        return
    say(
        f"Request {made['id']}: {', '.join(made['asked'])} can take {span_words(made, here.zone)} ({here.zone})."
    )
    say(f"Until then it stays {made['person']}'s. Untaken, it ends {here.local(made['expires_at'])}.")


@app.command()
def take(
    number: Number,
    start: Annotated[str | None, typer.Option("--from", help="Only from then on. [its start]")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Only until then. [its end]")] = None,
    as_json: AsJson = False,
) -> None:
    """Take a shift that you were asked for, or a part of it. Example: tocsin oncall cover take 4 --to 'fri 18:00'"""
    here = desk()
    there = get(f"/cover-requests/{number}")
    body = {
        "start": here.at(start, "from").isoformat() if start else None,
        "end": here.at(end, "to").isoformat() if end else None,
        "expected_version": there["version"],
    }
    made = post(f"/cover-requests/{number}/accept", body)
    say_json(made) if as_json else say(
        f"You are on call in {made['schedule']} instead of {made['person']}, {span_words(made, here.zone)} ({here.zone})."
    )


@app.command()
def withdraw(number: Number, as_json: AsJson = False) -> None:
    """Say that nobody needs to take it any more. Example: tocsin oncall cover withdraw 4"""
    path = f"/cover-requests/{number}"
    done = delete(path, expected_version=get(path)["version"])
    say_json(done) if as_json else say(
        f"The request {number} is withdrawn: it stays {done['person']}'s shift."
    )


@app.command("list")
def list_requests(
    schedule: Annotated[str | None, typer.Option(help="Only of this schedule.")] = None,
    person: Annotated[str | None, typer.Option(help="Only those that concern this person.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is asked for. Example: tocsin oncall cover list --person bob"""
    here = desk()
    found = get("/cover-requests", schedule=schedule, person=person)
    if as_json:
        say_json(found)
        return
    rows = [
        (str(one["id"]), one["schedule"], _state(one), span_words(one, here.zone), _who(one))
        for one in found["cover_requests"]
    ]
    headings = ("ID", "SCHEDULE", "STATE", f"WHEN ({here.zone})", "WHO")
    say(table(headings, rows) if rows else "Nothing is asked for.")


def hours(
    start: Annotated[str | None, typer.Option("--from", help="Such as 2026-03-01. [30 days ago]")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Likewise. [now]")] = None,
    schedule: Annotated[str | None, typer.Option(help="Only of this schedule, or team.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for other programs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how long each person was on call, at night and at weekends by their own clock. Example: tocsin oncall hours --from 2026-02-01 --csv"""
    here = desk()
    window = {"schedule": schedule, **here.window(start, end)}
    if as_csv:
        say(get_text("/hours.csv", **window).rstrip())
        return
    found = get("/hours", **window)
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one["person"],
            *(f"{one[name] / HOUR:.1f}" for name in ("seconds", "night_seconds", "weekend_seconds")),
            str(one["pages"]),
            str(one["night_pages"]),
        )
        for one in found["hours"]
    ]
    say(f"{span_words(found, here.zone)} ({here.zone})")
    say(
        table(("PERSON", "HOURS", "AT NIGHT", "AT WEEKENDS", "PAGES", "AT NIGHT"), rows)
        if rows
        else "Nobody was."
    )


def _state(one: Json) -> str:
    return f"taken by {one['taken_by']}" if one["taken_by"] else str(one["state"])


def _who(one: Json) -> str:
    return f"{one['person']} asks {', '.join(one['asked'])}"
