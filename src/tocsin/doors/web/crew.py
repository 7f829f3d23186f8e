"""What the page of everybody does about people, teams and rotations, which says first what it moves and opens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from tocsin.acts import people
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.oncall.effect import Effect
from tocsin.acts.people import Directory
from tocsin.core.pagers import pagers_of
from tocsin.core.people import Person, Roster
from tocsin.doors.web.forms import HIDDEN, MARKS, Field, Sheet
from tocsin.doors.web.local_time import clock_of
from tocsin.doors.web.on_call.asking import form_page, is_preview
from tocsin.doors.web.on_call.effects import asks_first
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid

REMOVES: Final = "remove-person"


def removal_sheet(one: Person) -> Sheet:
    note = f"{one.name} is not reached any more. What they did stays in the timelines."
    return Sheet(REMOVES, "Remove …", "Remove from Tocsin", about=one.handle, help=note, danger=True)


def team_sheet(known: Directory, abilities: Collection[str], name: str = "") -> Sheet:
    options = tuple((one.handle, one.name) for one in known.people.values())
    called = () if name else (Field("name", "Name", must=True, help="Such as ops_team."),)
    there = known.teams.get(name, ())
    fields = (
        *called,
        # Whom the page showed as its members: what others changed since is not overwritten.
        Field("seen", "Members", HIDDEN, ",".join(there)),
        Field("members", "Members", MARKS, values=there, options=options),
        *_pager_field(known.pagers.get(name, ""), abilities),
    )
    return Sheet("team", "Change …" if name else "Add a team", "Save", fields, name)


def _pager_field(kept: str, abilities: Collection[str]) -> tuple[Field, ...]:
    """Where there is nothing to choose, nothing is asked."""
    linked = pagers_of(abilities)
    if not linked and not kept:
        return ()
    words = "own is Tocsin itself; empty is what all have."
    if linked:
        words = (
            f"There are {', '.join(linked)}. {linked[0]}:NAME names what the team is called there; {words}"
        )
    return (Field("pager", "Pager that it keeps", value=kept, help=words),)


async def remove_person(visit: Visit, *, preview: bool) -> tuple[Effect, str]:
    handle = visit.form.text("about")
    if handle == visit.me.person:
        raise Invalid("You can't remove yourself; ask another admin")
    # All that it does was shown and meant where it comes to that.
    by = by_visitor(visit.me, "web")
    left = await people.remove_person(visit.house, handle, by, preview=preview, force=not preview)
    return left.effect, f"{handle} is removed from Tocsin, from every team and every schedule."


async def save_team(visit: Visit, *, preview: bool) -> tuple[Effect, str]:
    form = visit.form
    name = form.text("about") or form.text("name").strip()
    seen = [one for one in form.text("seen").split(",") if one] if "seen" in form.values else None
    effect = await people.save_team(
        visit.house,
        name,
        form.all("members"),
        by_visitor(visit.me, "web"),
        expected=seen,
        preview=preview,
        pager=form.text("pager") if "pager" in form.values else None,
    )
    return effect, f"The team {name} is saved."


def must_ask(visit: Visit, act: str, effect: Effect) -> bool:
    """Whether the effect is shown before it is done: a gap always, and all that moves where somebody is taken out."""
    unseen = act == REMOVES and bool(effect.moves) and "meant" not in visit.form.values
    return is_preview(visit) or unseen or asks_first(visit.form, effect)


async def asked(visit: Visit, sheet: Sheet, effect: Effect, to: str = "") -> Response:
    """The form once more, with what sending it does; under the name of what it is about, where the list only said "Change …"."""
    known = await people.everybody(visit.house)
    names = {**known.names, **{one.id: one.name for one in known.schedules}}
    if sheet.about and sheet.title.endswith(" …"):
        sheet = replace(
            sheet, title=f"{sheet.title.removesuffix(' …')} {names.get(sheet.about, sheet.about)}"
        )
    mine = clock_of(known.people, visit.me.person, visit.house.clock.now())
    return form_page(
        visit, sheet, to or f"/people/{sheet.act}", effect=effect, must_mean=sheet.act == REMOVES, mine=mine,
        roster=Roster(known.people, known.teams), schedule=None, back=(to, "My page") if to else ("/people", "People"),
    )  # fmt: skip
