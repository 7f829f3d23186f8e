"""Shadow shifts: somebody who learns gets a copy of what reaches whoever is on call, and never stops the chain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_answer_for
from tocsin.acts.oncall.ending import end_shadow_row
from tocsin.acts.oncall.overrides import span_words
from tocsin.acts.oncall.writing import kept_of, known_people, must_expect_of, span_of, writing
from tocsin.core.oncall.model import Shadow
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.store import oncall as rows

LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A shadow shift in the schedule of that id, at a version."""

    schedule: str
    shadow: Shadow
    version: int
    made_by: str


async def add_shadow(
    house: House,
    by: By,
    schedule: str,
    person: str,
    *,
    end: datetime,
    start: datetime | None = None,
    of: str = "",
) -> Shadowed:
    """Have `person` shadow `of` (empty: whoever is on call) in a schedule."""
    async with writing(house, by) as desk:
        kept = kept_of(desk.known, schedule)
        [person] = known_people(desk.known, [person], "person")
        [of] = known_people(desk.known, [of], "of") if of else [""]
        must_answer_for(by, desk.known, person, "make a shadow of")
        if of == person:
            raise Invalid(f"{person} can't shadow themselves", field="of")
        start, end = span_of(start, end, desk.now, LONGEST)
        same = next(
            (
                one
                for one in kept.schedule.shadows
                if (one.person, one.of) == (person, of) and one.start <= start and one.end >= end
            ),
            None,
        )
        if same is not None:
            raise Conflict(f"{person} does so already: shadow shift {same.id}", field="start")
        id: int = await desk.conn.fetchval(
            rows.SQL["add_shadow"], kept.id, person, of, start, end, by.name, desk.now
        )
        await desk.touch([kept.id])
        await desk.log(
            "shadow added",
            f"made {person} shadow {of or 'whoever is on call'} in {kept.id}, {span_words(start, end)}",
            schedule=kept.id,
            subject=id,
        )
    return Shadowed(kept.id, Shadow(person, start, end, of, id), 1, by.name)


async def end_shadow(house: House, by: By, id: int, *, expected: int | None) -> Shadowed:
    """End a shadow shift now; one that has not begun never was."""
    async with writing(house, by) as desk:
        row = await desk.conn.fetchrow(rows.SQL["shadow"], id)
        if row is None:
            raise NotFound(f"There is no shadow shift {id}", field="id")
        found = _of(row)
        must_answer_for(by, desk.known, found.shadow.person, "end the shadow shift of")
        await must_expect_of(desk, "shadow", id, found.version, expected)
        if row["cancelled_at"] is not None or found.shadow.end <= desk.now:
            raise Conflict(f"The shadow shift {id} has ended already")
        await end_shadow_row(desk, found.shadow)
        await desk.touch([found.schedule])
        await desk.log(
            "shadow ended",
            f"ended the shadow shift {id} of {found.shadow.person} in {found.schedule}",
            schedule=found.schedule,
            subject=id,
        )
    ended = replace(found.shadow, end=max(found.shadow.start, desk.now))
    return replace(found, shadow=ended, version=found.version + 1)


async def shadows_of(house: House, schedule: str, start: datetime, end: datetime) -> list[Shadowed]:
    """The shadow shifts of a schedule that overlap the window."""
    async with house.pool.acquire() as conn:
        return [_of(row) for row in await conn.fetch(rows.SQL["shadows_listed"], schedule, start, end)]


async def shadow(house: House, id: int) -> Shadowed:
    """One shadow shift. NotFound if there is none of that number."""
    async with house.pool.acquire() as conn:
        row = await conn.fetchrow(rows.SQL["shadow"], id)
    if row is None:
        raise NotFound(f"There is no shadow shift {id}", field="id")
    return _of(row)


def _of(row: Any) -> Shadowed:
    shadow = Shadow(row["person"], row["starts_at"], row["ends_at"], row["of"], row["id"])
    return Shadowed(row["schedule"], shadow, row["version"], row["made_by"])
