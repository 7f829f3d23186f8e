"""What is said about what people ask of each other, and about what is learned: in the thread, and to the person concerned."""

from __future__ import annotations

from datetime import datetime

from tocsin.core import facts as f
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Message, Offer, Scene, clock, mention, mentions, quoted
from tocsin.core.places import Places


def answers_to(about: str) -> tuple[Offer, ...]:
    """The clicks with which somebody answers a task (T…) or a handover (H…)."""
    if about.startswith("H"):
        return (
            Offer("accept_handover", "I take over", about, is_main=True),
            Offer("decline_handover", "I can't …", about),
        )
    return (Offer("accept_task", "I take it", about, is_main=True), Offer("decline_task", "I can't …", about))


def of_asked(scene: Scene) -> Message | None:
    """Tasks and handovers, as the thread reads of them."""
    owner = mention(scene.incident.owner) if scene.incident.owner else "the owner"
    match scene.fact.what:
        case f.TaskDelegated(task=id, to=to, text=text, answer_by=by, warnings=warnings):
            return Message(
                f"{scene.who} asks {mention(to)} ({id}), before all other work; an answer is due by {clock(by)}:\n{quoted(text)}{_warned(warnings)}",
                offers=answers_to(id),
            )
        case f.TaskAccepted(task=id, person=person):
            return Message(f"{mention(person)} takes {id}.", offers=(_report(id),))
        case f.TaskDeclined(task=id, person=person, reason=reason):
            return Message(f"{mention(person)} can't do {id}{_because(reason)} It is {owner}'s again.")
        case f.TaskReturned(task=id, why=why):
            return Message(f"{id} is {owner}'s again: {why}.")
        case f.TaskReported(task=id, text=text):
            return Message(f"*Result of {id}* by {scene.who}, for {owner}:\n{quoted(text)}")
        case f.TaskWithdrawn(task=id, reason=reason):
            return Message(f"{scene.who} withdrew {id}: {reason}")
        case f.HandoverAsked(to=to, summary=summary, answer_by=by, warnings=warnings, handover=id):
            words = f"\n{quoted(summary)}" if summary else ""
            return Message(
                f"{scene.who} asks {mention(to)} to take {scene.incident.ref} over, by {clock(by)}. Until then {owner} owns it.{words}{_warned(warnings)}",
                offers=answers_to(id),
            )
        case f.HandoverAccepted(person=person, was=was):
            return Message(f"{mention(person)} has accepted: {mention(was)} is released.")
        case f.HandoverDeclined(person=person, reason=reason):
            return Message(f"{mention(person)} can't take over{_because(reason)} {owner} still owns it.")
        case f.HandoverReturned(why=why):
            return Message(f"Nobody took over: {why}. {owner} still owns it.")
        case _:
            return None


def of_learning(scene: Scene) -> Message | None:
    """Follow-ups and the retrospective, as the thread reads of them."""
    match scene.fact.what:
        case f.FollowUpFiled(follow_up=id, title=title, to=to):
            return Message(f"{scene.who} filed the follow-up {id} for {mention(to)}: {title}")
        case f.FollowUpOpened(follow_up=id, url=url):
            return Message(f"{id} is an issue: {url}")
        case f.FollowUpDone(follow_up=id, how=how, url=url):
            return Message(f"*{id} is done:* {how} {url}".rstrip())
        case f.FollowUpReopened(follow_up=id, reason=reason, to=to):
            return Message(f"{id} is not done after all ({mention(to)}): {reason}")
        case f.NoFollowUps(reason=reason):
            return Message(f"Nothing has to follow, says {scene.who}: {reason}")
        case f.RetrospectivePlanned(version=version, starts_at=at, minutes=minutes, people=people):
            moved = "moved the retrospective to" if version else "called a retrospective for"
            page = scene.places.retrospective(scene.incident.ref)
            return Message(
                f"{scene.who} {moved} {_day(at)} ({minutes} min), with {mentions(people)}. Write beforehand: {page}"
            )
        case f.RetrospectiveDeclined(reason=reason):
            return Message(f"No retrospective, says {scene.who}: {reason}")
        case f.RetrospectiveReminded(people=people) if people:
            return Message(
                f"The retrospective is soon{_planned(scene.incident)}. Still to write: {mentions(people)}."
            )
        case f.RetrospectiveHeld(text=text):
            return Message(f"*The retrospective was held*, says {scene.who}:\n{quoted(text)}")
        case _:
            return None


