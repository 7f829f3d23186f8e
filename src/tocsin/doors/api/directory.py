"""People, teams and keys: for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tocsin.acts import access, people
from tocsin.acts.oncall.by import by_visitor
from tocsin.core.people import Person
from tocsin.doors.api import asked, told_on_call
from tocsin.doors.api import told_setup as setup
from tocsin.doors.api.asked_on_call import Going
from tocsin.doors.api.caller import Admin, Reader
from tocsin.doors.api.version import IfMatch, version_of
from tocsin.errors import NotFound

router = APIRouter(tags=["admin"])
Handle = Annotated[asked.Line, Path(description="Such as alice.")]
Name = Annotated[asked.Line, Path()]


@router.get("/people")
async def all_people(caller: Admin) -> setup.People:
    """Everybody."""
    known = await people.everybody(caller.house)
    return setup.People(people=[setup.Person.model_validate(person) for person in known.people.values()])


@router.get("/people/{handle}")
async def person(handle: Handle, caller: Admin) -> setup.Person:
    """One person."""
    known = await people.everybody(caller.house)
    if handle not in known.people:
        raise NotFound(f"Nobody is called {handle}", field="handle")
    return setup.Person.model_validate(known.people[handle])


@router.put("/people/{handle}")
async def save_person(
    handle: Handle, body: asked.SavePerson, caller: Admin, if_match: IfMatch = None
) -> told_on_call.PersonSaved:
    """Add a person, or replace the one of that handle: what is left out gets its default. Or, with `preview`, say which gaps that would open."""
    said = Person(
        handle, body.name, body.email, body.slack_id, tuple(body.rights), body.github, body.zone, body.hours
    )
    expected = version_of(body.expected_version, if_match)
    saved = await people.put_person(caller.house, said, expected=expected, preview=body.preview)
    shown = setup.Person.model_validate(saved.person).model_dump()
    return told_on_call.PersonSaved(**shown, effect=told_on_call.Effect.model_validate(saved.effect))


@router.put("/people/{handle}/notices")
async def choose_notices(
    handle: Handle, body: asked.ChooseNotices, caller: Reader, if_match: IfMatch = None
) -> setup.Person:
    """Choose how long before a shift begins one hears of it. For oneself; an admin may for everybody."""
    by = by_visitor(caller.visitor, "api")
    expected = version_of(body.expected_version, if_match)
    saved = await people.choose_notices(caller.house, by, handle, body.notices, expected=expected)
    return setup.Person.model_validate(saved)


@router.delete("/people/{handle}", status_code=204)
async def remove_person(
    handle: Handle, wanted: Annotated[Going, Query()], caller: Admin, if_match: IfMatch = None
) -> None:
    """Take a person out of Tocsin, of every team and schedule. What they did stays in the timelines."""
    expected, by = version_of(wanted.expected_version, if_match), by_visitor(caller.visitor, "api")
    await people.remove_person(caller.house, handle, by, expected=expected, force=wanted.force)


@router.get("/people/{handle}/removal")
async def removal_of_person(handle: Handle, caller: Admin) -> told_on_call.Removal:
    """Say what it would do to take a person out: from where they go, whose shifts move, which gaps open. Nothing is changed."""
    left = await people.remove_person(caller.house, handle, by_visitor(caller.visitor, "api"), preview=True)
    return told_on_call.Removal.model_validate(left)


@router.get("/teams")
async def teams(caller: Admin) -> setup.Teams:
    """Every team with its members."""
    known = await people.everybody(caller.house)
    return setup.Teams(
        teams=[
            setup.Team(name=name, members=list(members), pager=known.pagers.get(name, ""))
            for name, members in known.teams.items()
        ]
    )


@router.put("/teams/{name}")
async def save_team(name: Name, body: asked.SaveTeam, caller: Admin) -> told_on_call.TeamSaved:
    """Set who is in a team and which pager it keeps, or with `preview` say whose shifts that would move and which gaps it would open."""
    effect = await people.save_team(
        caller.house,
        name,
        body.members,
        by_visitor(caller.visitor, "api"),
        expected=body.expected_members,
        preview=body.preview,
        pager=body.pager,
    )
    kept = (await people.everybody(caller.house)).pagers.get(name.strip(), "")
    return told_on_call.TeamSaved(
        name=name,
        members=list(dict.fromkeys(body.members)),
        pager=kept,
        effect=told_on_call.Effect.model_validate(effect),
    )


@router.get("/keys")
async def keys(caller: Admin) -> setup.Keys:
    """Every key that was made, without its secret."""
    known = await access.list_keys(caller.house)
    return setup.Keys(keys=[setup.Key.model_validate(key) for key in known])


@router.post("/keys", status_code=201)
async def create_key(body: asked.MakeKey, caller: Admin) -> setup.NewKey:
    """Make a key. It is shown this once."""
    key = await access.create_key(caller.house, body.name, person=body.person, rights=body.rights)
    return setup.NewKey(name=body.name, key=key)


@router.delete("/keys/{name}", status_code=204)
async def revoke_key(name: Name, caller: Admin) -> None:
    """Revoke a key: it opens nothing from now on."""
    await access.revoke_key(caller.house, name)
