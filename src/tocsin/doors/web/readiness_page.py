"""The page that says of everybody who may be paged whether they can be reached now, and where the link in a test page leads."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.acts.contacts import readiness, testing
from tocsin.doors.web.visit import Visit


async def show(visit: Visit) -> Response:
    return visit.page("readiness.html", people=await readiness.ready_people(visit.house))


async def ask(visit: Visit) -> Response:
    """Looking changes nothing, since mail scanners follow links: only the button does."""
    return visit.page("test_page.html", said="")


async def confirm(visit: Visit) -> Response:
    person = await testing.confirm(visit.house, visit.name("ticket"))
    return visit.page("test_page.html", said=f"Thank you: pages reach {person} this way.")
