"""The commands about deploys: tell of one, list them."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.words import AsJson, Json, at, ref_of, say, say_json, table

app = typer.Typer(no_args_is_help=True, help="What was deployed: tell of a deploy, list them.")


@app.command()
def record(
    service: Annotated[str, typer.Argument(help="What was deployed, as the file of targets calls it.")],
    version: Annotated[str | None, typer.Option(help="What you call the version.")] = None,
    commit: Annotated[str | None, typer.Option(help="The commit's sha.")] = None,
    repository: Annotated[str | None, typer.Option(help="The commit's repository, owner/name.")] = None,
    when: Annotated[str | None, typer.Option("--at", help="Such as 2026-03-02T09:00Z. [now]")] = None,
    status: Annotated[
        str, typer.Option(help="succeeded, running, failed, unhealthy or rolled-back.")
    ] = "succeeded",
    url: Annotated[str | None, typer.Option(help="Where it can be seen.")] = None,
    title: Annotated[str | None, typer.Option(help="What it brings.")] = None,
    environment: Annotated[str | None, typer.Option(help="Where to.")] = None,
    id: Annotated[str | None, typer.Option(help="Your own id: the same one again adds to it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell of a deploy, as a last step of whatever deploys."""
    more = {"url": url, "title": title, "environment": environment, "id": id}
    what = {"service": service, "version": version, "commit": commit, "repository": repository}
    made = post("/deploys", {**what, "at": when, "status": status, **more})
    if as_json:
        say_json(made)
        return
    deploy = made["deploy"]
    verb = "is known now" if made["is_new"] else "was known: what is new was added"
    say(f"{deploy['service']} {deploy['version'] or deploy['commit'][:7]} ({deploy['status']}) {verb}.")


@app.command("list")
def list_deploys(
    service: Annotated[str, typer.Argument(help="Of this service alone.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """What was deployed, the newest first."""
    found = get("/deploys", service=service, limit=limit)
    if as_json:
        say_json(found)
        return
    rows = [
        (at(one["at"]), one["service"], one["version"] or one["commit"][:7], one["status"], one["title"])
        for one in found["deploys"]
    ]
    say(table(("AT", "SERVICE", "VERSION", "STATUS", "WHAT"), rows) if rows else "No deploy is known.")


@app.command()
def verdict(
    ref: Annotated[str, typer.Argument(help="The incident, such as INC-7.")],
    again: Annotated[bool, typer.Option("--again", help="Have Tocsin look again.")] = False,
    began_at: Annotated[
        str | None, typer.Option(help="When it began, where that was before it was opened; it looks again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whether each service can be rolled back, to what, and why."""
    path = f"/incidents/{ref_of(ref)}/verdicts"
    if again or began_at:
        post(path, {"began_at": began_at})
    found = get(path)
    if as_json:
        say_json(found)
        return
    for one in found["verdicts"]:
        _say_verdict(one)
    if again or began_at:
        say("Tocsin looks again: ask once more in a moment.")
    elif not found["verdicts"]:
        say("No deploy of a declared target is known.")


def _say_verdict(one: Json) -> None:
    marks = {one["suspect"]: "suspected: ", one["good"]: "proposed: "}
    say(f"{one['service']}: {one['verdict']}")
    for line in one["reasons"]:
        say(f"  {line}")
    for line in one["warnings"]:
        say(f"  Warning: {line}")
    rows = [
        (at(d["at"]), d["name"], d["status"], marks.get(d["id"], "") + d["words"]) for d in one["deploys"]
    ]
    say(table(("AT", "VERSION", "STATUS", "HOW WELL IT WAS"), rows))
