"""Times by the wall clock of a zone that the page names: as they are shown, and as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from tocsin.core.oncall.notice_words import span
from tocsin.core.oncall.wall import Wall, wall
from tocsin.core.people import Person
from tocsin.doors.web.forms import Form
from tocsin.errors import Invalid

UTC_NAME = "UTC"


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of one zone, for a page at `now`."""

    zone: str
    now: datetime

    @property
    def wall(self) -> Wall:
        return wall(self.zone)

    @property
    def today(self) -> date:
        return self.reading(self.now).date()

    def reading(self, at: datetime) -> datetime:
        return self.wall.reading(at)

    def day(self, at: datetime) -> str:
        """`Mon 2 Mar`, with the year where it is another."""
        local = self.reading(at)
        year = f" {local.year}" if local.year != self.today.year else ""
        return f"{local:%a} {local.day} {local:%b}{year}"

    def time(self, at: datetime) -> Markup:
        """`Mon 2 Mar 09:00`, which no script rewrites."""
        return self._marked(at, f"{self.day(at)} {self.reading(at):%H:%M}")

    def hour(self, at: datetime) -> Markup:
        return self._marked(at, f"{self.reading(at):%H:%M}")

    def span(self, start: datetime, end: datetime) -> Markup:
        """`Mon 2 Mar 09:00 – 17:00`; the second day only where it is another."""
        is_one_day = self.day(start) == self.day(end)
        return self.time(start) + " – " + (self.hour(end) if is_one_day else self.time(end))

    def until(self, at: datetime) -> Markup:
        """`17:00 (in 3 h)`, with its day where that is not today."""
        told = self.hour(at) if self.day(at) == self.day(self.now) else self.time(at)
        return told + f" (in {span(at - self.now)})"

    def field(self, at: datetime | None) -> str:
        """As it stands in a field for a time."""
        return f"{self.reading(at):%Y-%m-%dT%H:%M}" if at else ""

    def typed(self, form: Form, name: str) -> datetime | None:
        """The instant that was typed by this clock; None where nothing was. Invalid if it is no time.

        One that the clock skips is the first after the gap; of one that it reads twice, the first.
        """
        text = form.text(name).strip()
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError as why:
            raise Invalid(
                f"{text!r} is no time: write a date and a time, such as 2026-03-05T15:00", field=name
            ) from why
        if not 1970 <= at.year <= 2200:
            raise Invalid(f"{text} is in no year of ours: write one between 1970 and 2200", field=name)
        return self.wall.instant_of(at)

    def must(self, form: Form, name: str, what: str) -> datetime:
        """The same, for a time that can't be left out; `what` completes "NAME is missing: …"."""
        at = self.typed(form, name)
        if at is None:
            raise Invalid(f"{name} is missing: {what}", field=name)
        return at

    def after(self, span: timedelta) -> datetime:
        """That long from now, at the next full quarter of an hour."""
        local = self.reading(self.now + span)
        local += timedelta(minutes=-local.minute % 15)
        return self.wall.instant(local.replace(second=0, microsecond=0))

    def _marked(self, at: datetime, words: str) -> Markup:
        html = '<time datetime="{}" data-zone="{}" title="{}">{}</time>'
        title = f"{self.reading(at):%A} {self.reading(at):%Y-%m-%d %H:%M} {self.zone}"
        return Markup(html).format(at.isoformat(), self.zone, title, words)  # noqa: S704 - the text is above


def clock_of(people: Mapping[str, Person], handle: str, now: datetime, otherwise: str = UTC_NAME) -> Clock:
    """The clock of a person; of who has told no zone, the other one."""
    person = people.get(handle)
    return Clock((person and person.zone) or otherwise, now)
