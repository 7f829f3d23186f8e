"""The pages, alerts and reminders that follow from new facts, and the rewriting of those that are stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core import work as w
from tocsin.core.duties import Duty
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.incident_paging import first_targets
from tocsin.core.message_parts import source_label
from tocsin.core.pagers import paged_outside
from tocsin.core.people import Roster
from tocsin.core.plan_asked import settled_by
from tocsin.core.plan_ways import to_each_way
from tocsin.core.work import Work


def for_paging(incident: Incident, fact: Fact, duties: Mapping[str, Duty], roster: Roster) -> Iterator[Work]:
    """Whom this fact pages or reminds, and which alert of a pager it opens or ends."""
    what = fact.what
    match what:
        case f.Paged(by_hand=False) if incident.pager:
            yield from _by_pager(incident, fact, what, roster)
        case f.Paged(people=people, why=why, by_hand=by_hand):
            yield from _pages(incident, fact, people, roster, why, by_hand=by_hand)
            if not by_hand and fact.by != f.TOCSIN:
                # Somebody handed it up: their pages can't do that again.
                yield from _settled_pages(incident, fact)
        case f.NobodyToPage(step=0) if incident.pager:
            # Whoever the pager knows to be on call: it may know more than we do.
            yield _alert(incident)
        case f.DeliveryRefused(what=w.ALERT_CREATE) if (
            incident.is_open and not incident.alert.acknowledged_at
        ):
            yield from _instead_of_pager(incident, fact, what.via, roster)
        case f.DutyChased(duty=id, step=step, people=people) if step in (hb.PAGE, hb.PAGE_NEXT):
            title = duties[id].title if id in duties else id
            yield from _pages(incident, fact, people, roster, f"Late: {title}", id)
        case f.DutyChased(duty=id, step=hb.REMIND, people=people):
            yield from _reminders(incident, fact, people, roster, id)
        case f.DutySnoozed(duty=id):
            yield from _settled_pages(incident, fact, id)
        case f.PageAcknowledged(person=person) if incident.is_open and not incident.alert.is_answered:
            # Others have to acknowledge as well: their pages stay.
            yield from _settled_pages(incident, fact, only=person)
        case f.PagingSnoozed() | f.Reassigned():
            yield from _settled_pages(incident, fact)
            if incident.alert.outside:
                yield _alert_changed(incident, fact, incident.alert.outside)
        case f.PageAcknowledged() | f.Owned():
            yield from _settled_pages(incident, fact)
            yield from _taken_outside(incident, fact)
        case f.Resolved() | f.Dismissed():
            yield from _settled_pages(incident, fact)
            if incident.alert.outside:
                yield _alert_over(incident, fact, incident.alert.outside)
        case f.AlertCreated() if incident.is_ended:
            yield _alert_over(incident, fact, what)
        case f.AlertCreated() if incident.alert.acknowledged_at:
            yield _alert_taken(incident, what)
        case _:
            return


def _by_pager(incident: Incident, fact: Fact, what: f.Paged, roster: Roster) -> Iterator[Work]:
    """A step where a pager has the alert: later steps, and all that the pager does not bring, are paged by our own means."""
    if what.step == 0 or incident.alert.outside is None:
        yield _alert(incident)
    is_ours = what.step > 0 or _is_taken_anew(incident, fact)
    ours = what.people if is_ours else _ours(incident, what.people, roster)
    yield from _pages(incident, fact, ours, roster, what.why)


def _instead_of_pager(incident: Incident, fact: Fact, via: str, roster: Roster) -> Iterator[Work]:
    """The pager would not take the alert: whoever it was to page is paged by us."""
    why = f"{source_label(via) or 'the pager'} refused the alert"
    people = tuple(one for one in incident.alert.people if one not in _reached_by_us(incident))
    yield from _pages(incident, fact, people, roster, why)


def _taken_outside(incident: Incident, fact: Fact) -> Iterator[Work]:
    """The pager hears of the acknowledgement, but for one that was given there."""
    outside = incident.alert.outside
    if outside and outside.via != fact.door and fact.at == incident.alert.acknowledged_at:
        yield _alert_taken(incident, outside)


def _is_taken_anew(incident: Incident, fact: Fact) -> bool:
    """Whether the steps were begun before since it was (last) opened: a pager that has the alert pages nobody for it a second time."""
    for old in reversed(incident.facts[: fact.n - 1]):
        if isinstance(old.what, f.Reopened):
            return False
        if isinstance(old.what, f.NobodyToPage) or (isinstance(old.what, f.Paged) and not old.what.by_hand):
            return True
    return False


def _ours(incident: Incident, people: tuple[str, ...], roster: Roster) -> tuple[str, ...]:
    """Those of the first step whose team keeps another pager, or none: they are paged by our own means at once."""
    outside = paged_outside(incident.kept, first_targets(incident.alert.stamped), roster, incident.abilities)
    return tuple(one for one in people if one not in outside)


def _reached_by_us(incident: Incident) -> frozenset[str]:
    """Who got a page of ours for this round of the incident already."""
    since = incident.alert.stepped_at
    return frozenset(
        fact.what.person
        for fact in incident.facts
        if isinstance(fact.what, f.PageDelivered) and not fact.what.duty and since and fact.at >= since
    )


def _alert(incident: Incident) -> Work:
    """One alert in the pager for each time that the incident is opened."""
    key = f"{incident.ref}/alert/{incident.times_opened}"
    return Work(w.ALERT_CREATE, f"{incident.ref}/alert", key, via=incident.kept.via)


def _alert_taken(incident: Incident, alert: f.AlertCreated) -> Work:
    """Its own escalation ends too: whoever is on call there need not be woken any more."""
    key, payload = f"{incident.ref}/alert/acknowledge/{incident.times_opened}", _names(incident, alert)
    return Work(w.ALERT_ACKNOWLEDGE, f"{incident.ref}/alert", key, via=alert.via, payload=payload)


def _alert_over(incident: Incident, fact: Fact, alert: f.AlertCreated) -> Work:
    key, payload = f"{incident.ref}/alert/close/{fact.n}", _names(incident, alert)
    return Work(w.ALERT_CLOSE, f"{incident.ref}/alert", key, via=alert.via, payload=payload)


def _alert_changed(incident: Incident, fact: Fact, alert: f.AlertCreated) -> Work:
    """The pager hears that nobody is to be paged for a while, or whom it is given to: its own escalation would go on."""
    does = w.ALERT_SNOOZE if isinstance(fact.what, f.PagingSnoozed) else w.ALERT_ASSIGN
    key, payload = f"{incident.ref}/{does.replace('.', '/')}/{fact.n}", _names(incident, alert)
    return Work(does, f"{incident.ref}/alert", key, via=alert.via, payload=payload)


def _names(incident: Incident, alert: f.AlertCreated) -> dict[str, str]:
    """How the pager finds it: an incident that was opened again has another alias, and perhaps another pager, than its old alert."""
    kept = incident.kept
    return {"alert": alert.alert, "alias": alert.alias, "team": kept.team, "to": kept.to}


def _pages(
    incident: Incident,
    fact: Fact,
    people: tuple[str, ...],
    roster: Roster,
    why: str,
    duty: str = "",
    *,
    by_hand: bool = False,
) -> Iterator[Work]:
    """One page per person and contact method that their rules name."""
    payload = {"why": why, "duty": duty} | ({"by_hand": "yes"} if by_hand else {})
    for handle in people:
        yield from to_each_way(
            w.PAGE, f"{incident.ref}/page/{fact.n}", incident, fact, handle, roster, payload
        )


def fact_of_page(key: str) -> int:
    """The n of the fact from which the page with that key follows."""
    _, _, rest = key.partition("/page/")
    n = rest.partition("/")[0]
    return int(n) if n.isdigit() else 0


def _reminders(
    incident: Incident, fact: Fact, people: tuple[str, ...], roster: Roster, duty: str
) -> Iterator[Work]:
    """A reminder goes out on the person's first contact method only."""
    for handle in people:
        for contact in roster.ways_to(handle, incident.abilities)[:1]:
            key = f"{incident.ref}/remind/{fact.n}/{handle}"
            payload = {"person": handle, **contact.on_work, "duty": duty}
            yield Work(w.REMIND, key, key, via=contact.via, payload=payload)


