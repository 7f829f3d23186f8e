"""`tocsin key|person|team|schedule …` and `tocsin sign-in`: who there is, and who may come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tocsin.doors.cli.effects import Force, as_json, effect_words, is_forced, must_be_meant
from tocsin.doors.cli.house import Data, with_house
from tocsin.doors.cli.typed import Expect, YesOption
from tocsin.doors.cli.words import AsJson, say, say_json, table
from tocsin.errors import Invalid, NotFound

if TYPE_CHECKING:
    from tocsin.acts.house import House
    from tocsin.acts.oncall.effect import Effect
    from tocsin.core.people import Person

keys = typer.Typer(help="Keys for the API and the CLI.", no_args_is_help=True)
persons = typer.Typer(help="People.", no_args_is_help=True)
teams = typer.Typer(help="Teams.", no_args_is_help=True)
schedules = typer.Typer(help="Who is on call when.", no_args_is_help=True)
Rights = Annotated[
    list[str] | None,
    typer.Option(help="read, report, respond or admin; each includes those before. [respond]"),
]
Sure = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Handle = Annotated[str, typer.Argument(help="Short and small, such as alice.")]


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    person: Annotated[str, typer.Option(help="In whose name it acts. [nobody's]")] = "",
    rights: Rights = None,
    data: Data = None,
) -> None:
    """Make a key and print it, this once."""
    from tocsin.acts import access

    say(with_house(data, lambda h: access.create_key(h, name, person=person, rights=rights or ["respond"])))


@keys.command("list")
def list_keys(data: Data = None, as_json: AsJson = False) -> None:
    """List the keys, without their secrets."""
    from tocsin.acts import access

    found = with_house(data, access.list_keys)
    cells = [
        (
            key.name,
            key.person,
            ",".join(key.rights),
            f"{key.created_at:%Y-%m-%d}",
            f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else "",
        )
        for key in found
    ]
    _list(("name", "person", "rights", "created", "revoked"), cells, as_json)


@keys.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument()], data: Data = None) -> None:
    """Revoke a key: it opens nothing from now on."""
    from tocsin.acts import access

    with_house(data, lambda house: access.revoke_key(house, name))
    say(f"{name} opens nothing from now on.")


@persons.command("add")
def add_person(
    handle: Handle,
    name: Annotated[str, typer.Option(help="How they are called. [the handle]")] = "",
    email: Annotated[str, typer.Option(help="Where pages and sign-in links reach them.")] = "",
    slack_id: Annotated[str, typer.Option(help="Their id in Slack, such as U012AB3CD.")] = "",
    rights: Rights = None,
    github: Annotated[str, typer.Option(help="Their login at GitHub.")] = "",
    zone: Annotated[str, typer.Option(help="Their time zone, such as Europe/Berlin.")] = "",
    hours: Annotated[str, typer.Option(help="When they work, in their zone: Mon-Fri 09:00-17:00.")] = "",
    yes: YesOption = False,
    data: Data = None,
) -> None:
    """Add a person, or replace the one of that handle. Where nothing reaches them any more and that opens a gap it asks."""
    from tocsin.core.people import Person

    said = Person(handle, name, email, slack_id, tuple(rights or ["respond"]), github, zone, hours)
    saved = with_house(data, lambda house: _save(house, said, yes))
    say(f"{saved.handle} is {saved.name}, and may {', '.join(saved.rights)}.")


@persons.command("notices")
def choose_notices(
    handle: Handle,
    notices: Annotated[
        list[str] | None, typer.Argument(help="24h, 1h, now: each that they want. [none: never]")
    ] = None,
    data: Data = None,
) -> None:
    """Choose how long before a shift of theirs begins a person hears of it: `tocsin person notices alice 24h now`."""
    from tocsin.acts import people
    from tocsin.acts.oncall.by import OPERATOR

    saved = with_house(data, lambda house: people.choose_notices(house, OPERATOR, handle, notices or []))
    chosen = ", ".join(saved.notices)
    say(f"{saved.handle} hears of a shift: {chosen or 'not before it begins, and not then'}.")


@persons.command("list")
def list_people(data: Data = None, as_json: AsJson = False) -> None:
    """List everybody."""
    from tocsin.acts import people

    known = with_house(data, people.everybody).people.values()
    cells = [
        (
            p.handle,
            p.name,
            p.email,
            p.slack_id,
            p.github,
            p.hours and f"{p.hours} {p.zone}",
            ",".join(p.rights),
        )
        for p in known
    ]
    _list(("handle", "name", "email", "slack_id", "github", "hours", "rights"), cells, as_json)


@persons.command("remove")
def remove_person(
    handle: Handle, yes: Sure = False, force: Annotated[bool, Force] = False, data: Data = None
) -> None:
    """Take a person out of Tocsin: show whose shifts move and which gaps open, and ask. What they did stays in the timelines."""
    with_house(data, lambda house: _remove(house, handle, yes, force), tells=True)
    say(f"{handle} is gone from Tocsin, its teams and its schedules.")


@teams.command("set")
def set_team(
    name: Annotated[str, typer.Argument(help="Such as ops_team.")],
    members: Annotated[list[str], typer.Argument(help="Handles of everybody in it.")],
    pager: Annotated[
        str | None,
        typer.Option(
            help="The pager it keeps: opsgenie, pagerduty (each may have :NAME, what the team is called there), own, or all. [as it is]"
        ),
    ] = None,
    yes: YesOption = False,
    data: Data = None,
) -> None:
    """Set who is in a team, and which pager it keeps. Whose shifts move is shown, and where that opens a gap it asks."""
    kept = with_house(data, lambda house: _set_team(house, name, members, pager, yes), tells=True)
    say(f"{name}: {', '.join(members)}." + (f" {kept}." if kept else ""))


@schedules.command("set")
def set_schedule(
    name: Annotated[str, typer.Argument(help="Such as ops.")],
    zone: Annotated[str, typer.Option(help="Time zone, such as Europe/Berlin.")],
    first_handoff: Annotated[str, typer.Option(help="Local time of the zone: 2026-03-02T09:00.")],
    people: Annotated[str, typer.Option(help="Handles in the order of their turns: alice,bob.")],
    team: Annotated[str | None, typer.Option(help="The team that it is for. [as it is; none]")] = None,
    expect: Expect = None,
    yes: YesOption = False,
    data: Data = None,
) -> None:
    """Set a weekly rotation. Whose shifts move is shown, and where that opens a gap it asks.

    A schedule that is more than one weekly rotation is refused: change that with `tocsin oncall schedule save`.
    """
    handles = [handle.strip() for handle in people.split(",") if handle.strip()]
    try:
        first = datetime.fromisoformat(first_handoff)
    except ValueError as why:
        raise Invalid(
            f"{first_handoff!r} is no time: write one such as 2026-03-02T09:00", field="first-handoff"
        ) from why
    wanted = {"team": team, "zone": zone, "first_handoff": first, "participants": handles}
    with_house(data, lambda house: _set_schedule(house, name, wanted, expect, yes), tells=True)
    say(f"{name}: turns of a week from {first:%Y-%m-%d %H:%M} {zone} on: {', '.join(handles)}.")


def sign_in(person: Annotated[str, typer.Argument(help="Whose link it is.")], data: Data = None) -> None:
    """Print a link that signs this person in, once, within half an hour."""
    say(with_house(data, lambda house: _link(house, person)))


async def _save(house: House, said: Person, yes: bool) -> Person:
    from tocsin.acts import people

    would = await people.put_person(house, said, preview=True)
    if would.effect.opens:
        _show(would.effect)
    must_be_meant(as_json(would.effect), yes)
    return (await people.put_person(house, said)).person


async def _remove(house: House, handle: str, yes: bool, force: bool) -> None:
    from tocsin.acts import people

    left = await people.remove_person(house, handle, preview=True)
    for words, names in (("teams", left.teams), ("schedules", left.schedules)):
        if names:
            say(f"They go from the {words} {', '.join(names)}.")
    _show(left.effect)
    must_be_meant(as_json(left.effect), yes, always=True, question=f"Remove {left.person}?")
    await people.remove_person(house, handle, force=is_forced(force, yes))


async def _set_team(house: House, name: str, members: Sequence[str], pager: str | None, yes: bool) -> str:
    """Who pages it then, "" where it says nothing of that."""
    from tocsin.acts import people
    from tocsin.core.pagers import pager_words

    pager = "" if pager == "all" else pager
    seen = (await people.everybody(house)).teams.get(name.strip(), ())
    effect = await people.save_team(house, name, members, expected=seen, preview=True, pager=pager)
    if effect.moves or effect.opens:
        _show(effect)
    must_be_meant(as_json(effect), yes)
    await people.save_team(house, name, members, expected=seen, pager=pager)
    kept = (await people.everybody(house)).pagers.get(name.strip(), "")
    return pager_words(kept, house.abilities)


async def _set_schedule(
    house: House, name: str, wanted: dict[str, Any], expect: int | None, yes: bool
) -> None:
    from tocsin.acts.oncall.weekly import save_weekly

    would = await save_weekly(house, name, **wanted, expected=expect, preview=True)
    if not would.is_changed:
        return
    if not would.is_new:
        _show(would.effect)
        must_be_meant(as_json(would.effect), yes)
    seen = would.kept.version - 1 if not would.is_new else None
    await save_weekly(house, name, **wanted, expected=seen)


def _show(effect: Effect) -> None:
    say("\n".join(effect_words(as_json(effect))))


async def _link(house: House, person: str) -> str:
    from tocsin.acts import access, people

    if person not in (await people.everybody(house)).people:
        raise NotFound(
            f"Nobody is called {person}: add them with `tocsin person add {person}`", field="person"
        )
    return f"{house.places.base}/sign-in/{await access.sign_in_link(house, person)}"


def _list(headings: tuple[str, ...], cells: Sequence[Sequence[str]], as_json: bool) -> None:
    if as_json:
        say_json([dict(zip(headings, row, strict=True)) for row in cells])
    else:
        shown = [tuple(cell or "-" for cell in row) for row in cells]
        say(table(tuple(heading.upper() for heading in headings), shown))
