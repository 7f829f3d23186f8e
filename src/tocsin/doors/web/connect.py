"""Where the link leads that somebody asked for in Slack: who is signed in confirms that this Slack user is them."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.acts import connecting, people
from tocsin.acts.connecting import Link
from tocsin.doors.web.visit import Visit


async def show(visit: Visit) -> Response:
    link = _link(visit)
    connecting.check(visit.house, link)
    known = (await people.everybody(visit.house)).people
    return visit.page("connect.html", link=link, me=known[visit.me.person])


async def confirm(visit: Visit) -> Response:
    link = _link(visit)
    person = await connecting.connect(visit.house, visit.me.person, link)
    return visit.went_well("/me", f"In Slack, {link.name} is {person.name} from now on.")


def _link(visit: Visit) -> Link:
    name = visit.request.query_params.get("name", "")
    return Link(visit.name("slack_id"), name, visit.name("until"), visit.name("signature"))
