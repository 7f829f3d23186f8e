"""What people do in an incident: each function says which facts it makes, or refuses with the reason.

They take the incident as it stands and who acts; they never look at a clock. Refusals are errors from `tocsin.errors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from tocsin.core import facts as f
from tocsin.core.case import Actor, Case, must_be_open, must_have_owner, open_duty, somebody
from tocsin.core.duties import Duty, ledger, open_duties
from tocsin.core.handbook import SENT
from tocsin.core.people import Roster
from tocsin.core.spans import span_text
from tocsin.core.words import LONGEST_TITLE, needed, text_of
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound

ONE_PAGE = timedelta(minutes=1)
"""Who was paged so short a time ago is not paged again for the same incident."""
LONGEST_TAG, MOST_TAGS = 50, 20
"""As many tags as Opsgenie takes, each as long as there."""


def acknowledge(case: Case, actor: Actor) -> list[f.What]:
    """The page has reached a person. A second acknowledgement changes nothing."""
    person = somebody(actor, "acknowledge a page")
    must_be_open(case)
    alert = case.incident.alert
    if (alert.acknowledged_at or alert.has_answer_of(person)) and person not in alert.called:
        return []
    return [f.PageAcknowledged(person)]


def page(case: Case, actor: Actor, targets: tuple[str, ...], roster: Roster) -> list[f.What]:
    """Page more people at once; the escalation goes on beside it. NotFound, naming it, if a target is nobody."""
    must_be_open(case)
    for target in targets:
        if not roster.reached_by((target,)):
            known = ", ".join(["on-call", *(f"team:{name}" for name in roster.teams)])
            raise NotFound(
                f"{target} is nobody that can be paged; known are {known}, person:HANDLE", field="targets"
            )
    just_paged = {
        handle
        for fact in case.incident.facts
        if isinstance(fact.what, f.Paged) and case.now - fact.at < ONE_PAGE
        for handle in fact.what.people
    }
    people = tuple(handle for handle in roster.reached_by(targets) if handle not in just_paged)
    if not people:
        return []
    who = case.name(actor.person) if actor.person else actor.by
    asked_for = ", ".join(_target_words(case, target) for target in targets)
    return [f.Paged(people, case.incident.alert.step, f"{who} asks for {asked_for}", by_hand=True)]


def _target_words(case: Case, target: str) -> str:
    kind, _, name = target.partition(":")
    if kind == "on-call":
        return "who is on call"
    return f"the team {name}" if kind == "team" else case.name(name or kind)


def own(case: Case, actor: Actor, *, take_over: bool = False) -> list[f.What]:
    """ "I'm on it." Conflict if somebody else owns it already, unless they say that they take over, or were asked to."""
    person = somebody(actor, "own an incident")
    must_be_open(case)
    incident = case.incident
    if incident.owner == person:
        return []
    handover = incident.asked.handover
    if handover and handover.to == person:
        return [f.HandoverAccepted(handover.id, person, incident.owner), f.Owned(person)]
    if incident.owner and not take_over:
        since = incident.owned_at.strftime("%H:%M UTC") if incident.owned_at else ""
        raise Conflict(
            f"{case.name(incident.owner)} has owned {incident.ref} since {since}. Speak with them; to take over from them, say so: own {incident.ref} take over"
        )
    return [f.Owned(person)]


def state_next_steps(case: Case, actor: Actor, text: str, next_in: timedelta | None = None) -> list[f.What]:
    """What the owner intends to do, and when the next update comes (`next_in`; by default as the handbook says)."""
    somebody(actor, "state next steps")
    must_be_open(case)
    must_have_owner(case, "next steps are the owner's to state")
    text = needed(text, field="text", why="say what you intend to do next")
    return [f.NextStepsStated(text, _next_update(case, next_in))]


def post_update(case: Case, actor: Actor, text: str, next_in: timedelta | None = None) -> list[f.What]:
    """How it stands, and when the next update comes."""
    somebody(actor, "post an update")
    must_be_open(case)
    must_have_owner(case, "an update needs somebody who answers for it")
    text = needed(text, field="text", why="say how it stands, what was tried and what came of it")
    return [f.UpdatePosted(text, _next_update(case, next_in))]


def add_note(case: Case, actor: Actor, text: str, url: str = "") -> list[f.What]:
    url = text_of(url, field="url")
    return [f.NoteAdded(needed(text, field="text", why="a note says something"), url)]


def keep_message(case: Case, actor: Actor, text: str, url: str) -> list[f.What]:
    """A message that somebody said elsewhere, for the timeline. One that is there already is not put there twice."""
    kept = [fact.what for fact in case.incident.facts if isinstance(fact.what, f.NoteAdded)]
    is_there = any(note.url == url if url else note.text == text for note in kept)
    return [] if is_there else add_note(case, actor, text, url)


def change_severity(case: Case, actor: Actor, severity: str, reason: str = "") -> list[f.What]:
    """Raising it is free; lowering it needs a reason and a name."""
    known = [one.id for one in case.handbook.severities_of(case.incident.kind)]
    severity = next((one for one in known if one.lower() == severity.lower()), severity)
    if severity not in known:
        raise Invalid(
            f"{severity!r} is no severity of {case.incident.kind}; the handbook has {', '.join(known)}",
            field="severity",
        )
    was = case.incident.severity
    if severity == was:
        return []
    reason = text_of(reason, field="reason")
    if case.handbook.is_lower(severity, was):
        somebody(actor, "lower the severity")
        reason = needed(reason, field="reason", why=f"lowering from {was} to {severity} has to be argued")
    return [f.SeverityChanged(was, severity, reason)]


def change_kind(case: Case, actor: Actor, kind: str, reason: str) -> list[f.What]:
    """It is of another kind than was thought. From a private kind there is no way back to one that everybody may read."""
    somebody(actor, "change the kind")
    incident, handbook = case.incident, case.handbook
    new = handbook.kind(kind)
    if new is None:
        known = ", ".join(one.id for one in handbook.kinds)
        raise Invalid(f"{kind!r} is no kind; the handbook has {known}", field="kind")
    if new.id == incident.kind:
        return []
    reason = needed(reason, field="reason", why=f"say why it is {new.id} and not {incident.kind}")
    if lost := _lost_with_kind(case, new.id):
        raise Conflict(
            f"{lost[0].id} is owed and can't be waived, and {new.title} knows no such duty: {lost[0].title.lower()} first"
        )
    facts: list[f.What] = [f.KindChanged(incident.kind, new.id, reason, new.private)]
    severities = handbook.severities_of(new.id)
    if incident.severity not in [one.id for one in severities]:
        # What it is in the new kind's own terms is not known yet, and an unknown is treated as the worst.
        facts.append(f.SeverityChanged(incident.severity, severities[0].id, f"the worst of {new.title}"))
    return facts


def add_member(case: Case, actor: Actor, person: str, reason: str, roster: Roster) -> list[f.What]:
    """Let somebody know of a private incident. A member has to add them, and says why."""
    somebody(actor, "add a member")
    if person not in roster.people:
        raise NotFound(f"Nobody is called {person}", field="person")
    if not case.incident.private:
        raise Conflict(f"{case.incident.ref} is not private: everybody here can read it")
    if person in case.incident.members:
        return []
    reason = needed(reason, field="reason", why=f"say why {person} has to know of it")
    return [f.MemberAdded(person, reason)]


def retitle(case: Case, actor: Actor, title: str) -> list[f.What]:
    """Give it a better title than the reporter's words."""
    title = needed(title, field="title", why="say in a few words what is broken")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"title has {len(title)} characters; at most {LONGEST_TITLE} are taken", field="title")
    return [f.Retitled(case.incident.title, title)] if title != case.incident.title else []


