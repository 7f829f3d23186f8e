"""How long everybody was on call, as a table for fairness and pay."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any

from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.roster import directory
from tocsin.core.oncall.hours import Hours, at_night
from tocsin.core.people import Person
from tocsin.store.oncall import SQL


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds of one person in a window, and pages that came through; night and weekend by the clock of their `zone`.

    A page that came by several means at once counts once.
    """

    person: str
    name: str
    zone: str
    seconds: int
    night_seconds: int
    weekend_seconds: int
    pages: int
    night_pages: int


async def rows_of(house: House, start: datetime, end: datetime, schedule: str = "") -> list[Row]:
    """Everybody who was on call in the window (in that schedule, or the team's), by their handles; of all, who was paged as well."""
    found = {one.person: one for one in await looks.hours_of(house, start, end, schedule)}
    async with house.pool.acquire() as conn:
        people = (await directory(house, conn)).people
        came = await conn.fetch(SQL["pages"], start, end)
    zones = {handle: person.zone or "UTC" for handle, person in people.items()}
    pages = _pages(came, zones, lambda at, zone: True)
    by_night = _pages(came, zones, at_night)
    handles = sorted({*found, *(() if schedule else pages)})
    return [
        _row(handle, people.get(handle), found.get(handle), pages[handle], by_night[handle])
        for handle in handles
    ]


def _row(handle: str, person: Person | None, own: Hours | None, pages: int, by_night: int) -> Row:
    zone = own.zone if own else (person.zone if person else "") or "UTC"
    all_of_it, night, weekend = (own.seconds, own.night, own.weekend) if own else (0, 0, 0)
    name = person.name if person else handle
    return Row(handle, name, zone, round(all_of_it), round(night), round(weekend), pages, by_night)


def _pages(
    came: Sequence[Any], zones: Mapping[str, str], counts: Callable[[datetime, str], bool]
) -> Counter[str]:
    """Pages by person. Each goes out by every means at once, so there were as many as came by one of them."""
    by_means = Counter(
        (row["incident_id"], row["person"], row["via"])
        for row in came
        if counts(row["at"], zones.get(row["person"], "UTC"))
    )
    most: dict[tuple[int, str], int] = {}
    for (incident, person, _), many in by_means.items():
        most[incident, person] = max(most.get((incident, person), 0), many)
    pages: Counter[str] = Counter()
    for (_, person), many in most.items():
        pages[person] += many
    return pages


def csv_text(rows: Sequence[Row]) -> str:
    """The rows with a heading; a cell that a spreadsheet would take for a formula is made a text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([one.name for one in fields(Row)])
    for row in rows:
        writer.writerow([_cell(value) for value in astuple(row)])
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value
