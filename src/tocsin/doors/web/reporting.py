"""The two pages that outsiders see: the form on which anybody reports, and the status page on which they read what became of it."""

from __future__ import annotations

import ipaddress
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response

from tocsin.acts import incidents, looks
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.looks import View
from tocsin.acts.policies import KeptPolicy, all_policies
from tocsin.core import facts as f
from tocsin.core import texts
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN, Fact
from tocsin.core.handbook import Handbook
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import CHOICE, EMAIL, TEXT, Field, Form, Sheet, Trouble, refilled
from tocsin.doors.web.guard import Handler
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, NotFound, TocsinError

AT_MOST: Final = 10
SPAN: Final = timedelta(minutes=1)
MOST_CALLERS: Final = 10_000
TRAP: Final = "website"
"""A field that people do not see; programs that fill in whatever they find give themselves away."""
ADDRESS: Final = r"[^@\s,;<>]+@[^@\s,;<>]+"


@dataclass(slots=True)
class Turnstile:
    """Lets each client address report so often a minute. Each node counts for itself: it is a fence, not an account."""

    seen: dict[str, deque[datetime]] = field(default_factory=dict)

    def lets(self, client: str, now: datetime) -> bool:
        times = self.seen.setdefault(_caller(client), deque())
        while times and times[0] <= now - SPAN:
            times.popleft()
        if len(times) >= AT_MOST:
            return False
        times.append(now)
        if len(self.seen) > MOST_CALLERS:
            self.seen = {who: seen for who, seen in self.seen.items() if seen[-1] > now - SPAN}
        return True


async def report_form(visit: Visit, trouble: Trouble | None = None) -> Response:
    sheet = refilled(_sheet(visit, await all_policies(visit.house)), trouble)
    status = status_of(trouble.error) if trouble else 200
    return visit.page("report.html", status=status, sheet=sheet, trap=TRAP)


async def ask(visit: Visit) -> Response:
    return await report_form(visit)


def taking(turnstile: Turnstile) -> Handler:
    """The handler that takes a report, behind this turnstile."""

    async def take(visit: Visit) -> Response:
        client = visit.request.client.host if visit.request.client else ""
        if visit.visitor is None and not turnstile.lets(client, visit.house.clock.now()):
            return await _too_many(visit)
        try:
            token = await _declare(visit)
        except TocsinError as why:
            return await report_form(visit, Trouble("report", visit.form, why))
        return visit.went_well(f"/status/{token}", "Thank you. Somebody is being told right now.")

    return take


async def status(visit: Visit) -> Response:
    """What a reporter may read: what they said, what they were told, and how it ended. Nothing that was meant for us."""
    token = visit.name("token")
    ref, report_id = await looks.report_of_token(visit.house, token)
    view = await looks.case(visit.house, ref, TOCSIN)
    report = view.incident.report(report_id)
    if report is None:
        raise NotFound("This status page does not exist. Check the link that you were given")
    said = [(fact.at, _words(visit.house, fact, token)) for fact in await _said(visit.house, view, report_id)]
    incident = view.incident
    ended = incident.is_ended
    state = f"{len(said)}-{incident.is_open}-{incident.dismissed is not None}"
    return visit.page(
        "status.html",
        state=state,
        report=report,
        said=[(at, text) for at, text in said if text],
        stage="none" if incident.dismissed else "resolved" if ended else "handling",
        ended_at=incident.ended_at if ended else None,
        ending=texts.public_ending(incident, view.handbook) if ended else "",
    )


def _sheet(visit: Visit, policies: Sequence[KeptPolicy]) -> Sheet:
    what = Field("text", "What is broken?", TEXT, rows=5, help="As much or as little as you know.")
    handbook = visit.house.handbook
    if visit.visitor and visit.visitor.may("report"):
        return Sheet(
            "report", "Report an incident", "Report it", (what, *_inside(handbook), *_policies(policies))
        )
    outside = (
        Field("name", "Your name"),
        Field("email", "Your e-mail address", EMAIL, help="With it, we answer you there too."),
    )
    return Sheet("report", "Report a problem", "Report it", (what, *outside))


