"""The commands of the inbox: what waits for a look, and the look itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from tocsin.doors.cli import showing
from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.words import AsJson, Json, ref_of, say, say_json, table

app = typer.Typer(
    invoke_without_command=True, help="What waits for a look: list it, open an incident, put it aside."
)
N = Annotated[int, typer.Argument(metavar="N", help="The message's number.")]


@app.callback()
def inbox(context: typer.Context, as_json: AsJson = False) -> None:
    """List what waits in the inbox, what is due first on top."""
    if context.invoked_subcommand:
        return
    found = get("/inbox")
    if as_json:
        say_json(found)
        return
    now = datetime.now(UTC)
    rows = [_row(message, now) for message in found["waiting"]]
    say(table(("N", "LOOK", "FROM", "WHAT"), rows) if rows else "Nothing waits for a look.")
    if found["in_all"] > len(rows):
        say(f"{found['in_all']} wait in all: the others follow as these are looked at")


@app.command("open")
def open_message(
    n: N,
    joins: Annotated[
        str | None, typer.Option("--join", help="The open incident that it tells of too.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="One of the handbook's kinds.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open an incident from a message, or join it to one."""
    made = post(f"/inbox/{n}/open", {"joins": ref_of(joins) if joins else None, "kind": kind})
    if as_json:
        say_json(made)
    else:
        say(f"It joined {made['ref']}" if joins else f"{made['ref']} is open: {made['incident_url']}")


@app.command()
def aside(
    n: N,
    reason: Annotated[list[str] | None, typer.Argument(help="Why it is no report.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a message aside: it is no report."""
    message = post(f"/inbox/{n}/aside", {"reason": " ".join(reason or [])})
    if as_json:
        say_json(message)
    else:
        say(f"Message {n} was put aside by {message['looked_by']}.")


def _row(message: Json, now: datetime) -> tuple[str, str, str, str]:
    look = "OVERDUE" if message["is_overdue"] else showing.due(message, now)
    return (
        str(message["id"]),
        look,
        f"{message['sender']} ({message['source']})",
        message["title"] or message["text"] or "(nothing was said)",
    )
