"""Whether people can be reached: readiness, and test pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from tocsin.acts.contacts import readiness as acts
from tocsin.acts.contacts import testing
from tocsin.acts.oncall.by import by_visitor
from tocsin.doors.api import told_contacts as told
from tocsin.doors.api.asked import Line
from tocsin.doors.api.caller import Reader

router = APIRouter(tags=["contacts"])
Handle = Annotated[Line, Path(description="Whom. Oneself; an admin may ask for everybody.")]


@router.get("/readiness")
async def readiness(caller: Reader) -> told.Readiness:
    """Say of everybody who may be paged whether they can be reached now, how, and what is amiss; those at risk come first."""
    found = await acts.ready_people(caller.house)
    return told.Readiness(people=[told.Ready.model_validate(one) for one in found])


@router.post("/people/{handle}/test-page", status_code=201)
async def test_page(handle: Handle, caller: Reader) -> told.TestPage:
    """Send a test page on every contact method of a person, whatever their rules say."""
    made = await testing.start(caller.house, by_visitor(caller.visitor, "api"), handle)
    return told.TestPage.model_validate(made)


@router.get("/people/{handle}/test-page")
async def last_test_page(handle: Handle, caller: Reader) -> told.TestPage:
    """What came of the last test page of a person."""
    found = await testing.last_test(caller.house, by_visitor(caller.visitor, "api"), handle)
    return told.TestPage.model_validate(found)
