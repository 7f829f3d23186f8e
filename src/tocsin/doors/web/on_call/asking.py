"""What the forms about on-call have in common: how they are shown, and how people and times come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from tocsin.acts.oncall.effect import Effect
from tocsin.core.oncall.wall import utc
from tocsin.core.people import Person
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import CHOICE, LINE, MARKS, Field, Form, Sheet, Trouble, refilled
from tocsin.doors.web.on_call.effects import told
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid

MOST_MARKS = 40
"""Of more people than this nobody finds the one among check boxes: handles are typed."""


def form_page(
    visit: Visit,
    sheet: Sheet,
    to: str,
    *,
    trouble: Trouble | None = None,
    effect: Effect | None = None,
    picture: Markup | None = None,
    previews: bool = True,
    must_mean: bool = False,
    back: tuple[str, str] = ("/on-call", "On call"),
    **context: Any,
) -> Response:
    """A page of one form. With `effect` it says what sending it would do, and asks where a gap opens; what was typed stays.

    With `must_mean` it asks where no gap opens, too.
    """
    typed = Trouble(sheet.act, visit.form, Invalid("")) if visit.form.values else None
    does = told(effect) if effect else None
    if previews and does and (does.opens or must_mean):
        button = f"{sheet.button} all the same" if does.opens else sheet.button
        sheet = replace(sheet, button=button, danger=True, meant=does.meant or "nothing opens")
    return visit.page(
        "on_call_form.html",
        status=status_of(trouble.error) if trouble else 200,
        sheet=refilled(sheet, trouble or typed),
        to=to,
        told=does,
        picture=picture,
        previews=previews,
        back=back,
        **context,
    )


def is_preview(visit: Visit) -> bool:
    return visit.form.text("do") == "preview"


def version_in(form: Form) -> int | None:
    """The version that the page had shown; None where the form tells none."""
    text = form.text("version")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def number_in(text: str, what: str) -> int:
    """Invalid for what numbers nothing."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Invalid(f"{text!r} is no number of {what}")
    return int(text)


def query_time(visit: Visit, name: str) -> datetime | None:
    """An instant that the address names to start the form with; None where it names none, or one that is over."""
    text = visit.request.query_params.get(name, "")
    at = instant_in(text, name) if text else None
    return at if at and at > visit.house.clock.now() else None


def instant_in(text: str, name: str) -> datetime:
    """The instant that a part of an address tells. Invalid, by name, if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as why:
        raise Invalid(f"{name} is {text!r}: write a time such as 2026-03-02T09:00:00Z", field=name) from why
    return utc(at, name)


def one_of(people: Iterable[Person], name: str, label: str, *, value: str = "", nobody: str = "") -> Field:
    """Who it is, chosen from everybody; with `nobody` also no one."""
    options = tuple((one.handle, one.name) for one in people)
    return Field(name, label, CHOICE, value, options=(("", nobody), *options) if nobody else options)


def some_of(
    options: Iterable[tuple[str, str]], name: str, label: str, help: str = "", value: str = ""
) -> Field:
    """Several people: boxes to mark, or, where they are many, handles to type."""
    found = tuple(options)
    if len(found) > MOST_MARKS:
        return Field(name, label, LINE, value, help=f"Handles: alice, bob. {help}".strip())
    return Field(name, label, MARKS, value, (value,) if value else (), found, help)


def handles(form: Form, name: str) -> list[str]:
    return [one.strip() for said in form.all(name) for one in said.split(",") if one.strip()]
