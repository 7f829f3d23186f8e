"""The handbook over time, as pages: its versions with who made each and why, and how well it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.responses import Response

from tocsin.acts import handbooks, looks
from tocsin.core import handbook_page
from tocsin.core.score_text import score_csv
from tocsin.core.spans import span_text
from tocsin.doors.web.lists import download
from tocsin.doors.web.markdown import html_of
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid

DAYS: Final = (7, 30, 90, 365)
"""The windows that the page of the score offers, up to now."""


async def show(visit: Visit) -> Response:
    """The handbook that new incidents go by."""
    await handbooks.keep_up(visit.house, visit.house.pool)
    return visit.page("handbook.html", body=html_of(handbook_page.page(visit.house.handbook)))


async def versions(visit: Visit) -> Response:
    found = await handbooks.history(visit.house)
    return visit.page(
        "handbook_versions.html",
        versions=found.versions,
        in_force=found.in_force,
        roster=await looks.roster(visit.house),
    )


async def version(visit: Visit) -> Response:
    """A version's TOML, to be edited."""
    number = visit.name("number")
    found = await handbooks.text_of_version(visit.house, int(number) if _is_number(number) else 0)
    return download(found, "application/toml", f"handbook-{number}.toml")


async def score(visit: Visit) -> Response:
    """Per duty, kind and team, over the last days."""
    start, days = _window(visit)
    found = await handbooks.score(visit.house, start, viewer=visit.me.person)
    return visit.page("handbook_score.html", score=found, days=days, choices=DAYS, late=_span)


async def score_table(visit: Visit) -> Response:
    start, _ = _window(visit)
    found = await handbooks.score(visit.house, start, viewer=visit.me.person)
    return download(score_csv(found), "text/csv", "handbook-score.csv")


def _window(visit: Visit) -> tuple[datetime, int]:
    text = visit.request.query_params.get("days", "30")
    if not _is_number(text) or not 0 < int(text) <= max(DAYS) * 10:
        raise Invalid(f"days is {text!r}: write a number of days, such as 30", field="days")
    return visit.house.clock.now().astimezone(UTC) - timedelta(days=int(text)), int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _span(span: timedelta | None) -> str:
    """A span to read, in whole minutes (or seconds, where it is shorter); "–" for none."""
    if span is None:
        return "–"
    second, minute = timedelta(seconds=1), timedelta(minutes=1)
    unit = minute if span >= minute else second
    return span_text(unit * round(span / unit)) if span >= second else "0 s"
