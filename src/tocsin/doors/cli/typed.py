"""Times as people type them on the command line: by the clock where they live, as core/when reads them for every door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from tocsin.doors.cli.effects import local
from tocsin.doors.cli.remote import get
from tocsin.doors.cli.words import Json, instant
from tocsin.errors import Invalid

TIMES = "such as now, 18:00, 'tomorrow 9:00', 'fri 17:00', 2026-03-05T09:00+01:00"
From = Annotated[str | None, typer.Option("--from", help=f"When it begins, {TIMES}. [now]")]
To = Annotated[str | None, typer.Option("--to", help="When it ends, likewise.")]
For = Annotated[str | None, typer.Option("--for", help="Or how long it is, such as 90m, 2h, 1d.")]
WindowFrom = Annotated[str | None, typer.Option("--from", help=f"{TIMES[8:].capitalize()}. [now]")]
WindowTo = Annotated[str | None, typer.Option("--to", help="Likewise. [30 days later]")]
Person = Annotated[str | None, typer.Option(help="Whose. [yours]")]
Reason = Annotated[str | None, typer.Option(help="Why.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask where it opens a gap.")]
Expect = Annotated[
    int | None,
    typer.Option(min=0, help="The version that you edited: refused where it is another by now. [the newest]"),
]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who types ("": nobody that Tocsin knows), in which zone, and what time it is there."""

    person: str
    zone: str
    now: datetime

    def at(self, text: str, field: str, after: datetime | None = None) -> datetime:
        from tocsin.core.when import when_of

        return when_of(text, self.now, self.zone, field=field, after=after)

    def span(self, start: str | None, end: str | None, long: str | None) -> tuple[datetime, datetime]:
        """From when to when. Invalid where it has no end, or two."""
        from tocsin.core.spans import span_of

        begin = self.at(start, "from") if start else self.now
        if (end is None) == (long is None):
            raise Invalid("Say when it ends: --to 'fri 17:00', or --for 2h", field="to")
        if end is not None:
            return begin, self.at(end, "to", begin)
        span = span_of(long or "")
        if span is None or span <= timedelta(0):
            raise Invalid(f"{long!r} is no span: write 90m, 2h or 1d", field="for")
        return begin, begin + span

    def days(self, start: str, end: str) -> tuple[datetime | date, datetime | date]:
        """Two whole days where both name days alone, else two times."""
        from tocsin.core.when import day_of

        first, last = (day_of(text, self.now, self.zone) for text in (start, end))
        if first is not None and last is not None:
            return first, last
        begin = self.at(start, "from")
        return begin, self.at(end, "back", begin)

    def window(self, start: str | None, end: str | None) -> Json:
        """As a query of the API: what is left out is for Tocsin to say."""
        begin = self.at(start, "from") if start else None
        stop = self.at(end, "to", begin) if end else None
        return {"from": begin and begin.isoformat(), "to": stop and stop.isoformat()}

    def local(self, text: str) -> str:
        return local(text, self.zone)


def desk() -> Desk:
    """Asked of Tocsin, whose clock counts; the zone is UTC where it knows none for the person."""
    me = get("/me")
    return Desk(me["person"] or "", me["zone"] or "UTC", instant(me["now"]))
