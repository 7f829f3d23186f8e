"""What changes a schedule for a while: overrides, shadow shifts, absences."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tocsin.acts.oncall import absences, looks, overrides, shadows
from tocsin.acts.oncall.overrides import Wish
from tocsin.core.oncall.model import Change
from tocsin.doors.api import asked_on_call as asked
from tocsin.doors.api import telling_on_call as telling
from tocsin.doors.api import told_on_call as told
from tocsin.doors.api.caller import Reader, Responder
from tocsin.doors.api.on_call import own, window
from tocsin.doors.api.schedules import Id, by
from tocsin.doors.api.version import IfMatch, version_of

router = APIRouter(tags=["schedules"])
Number = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/schedules/{id}/overrides")
async def overrides_of(id: Id, wanted: Annotated[asked.Window, Query()], caller: Reader) -> told.Overrides:
    """The overrides that overlap a window: by default the 30 days from now on."""
    await looks.schedule(caller.house, id)
    found = await overrides.overrides_of(caller.house, id, *window(caller, wanted))
    return told.Overrides(overrides=[telling.override(id, one, version) for one, version in found])


@router.post("/schedules/{id}/overrides", status_code=201)
async def add_override(
    id: Id, body: asked.NewOverride, caller: Responder, if_match: IfMatch = None
) -> told.OverrideMade:
    """Override a schedule for a while. An expected version is that of the schedule."""
    wish = Wish(Change(body.change), body.end, body.people, body.instead_of, body.start, body.reason)
    made = await overrides.add_override(
        caller.house,
        by(caller),
        id,
        wish,
        expected=version_of(body.expected_version, if_match),
        preview=body.preview,
    )
    return telling.override_made(made)


@router.get("/overrides/{id}")
async def override(id: Number, caller: Reader) -> told.Override:
    """One override, also one that has ended."""
    return telling.override(*await overrides.override(caller.house, id))


@router.delete("/overrides/{id}")
async def end_override(
    id: Number, wanted: Annotated[asked.Expected, Query()], caller: Responder, if_match: IfMatch = None
) -> told.OverrideMade:
    """End an override now; one that has not begun never was."""
    expected = version_of(wanted.expected_version, if_match)
    made = await overrides.end_override(
        caller.house, by(caller), id, expected=expected, preview=wanted.preview
    )
    return telling.override_made(made)


@router.get("/schedules/{id}/shadows")
async def shadows_of(id: Id, wanted: Annotated[asked.Window, Query()], caller: Reader) -> told.Shadows:
    """The shadow shifts that overlap a window: by default the 30 days from now on."""
    await looks.schedule(caller.house, id)
    found = await shadows.shadows_of(caller.house, id, *window(caller, wanted))
    return told.Shadows(shadows=[telling.shadow(one) for one in found])


@router.post("/schedules/{id}/shadows", status_code=201)
async def add_shadow(id: Id, body: asked.NewShadow, caller: Responder) -> told.Shadow:
    """Have somebody learn: they get a copy of what reaches whoever is on call, and never stop the chain."""
    person = own(caller, body.person)
    made = await shadows.add_shadow(
        caller.house, by(caller), id, person, start=body.start, end=body.end, of=body.of
    )
    return telling.shadow(made)


@router.get("/shadows/{id}")
async def shadow(id: Number, caller: Reader) -> told.Shadow:
    """One shadow shift, also one that has ended."""
    return telling.shadow(await shadows.shadow(caller.house, id))


@router.delete("/shadows/{id}")
async def end_shadow(
    id: Number, wanted: Annotated[asked.ExpectedAlone, Query()], caller: Responder, if_match: IfMatch = None
) -> told.Shadow:
    """End a shadow shift now; one that has not begun never was."""
    expected = version_of(wanted.expected_version, if_match)
    return telling.shadow(await shadows.end_shadow(caller.house, by(caller), id, expected=expected))


@router.get("/absences")
async def absences_of(wanted: Annotated[asked.ShiftWindow, Query()], caller: Reader) -> told.Absences:
    """Who is away in a window: by default in the 30 days from now on."""
    start, end = window(caller, wanted)
    found = await absences.absences_of(caller.house, start, end, wanted.person)
    return told.Absences(absences=[telling.absence(one) for one in found])


@router.post("/absences", status_code=201)
async def add_absence(body: asked.NewAbsence, caller: Responder) -> told.AbsenceMade:
    """Tell that you, or somebody of your team, is away: the next one in the rotation stands in."""
    found = await absences.add_absence(
        caller.house,
        by(caller),
        own(caller, body.person),
        start=body.start,
        end=body.end,
        reason=body.reason,
        preview=body.preview,
    )
    return telling.absence_made(found)


@router.get("/absences/{id}")
async def absence(id: Number, caller: Reader) -> told.Absence:
    """One absence, also one that is over."""
    return telling.absence(await absences.absence(caller.house, id))


@router.delete("/absences/{id}")
async def end_absence(
    id: Number, wanted: Annotated[asked.Expected, Query()], caller: Responder, if_match: IfMatch = None
) -> told.AbsenceMade:
    """They are back; an absence that has not begun never was."""
    expected = version_of(wanted.expected_version, if_match)
    found = await absences.end_absence(
        caller.house, by(caller), id, expected=expected, preview=wanted.preview
    )
    return telling.absence_made(found)
