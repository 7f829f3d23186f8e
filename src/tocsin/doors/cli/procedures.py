"""The commands of procedures: plan, approve, run, stop. Each is one call of the API."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.words import AsJson, Json, at, ref_of, say, say_json, table
from tocsin.errors import Invalid

MOST_FILES = 20
app = typer.Typer(
    invoke_without_command=True, help="Roll back, revert, repair: plan it, approve it, run it, stop it."
)
Inc = Annotated[str, typer.Argument(metavar="INC", help="Such as INC-7, or 7.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Such as P1.")]
Because = Annotated[list[str], typer.Argument(help="Why.")]
MayBecause = Annotated[list[str] | None, typer.Argument(help="Why.")]


@app.callback()
def procedures(context: typer.Context, as_json: AsJson = False) -> None:
    """List what can be planned here, and the latest runs."""
    if context.invoked_subcommand:
        return
    offered, runs = get("/procedures"), get("/procedures/runs")
    if as_json:
        say_json(offered | runs)
        return
    rows = [(one["id"], ", ".join(one["targets"]), _asks(one)) for one in offered["procedures"]]
    say(
        table(("PROCEDURE", "OF", "ASKS FOR"), rows)
        if rows
        else "TOCSIN_PROCEDURES declares nothing to plan for."
    )
    lately = [
        (
            one["incident"],
            one["run"],
            one["state"],
            at(one["asked_at"]),
            f"{one['procedure']} {one['target']}",
        )
        for one in runs["runs"]
    ]
    if lately:
        say("\n" + table(("INC", "RUN", "STATE", "ASKED (UTC)", "WHAT"), lately))


@app.command()
def plan(
    inc: Inc,
    procedure: Annotated[str, typer.Argument(help="Such as roll-back.")],
    target: Annotated[str, typer.Argument(help="What it is done to.")],
    reason: Annotated[str, typer.Option("--because", help="Why: it stands in commits, and people read it.")],
    given: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=VALUE...", help="What the procedure asks for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have it planned: a dry run. `tocsin procedure status INC RUN` shows the plan a moment later."""
    inputs = dict(_given(one) for one in given or ())
    body = {"procedure": procedure, "target": target, "reason": reason, "inputs": inputs}
    _told(post(f"/incidents/{ref_of(inc)}/procedures", body), as_json)


@app.command()
def approve(
    inc: Inc,
    run: RunId,
    override: Annotated[
        str | None, typer.Option(help="Why it is done although the plan was refused.")
    ] = None,
    and_run: Annotated[bool, typer.Option("--run", help="Carry it out at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say yes to a plan."""
    _does(inc, run, "approve", {"override": override, "run": and_run}, as_json)


@app.command("run")
def start(inc: Inc, run: RunId, as_json: AsJson = False) -> None:
    """Have an approved plan carried out."""
    _does(inc, run, "run", {}, as_json)


@app.command()
def stop(inc: Inc, run: RunId, reason: MayBecause = None, as_json: AsJson = False) -> None:
    """Leave off at the next safe point."""
    _does(inc, run, "stop", {"reason": " ".join(reason or [])}, as_json)


@app.command("go-on")
def go_on(inc: Inc, run: RunId, reason: Because, as_json: AsJson = False) -> None:
    """After a failure or a stop, go on with the step that it ended at."""
    _does(inc, run, "go-on", {"reason": " ".join(reason)}, as_json)


@app.command()
def withdraw(inc: Inc, run: RunId, reason: Because, as_json: AsJson = False) -> None:
    """Say that it is not to be done."""
    _does(inc, run, "withdraw", {"reason": " ".join(reason)}, as_json)


@app.command()
def status(
    inc: Inc,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="Such as P1. [all]")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a run: its plan, its verdict, and how far it came."""
    path = f"/incidents/{ref_of(inc)}/procedures"
    found = get(f"{path}/{run}") if run else get(path)
    if as_json:
        say_json(found)
        return
    runs = [found] if run else found["runs"]
    say("\n\n".join(shown(one) for one in runs) or f"{ref_of(inc)} has no run yet.")


def shown(run: Json) -> str:
    """A run as a terminal shows it."""
    verdict = f", {run['verdict']}" if run["verdict"] else ""
    lines = [f"{run['incident']} {run['id']}  {run['procedure']} {run['target']}: {_state(run)}{verdict}"]
    lines += [f"  {run['url']}", f"  why: {run['reason']} ({run['asked_by']})"]
    lines += [f"  {name}: {value}" for name, value in run["inputs"].items()]
    lines += [f"  refused: {one}" for one in run["refusals"]]
    lines += [f"  mind: {one}" for one in run["warnings"]]
    lines += [f"  because {one}" for one in run["reasons"]]
    if run["agreed"]:
        lines.append(f"  yes from: {', '.join(run['agreed'])} ({len(run['agreed'])} of {run['persons']})")
    for n, step in enumerate(run["steps"], 1):
        lines.append(f"  {n}. [{step['state']}] {step['title']}")
        lines += [f"       {line}" for line in _exactly(step)] if step["state"] == "waiting" else []
        lines += [f"       {one['what']}: {one['value']}" for one in step["evidence"]]
        lines += [f"       failed: {step['why']}"] if step["why"] else []
        lines += [f"       {line}" for line in step["details"]]
    if run["said"]:
        lines.append(f"  {run['state']}: {run['said']}")
    return "\n".join(lines)


def _exactly(step: Json) -> list[str]:
    """What a step that is still to come changes: files, and the lines that switch an updater off."""
    files = [str(one) for one in step["inputs"].get("files", ())]
    more = [f"and {len(files) - MOST_FILES} more"] if len(files) > MOST_FILES else []
    diffs = [line for one in step["inputs"].get("frozen_by", ()) for line in str(one).splitlines()]
    return [*files[:MOST_FILES], *more, *diffs]


def _state(run: Json) -> str:
    return "stopping" if run["is_stopping"] else str(run["state"])


def _asks(one: Json) -> str:
    return ", ".join(field["name"] + ("" if field["must"] else "?") for field in one["asks"]) or "-"


def _given(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise Invalid(f"{text!r} names nothing: write NAME=VALUE, such as to=1a2b3c4", field="given")
    return name.strip(), value.strip()


def _does(inc: str, run: str, deed: str, body: Json, as_json: bool) -> None:
    _told(post(f"/incidents/{ref_of(inc)}/procedures/{run}/{deed}", body), as_json)


def _told(run: Json, as_json: bool) -> None:
    if as_json:
        say_json(run)
    else:
        say(shown(run))
