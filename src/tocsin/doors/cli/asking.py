"""The commands by which people ask something of each other: tasks, and to take the whole over; public updates and recorded steps."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli import showing
from tocsin.doors.cli.incidents import Inc, Text, does
from tocsin.doors.cli.remote import post
from tocsin.doors.cli.words import AsJson, Json, ref_of, say, say_json
from tocsin.errors import Invalid

tasks = typer.Typer(help="Answer for a delegated task.", no_args_is_help=True)
Who = Annotated[str, typer.Argument(help="The handle of who is asked.")]
Task = Annotated[str, typer.Argument(metavar="TASK", help="Such as T1.")]
MayBecause = Annotated[list[str] | None, typer.Argument(help="Why not.")]
Because = Annotated[list[str], typer.Argument(help="Why.")]


def delegate(inc: Inc, who: Who, text: Text, as_json: AsJson = False) -> None:
    """Ask somebody to do something; you own the incident. They answer within 10 minutes, or it returns."""
    _asks(inc, "tasks", {"to": who, "text": " ".join(text)}, as_json)


@tasks.command("accept")
def accept_task(inc: Inc, task: Task, as_json: AsJson = False) -> None:
    """Take on what you were asked."""
    does(inc, f"tasks/{task}/accept", {}, as_json)


@tasks.command("decline")
def decline_task(inc: Inc, task: Task, reason: MayBecause = None, as_json: AsJson = False) -> None:
    """Say that you can't; it is the owner's again at once."""
    does(inc, f"tasks/{task}/decline", {"reason": " ".join(reason or [])}, as_json)


@tasks.command("report")
def report_task(
    inc: Inc,
    task: Task,
    text: Annotated[list[str], typer.Argument(help="What you tried, and what came of it.")],
    as_json: AsJson = False,
) -> None:
    """Say that it is done, and what came of it."""
    does(inc, f"tasks/{task}/report", {"text": " ".join(text)}, as_json)


@tasks.command("withdraw")
def withdraw_task(inc: Inc, task: Task, reason: Because, as_json: AsJson = False) -> None:
    """Say that it need not be done any more; you own the incident."""
    does(inc, f"tasks/{task}/withdraw", {"reason": " ".join(reason)}, as_json)


def handover(
    inc: Inc,
    who: Annotated[str, typer.Argument(help="The handle of who is asked, or on-call.")],
    summary: Annotated[list[str] | None, typer.Argument(help="What they have to know.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask somebody to own it instead. Until they accept, you stay the owner."""
    _asks(inc, "handover", {"to": who, "summary": " ".join(summary or [])}, as_json)


def accept_handover(inc: Inc, as_json: AsJson = False) -> None:
    """Own it from now on, as you were asked to."""
    does(inc, "handover/accept", {}, as_json)


def decline_handover(inc: Inc, reason: MayBecause = None, as_json: AsJson = False) -> None:
    """Say that you can't take it over; the owner still owns it."""
    does(inc, "handover/decline", {"reason": " ".join(reason or [])}, as_json)


def release(inc: Inc, as_json: AsJson = False) -> None:
    """Learn how an owner is released: somebody else has to have accepted it first."""
    does(inc, "release", {}, as_json)


def public_update(
    inc: Inc,
    text: Annotated[
        list[str] | None, typer.Argument(help="The latest state, for the public. [your last word]")
    ] = None,
    post_text: Annotated[
        str | None, typer.Option("--post", help="The answer under our post. [the text]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let an update go out where the public was told; a text of - says nothing there."""
    does(inc, "public-updates", {"text": " ".join(text or []), "post": post_text}, as_json)


def step(
    inc: Inc,
    name: Annotated[str, typer.Argument(metavar="STEP", help="One of the handbook's, such as license-key.")],
    values: Annotated[
        list[str], typer.Argument(metavar="FIELD=VALUE...", help="What is recorded, by field.")
    ],
    url: Annotated[str | None, typer.Option(help="Where it can be seen.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record a step that the handbook asks for. It can't be edited afterwards."""
    does(inc, f"steps/{name}", {"values": dict(_entered(one) for one in values), "url": url}, as_json)


def _entered(text: str) -> tuple[str, str]:
    field, is_there, value = text.partition("=")
    if not is_there:
        raise Invalid(f"{text!r} names no field: write FIELD=VALUE, such as 'Customer=Foo'", field="values")
    return field.strip(), value.strip()


def _asks(inc: str, deed: str, body: Json, as_json: bool) -> None:
    """Ask, and say what should be known of who was asked."""
    incident = post(f"/incidents/{ref_of(inc)}/{deed}", body)
    if as_json:
        say_json(incident)
        return
    say(showing.short(incident))
    for warning in incident["warnings"]:
        say(f"  mind: {warning}")
