"""The works that follow from what people ask of each other: they are told on every channel, and the one who asked hears the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.asked import ASKED
from tocsin.core.duties import OWED, Duty
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.plan_ways import to_each_way
from tocsin.core.work import Work


def for_asked(incident: Incident, fact: Fact, roster: Roster) -> Iterator[Work]:
    """The works for one fact; nothing for those of other themes."""
    match fact.what:
        case f.TaskDelegated(task=about, to=to) | f.HandoverAsked(handover=about, to=to):
            yield from _ask(incident, fact, roster, about, to)
        case (
            f.TaskAccepted(task=id)
            | f.TaskDeclined(task=id)
            | f.TaskReturned(task=id)
            | f.TaskReported(task=id)
        ):
            task = incident.asked.task(id)
            owner = incident.owner or (task.by if task else "")
            yield from _word(incident, fact, roster, (owner,))
        case f.TaskWithdrawn(task=id):
            task = incident.asked.task(id)
            yield from _word(incident, fact, roster, (task.to,) if task else ())
        case f.HandoverAccepted(was=was):
            yield from _word(incident, fact, roster, (was,))
        case f.HandoverDeclined() | f.HandoverReturned():
            yield from _word(incident, fact, roster, (incident.owner,))
        case f.FollowUpReopened(follow_up=id, to=to):
            yield from _word(incident, fact, roster, (to,), about=id)
        case f.FollowUpFiled(follow_up=id, to=to):
            yield from _word(incident, fact, roster, (to,), about=id)
            if "issue" in incident.abilities:
                key = f"{incident.ref}/follow-up/{id}"
                yield Work(w.FOLLOW_UP_OPEN, key, key, payload={"follow_up": id})
        case f.FollowUpDone(follow_up=id) if fact.door != "github" and "issue" in incident.abilities:
            # Whoever closed its issue has finished it with that. In the lane of its opening: it can't be closed before.
            lane = f"{incident.ref}/follow-up/{id}"
            payload = {"follow_up": id, "fact": str(fact.n)}
            yield Work(w.FOLLOW_UP_CLOSE, lane, f"{lane}/done/{fact.n}", payload=payload)
        case f.RetrospectivePlanned() | f.RetrospectiveDeclined():
            yield from _meeting(incident, fact, roster)
        case f.RetrospectiveReminded(people=people):
            yield from _word(incident, fact, roster, people)
        case f.Paged(people=people):
            # Who learns gets a copy, without the clicks that would answer the page.
            copies = [one for one in roster.shadowing(people) if incident.may_be_known_to(one)]
            yield from _word(incident, fact, roster, tuple(copies))
        case _:
            return


def is_asked(incident: Incident, about: str) -> bool:
    """Whether that task or handover still waits for its answer."""
    task, handover = incident.asked.task(about), incident.asked.handover
    return bool((task and task.state == ASKED) or (handover and handover.id == about))


def settled_by(incident: Incident, duties: Mapping[str, Duty], about: str) -> int:
    """The n of the fact with which nobody owes it any more: a duty settled, a request answered; 0 where it is still open."""
    duty = duties.get(about)
    if duty:
        return duty.fact if duty.state != OWED else 0
    if is_asked(incident, about):
        return 0
    follow_up = incident.asked.follow_up(about)
    if follow_up and not follow_up.done_at:
        return 0
    if is_of_no_duty(incident, about):
        return next((x.n for x in reversed(incident.facts) if isinstance(x.what, f.KindChanged)), 0)
    over = (f.Resolved, f.Dismissed)
    return next(
        (
            x.n
            for x in reversed(incident.facts)
            if isinstance(x.what, over) or (f.subject_of(x.what) == about and not _is_request(x.what))
        ),
        0,
    )


def is_of_no_duty(incident: Incident, about: str) -> bool:
    """Whether that was a duty, and is none any more: it is neither a task, a handover nor a follow-up, and the kind was changed."""
    is_asked_for = any(f.subject_of(x.what) == about for x in incident.facts)
    return not is_asked_for and any(isinstance(x.what, f.KindChanged) for x in incident.facts)


def _is_request(what: f.What) -> bool:
    return isinstance(what, f.TaskDelegated | f.HandoverAsked)


def _ask(incident: Incident, fact: Fact, roster: Roster, about: str, to: str) -> Iterator[Work]:
    """By their rules for pages: the work preempts what they do."""
    yield from to_each_way(
        w.ASK, f"{incident.ref}/ask/{fact.n}", incident, fact, to, roster, {"about": about}
    )


def _word(
    incident: Incident, fact: Fact, roster: Roster, people: tuple[str, ...], *, about: str = ""
) -> Iterator[Work]:
    """A word about a fact, on the first channel; nobody is told of what they did themselves. `about` is set where it asks for something."""
    for handle in people:
        for contact in roster.ways_to(handle, incident.abilities)[:1] if handle != fact.by else ():
            key = f"{incident.ref}/word/{fact.n}/{handle}"
            payload = {"person": handle, **contact.on_work, "fact": str(fact.n)}
            payload |= {"about": about} if about else {}
            yield Work(w.WORD, key, key, via=contact.via, payload=payload)


def _meeting(incident: Incident, fact: Fact, roster: Roster) -> Iterator[Work]:
    """Invitations by mail to those who are to come; to those who were to come and no longer are, the calling off."""
    if "page:email" not in incident.abilities:
        return
    what, before = fact.what, _planned_before(incident, fact.n)
    coming = what.people if isinstance(what, f.RetrospectivePlanned) else ()
    gone = [handle for handle in (before.people if before else ()) if handle not in coming]
    planned = what if isinstance(what, f.RetrospectivePlanned) else before
    if planned is None:
        return
    version = (
        planned.version if planned is what else planned.version + 1
    )  # One that is called off comes after what stood.
    meeting = (before or planned).meeting
    for handle in (*coming, *gone):
        person = roster.people.get(handle)
        if person and person.email:
            payload = {
                "person": handle,
                "address": person.email,
                "fact": str(fact.n),
                "version": str(version),
                "meeting": meeting,
                "method": "REQUEST" if handle in coming else "CANCEL",
            }
            key = f"{incident.ref}/invite/{fact.n}/{handle}"
            yield Work(w.INVITE, f"{incident.ref}/invite/{handle}", key, via="email", payload=payload)


def _planned_before(incident: Incident, n: int) -> f.RetrospectivePlanned | None:
    """What was planned before fact `n` and still to come; None where nothing stood."""
    for fact in reversed(incident.facts[: n - 1]):
        if isinstance(fact.what, f.RetrospectivePlanned):
            return fact.what
        if isinstance(fact.what, f.RetrospectiveDeclined | f.RetrospectiveHeld):
            return None
    return None
