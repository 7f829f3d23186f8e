"""The commands with which an incident is learned from: follow-ups, and the retrospective."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli import showing
from tocsin.doors.cli.incidents import Inc, does
from tocsin.doors.cli.remote import get, get_text, put
from tocsin.doors.cli.words import AsJson, ref_of, say, say_json

retrospectives = typer.Typer(help="Plan, write and show an incident's retrospective.", no_args_is_help=True)
FollowUp = Annotated[str, typer.Argument(metavar="FOLLOW-UP", help="Such as F1.")]
Because = Annotated[list[str], typer.Argument(help="Why.")]


def follow_up(
    inc: Inc,
    who: Annotated[str, typer.Argument(help="The handle of who agreed to do it.")],
    title: Annotated[list[str], typer.Argument(help="What is to be done.")],
    text: Annotated[str | None, typer.Option(help="More about it.")] = None,
    as_json: AsJson = False,
) -> None:
    """File what is to be done so that it does not happen again."""
    does(inc, "follow-ups", {"to": who, "title": " ".join(title), "text": text}, as_json)


def follow_up_done(
    inc: Inc,
    one: FollowUp,
    how: Annotated[list[str], typer.Argument(help="How it was done.")],
    url: Annotated[str | None, typer.Option(help="Where it can be seen.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say that a follow-up is done; closing its issue says the same."""
    does(inc, f"follow-ups/{one}/done", {"how": " ".join(how), "url": url}, as_json)


def follow_up_reopen(inc: Inc, one: FollowUp, reason: Because, as_json: AsJson = False) -> None:
    """Say that a follow-up was not done after all."""
    does(inc, f"follow-ups/{one}/reopen", {"reason": " ".join(reason)}, as_json)


def no_follow_ups(inc: Inc, reason: Because, as_json: AsJson = False) -> None:
    """Say that nothing has to follow, and why."""
    does(inc, "no-follow-ups", {"reason": " ".join(reason)}, as_json)


@retrospectives.command("plan")
def plan(
    inc: Inc,
    starts_at: Annotated[
        str, typer.Argument(metavar="WHEN", help="With an offset, such as 2026-03-05T15:00+01:00 or …Z.")
    ],
    minutes: Annotated[int, typer.Option(help="How long it takes.")] = 60,
    people: Annotated[
        list[str] | None,
        typer.Option("--with", help="Who is to come; may be repeated. [who owned it or took a task]"),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is valuable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Call a retrospective, or move the one that was called."""
    body = {"starts_at": starts_at, "minutes": minutes, "people": people, "reason": reason}
    incident = put(f"/incidents/{ref_of(inc)}/retrospective", body)
    if as_json:
        say_json(incident)
    else:
        say(showing.short(incident))


@retrospectives.command("decline")
def decline(inc: Inc, reason: Because, as_json: AsJson = False) -> None:
    """Say that it is not worth one, and why. One that was planned is called off."""
    does(inc, "retrospective/decline", {"reason": " ".join(reason)}, as_json)


@retrospectives.command("feedback")
def feedback(
    inc: Inc,
    section: Annotated[str, typer.Argument(metavar="HEADING", help="well, not-well, learned or wished.")],
    text: Annotated[list[str], typer.Argument(help="What you saw.")],
    as_json: AsJson = False,
) -> None:
    """Write for the retrospective, under one of its headings."""
    does(inc, "retrospective/feedback", {"section": section, "text": " ".join(text)}, as_json)


@retrospectives.command("held")
def held(
    inc: Inc,
    text: Annotated[list[str], typer.Argument(help="What came of it.")],
    as_json: AsJson = False,
) -> None:
    """Say that it was held, and what came of it."""
    does(inc, "retrospective/held", {"text": " ".join(text)}, as_json)


@retrospectives.command("show")
def show(inc: Inc, as_json: AsJson = False) -> None:
    """Print the retrospective's document, in Markdown."""
    if as_json:
        say_json(get(f"/incidents/{ref_of(inc)}/retrospective"))
    else:
        typer.echo(get_text(f"/incidents/{ref_of(inc)}/retrospective.md"), nl=False)