def _inside(handbook: Handbook) -> tuple[Field, ...]:
    kinds = tuple((kind.id, kind.title) for kind in handbook.kinds)
    severities = tuple(
        (one.id, f"{one.title}: {one.help}") for one in handbook.severities_of(handbook.kinds[0].id)
    )
    return (
        Field("title", "Title", help="Empty: the first line of the above."),
        Field("kind", "Kind", CHOICE, options=(("", "not known: by its words"), *kinds)),
        Field(
            "severity",
            "Severity",
            CHOICE,
            options=(("", "nobody knows yet: treated as the worst"), *severities),
        ),
        Field(
            "reason", "Why not the worst?", TEXT, rows=2, help="A lower severity counts only with a reason."
        ),
    )


def _policies(there: Sequence[KeptPolicy]) -> tuple[Field, ...]:
    """To choose from, where people have saved any."""
    saved = tuple((one.policy.id, f"{one.policy.name} ({one.policy.id})") for one in there if one.version)
    options = (("", "as the handbook says"), *saved)
    return (
        (Field("policy", "Escalation policy", CHOICE, options=options, help="Whom it pages."),)
        if saved
        else ()
    )


async def _declare(visit: Visit) -> str:
    form, visitor = visit.form, visit.visitor
    if form.text(TRAP):
        raise Invalid("A field that people can't see was filled in. Send it once more: it is empty now")
    if visitor and visitor.may("report"):
        report = NewReport("form", form.text("text"), visitor.name, outside=False)
        declared = await incidents.declare(
            visit.house,
            visit.actor,
            report,
            title=form.text("title"),
            kind=form.text("kind"),
            severity=form.text("severity"),
            reason=form.text("reason"),
            policy=form.text("policy"),
        )
        return declared.token
    # A stranger's name must never pass for the handle of one of ours, so Tocsin opens the incident, from their report.
    stranger = Actor("", "web", f.TOCSIN)
    declared = await incidents.declare(visit.house, stranger, _from_outside(visit.house, form))
    return declared.token


def _from_outside(house: House, form: Form) -> NewReport:
    email = form.text("email").strip()
    is_address = re.fullmatch(ADDRESS, email) is not None
    by_mail = is_address and "answer:email" in house.abilities
    # An address that is none does not stand in the way of a report; it is kept with the words, for whoever can read it.
    unread = f"\n\n(to be answered at: {email})" if email and not is_address else ""
    return NewReport(
        "form",
        form.text("text") + unread,
        form.text("name").strip() or email or "somebody",
        outside=True,
        answer_via="email" if by_mail else "page",
        address=email if by_mail else "",
    )


async def _too_many(visit: Visit) -> Response:
    why = Invalid(
        f"That were more than {AT_MOST} reports from your address within a minute. What you wrote is still here: "
        "wait a minute and send it again, or call us if it is urgent"
    )
    response = await report_form(visit, Trouble("report", visit.form, why))
    response.status_code = 429
    response.headers["Retry-After"] = str(int(SPAN.total_seconds()))
    return response


async def _said(house: House, view: View, report_id: str) -> list[Fact]:
    """What the reporter was told, also in an incident that their report has left since."""
    facts = view.incident.facts
    received = [
        fact.what
        for fact in facts
        if isinstance(fact.what, f.ReportReceived) and fact.what.report == report_id
    ]
    came_from = received[0].moved_from if received else ""
    own = [
        fact
        for fact in facts
        if isinstance(fact.what, f.ReporterAnswered | f.ReporterTold) and fact.what.report == report_id
    ]
    if not came_from or came_from == view.incident.ref:
        return own
    earlier = await _said(house, await looks.case(house, came_from, TOCSIN), report_id)
    # The first entry here only repeats that they were answered before the move.
    return [*earlier, *own[1 if earlier else 0 :]]


def _words(house: House, fact: Fact, token: str) -> str:
    """The text as it was sent, without the link to this very page."""
    assert isinstance(fact.what, f.ReporterAnswered | f.ReporterTold)
    return fact.what.text.replace(house.places.status(token), "").strip()


def _caller(client: str) -> str:
    """Who counts as one: an address, or the whole /64 that one customer of IPv6 is given."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address) and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return client