def _settled_pages(incident: Incident, fact: Fact, about: str = "", only: str = "") -> Iterator[Work]:
    """Pages that were answered (or what was said of a duty that is put off) are rewritten: no button stays live when it is stale."""
    for old in incident.facts:
        if not _is_message_about(old.what, about) or old.n > fact.n:
            continue
        if only and old.what.person != only:
            continue
        is_still_called = isinstance(fact.what, f.PageAcknowledged) and _is_call(incident, old.what)
        if not is_still_called:
            yield _settle(incident, old.n, old.what, fact.n)


def _settle(incident: Incident, n: int, what: f.PageDelivered | f.MessageDelivered, since: int) -> Work:
    """Rewrite the message of fact `n`, once for each time that it stands otherwise (since fact `since`): taken, then done."""
    lane = f"{incident.ref}/settle/{n}"
    payload = {"person": what.person, "message": what.message}
    if isinstance(what, f.PageDelivered) and what.contact:
        payload["contact"] = what.contact
    return Work(w.PAGE_SETTLE, lane, f"{lane}/{since}", via=what.via, payload=payload)


def _is_message_about(what: f.What, about: str) -> TypeGuard[f.PageDelivered | f.MessageDelivered]:
    """Whether it tells of a message, that can be found again, to somebody: a page for the incident (""), or for that duty."""
    if isinstance(what, f.PageDelivered):
        return bool(what.message) and what.duty == about
    return isinstance(what, f.MessageDelivered) and bool(what.message) and what.about == about and bool(about)