def add_tags(case: Case, actor: Actor, tags: Iterable[str]) -> list[f.What]:
    """Put tags on it: those that it bears already change nothing."""
    named = [text_of(tag, field="tags", longest=LONGEST_TAG).lstrip("#") for tag in tags]
    new = tuple(dict.fromkeys(tag for tag in named if tag and tag not in case.incident.tags))
    if not any(named):
        raise Invalid("tags is missing: name at least one", field="tags")
    if len(case.incident.tags) + len(new) > MOST_TAGS:
        raise Invalid(f"{case.incident.ref} would bear more than {MOST_TAGS} tags", field="tags")
    return [f.Tagged(new)] if new else []


def answer_rollback(case: Case, actor: Actor, rolled_back: bool, text: str) -> list[f.What]:
    """ "Rolled back?": yes and how, or no and why not. Conflict where it was none, or is closed."""
    somebody(actor, "answer for the rollback")
    incident = case.incident
    if incident.dismissed:
        raise Conflict(f"{incident.ref} was dismissed: there was nothing to roll back")
    if incident.closed_at:
        raise Conflict(f"{incident.ref} is closed: reopen it first")
    why = "say what was rolled back to what" if rolled_back else "say why it was not rolled back"
    return [f.RollbackAnswered(rolled_back, needed(text, field="text", why=why))]


