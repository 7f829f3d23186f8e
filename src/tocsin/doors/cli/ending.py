"""The commands that end an incident, settle its duties, and put reports where they belong."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.incidents import Inc, does
from tocsin.doors.cli.words import AsJson, ref_of

Duty = Annotated[str, typer.Argument(help="The duty's id, as `tocsin show` lists it.")]
Reason = Annotated[list[str], typer.Argument(help="Why.")]


def resolve(
    inc: Inc,
    how: Annotated[str, typer.Option(help="What made it well again.")],
    evidence: Annotated[str, typer.Option(help="How you know that it is well again.")],
    public: Annotated[str | None, typer.Option(help="What outsiders are told.")] = None,
    rolled_back: Annotated[
        bool | None, typer.Option("--rolled-back/--not-rolled-back", help='Answers "rolled back?" as well.')
    ] = None,
    follow_up: Annotated[
        list[str] | None,
        typer.Option(help="What has to follow, as often as needed; '@bob …' gives it to Bob."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say that it is well again."""
    body = {"how": how, "evidence": evidence, "public": public, "rolled_back": rolled_back}
    body["follow_ups"] = "\n".join(follow_up or ()) or None
    does(inc, "resolve", body, as_json)


def dismiss(
    inc: Inc,
    reason: Annotated[str, typer.Option(help="Why it is no incident.")],
    verified: Annotated[str, typer.Option(help="How that was verified.")],
    as_json: AsJson = False,
) -> None:
    """Say that it proved to be no incident."""
    does(inc, "dismiss", {"reason": reason, "verified": verified}, as_json)


def reopen(inc: Inc, reason: Reason, as_json: AsJson = False) -> None:
    """Say that it was not over after all."""
    does(inc, "reopen", {"reason": " ".join(reason)}, as_json)


def log(
    inc: Inc,
    impact: Annotated[str, typer.Option(help="Who was hit, and how.")],
    detection: Annotated[str, typer.Option(help="How it was noticed.")],
    cause: Annotated[str, typer.Option(help='What caused it; "not known yet" is an answer.')],
    resolution: Annotated[str, typer.Option(help="What made it well again.")],
    link: Annotated[list[str] | None, typer.Option(help="Where more can be read; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the entry in the ops log."""
    body = {"impact": impact, "detection": detection, "cause": cause, "resolution": resolution}
    does(inc, "ops-log", {**body, "links": link or []}, as_json)


def snooze(inc: Inc, duty: Duty, reason: Reason, as_json: AsJson = False) -> None:
    """Ask for 15 minutes before a duty of yours is chased again; once, with a reason."""
    does(inc, "snooze", {"duty": duty, "reason": " ".join(reason)}, as_json)


def waive(inc: Inc, duty: Duty, reason: Reason, as_json: AsJson = False) -> None:
    """Let a duty go, with a reason."""
    does(inc, "waive", {"duty": duty, "reason": " ".join(reason)}, as_json)


def done(
    inc: Inc,
    duty: Duty,
    evidence: Annotated[list[str], typer.Argument(help="A link, or who was told, when and how.")],
    as_json: AsJson = False,
) -> None:
    """Say that you did a duty outside of Tocsin, and where it can be seen."""
    does(inc, "by-hand", {"duty": duty, "evidence": " ".join(evidence)}, as_json)


def close(inc: Inc, as_json: AsJson = False) -> None:
    """Close it, or learn what stands in the way. Tocsin closes by itself when all is settled."""
    does(inc, "close", {}, as_json)


def join(
    inc: Inc,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The incident that goes on.")],
    as_json: AsJson = False,
) -> None:
    """Say that it is the same as another incident: its reports move there."""
    does(inc, "join", {"into": ref_of(into)}, as_json)


def split(
    inc: Inc,
    report: Annotated[str, typer.Argument(help="The report's id, such as R3.")],
    as_json: AsJson = False,
) -> None:
    """Give a report that tells of something else an incident of its own."""
    does(inc, "split", {"report": report}, as_json)
