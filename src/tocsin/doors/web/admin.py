"""The pages about people: everybody, teams and the weekly rotations; the keys; and one's own."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Final, Protocol

from starlette.responses import Response

from tocsin.acts import access, looks, people
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.oncall.effect import Effect
from tocsin.acts.oncall.looks import Kept
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.acts.rights import RIGHTS
from tocsin.core.oncall.model import Rotation
from tocsin.core.oncall.weekly import weekly_of
from tocsin.core.pagers import pager_words
from tocsin.core.people import Person
from tocsin.doors.errors import status_of
from tocsin.doors.web.crew import (
    REMOVES,
    asked,
    must_ask,
    removal_sheet,
    remove_person,
    save_team,
    team_sheet,
)
from tocsin.doors.web.forms import (
    CHOICE,
    EMAIL,
    HIDDEN,
    LOCAL_TIME,
    MARKS,
    Field,
    Form,
    Sheet,
    Trouble,
    refilled,
)
from tocsin.doors.web.on_call.asking import is_preview, version_in
from tocsin.doors.web.on_call.effects import asks_first
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, NotFound, TocsinError

MEANINGS: Final = {
    "read": "look at everything",
    "report": "open incidents too",
    "respond": "act in them too",
    "admin": "people and keys too",
}
RIGHT_OPTIONS: Final = tuple((right, f"{right}: {MEANINGS[right]}") for right in RIGHTS)

NOTICES: Final = (("24h", "24 hours before"), ("1h", "1 hour before"), ("now", "when it begins"))


async def show_people(visit: Visit) -> Response:
    return await _people(visit)


async def change_people(visit: Visit) -> Response:
    """Save or remove, as the form of that name asks; refused, the page comes again with what was typed."""
    name = visit.name("act")
    if name not in ACTS:
        raise NotFound(f"There is no form {name} on this page")
    act = ACTS[name]
    try:
        would, _ = await act(visit, preview=True)
        if must_ask(visit, name, would):
            return await asked(visit, await _sheet_of(visit, name), would)
        _, said = await act(visit, preview=False)
    except TocsinError as why:
        return await _people(visit, Trouble(name, visit.form, why))
    return visit.went_well("/people", said)


async def show_keys(visit: Visit) -> Response:
    return await _keys(visit)


async def create_key(visit: Visit) -> Response:
    """Make a key and show it, this once: no later page can."""
    form = visit.form
    try:
        key = await access.create_key(
            visit.house,
            form.text("name").strip(),
            person=form.text("person"),
            rights=(form.text("right"),),
        )
    except TocsinError as why:
        return await _keys(visit, Trouble("create", form, why))
    return await _keys(visit, key=key)


async def revoke_key(visit: Visit) -> Response:
    name = visit.form.text("about")
    await access.revoke_key(visit.house, name)
    return visit.went_well("/keys", f"The key {name} is revoked.")


async def show_me(visit: Visit) -> Response:
    return await _me(visit)


async def save_me(visit: Visit) -> Response:
    """Set one's own name and addresses; one's rights are an admin's to change."""
    form, me = visit.form, (await people.everybody(visit.house)).people[visit.me.person]
    try:
        said, seen = _said(form, me.handle, me.rights), version_in(form)
        would = await people.put_person(visit.house, said, expected=seen, preview=True)
        if is_preview(visit) or asks_first(form, would.effect):
            return await asked(visit, _my_sheet(me), would.effect, "/me")
        await people.put_person(visit.house, said, expected=seen)
    except TocsinError as why:
        return await _me(visit, Trouble("me", form, why))
    return visit.went_well("/me", "Saved.")


async def choose_notices(visit: Visit) -> Response:
    """Set how long before a shift of one's own one hears of it; no mark is never."""
    by, chosen = by_visitor(visit.me, "web"), visit.form.all("notices")
    try:
        await people.choose_notices(visit.house, by, visit.me.person, chosen)
    except TocsinError as why:
        return await _me(visit, Trouble("notices", visit.form, why))
    return visit.went_well("/me", "Saved.")


