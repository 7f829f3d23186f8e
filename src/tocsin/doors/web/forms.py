"""Forms as data: what is asked, what was typed, and what was wrong with it. One template shows them all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from tocsin.core.spans import span_of
from tocsin.errors import Invalid, TocsinError

LINE, TEXT, CHOICE, MARKS, EMAIL = "line", "text", "choice", "marks", "email"
LOCAL_TIME, HIDDEN, DATE, TIME = "local_time", "hidden", "date", "time"
YES_OR_NO: Final = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `options` are (value, label); `value` is what stands in it, `values` which marks are set."""

    name: str
    label: str
    kind: str = LINE
    value: str = ""
    values: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    help: str = ""
    must: bool = False
    rows: int = 3
    counts_post: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form. `act` is where it goes, `about` the duty or report that it is for; `wrong` is what came back, beside `wrong_field`.

    `meant` is what its button says that was shown before: all of that may be.
    """

    act: str
    title: str
    button: str
    fields: tuple[Field, ...] = ()
    about: str = ""
    help: str = ""
    owed: bool = False
    danger: bool = False
    wrong: str = ""
    wrong_field: str = ""
    meant: str = ""

    @property
    def key(self) -> str:
        """Sets its fields' ids apart from those of other forms on the page."""
        return re.sub(r"[^\w-]", "-", f"{self.act}-{self.about}" if self.about else self.act)

    @property
    def is_open(self) -> bool:
        return self.owed or bool(self.wrong)


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    def texts(self) -> dict[str, str]:
        """All that was typed, by name; of several values the first."""
        return {name: self.text(name) for name in self.values}

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(self.values.get(name, ()))

    def span(self, name: str) -> timedelta | None:
        """A span such as 20m; None where it was left to the handbook. Invalid if it is no span."""
        text = self.text(name).strip().replace(" ", "")
        if not text:
            return None
        span = span_of(text)
        if span is None:
            raise Invalid(f"{text!r} is no span: write 20m, 2h or 1d", field=name)
        return span

    def yes(self, name: str) -> bool | None:
        """True, False, or None where the question was left open."""
        return {"yes": True, "no": False}.get(self.text(name))

    def lines(self, name: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.text(name).splitlines() if line.strip())

    def shown(self) -> list[tuple[str, str]]:
        """(question, text) of all that a person may have written; what only the form itself needs is left out."""
        return [
            (name.replace("_", " "), value)
            for name, values in self.values.items()
            for value in values
            if name not in ("about", "next", "take_over") and value.strip()
        ]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A form that was sent and refused: which, what was typed, and why."""

    act: str
    form: Form
    error: TocsinError

    @property
    def about(self) -> str:
        return self.form.text("about")

    def concerns(self, sheet: Sheet) -> bool:
        return sheet.act == self.act and sheet.about == self.about


def refilled(sheet: Sheet, trouble: Trouble | None) -> Sheet:
    """The sheet with what was typed into it and what was wrong, if the trouble concerns it."""
    if trouble is None or not trouble.concerns(sheet):
        return sheet
    fields = tuple(_typed(one, trouble.form) for one in sheet.fields)
    wrong_field = trouble.error.field or ""
    known = wrong_field if wrong_field in {one.name for one in fields} else ""
    return replace(sheet, fields=fields, wrong=trouble.error.message, wrong_field=known)


def _typed(one: Field, form: Form) -> Field:
    return one if one.kind == HIDDEN else replace(one, value=form.text(one.name), values=form.all(one.name))


def web_link(text: str) -> str:
    """`text` if it is a link that may be followed (http or https), else ""."""
    return text if re.fullmatch(r"https?://\S+", text, re.IGNORECASE) else ""
