"""Reading: incidents, what is owed, who is on call, the ops log, the handbook."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from tocsin.acts import looks
from tocsin.acts.handbooks import keep_up
from tocsin.acts.people import everybody
from tocsin.core.handbook_page import page
from tocsin.core.ops_log import csv_text, markdown
from tocsin.doors.api import asked, told
from tocsin.doors.api import told_setup as setup
from tocsin.doors.api.caller import Reader
from tocsin.doors.api.responding import Ref
from tocsin.doors.api.telling import row, whole
from tocsin.errors import Invalid

router = APIRouter(tags=["reading"])


class Markdown(PlainTextResponse):
    media_type = "text/markdown"


class Csv(PlainTextResponse):
    media_type = "text/csv"


@router.get("/incidents")
async def incidents(wanted: Annotated[asked.Filter, Query()], caller: Reader) -> told.Incidents:
    """Incidents, newest first."""
    statuses = wanted.status or looks.STATUSES
    before = _number(wanted.before)
    found = await looks.incidents(
        caller.house, caller.visitor.person, statuses=statuses, before=before, limit=wanted.limit
    )
    rows = [row(one, caller.house.places) for one in found]
    return told.Incidents(incidents=rows, next=rows[-1].ref if len(rows) == wanted.limit else None)


@router.get("/incidents/{ref}")
async def incident(ref: Ref, caller: Reader) -> told.WholeIncident:
    """One incident, whole: its reports, its duties, its timeline, and what has not gone out yet."""
    return whole(caller.house, await looks.case(caller.house, ref, caller.visitor.person))


@router.get("/duties")
async def duties(wanted: Annotated[asked.OfPerson, Query()], caller: Reader) -> told.Duties:
    """What is owed now over all incidents, the most urgent first."""
    house, now = caller.house, caller.house.clock.now()
    found = [
        told.Owed(
            ref=duty.ref,
            incident=duty.incident,
            url=house.places.incident(duty.ref),
            id=duty.id,
            title=duty.title,
            owes=list(duty.owes),
            due_at=duty.due_at,
            is_overdue=now > duty.due_at,
        )
        for duty in await looks.owed(house, caller.visitor.person, wanted.person)
    ]
    return told.Duties(duties=found)


@router.get("/ops-log")
async def ops_log(wanted: Annotated[asked.Newest, Query()], caller: Reader) -> told.Log:
    """The ops log, newest incident first."""
    places = caller.house.places
    entries = [
        told.LogEntry(
            ref=entry.ref,
            url=places.incident(entry.ref),
            title=entry.title,
            kind=entry.kind,
            owner=entry.owner,
            started_at=entry.started_at,
            ended_at=entry.ended_at,
            written_at=entry.written_at,
            written_by=entry.written_by,
            impact=entry.impact,
            detection=entry.detection,
            cause=entry.cause,
            resolution=entry.resolution,
            links=list(entry.links),
        )
        for entry in await looks.ops_log(caller.house, caller.visitor.person, wanted.limit)
    ]
    return told.Log(entries=entries)


@router.get("/ops-log.md", response_class=Markdown)
async def ops_log_markdown(caller: Reader) -> Markdown:
    """The ops log as a page to read."""
    return Markdown(markdown(await looks.ops_log(caller.house, caller.visitor.person)))


@router.get("/ops-log.csv", response_class=Csv)
async def ops_log_csv(caller: Reader) -> Csv:
    """The ops log as a table to count with."""
    return Csv(csv_text(await looks.ops_log(caller.house, caller.visitor.person)))


@router.get("/handbook")
async def handbook(caller: Reader) -> setup.Handbook:
    """The handbook that new incidents go by."""
    await keep_up(caller.house, caller.house.pool)
    book = caller.house.handbook
    return setup.Handbook(
        name=book.name,
        version=book.version,
        hash=book.hash,
        page=page(book),
        severities=[setup.Severity.model_validate(severity) for severity in book.severities],
        kinds=[setup.Kind.model_validate(kind) for kind in book.kinds],
        steps=[setup.Step.model_validate(step) for step in book.steps],
    )


@router.get("/me")
async def me(caller: Reader) -> setup.Me:
    """Whose key this is, and what it may do."""
    visitor = caller.visitor
    known = (await everybody(caller.house)).people.get(visitor.person)
    return setup.Me(
        person=visitor.person or None,
        name=visitor.name,
        rights=list(visitor.rights),
        zone=known.zone if known else "",
        now=caller.house.clock.now(),
    )


def _number(ref: str) -> int:
    """The number of a ref; 0 for none."""
    digits = ref.upper().removeprefix("INC-")
    if ref and not (digits.isascii() and digits.isdecimal() and len(digits) < 18):
        raise Invalid(f"{ref!r} is no ref of an incident: write one such as INC-7", field="before")
    return int(digits or 0)