def stale_pages(incident: Incident, new: tuple[Fact, ...], duties: Mapping[str, Duty]) -> Iterator[Work]:
    """Whatever asked for something that nobody owes any more is rewritten; so is a page that came after its answer."""
    fresh = {fact.n for fact in new}
    first = min(fresh, default=0)
    brings_page = any(isinstance(fact.what, f.PageDelivered) for fact in new)
    for old in incident.facts if fresh else ():
        match old.what:
            case f.PageDelivered(duty="", message=message) if message:
                done_at = 0 if _is_call(incident, old.what) else answered_by(incident)
                stale = bool(done_at) and done_at < old.n and old.n in fresh
            case (
                f.PageDelivered(duty=about, message=message)
                | f.MessageDelivered(about=about, message=message)
            ) if message:
                done_at = settled_by(incident, duties, about)
                stale = bool(done_at) and max(done_at, old.n) >= first
            case _:
                continue
        again = paged_again(incident, old) if brings_page else 0
        if again in fresh and not stale:
            done_at, stale = again, True
        if stale:
            yield _settle(incident, old.n, old.what, max(done_at, old.n))


def _is_call(incident: Incident, what: f.What) -> bool:
    """Whether somebody was paged by name, and has not answered: what others answer settles nothing then."""
    return (
        isinstance(what, f.PageDelivered)
        and what.by_hand
        and incident.is_open
        and what.person in incident.alert.called
    )


def paged_again(incident: Incident, page: Fact) -> int:
    """The n of the next fact that brought the same person a page for the same in the same way; 0 if that is the newest, or no page."""
    what = page.what
    if not isinstance(what, f.PageDelivered):
        return 0
    for fact in incident.facts[page.n :]:
        later = fact.what
        if (
            isinstance(later, f.PageDelivered)
            and (later.person, later.via, later.duty, later.by_hand)
            == (what.person, what.via, what.duty, what.by_hand)
            and later.contact == what.contact
            and later.message != what.message
        ):
            return fact.n
    return 0


def answered_by(incident: Incident) -> int:
    """The n of the fact that answered the pages of this round; 0 if there is none."""
    if incident.is_open and not incident.alert.is_answered:
        return 0
    kinds = (f.PageAcknowledged, f.Owned, f.PagingSnoozed, f.Resolved, f.Dismissed)
    return next((fact.n for fact in reversed(incident.facts) if isinstance(fact.what, kinds)), 0)


def on_the_next_way(work: Work, incident: Incident, roster: Roster) -> list[Work]:
    """The same words by the person's next contact method, where the one before does not bring them; [] where there is none."""
    ways = roster.ways_to(work.payload["person"], incident.abilities)
    after = next((n for n, one in enumerate(ways, 1) if one.via == work.via), 0)
    if not after or after >= len(ways):
        return []
    key = f"{work.key}/{ways[after].via}"
    same = {name: value for name, value in work.payload.items() if name not in ("address", "contact")}
    payload = {**same, **ways[after].on_work}
    return [Work(work.does, key, key, via=ways[after].via, payload=payload)]