async def _save_person(visit: Visit, *, preview: bool) -> tuple[Effect, str]:
    form = visit.form
    said = _said(form, form.text("about") or form.text("handle"), (form.text("right"),))
    saved = await people.put_person(visit.house, said, expected=version_in(form), preview=preview)
    return saved.effect, f"{saved.person.name} is saved."


async def _save_rotation(visit: Visit, *, preview: bool) -> tuple[Effect, str]:
    form = visit.form
    id, version = form.text("about"), form.text("version")
    saved = await save_weekly(
        visit.house,
        id or form.text("name").strip(),
        team=form.text("team"),
        zone=form.text("zone").strip(),
        first_handoff=_local(form.text("first_handoff")),
        participants=_handles(form.text("participants")),
        by=by_visitor(visit.me, "web"),
        expected=int(version[:9]) if version.isdecimal() else 0,
        preview=preview,
    )
    return saved.effect, f"The rotation {saved.kept.schedule.name} is saved."


class Act(Protocol):
    """Does what a form says, or, with `preview`, only says what that would do; and what to tell of it."""

    def __call__(self, visit: Visit, *, preview: bool) -> Awaitable[tuple[Effect, str]]: ...


ACTS: Final[dict[str, Act]] = {
    "person": _save_person,
    REMOVES: remove_person,
    "team": save_team,
    "rotation": _save_rotation,
}


async def _sheet_of(visit: Visit, act: str) -> Sheet:
    """The form that was sent, as the page has it. NotFound where what it is about is gone."""
    known, about = await people.everybody(visit.house), visit.form.text("about")
    if act == "team":
        return team_sheet(known, visit.house.abilities, about)
    if act == "rotation":
        kept = known.kept.get(about)
        return (_schedule_sheet(known.teams, kept) if kept else None) or _rotation_sheet(known.teams)
    person = known.people.get(about)
    if act == REMOVES and person:
        return removal_sheet(person)
    return _person_sheet(person)


async def _people(visit: Visit, trouble: Trouble | None = None) -> Response:
    known = await people.everybody(visit.house)
    everybody = list(known.people.values())
    able = visit.house.abilities
    teams = {name: team_sheet(known, able, name) for name in known.teams}
    return visit.page(
        "people.html",
        status=status_of(trouble.error) if trouble else 200,
        people=[
            (one, refilled(_person_sheet(one), trouble), refilled(removal_sheet(one), trouble))
            for one in everybody
        ],
        teams=[
            (name, known.teams[name], pager_words(known.pagers.get(name, ""), able), refilled(sheet, trouble))
            for name, sheet in teams.items()
        ],
        schedules=[
            (one, weekly_of(one.schedule.plan), refilled(sheet, trouble) if sheet else None)
            for one in known.kept.values()
            if one.ended_at is None
            for sheet in [_schedule_sheet(known.teams, one)]
        ],
        new=[
            refilled(sheet, trouble)
            for sheet in (_person_sheet(), team_sheet(known, able), _rotation_sheet(known.teams))
        ],
        on_call=await looks.on_call(visit.house),
        roster=await looks.roster(visit.house),
    )


def _person_sheet(one: Person | None = None) -> Sheet:
    handle = (Field("handle", "Handle", must=True, help="Short and in small letters, such as alice."),)
    fields = (
        *(() if one else handle),
        *_who(one),
        Field("right", "May", CHOICE, options=RIGHT_OPTIONS, value=max(one.rights, key=RIGHTS.index, default="read") if one else "respond"),
    )  # fmt: skip
    return Sheet("person", "Change …" if one else "Add a person", "Save", fields, one.handle if one else "")


def _who(one: Person | None) -> tuple[Field, ...]:
    return (
        *((Field("version", "Version", HIDDEN, str(one.version)),) if one else ()),
        Field("name", "Name", value=one.name if one else ""),
        Field("email", "E-mail", EMAIL, value=one.email if one else ""),
        Field(
            "slack_id",
            "Slack id",
            value=one.slack_id if one else "",
            help="Begins with U; in Slack's profile menu.",
        ),
        Field("github", "Login at GitHub", value=one.github if one else ""),
        Field("zone", "Time zone", value=one.zone if one else "", help="Such as Europe/Berlin."),
        Field(
            "hours",
            "Working hours, in that zone",
            value=one.hours if one else "",
            help="Such as Mon-Fri 09:00-17:00. Whoever delegates a task outside of these hours is warned.",
        ),
    )


