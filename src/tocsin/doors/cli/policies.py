"""`tocsin policy …`: whom alerts reach, and after how long; of the server, or of a file that is read without any."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tocsin.doors.cli.remote import delete, get, put
from tocsin.doors.cli.typed import Expect, desk
from tocsin.doors.cli.words import AsJson, Json, say, say_json, table
from tocsin.doors.cli.yaml_files import Page, read_page, written
from tocsin.errors import Invalid, NotFound, TocsinError

app = typer.Typer(
    help="Escalation policies: whom an alert reaches, and after how long.", no_args_is_help=True
)
Id = Annotated[str, typer.Argument(metavar="POLICY", help="Its id.")]
File = Annotated[Path, typer.Argument(help="The policy, as `show` prints it.")]
PLACE = re.compile(
    r"(?:steps|last_resort|repeat|again_after|acknowledged_by|forgotten_after|team|name)[\w.\[\]]*"
)


@app.command("list")
def list_policies(as_json: AsJson = False) -> None:
    """List the policies. Example: tocsin policy list"""
    found = get("/policies")
    if as_json:
        say_json(found)
        return
    rows = [
        (one["id"], one["team"] or "-", str(one["version"]), str(len(one["policy"]["steps"])), one["name"])
        for one in found["policies"]
    ]
    say(table(("POLICY", "TEAM", "VERSION", "STEPS", "NAME"), rows))


@app.command()
def show(policy: Id, as_json: AsJson = False) -> None:
    """Print a policy as a file keeps it. Example: tocsin policy show payments > payments.yaml"""
    found = get(f"/policies/{policy}")
    say_json(found) if as_json else say(written(_file_of(found)).rstrip())
    if not as_json:
        _warn(found)


@app.command()
def save(
    file: File,
    expect: Expect = None,
    preview: Annotated[bool, typer.Option("--preview", help="Change nothing: say what it would do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make or edit the policy of a file; alerts that have begun go on as they were. Example: tocsin policy save payments.yaml

    The file's `version`, or --expect, is what was edited: refused, saying who was first, where somebody saved meanwhile.
    """
    page = read_page(file)
    id, seen, doc = _read(page)
    expected = next((one for one in (expect, seen) if one is not None), None)
    expected = _version_of(id) if expected is None else expected
    body = {"policy": doc, "expected_version": expected, "preview": preview}
    try:
        found = put(f"/policies/{id}", body)
    except Invalid as why:
        raise _placed(page, why) from why
    if as_json:
        say_json(found)
        return
    _warn(found)
    verb = "made" if found["is_new"] else "saved" if found["is_changed"] else "as it was"
    say("Nothing is saved yet." if preview else f"{id} is {verb}, at version {found['version']}.")
    _say_coming(found["coming"])


@app.command("delete")
def delete_policy(
    policy: Id,
    expect: Expect = None,
    force: Annotated[
        bool, typer.Option("--force", help="Take it out of the policies that refer to it.")
    ] = False,
) -> None:
    """Delete a policy; while others refer to it they are named. Example: tocsin policy delete payments"""
    expected = _version_of(policy) if expect is None else expect
    if not expected:
        raise NotFound(f"There is no policy {policy} that anybody has saved", field="policy")
    delete(f"/policies/{policy}", expected_version=expected, force=force)
    say(f"{policy} is gone; alerts that have begun go on by it.")


@app.command()
def explain(
    files: Annotated[
        list[Path], typer.Argument(help="The policy's file; after it those of policies that it refers to.")
    ],
    priority: Annotated[str, typer.Option(help="P1 to P5.")] = "P3",
    start: Annotated[
        datetime | None, typer.Option("--at", help="When the alert begins, in UTC. [now]")
    ] = None,
) -> None:
    """Say what happens when nobody answers, without a server. Example: tocsin policy explain payments.yaml --priority P1

    Without one nobody is known: a team or a schedule stands for whoever it means then, and is taken to be somebody.
    """
    from tocsin.clock import SystemClock
    from tocsin.doors.cli.policy_file import foretold

    at = start.isoformat() if start else SystemClock().now().isoformat()
    pages = [read_page(file) for file in files]
    docs = [(page, *_read(page)) for page in pages]
    say("\n".join(foretold(docs, priority, datetime.fromisoformat(at), _placed)))


def _read(page: Page) -> tuple[str, int | None, dict[str, Any]]:
    """The id that a file names, the version that it was shown with, and what is to be saved."""
    if not isinstance(page.doc, dict):
        raise Invalid(f"{page.at('')}: holds no policy: write steps", field="file")
    doc = dict(page.doc)
    id = str(doc.pop("policy", None) or doc.pop("id", None) or page.path.stem)
    seen = doc.pop("version", None)
    if seen is not None and (isinstance(seen, bool) or not isinstance(seen, int) or seen < 0):
        raise Invalid(
            f"{page.at('version')}: version is {seen!r}: leave the number that `show` printed, or take the line out",
            field="version",
        )
    return id, seen, doc


def _file_of(found: Json) -> Json:
    doc = dict(found["policy"])
    if doc.get("name") == found["id"]:
        del doc["name"]
    return {"policy": found["id"], "version": found["version"], **doc}


def _placed(page: Page, why: TocsinError) -> Invalid:
    place = PLACE.match(why.message)
    return Invalid(f"{page.at(place[0] if place else '')}: {why.message}", field=why.field)


def _version_of(id: str) -> int | None:
    """The version that somebody saved; None where nobody has."""
    found = next((int(one["version"]) for one in get("/policies")["policies"] if one["id"] == id), None)
    return found or None


def _warn(found: Json) -> None:
    for one in found["warnings"]:
        typer.echo(one, err=True)  # Beside the output, which may go into a file.


def _say_coming(lines: list[Json]) -> None:
    here = desk()
    say("If an alert began now, and nobody answered:")
    for one in lines:
        say(
            f"  {here.local(one['at'])}  {one['text']}"
            + (f" ({'; '.join(one['why'])})" if one["why"] else "")
        )
