"""What the thread reads about paging: who is paged, what follows where nobody answers, and who has it."""

from __future__ import annotations

from datetime import timedelta

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.message_parts import OWN, Message, Scene, clock, mention, mentions, source_label
from tocsin.core.spans import span_text


def of_paging(scene: Scene) -> Message | None:
    """Who is paged, and who has answered."""
    match scene.fact.what:
        case f.Paged(people=people, why=why, by_hand=True):
            return Message(f"Paging {mentions(people)} ({why}).")
        case f.Paged(people=people, step=step, why=why):
            wait, told = _wait(scene.incident, step), _told(scene.fact.what.places)
            return Message(
                f"Paging {mentions(people)} ({why}).{told} Without an acknowledgement in {wait} {_next(scene.incident, step)}."
            )
        case f.PlacesCalled(places=places, step=step):
            then = f"In {_wait(scene.incident, step)} {_next(scene.incident, step)}."
            return Message(f"Step {step + 1} reaches nobody.{_told(places)} {then}")
        case f.NobodyToPage(step=0) if scene.incident.pager:
            wait = _wait(scene.incident, 0)
            return Message(
                f"{source_label(scene.incident.pager)} is asked to page whoever is on call there. Without an acknowledgement in {wait} the next are paged."
            )
        case f.NobodyToPage(keeps=True, step=step, why=why):
            return Message(f"Step {step + 1} is passed over: {why}.")
        case f.NobodyToPage(step=step, why=why):
            is_last = step >= len(scene.incident.alert.stamped.stages) - 1
            then = (
                f"Trying again in {_wait(scene.incident, step)}" if is_last else "Going on to the next step"
            )
            return Message(f"*Nobody could be paged:* {why}. {then}.", loud=True)
        case f.EscalationRanOut(rounds=rounds, again=again):
            more = "; they are taken anew" if again else ""
            return Message(
                f"*Nobody has acknowledged {scene.incident.ref}.* All steps were taken (round {rounds}){more}; whoever reads this, take it.",
                offers=(OWN,),
                loud=True,
            )
        case f.PageAcknowledged(person=person):
            return Message(f"{mention(person)} has acknowledged the page.")
        case f.AlertCreated(via=via, url=url):
            return Message(
                f"{source_label(via)} has the alert, and pages: {url} What counts is the acknowledgement."
            )
        case f.AlertClosed(via=via):
            return Message(f"The alert in {source_label(via)} is closed.")
        case _:
            return _of_changes(scene)


def _told(places: tuple[str, ...]) -> str:
    """Channels and webhooks that are told beside people."""
    return f" Told as well: {', '.join(places)}." if places else ""


def _of_changes(scene: Scene) -> Message | None:
    """What made the escalation start anew, wait, or go to others."""
    match scene.fact.what:
        case f.PageUnacknowledged(person=person):
            return Message(f"{mention(person)} took the acknowledgement back: paging starts anew.")
        case f.AcknowledgementExpired(person=person):
            return Message(f"Nothing was heard since {mention(person)} acknowledged: paging starts anew.")
        case f.PagingSnoozed(person=person, until=until):
            return Message(
                f"{mention(person)} asks that nobody be paged until {clock(until)}. Then paging starts anew, where it is still open."
            )
        case f.PagingSnoozeEnded():
            return Message("The time without pages is over, and it is still open: paging starts anew.")
        case f.Reassigned(person=person, to=to):
            return Message(f"{mention(person)} gave it to {', '.join(to)}: they are paged now.")
        case f.EscalationHeld(span=span, why=why):
            return Message(
                f"Nothing could be sent for {span_text(span)} ({why}): the next steps are later by that."
            )
        case _:
            return None


def _next(incident: Incident, step: int) -> str:
    """What follows where nobody answers this step."""
    one = incident.alert.escalation
    if one.over_at is None and step < len(one.stamped.stages) - 1:
        return "the next are paged"
    if one.over_at is None and one.round < one.stamped.repeat:
        return "all steps are taken anew"
    return "the last resort is paged" if one.stamped.last_resort else "they are paged again"


def _wait(incident: Incident, step: int) -> str:
    one, stages = incident.alert.escalation, incident.alert.stamped.stages
    is_last = one.over_at is not None or step >= len(stages) - 1
    wait = one.stamped.again_after if is_last else stages[step + 1].at - stages[step].at
    seconds = int(wait / timedelta(seconds=1))
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
