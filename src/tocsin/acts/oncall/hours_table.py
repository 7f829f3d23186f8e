"""How long everybody was on call, as a table for fairness and pay."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.roster import directory


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds of one person in a window; night and weekend by the clock of their `zone`."""

    person: str
    name: str
    zone: str
    seconds: int
    night_seconds: int
    weekend_seconds: int


async def rows_of(house: House, start: datetime, end: datetime, schedule: str = "") -> list[Row]:
    """Everybody who was on call in the window, by their handles."""
    async with house.pool.acquire() as conn:
        people = (await directory(house, conn)).people
    found = await looks.hours_of(house, start, end, schedule)
    rows = []
    for one in found:
        person = people.get(one.person)
        rows.append(
            Row(
                one.person,
                person.name if person else one.person,
                one.zone,
                round(one.seconds),
                round(one.night),
                round(one.weekend),
            )
        )
    return sorted(rows, key=lambda row: row.person)


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