def _said(form: Form, handle: str, rights: tuple[str, ...]) -> Person:
    """The person as the form says them."""
    github, zone, hours = (form.text(name).strip() for name in ("github", "zone", "hours"))
    return Person(
        handle, form.text("name"), form.text("email"), form.text("slack_id"), rights, github, zone, hours
    )


def _my_sheet(me: Person) -> Sheet:
    return Sheet("me", "Who you are", "Save", _who(me))


def _schedule_sheet(teams: dict[str, tuple[str, ...]], kept: Kept) -> Sheet | None:
    """A form for a schedule that is no more than a weekly rotation; others have pages of their own."""
    rotation = weekly_of(kept.schedule.plan)
    return _rotation_sheet(teams, kept, rotation) if rotation else None


def _rotation_sheet(
    teams: dict[str, tuple[str, ...]], kept: Kept | None = None, one: Rotation | None = None
) -> Sheet:
    called = () if one else (Field("name", "Name", must=True, help="Such as ops."),)
    order = ", ".join(p.written[0] for p in one.participants) if one else ""
    # It stands in the form as it was shown; where it is refused as stale, the newest one comes with what was typed.
    seen = (Field("version", "Version", HIDDEN, value=str(kept.version)),) if kept else ()
    fields = (
        *called,
        *seen,
        Field("team", "Team", CHOICE, options=(("", "–"), *((name, name) for name in teams)), value=kept.schedule.team if kept else ""),
        Field("zone", "Time zone", value=kept.schedule.plan.zone if kept else "UTC", must=True, help="Such as Europe/Berlin."),
        Field("first_handoff", "First handoff, in that zone", LOCAL_TIME, must=True,
              value=one.first_handoff.isoformat(timespec="minutes") if one else ""),
        Field("participants", "Who takes turns, in this order", value=order, must=True, help="Handles: alice, bob"),
    )  # fmt: skip
    return Sheet(
        "rotation",
        "Change …" if one else "Add a rotation",
        "Save",
        fields,
        kept.id if kept else "",
    )


async def _keys(visit: Visit, trouble: Trouble | None = None, key: str = "") -> Response:
    known = await people.everybody(visit.house)
    persons = (
        ("", "nobody: it can't do what only a person can"),
        *((h, p.name) for h, p in known.people.items()),
    )
    fields = (
        Field("name", "Name", must=True, help="Where it is used, such as ci."),
        Field("person", "Acts in the name of", CHOICE, options=persons),
        Field("right", "May", CHOICE, options=RIGHT_OPTIONS, value="respond"),
    )
    status = status_of(trouble.error) if trouble else 200
    sheet = refilled(Sheet("create", "Make a key", "Make it", fields), trouble)
    keys = await access.list_keys(visit.house)
    return visit.page("keys.html", status=status, keys=keys, sheet=sheet, key=key)


async def _me(visit: Visit, trouble: Trouble | None = None) -> Response:
    me = (await people.everybody(visit.house)).people[visit.me.person]
    sheet = refilled(_my_sheet(me), trouble)
    status = status_of(trouble.error) if trouble else 200
    return visit.page("me.html", status=status, me=me, sheet=sheet, notices=refilled(_notices(me), trouble))


def _notices(me: Person) -> Sheet:
    marks = Field("notices", "Before a shift of mine begins", MARKS, values=me.notices, options=NOTICES)
    help = "By Slack and e-mail, as they stand above. That somebody changed your shifts you hear in any case."
    return Sheet("notices", "When you are told of your shifts", "Save", (marks,), help=help)


def _local(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as why:
        raise Invalid(
            "The first handoff is a date and a time, such as 2026-03-02T09:00", field="first_handoff"
        ) from why


def _handles(text: str) -> list[str]:
    return [handle.strip().lower().removeprefix("@") for handle in text.split(",") if handle.strip()]
