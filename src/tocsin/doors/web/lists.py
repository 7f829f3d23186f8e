"""The pages that list: the front page, the incidents, and the ops log with its downloads."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from tocsin.acts import looks
from tocsin.core import ops_log
from tocsin.core.message_parts import source_label
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid

PAGE: Final = 50
PLACES: Final = {
    "thread": "The chat (threads)",
    "inbox": "The chat (inbox)",
    "issue": "The public issues",
    "follow_up": "The issues",
    "post": "The public posts",
    "log": "The ops log's document",
    "alert": "The pager",
}
"""What is called by what it is for, where only one service can do it."""
CHOICES: Final = ("all", *looks.STATUSES)


async def home(visit: Visit) -> Response:
    """What I owe, what is open, who is on call."""
    house = visit.house
    return visit.page(
        "home.html",
        mine=await looks.owed(house, visit.me.person, visit.me.person),
        rows=await looks.open_incidents(house, visit.me.person),
        roster=await looks.roster(house),
        on_call=await looks.on_call(house),
        held_up=[
            (PLACES.get(one.service) or source_label(one.service), one) for one in await looks.held_up(house)
        ],
        now=house.clock.now(),
    )


async def incidents(visit: Visit) -> Response:
    """Incidents of one status or all, newest first, a page at a time."""
    status = visit.request.query_params.get("status", "all")
    if status not in CHOICES:
        raise Invalid(f"{status!r} is no status; there are {', '.join(CHOICES)}")
    statuses = looks.STATUSES if status == "all" else (status,)
    found = await looks.incidents(
        visit.house, visit.me.person, statuses=statuses, before=_number(visit, "before"), limit=PAGE + 1
    )
    rows = found[:PAGE]
    older = f"?{urlencode({'status': status, 'before': rows[-1].id})}" if len(found) > PAGE else ""
    return visit.page(
        "incidents.html",
        rows=rows,
        chosen=status,
        choices=CHOICES,
        older=older,
        roster=await looks.roster(visit.house),
        now=visit.house.clock.now(),
    )


async def log(visit: Visit) -> Response:
    return visit.page(
        "ops_log.html",
        entries=await looks.ops_log(visit.house, visit.me.person),
        roster=await looks.roster(visit.house),
    )


async def log_markdown(visit: Visit) -> Response:
    text = ops_log.markdown(await looks.ops_log(visit.house, visit.me.person))
    return download(text, "text/markdown", "ops-log.md")


async def log_csv(visit: Visit) -> Response:
    return download(
        ops_log.csv_text(await looks.ops_log(visit.house, visit.me.person)), "text/csv", "ops-log.csv"
    )


def download(text: str, media_type: str, name: str) -> Response:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        text.encode("utf-8", "replace"), media_type=f"{media_type}; charset=utf-8", headers=headers
    )


def _number(visit: Visit, name: str) -> int:
    text = visit.request.query_params.get(name, "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Invalid(f"{name} is {text!r}, which is no number of an incident")
    return int(text)
