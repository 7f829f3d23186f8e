"""Which clicks of what was said earlier still make sense: a message whose clicks are all stale is rewritten without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.duties import OWED, Duty
from tocsin.core.facts import Fact
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Offer
from tocsin.core.messages import thread_message
from tocsin.core.places import Places
from tocsin.core.plan_asked import is_asked
from tocsin.core.procedures.messages import is_live
from tocsin.core.work import Work

QUIET = (
    f.PageDelivered,
    f.PlaceTold,
    f.MessageDelivered,
    f.DutyChased,
    f.NoteAdded,
    f.ThreadOpened,
    f.ReportReceived,
)
"""Facts after which no click is stale that was not before."""
DISCHARGES: Mapping[str, str] = {
    "follow_up": "follow_up_filed",
    "no_follow_ups": "follow_up_filed",
    "retrospective": "retrospective_planned",
    "no_retrospective": "retrospective_planned",
    "retrospective_held": "retrospective_held",
}
"""Clicks that make sense as long as a duty is owed which this kind of fact discharges."""


def live(
    offers: Iterable[Offer], fact: Fact, incident: Incident, duties: Mapping[str, Duty]
) -> tuple[Offer, ...]:
    """Those of a fact's offers that still make sense."""
    return tuple(offer for offer in offers if _is_live(offer, fact, incident, duties))


def stale_words(
    incident: Incident, new: tuple[Fact, ...], duties: Mapping[str, Duty], handbook: Handbook, places: Places
) -> Iterator[Work]:
    """A work for each earlier message of the thread whose clicks are all stale by now. Its key is the same each time: once is enough."""
    if "thread" not in incident.abilities or all(isinstance(fact.what, QUIET) for fact in new):
        return
    for fact in incident.facts[: new[0].n - 1]:
        message = thread_message(fact, incident, handbook, places, duties)
        if message and message.offers and not live(message.offers, fact, incident, duties):
            key = f"{incident.ref}/say/{fact.n}/settle"
            yield Work(w.THREAD_SETTLE, f"{incident.ref}/thread", key, payload={"fact": str(fact.n)})


def _is_live(offer: Offer, fact: Fact, incident: Incident, duties: Mapping[str, Duty]) -> bool:
    if offer.act in DISCHARGES:
        return _is_owed(duties, DISCHARGES[offer.act])
    match offer.act:
        case "own":
            return incident.is_open and not incident.owner
        case "ack":
            return incident.is_open and not incident.alert.acknowledged_at
        case "next":
            return incident.is_open and incident.next_update_at is None
        case "update" | "public_update":
            later = (x.what for x in incident.facts[fact.n :])
            return incident.is_open and not any(
                isinstance(what, f.NextStepsStated | f.UpdatePosted | f.PublicUpdateApproved)
                for what in later
            )
        case "approve_public" | "edit_public":
            return incident.is_open and incident.public.approved is None
        case "log":
            return incident.resolved is not None and incident.ops_log is None
        case "rolled_back" | "not_rolled_back":
            return incident.rollback is None and incident.dismissed is None and incident.closed_at is None
        case "accept_task" | "decline_task" | "accept_handover" | "decline_handover":
            return is_asked(incident, offer.about)
        case "report_task":
            task = incident.asked.task(offer.about)
            return task is not None and task.is_theirs
        case "follow_up_done":
            one = incident.asked.follow_up(offer.about)
            return one is not None and one.done_at is None
        case "approve_action" | "edit_action":
            duty = duties.get(offer.about)
            return duty is not None and duty.state == OWED and duty.can_be_sent
        case "approve_run" | "start_run" | "stop_run":
            return is_live(offer, incident)
        case "rerun_build":
            is_red = any(isinstance(build, f.BuildRed) for build in incident.builds)
            return incident.is_open and is_red and not incident.reruns
        case "step":
            return _is_owed(duties, f"{f.STEP}{offer.about}")
        case _:
            return incident.is_open


def _is_owed(duties: Mapping[str, Duty], kind: str) -> bool:
    return any(duty.state == OWED and kind in duty.rule.discharged_by for duty in duties.values())
