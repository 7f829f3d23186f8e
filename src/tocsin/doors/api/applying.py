"""The configuration as files: all of it read at once, and all of it changed at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from tocsin.acts.configuration import applying, documents
from tocsin.acts.configuration.documents import Documents
from tocsin.acts.oncall.by import by_visitor
from tocsin.doors.api import told_applying as told
from tocsin.doors.api.asked_applying import Apply, CalendarFile, PersonFile, TeamFile
from tocsin.doors.api.caller import Reader

router = APIRouter(tags=["files"])


@router.get("/configuration")
async def configuration(caller: Reader) -> told.Configuration:
    """People, teams, calendars, schedules and escalation policies as files keep them."""
    version, found = await documents.configuration(caller.house, by_visitor(caller.visitor, "api"))
    return told.Configuration(
        version=version,
        people=_plain(found.people),
        teams={name: _team(one) for name, one in (found.teams or {}).items()},
        calendars=_plain(found.calendars),
        schedules=_plain(found.schedules),
        policies=_plain(found.policies),
    )


@router.post("/apply")
async def apply(body: Apply, caller: Reader) -> told.Applied:
    """Have people, teams, calendars, schedules and policies be as they are sent: all of it, or, where anything is wrong, nothing.

    Past shifts stay, and so do overrides, absences, cover and shadow shifts. Schedules and policies are for their teams' members; people and teams for
    admins.
    """
    if not body.dry_run:
        caller.visitor.must("respond")
    wanted = Documents(
        _given(body.people), _teams(body.teams), _given(body.calendars), body.schedules, body.policies
    )
    found = await applying.apply(
        caller.house,
        by_visitor(caller.visitor, "api"),
        wanted,
        dry_run=body.dry_run,
        prune=body.prune,
        drop_planned=body.drop_planned,
        plan_id=body.plan_id,
    )
    return told.Applied.model_validate(found)


def _given(
    docs: dict[str, PersonFile] | dict[str, CalendarFile] | None,
) -> dict[str, dict[str, object]] | None:
    """Only what was said: the rest stays as it is."""
    if docs is None:
        return None
    return {id: doc.model_dump(exclude_none=True) for id, doc in docs.items()}


def _team(one: Sequence[str] | documents.Doc) -> list[str] | told.Team:
    return told.Team.model_validate(one) if isinstance(one, Mapping) else list(one)


def _teams(
    docs: dict[str, list[str] | TeamFile] | None,
) -> dict[str, list[str] | dict[str, object]] | None:
    if docs is None:
        return None
    return {
        name: doc.model_dump(exclude_none=True) if isinstance(doc, TeamFile) else doc
        for name, doc in docs.items()
    }


def _plain(docs: documents.Docs | None) -> dict[str, dict[str, object]]:
    return {id: dict(doc) for id, doc in (docs or {}).items()}
