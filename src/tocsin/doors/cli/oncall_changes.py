"""What changes who is on call for a while: `tocsin oncall override|absence|shadow …`. It says what it does to shifts before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from tocsin.doors.cli.effects import effect_words, must_be_meant, span_words
from tocsin.doors.cli.remote import delete, get, post
from tocsin.doors.cli.typed import Desk, For, From, Person, Reason, To, WindowFrom, WindowTo, YesOption, desk
from tocsin.doors.cli.words import AsJson, Json, say, say_json, table
from tocsin.errors import Invalid

overrides = typer.Typer(help="Overrides: somebody else is on call for a while.", no_args_is_help=True)
absences = typer.Typer(help="Absences: somebody is away, and the next one stands in.", no_args_is_help=True)
shadows = typer.Typer(help="Shadow shifts: somebody learns, and gets a copy.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="SCHEDULE", help="Its id.")]
Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="Its number, as `list` says it.")]
NOBODY = "nobody"


class Change(StrEnum):
    TAKE = "take"
    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


@overrides.command("add")
def add_override(
    schedule: Id,
    change: Annotated[
        Change,
        typer.Argument(help="take: instead of anybody; replace or remove: --instead-of; add: as well."),
    ],
    people: Annotated[list[str] | None, typer.Argument(help="Who is on call then, or nobody. [you]")] = None,
    instead_of: Annotated[str | None, typer.Option(help="Who is not, with replace and remove.")] = None,
    start: From = None,
    end: To = None,
    long: For = None,
    reason: Reason = None,
    yes: YesOption = False,
    as_json: AsJson = False,
) -> None:
    """Put somebody on call for a while. Example: tocsin oncall override add ops replace carol --instead-of bob --from 'fri 17:00' --for 2d"""
    here = desk()
    begin, stop = here.span(start, end, long)
    body = {
        "change": change.value,
        "people": _people(here, change, people or []),
        "instead_of": instead_of,
        "start": begin.isoformat(),
        "end": stop.isoformat(),
        "reason": reason,
        "expected_version": get(f"/schedules/{schedule}")["version"],
    }
    path = f"/schedules/{schedule}/overrides"
    _meant(here, post(path, {**body, "preview": True}), yes, as_json)
    made = post(path, body)
    told(here, made, as_json, f"Override {made['override']['id']}: {_override_words(made['override'])}")


@overrides.command("list")
def list_overrides(
    schedule: Id, start: WindowFrom = None, end: WindowTo = None, as_json: AsJson = False
) -> None:
    """List the overrides of a schedule. Example: tocsin oncall override list ops --from 2026-03-01"""
    here = desk()
    found = get(f"/schedules/{schedule}/overrides", **here.window(start, end))
    rows = [
        (str(one["id"]), span_words(one, here.zone), one["made_by"], _override_words(one))
        for one in found["overrides"]
    ]
    _list(found, ("ID", f"WHEN ({here.zone})", "BY", "WHAT"), rows, as_json)


@overrides.command("cancel")
def cancel_override(number: Number, yes: YesOption = False, as_json: AsJson = False) -> None:
    """End an override now; one that has not begun never was. Example: tocsin oncall override cancel 12"""
    _cancel(f"/overrides/{number}", f"The override {number} is over.", yes, as_json)


@absences.command("add")
def add_absence(
    start: Annotated[
        str, typer.Option("--from", help="The first day, or a time: tomorrow, 2026-03-05, 'fri 12:00'.")
    ],
    back: Annotated[
        str, typer.Option("--back", help="The first day back, or a time, likewise; or 5d later.")
    ],
    person: Person = None,
    reason: Reason = None,
    yes: YesOption = False,
    as_json: AsJson = False,
) -> None:
    """Say that you, or somebody of your team, is away. Example: tocsin oncall absence add --from 2026-03-05 --back 2026-03-09"""
    here = desk()
    first, last = here.days(start, back)
    body = {"person": person, "start": first.isoformat(), "end": last.isoformat(), "reason": reason}
    _meant(here, post("/absences", {**body, "preview": True}), yes, as_json)
    made = post("/absences", body)
    told(here, made, as_json, f"Absence {made['absence']['id']}: {_absence_words(here, made['absence'])}")


@absences.command("list")
def list_absences(
    start: WindowFrom = None,
    end: WindowTo = None,
    person: Annotated[str | None, typer.Option(help="Whose. [everybody's]")] = None,
    as_json: AsJson = False,
) -> None:
    """List who is away. Example: tocsin oncall absence list --to 60d"""
    here = desk()
    found = get("/absences", person=person, **here.window(start, end))
    rows = [(str(one["id"]), _absence_words(here, one), one["reason"]) for one in found["absences"]]
    _list(found, ("ID", f"WHO IS AWAY ({here.zone})", "WHY"), rows, as_json)


@absences.command("cancel")
def cancel_absence(number: Number, yes: YesOption = False, as_json: AsJson = False) -> None:
    """Say that they are back; an absence that has not begun never was. Example: tocsin oncall absence cancel 7"""
    _cancel(f"/absences/{number}", f"The absence {number} is over.", yes, as_json)


@shadows.command("add")
def add_shadow(
    schedule: Id,
    of: Annotated[str | None, typer.Option(help="Whom they shadow. [whoever is on call]")] = None,
    person: Annotated[str | None, typer.Option(help="Who learns. [you]")] = None,
    start: From = None,
    end: To = None,
    long: For = None,
    as_json: AsJson = False,
) -> None:
    """Have somebody learn: they get a copy of what reaches whoever is on call. Example: tocsin oncall shadow add ops --for 7d"""
    here = desk()
    begin, stop = here.span(start, end, long)
    body = {"person": person, "of": of, "start": begin.isoformat(), "end": stop.isoformat()}
    made = post(f"/schedules/{schedule}/shadows", body)
    words = f"Shadow shift {made['id']}: {made['person']}, {span_words(made, here.zone)} ({here.zone})."
    say_json(made) if as_json else say(words)


@shadows.command("list")
def list_shadows(
    schedule: Id, start: WindowFrom = None, end: WindowTo = None, as_json: AsJson = False
) -> None:
    """List who shadows whom. Example: tocsin oncall shadow list ops"""
    here = desk()
    found = get(f"/schedules/{schedule}/shadows", **here.window(start, end))
    rows = [
        (str(one["id"]), span_words(one, here.zone), one["person"], one["of"] or "whoever is on call")
        for one in found["shadows"]
    ]
    _list(found, ("ID", f"WHEN ({here.zone})", "WHO", "SHADOWS"), rows, as_json)


@shadows.command("cancel")
def cancel_shadow(number: Number, as_json: AsJson = False) -> None:
    """End a shadow shift now; one that has not begun never was. Example: tocsin oncall shadow cancel 3"""
    path = f"/shadows/{number}"
    done = delete(path, expected_version=get(path)["version"])
    say_json(done) if as_json else say(f"The shadow shift {number} is over.")


def told(here: Desk, made: Json, as_json: bool, words: str) -> None:
    """What was done."""
    say_json(made) if as_json else say(words)


def _people(here: Desk, change: Change, people: list[str]) -> list[str]:
    if change is Change.REMOVE:
        return people
    if people == [NOBODY]:
        return []
    if not people and not here.person:
        raise Invalid("Say who is on call then, or nobody: this key is nobody's", field="people")
    return people or [here.person]


def _meant(here: Desk, planned: Json, yes: bool, as_json: bool) -> None:
    if not as_json:
        say("\n".join(effect_words(planned["effect"], here.zone)))
    must_be_meant(planned["effect"], yes)


def _cancel(path: str, words: str, yes: bool, as_json: bool) -> None:
    here, version = desk(), get(path)["version"]
    _meant(here, delete(path, expected_version=version, preview=True), yes, as_json)
    done = delete(path, expected_version=version)
    told(here, done, as_json, words)


def _override_words(one: Json) -> str:
    people = ", ".join(one["people"]) or NOBODY
    match one["change"]:
        case "replace":
            words = f"{people} instead of {one['instead_of']}"
        case "add":
            words = f"{people} as well"
        case "remove":
            words = f"without {one['instead_of']}"
        case _:
            words = f"{people} instead of anybody"
    return f"{words}: {one['reason']}" if one["reason"] else words


def _absence_words(here: Desk, one: Json) -> str:
    if "T" in one["start"]:
        return f"{one['person']}, {span_words(one, here.zone)}"
    return f"{one['person']}, {one['start']}, back {one['end']}"


def _list(found: Json, headings: tuple[str, ...], rows: Sequence[Sequence[str]], as_json: bool) -> None:
    if as_json:
        say_json(found)
    else:
        say(table(headings, rows) if rows else "There is none.")
