"""`tocsin export` and `tocsin apply`: the configuration as files that are reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli.effects import cut, effect_words, must_be_meant
from tocsin.doors.cli.folder import Folder, read_folder, write_folder
from tocsin.doors.cli.remote import get, post
from tocsin.doors.cli.typed import desk
from tocsin.doors.cli.words import AsJson, Json, say, say_json
from tocsin.errors import Conflict, Invalid

LIMIT_SECONDS = 600.0
"""A house of thousands of schedules takes minutes."""
SIGNS = {"create": "+", "update": "~", "delete": "-"}
Dir = Annotated[Path, typer.Argument(metavar="DIR", help="The folder, such as oncall.")]


def export(
    folder: Dir,
    prune: Annotated[bool, typer.Option(help="Delete the files of schedules that are no more.")] = False,
) -> None:
    """Write people, teams, calendars, schedules and policies into files, to be reviewed and applied.

    A file that says the same already stays as it is. Example: tocsin export oncall && git -C oncall diff
    """
    changed, gone = write_folder(folder, get("/configuration"))
    say("\n".join(f"wrote {path}" for path in changed) or f"{folder} says all that already.")
    for path in gone:
        if prune:
            path.unlink()
        say(f"deleted {path}" if prune else f"{path} is of no schedule any more: delete it, or --prune")


def apply_files(
    folder: Dir,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete what is in no file, of the kinds that there are files of.")
    ] = False,
    drop_planned: Annotated[
        bool, typer.Option("--drop-planned", help="Take the place of plans that were to begin later.")
    ] = False,
    plan: Annotated[
        str,
        typer.Option(metavar="ID", help="Do exactly the plan of this id, that a dry run gave; else nothing."),
    ] = "",
    no_gaps: Annotated[
        bool, typer.Option("--no-gaps", help="Do nothing, and end with 1, where a gap would open.")
    ] = False,
    no_changes: Annotated[
        bool, typer.Option("--no-changes", help="With --dry-run: end with 1 where anything would change.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have Tocsin be as the files say: show the plan, ask, then do all of it, or, where anything is wrong, nothing.

    Past shifts, overrides, absences and cover are never touched. A dry run needs a key that may read; it ends with 0 where the files can
    be applied and with 2 where they can't. Example: tocsin apply oncall --dry-run
    """
    found = read_folder(folder)
    asked = {"prune": prune, "drop_planned": drop_planned}
    planned = sent(found, {**asked, "dry_run": True, "plan_id": plan or None})
    if not as_json:
        say(plan_words(planned, desk().zone))
    _check(planned, as_json, no_gaps=no_gaps, no_changes=no_changes and dry_run)
    if dry_run or not _changes(planned):
        say_json(planned) if as_json else None
        return
    must_be_meant(planned["effect"], yes, always=True, question="Apply this plan?")
    done = sent(found, {**asked, "plan_id": planned["plan_id"]})
    say_json(done) if as_json else say("Applied.")


def plan_words(planned: Json, zone: str) -> str:
    """A plan as a terminal shows it, its times by the clock of a zone."""
    lines: list[str] = []
    for step in _changes(planned):
        lines.append(f"{SIGNS[step['action']]} {step['kind']} {step['id']}")
        lines += [f"    {words}" for words in step["words"]]
    same = sum(step["action"] == "unchanged" for step in planned["steps"])
    left = [f"{step['kind']} {step['id']}" for step in planned["steps"] if step["action"] == "left"]
    lines.append(f"{same} as they are already." if lines else "All is as the files say already.")
    if left:
        lines.append(f"In no file, and left as they are: {', '.join(cut(left, 10))}")
    if _changes(planned):
        lines += ["", *effect_words(planned["effect"], zone), ""]
        lines += [f"! {one}" for one in planned["warnings"]]
        lines.append(f"Plan {planned['plan_id']}")
    return "\n".join(lines)


def _changes(planned: Json) -> list[Json]:
    return [step for step in planned["steps"] if step["action"] in SIGNS]


def _check(planned: Json, as_json: bool, *, no_gaps: bool, no_changes: bool) -> None:
    why = ""
    if no_gaps and planned["effect"]["opens"]:
        why = "A gap would open, and --no-gaps says that none may. Nothing was changed"
    elif no_changes and _changes(planned):
        why = "Tocsin is not as the files say. Nothing was changed"
    if why:
        say_json(planned) if as_json else None
        raise Conflict(why)


def sent(folder: Folder, more: Json) -> Json:
    """What Tocsin says to the files; what is wrong in them is told by file and line."""
    try:
        return post("/apply", {**folder.body, **more}, limit_seconds=LIMIT_SECONDS)
    except Invalid as why:
        if not why.places:
            raise
        lines = [folder.told(place, message) for place, message in why.places]
        raise Invalid("\n".join(lines), field="folder") from why