def ask_words(incident: Incident, about: str, places: Places) -> Message | None:
    """What the person who is asked reads, on each of their channels; None where nothing is asked any more."""
    task, handover = incident.asked.task(about), incident.asked.handover
    head = f"*{incident.ref} {incident.title}*\nSeverity {incident.severity}, {incident.kind}."
    if task:
        return Message(
            f"{head} {mention(task.by)} asks you to do this now, before all other work ({task.id}):\n{quoted(task.text)}\nAnswer by {clock(task.answer_by)}, or it returns.",
            offers=answers_to(task.id),
        )
    if handover and handover.id == about:
        return Message(
            f"{head} {mention(handover.by)} asks you to take it over. Answer by {clock(handover.answer_by)}; until you accept they own it.\n{quoted(_handed(incident))}",
            offers=answers_to(handover.id),
        )
    return None


def person_words(fact: Fact, incident: Incident, places: Places) -> Message | None:
    """What one person concerned by this fact is told directly; None for facts that concern nobody in particular."""
    head, who = f"*{incident.ref} {incident.title}*\n", mention(fact.by) if fact.by != f.TOCSIN else "Tocsin"
    match fact.what:
        case f.TaskAccepted(task=id, person=person):
            return Message(f"{head}{mention(person)} takes {id}.")
        case f.TaskDeclined(task=id, person=person, reason=reason):
            return Message(f"{head}{mention(person)} can't do {id}{_because(reason)} It is yours again.")
        case f.TaskReturned(task=id, why=why):
            return Message(f"{head}{id} is yours again: {why}.")
        case f.TaskReported(task=id, text=text):
            return Message(f"{head}Result of {id} by {who}:\n{quoted(text)}")
        case f.TaskWithdrawn(task=id, reason=reason):
            return Message(f"{head}{id} need not be done any more: {reason}")
        case f.HandoverAccepted(person=person):
            return Message(f"{head}{mention(person)} owns it now. You are released.")
        case f.HandoverDeclined(person=person, reason=reason):
            return Message(f"{head}{mention(person)} can't take over{_because(reason)} You still own it.")
        case f.HandoverReturned(why=why):
            return Message(f"{head}Nobody took over: {why}. You still own it.")
        case f.FollowUpFiled(follow_up=id, title=title):
            return Message(
                f"{head}{who} gave you the follow-up {id}: {title}",
                offers=(Offer("follow_up_done", "It is done …", id),),
            )
        case f.FollowUpReopened(follow_up=id, reason=reason):
            return Message(
                f"{head}{id}, which is yours, is not done after all: {reason}",
                offers=(Offer("follow_up_done", "It is done …", id),),
            )
        case f.Paged(people=people, why=why):
            return Message(
                f"{head}You have a shadow shift: {mentions(people)} {'was' if len(people) == 1 else 'were'} paged ({why})."
                f" Nothing is asked of you. {places.incident(incident.ref)}"
            )
        case f.RetrospectiveReminded():
            return Message(
                f"{head}The retrospective is soon{_planned(incident)}. Please write what you saw now: {places.retrospective(incident.ref)}"
            )
        case _:
            return None


def _planned(incident: Incident) -> str:
    """When it is, as planned by now: it may have been moved since somebody was to be reminded."""
    planned = incident.asked.retrospective.planned
    return f", on {_day(planned.starts_at)}" if planned else ""


def _handed(incident: Incident) -> str:
    """What a successor has to know: the summary, what is open, what is promised."""
    asked = incident.asked
    lines = [asked.handover.summary] if asked.handover and asked.handover.summary else []
    lines += [f"Last word: {incident.last_word}"] if incident.last_word else []
    lines += [
        f"{one.id} is {mention(one.to)}'s ({one.state}): {one.text}" for one in asked.tasks if one.is_theirs
    ]
    if incident.next_update_at:
        lines.append(f"The next update is promised by {clock(incident.next_update_at)}.")
    if incident.rollback:
        lines.append(
            f"Rolled back? {'Yes' if incident.rollback.rolled_back else 'No'}: {incident.rollback.text}"
        )
    if incident.public.issue or incident.public.post:
        lines.append("The public has been told, and waits for updates.")
    return "\n".join(lines) or "Nothing has been said yet."


def _report(id: str) -> Offer:
    return Offer("report_task", "Report the result …", id, is_main=True)


def _because(reason: str) -> str:
    return f": {reason}." if reason else "."


def _warned(warnings: tuple[str, ...]) -> str:
    return "".join(f"\n*Mind:* {one}" for one in warnings)


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
