"""The commands of a responder. Each is one call of the API; the answer shows the incident as it stands then."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli import showing
from tocsin.doors.cli.contacts import say_test
from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.words import AsJson, Json, minutes_of, ref_of, say, say_json
from tocsin.errors import Invalid

TEST = "test"
"""No incident: a page that only tries whether it reaches people."""
Inc = Annotated[str, typer.Argument(metavar="INC", help="Such as INC-7, or 7.")]
Text = Annotated[list[str], typer.Argument(help="The words; quotation marks are not needed.")]
In = Annotated[str | None, typer.Option("--in", help="When the next update comes, such as 20m.")]


def report(
    text: Annotated[
        list[str] | None, typer.Argument(help="What may be broken; - reads it from standard input.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="The incident's title. [the text's first line]")] = None,
    kind: Annotated[str | None, typer.Option(help="One of the handbook's kinds.")] = None,
    severity: Annotated[
        str | None, typer.Option(help="One of the handbook's severities. [the worst]")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why the severity is not the worst.")] = None,
    policy: Annotated[
        str | None, typer.Option(help="The escalation policy by which it pages. [as the handbook says]")
    ] = None,
    reporter: Annotated[str | None, typer.Option(help="Who noticed it. [you]")] = None,
    outside: Annotated[bool, typer.Option(help="The reporter is a customer, or of the public.")] = False,
    as_json: AsJson = False,
) -> None:
    """Report that something may be broken. An incident is open at once."""
    words = sys.stdin.read() if text == ["-"] else " ".join(text or [])
    body = {"text": words, "title": title, "kind": kind, "severity": severity, "reason": reason}
    made = post("/reports", {**body, "policy": policy, "reporter": reporter, "outside": outside})
    if as_json:
        say_json(made)
        return
    say(f"{made['ref']} is open: {made['incident_url']}\nThe reporter can follow it at {made['status_url']}")
    for other in made["similar"]:
        say(
            f"It may be the same as {other['ref']}: {other['url']} (tocsin join {made['ref']} {other['ref']})"
        )


def show(inc: Inc, as_json: AsJson = False) -> None:
    """Show an incident: its reports, its duties, its timeline."""
    incident = get(f"/incidents/{ref_of(inc)}")
    if as_json:
        say_json(incident)
    else:
        say(showing.whole(incident))


def own(
    inc: Inc,
    take_over: Annotated[bool, typer.Option("--take-over", help="From whoever owns it now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say "I'm on it": you own the incident."""
    does(inc, "own", {"take_over": take_over}, as_json)


def ack(inc: Inc, as_json: AsJson = False) -> None:
    """Acknowledge the page, without owning the incident."""
    does(inc, "acknowledge", {}, as_json)


def escalate(inc: Inc, as_json: AsJson = False) -> None:
    """Page the next people of the escalation now."""
    does(inc, "escalate", {}, as_json)


def rerun(inc: Inc, as_json: AsJson = False) -> None:
    """Have the oldest suspect's build of a broken main branch run again: is it a flake?"""
    does(inc, "rerun", {}, as_json)


def next(inc: Inc, text: Text, span: In = None, as_json: AsJson = False) -> None:
    """State the next steps, and when the next update comes."""
    does(inc, "next-steps", {"text": " ".join(text), "next_in_minutes": minutes_of(span)}, as_json)


def update(inc: Inc, text: Text, span: In = None, as_json: AsJson = False) -> None:
    """Post an update, and say when the next one comes."""
    does(inc, "updates", {"text": " ".join(text), "next_in_minutes": minutes_of(span)}, as_json)


def note(
    inc: Inc,
    text: Text,
    url: Annotated[str | None, typer.Option(help="Where it can be seen.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a line to the timeline. It discharges nothing."""
    does(inc, "notes", {"text": " ".join(text), "url": url}, as_json)


def kind(inc: Inc, new_kind: str, reason: Text, as_json: AsJson = False) -> None:
    """Say that it is of another kind than was thought, and why. There is no way back from a private kind."""
    does(inc, "kind", {"kind": new_kind, "reason": " ".join(reason)}, as_json)


def member(inc: Inc, person: str, reason: Text, as_json: AsJson = False) -> None:
    """Let somebody know of a private incident, and say why."""
    does(inc, "members", {"person": person, "reason": " ".join(reason)}, as_json)


def title(inc: Inc, text: Text, as_json: AsJson = False) -> None:
    """Give it a better title than the reporter's words."""
    does(inc, "title", {"title": " ".join(text)}, as_json)


def tag(
    inc: Inc, tags: Annotated[list[str], typer.Argument(help="One word each.")], as_json: AsJson = False
) -> None:
    """Put tags on it, by which it is found and sorted."""
    does(inc, "tags", {"tags": tags}, as_json)


def sev(
    inc: Inc,
    level: Annotated[str, typer.Argument(help="One of the handbook's severities.")],
    reason: Annotated[list[str] | None, typer.Argument(help="Needed to lower it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change the severity."""
    does(inc, "severity", {"severity": level, "reason": " ".join(reason or [])}, as_json)


def rollback(
    inc: Inc,
    answer: Annotated[str, typer.Argument(metavar="yes|no")],
    text: Annotated[list[str], typer.Argument(help="How it was rolled back, or why not.")],
    as_json: AsJson = False,
) -> None:
    """Answer "rolled back?"."""
    if answer.lower() not in ("yes", "no"):
        raise Invalid(f'{answer!r} is no answer to "rolled back?": write yes, or no', field="answer")
    does(inc, "rollback", {"rolled_back": answer.lower() == "yes", "text": " ".join(text)}, as_json)


def approve(
    inc: Inc,
    title: Annotated[str | None, typer.Option(help="Title of the issue. [the draft's]")] = None,
    body_file: Annotated[Path | None, typer.Option(help="File with its text. [the draft's]")] = None,
    post_text: Annotated[str | None, typer.Option("--post", help="Text of the post. [the draft's]")] = None,
    as_json: AsJson = False,
) -> None:
    """Let the public issue and the post go out."""
    try:
        body = body_file.read_text("utf-8") if body_file else None
    except (OSError, UnicodeDecodeError) as why:
        raise Invalid(f"{body_file} can't be read: {why}", field="body-file") from why
    does(inc, "public-words", {"title": title, "body": body, "post": post_text}, as_json)


def send(
    inc: Inc,
    duty: Annotated[str, typer.Argument(help="The duty's id, as `tocsin show` lists it.")],
    text: Annotated[str | None, typer.Option(help="Instead of the draft.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let Tocsin send what it offers for a duty."""
    does(inc, "actions", {"duty": duty, "text": text}, as_json)


def page(
    inc: Inc,
    targets: Annotated[list[str], typer.Argument(help="on-call, team:NAME or person:HANDLE.")],
    as_json: AsJson = False,
) -> None:
    """Page more people now. `tocsin page test PERSON` only tries whether a page reaches them; on every contact method of theirs."""
    if inc == TEST:
        _test(targets, as_json)
        return
    does(inc, "page", {"targets": targets}, as_json)


def _test(people: list[str], as_json: bool) -> None:
    for one in people:
        found = post(f"/people/{one.removeprefix('person:').removeprefix('@')}/test-page", {})
        say_json(found) if as_json else say_test(found)
    if not as_json:
        say("What comes of it: tocsin contact tested PERSON, or the page of how they are reached.")


def does(inc: str, deed: str, body: Json, as_json: bool) -> None:
    incident = post(f"/incidents/{ref_of(inc)}/{deed}", body)
    if as_json:
        say_json(incident)
    else:
        say(showing.short(incident))
