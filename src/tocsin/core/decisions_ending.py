"""What people decide at the end of an incident, and what they let go: as `decisions`, each says which facts it makes, or refuses."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core.case import Actor, Case, must_be_open, open_duty, somebody
from tocsin.core.duties import ledger, open_duties
from tocsin.core.incident import CLOSED
from tocsin.core.incident_paging import first_targets
from tocsin.core.pagers import pager_again
from tocsin.core.schema.found import dirty_schemas
from tocsin.core.words import needed, text_of
from tocsin.errors import Conflict, Forbidden

CLEAN: Final = "schema_found_clean"


def resolve(
    case: Case,
    actor: Actor,
    how: str,
    evidence: str,
    *,
    public: str = "",
    rolled_back: bool | None = None,
) -> list[f.What]:
    """It is well again; `evidence` says how one knows. With `rolled_back` the question is answered along with it."""
    somebody(actor, "resolve an incident")
    must_be_open(case)
    _no_schema_is_dirty(case)
    how = needed(how, field="how", why="say what made it well again")
    evidence = needed(evidence, field="evidence", why="say how you know that the service is well again")
    facts: list[f.What] = []
    answered = case.incident.rollback
    if rolled_back is not None and (answered is None or answered.rolled_back != rolled_back):
        facts.append(f.RollbackAnswered(rolled_back, how))
    return [*facts, f.Resolved(how, evidence, _public_words(case, public))]


def _no_schema_is_dirty(case: Case) -> None:
    """What was found dirty has to be clean: the service would not start once more. Conflict, with what to do, unless it was waived."""
    owed = {
        duty.subject: duty
        for duty in open_duties(ledger(case.incident, case.handbook, case.now))
        if CLEAN in duty.rule.discharged_by
    }
    dirty = [one for one in dirty_schemas(case.incident) if one.schema in owed]
    if dirty:
        found = "; ".join(
            f"the schema of {one.schema} is dirty at version {one.version}, as {one.run} saw" for one in dirty
        )
        which = ", ".join(owed[one.schema].id for one in dirty)
        raise Conflict(
            f"{case.incident.ref} can't end yet: {found}, and what starts on it aborts. Plan repair-schema, or mend it by hand and"
            f" come again: it is looked at. To end it all the same, waive {which} and write down why"
        )


def _public_words(case: Case, said: str) -> str:
    """What outsiders are told on the end. Forbidden in a private incident: its status page may be known to everybody."""
    words = text_of(said, field="public", longest=2000)
    if words and case.incident.private:
        raise Forbidden(
            f"{case.incident.ref} is private: no public word goes out about it. Leave public empty, and tell reporters in confidence"
        )
    return words


def dismiss(case: Case, actor: Actor, reason: str, verified: str, *, public: str = "") -> list[f.What]:
    """It proved to be none; `verified` says how one knows, `public` is a sentence for the reporters."""
    somebody(actor, "dismiss an incident")
    must_be_open(case)
    _no_schema_is_dirty(case)
    reason = needed(reason, field="reason", why="say why it is no incident")
    verified = needed(verified, field="verified", why="say how it was verified to be no incident")
    return [f.Dismissed(reason, verified, public=_public_words(case, public))]


def reopen(case: Case, actor: Actor, reason: str) -> list[f.What]:
    """It was not over after all."""
    if case.incident.is_open:
        raise Conflict(f"{case.incident.ref} is open")
    reason = needed(reason, field="reason", why="say what shows that it is not over")
    incident = case.incident
    first = first_targets(incident.stamped)
    # Meanwhile a team may have left the pager that it kept.
    now = pager_again(incident.kept, first, case.roster, incident.abilities)
    return [f.Reopened(reason, now if now != incident.kept else None)]


def write_ops_log(
    case: Case,
    actor: Actor,
    *,
    impact: str,
    detection: str,
    cause: str,
    resolution: str,
    links: tuple[str, ...] = (),
) -> list[f.What]:
    """The entry in the ops log; written again in the same words it changes nothing. False alarms get none."""
    somebody(actor, "write the ops log")
    incident = case.incident
    if incident.is_open:
        raise Conflict(f"{incident.ref} is still open: the ops log is written when it is resolved")
    if incident.dismissed:
        raise Conflict(f"{incident.ref} was dismissed: false alarms get no entry in the ops log")
    written = f.OpsLogWritten(
        impact=needed(impact, field="impact", why="say who was hit, and how"),
        detection=needed(detection, field="detection", why="say how it was noticed"),
        cause=needed(cause, field="cause", why='say what caused it; "not known yet" is an answer'),
        resolution=needed(resolution, field="resolution", why="say what made it well again"),
        links=tuple(link for link in (text_of(raw, field="links") for raw in links) if link),
    )
    return [] if written == incident.ops_log else [written]


def waive(case: Case, actor: Actor, duty_id: str, reason: str) -> list[f.What]:
    """Let a duty go, with a reason. Those that keep public words true can't be waived."""
    somebody(actor, "waive a duty")
    duty = open_duty(case, duty_id)
    if not duty.rule.waivable:
        way = (
            "or do it by hand and say where it can be seen"
            if duty.rule.by_hand
            else f"which is discharged by {' or '.join(duty.rule.discharged_by)}"
        )
        raise Forbidden(f"{duty_id} can't be waived: {duty.title.lower()}, {way}")
    return [f.DutyWaived(duty_id, needed(reason, field="reason", why="a waiver needs a reason"))]


def done_by_hand(case: Case, actor: Actor, duty_id: str, evidence: str) -> list[f.What]:
    """A person did it outside of Tocsin, and says where it can be seen."""
    somebody(actor, "vouch for a duty")
    duty = open_duty(case, duty_id)
    if not duty.rule.by_hand:
        raise Forbidden(
            f"{duty_id} can't be vouched for: it is discharged by {' or '.join(duty.rule.discharged_by)}"
        )
    evidence = needed(evidence, field="evidence", why="give a link, or say who was told, when and how")
    return [f.DutyDoneByHand(duty_id, evidence)]


def close(case: Case, actor: Actor) -> list[f.What]:
    """Tocsin closes by itself when all is settled; asked before that, it names what stands in the way."""
    if case.incident.status == CLOSED:
        return []
    if case.incident.is_open:
        raise Conflict(f"{case.incident.ref} is open: resolve it, or dismiss it with how it was verified")
    under_way = [run.id for run in case.incident.runs if run.is_under_way]
    if under_way:
        raise Conflict(
            f"{case.incident.ref} can't close yet: {under_way[0]} is being carried out; stop it first"
        )
    owed = open_duties(ledger(case.incident, case.handbook, case.now))
    if owed:
        raise Conflict(
            f"{case.incident.ref} can't close yet: " + "; ".join(f"{duty.title} ({duty.id})" for duty in owed)
        )
    return [f.Closed()]
