"""What a change does to who is on call, as a terminal shows it, and the question whether it is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from tocsin.doors.cli.words import Json, instant
from tocsin.errors import Conflict

if TYPE_CHECKING:
    from tocsin.acts.oncall.effect import Effect

MOST = 20
"""Lines of each kind."""
Yes = typer.Option("--yes", "-y", help="Do not ask.")
Force = typer.Option("--force", help="With --yes: take it out of the escalation policies that name it.")


def effect_words(effect: Json, zone: str = "UTC") -> list[str]:
    """Whose shifts to come move, and which gaps open, in that zone."""
    said: list[str] = []
    if effect["moves"]:
        said.append(f"Shifts that move ({zone}):")
        moves = [
            f"  {'+' if one['gains'] else '-'} {one['person']}: {span_words(one, zone)} in {one['schedule']}"
            for one in effect["moves"]
        ]
        said += cut(moves, MOST)
    if effect["opens"]:
        said.append(f"NOBODY IS ON CALL THEN ({zone}):")
        said += cut([f"  {one['schedule']}: {span_words(one, zone)}" for one in effect["opens"]], MOST)
    said = said or ["Nobody's shifts move."]
    if effect.get("policies"):
        said.append("It is taken out of the policies:")
        said += [f"  {one['policy']} ({', '.join(one['places'])})" for one in effect["policies"]]
    return said


def as_json(effect: Effect) -> Json:
    """What an act says of it, in the form in which the API tells it."""
    opens = [
        {"schedule": one.schedule, "start": one.start.isoformat(), "end": one.end.isoformat()}
        for one in effect.opens
    ]
    policies = [{"policy": one.policy, "places": list(one.places)} for one in effect.policies]
    return {"moves": effect.as_json(), "opens": opens, "policies": policies}


def is_forced(force: bool, yes: bool) -> bool:
    """Whether it goes out of the policies that name it: so it was said, or they were shown and it was asked."""
    return force or not yes


def must_be_meant(effect: Json, yes: bool, *, always: bool = False, question: str = "Do it?") -> None:
    """Ask whether it is meant, where it opens a gap (or `always`). Conflict where it is not."""
    if yes or not (always or effect["opens"]):
        return
    if not typer.confirm(question, err=True):
        raise Conflict("Nothing was changed")


def span_words(one: Json, zone: str) -> str:
    return f"{local(one['start'], zone)} to {local(one['end'], zone)}"


def local(text: str, zone: str) -> str:
    """An instant of an answer by the clock of a zone."""
    return f"{instant(text).astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


def cut(lines: Sequence[str], most: int) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], f"  and {more} more"] if more > 0 else list(lines)
