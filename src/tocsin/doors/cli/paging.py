"""`tocsin paging …`: whom an incident pages, what comes next and why. Each command is one call of the API."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli import showing_paging as showing
from tocsin.doors.cli.incidents import Inc, does
from tocsin.doors.cli.remote import get
from tocsin.doors.cli.typed import TIMES, desk
from tocsin.doors.cli.words import AsJson, ref_of, say, say_json

app = typer.Typer(
    help="Whom an incident pages: what was done, what comes next, and changing it.", no_args_is_help=True
)
To = Annotated[
    list[str],
    typer.Argument(
        metavar="TO...", help="person:HANDLE, team:NAME, schedule:ID, schedule:ID/next, on-call …"
    ),
]


@app.command()
def show(inc: Inc, as_json: AsJson = False) -> None:
    """Show what was done, what comes next, and who is left out and why. Example: tocsin paging show INC-7"""
    found = get(f"/incidents/{ref_of(inc)}/escalation")
    say_json(found) if as_json else say(showing.whole(found))


@app.command()
def unack(inc: Inc, as_json: AsJson = False) -> None:
    """Take the acknowledgement back: paging starts anew. Example: tocsin paging unack INC-7"""
    does(inc, "unacknowledge", {}, as_json)


@app.command()
def snooze(
    inc: Inc,
    until: Annotated[list[str], typer.Argument(help=f"How long, such as 2h; or until when, {TIMES[13:]}.")],
    as_json: AsJson = False,
) -> None:
    """Page nobody for a while; then it starts anew. Example: tocsin paging snooze INC-7 2h"""
    at = desk().at(" ".join(until), "until")
    does(inc, "snooze-pages", {"until": at.isoformat()}, as_json)


@app.command()
def reassign(inc: Inc, to: To, as_json: AsJson = False) -> None:
    """Page others from now on. Example: tocsin paging reassign INC-7 team:web; or policy:payments, alone"""
    does(inc, "reassign", {"to": to}, as_json)
