"""The commands about deploys: tell of one, list them."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.words import AsJson, at, say, say_json, table

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