def approve_action(case: Case, actor: Actor, duty_id: str, text: str = "") -> list[f.What]:
    """Let Tocsin do what it offers for a duty: answer a reporter, tell them the end, close the issue, answer the post."""
    somebody(actor, "let something go out")
    duty = open_duty(case, duty_id)
    if duty.rule.does not in SENT:
        raise Invalid(f"Tocsin offers nothing to send for {duty_id}", field="duty")
    if duty.in_confidence:
        raise Forbidden(
            f"{case.incident.ref} is private, and everybody could read that: tell them in confidence, then say that it was done by hand, and how"
        )
    if duty.on_its_way:
        raise Conflict(
            f"{duty_id} is on its way already; {case.incident.ref} shows what holds it up. If you did it yourself, say where it can be seen"
        )
    return [f.ActionApproved(duty_id, text_of(text, field="text"))]


def take_step(
    case: Case, actor: Actor, step_id: str, values: Mapping[str, str], url: str = ""
) -> list[f.What]:
    """Record a step of the handbook's: every field of it, as entered. It can't be edited afterwards, only taken again."""
    somebody(actor, "record a step")
    steps = case.handbook.steps_of(case.incident.kind)
    step = next((one for one in steps if one.id == step_id.strip().lower()), None)
    if step is None:
        known = ", ".join(one.id for one in steps) or "none"
        raise NotFound(f"{case.incident.kind} has no step {step_id}; it has: {known}", field="step")
    unknown = set(values) - set(step.fields)
    if unknown:
        raise Invalid(
            f"{step.id} asks for {', '.join(step.fields)}; not for {', '.join(sorted(unknown))}",
            field="values",
        )
    entered = tuple(
        (name, needed(values.get(name, ""), field=name, why=f"{step.id} records it")) for name in step.fields
    )
    return [f.StepTaken(step.id, step.title, entered, text_of(url, field="url"))]


def _lost_with_kind(case: Case, kind: str) -> list[Duty]:
    """What is owed, can't be waived, and would be owed no more in an incident of that kind: a way around the handbook."""
    owed = open_duties(ledger(case.incident, case.handbook, case.now))
    return [
        duty for duty in owed if not duty.rule.waivable and duty.rule.kinds and kind not in duty.rule.kinds
    ]


def _next_update(case: Case, next_in: timedelta | None) -> datetime:
    """When the next update is due. Nobody may promise less than the handbook asks at this severity."""
    longest = _longest_silence(case)
    if next_in is None:
        return case.now + longest
    if next_in <= timedelta(0):
        raise Invalid("the next update must lie ahead: name a span such as 20m", field="next_in")
    if next_in > longest:
        severity = case.incident.severity
        raise Invalid(
            f"at {severity} severity an update is due at least every {span_text(longest)}; {span_text(next_in)} is longer",
            field="next_in",
        )
    return case.now + next_in


def _longest_silence(case: Case) -> timedelta:
    spans = [
        case.handbook.within(rule, case.incident.severity)
        for rule in case.handbook.rules
        if rule.due_from == "next_update_at"
    ]
    return min(spans, default=timedelta(minutes=30))
