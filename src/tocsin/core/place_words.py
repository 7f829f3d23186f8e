"""What a channel or a webhook that a policy names is told of an incident. Of a private one no more than that somebody is needed, and where."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core import facts as f
from tocsin.core.alert_outside import headline
from tocsin.core.device_words import how_it_stands, plain
from tocsin.core.message_parts import source_label
from tocsin.core.work import PLACE_SETTLE, Desk, Work

LONGEST = 150


@dataclass(frozen=True, slots=True)
class PlaceWords:
    subject: str
    text: str
    short: str
    link: str


def place_words(work: Work, desk: Desk) -> PlaceWords | None:
    """None where there is nothing to say any more."""
    incident = desk.incident
    head, page = headline(incident, LONGEST), desk.places.incident(incident.ref)
    thread = incident.thread.url if incident.thread else ""
    if incident.private:
        return PlaceWords(head, f"*{head}*\n{page}", plain(head), page)
    if work.does == PLACE_SETTLE:
        said = how_it_stands(incident, desk.roster)
        if not said:
            return None
        lines = [f"*{head}*", said, *([f"The thread: {thread}"] if thread else [])]
        return PlaceWords(f"[{incident.ref}] {said}", "\n".join(lines), plain(f"{head}. {said}"), page)
    said = _paged(work, desk)
    lines = [f"*{head}*", f"Severity {incident.severity}, {incident.kind}. {said}"]
    text = "\n".join([*lines, *([f"The thread: {thread}"] if thread else [])])
    return PlaceWords(head, text, plain(f"{head}. Severity {incident.severity}. {said}"), page)


def _paged(work: Work, desk: Desk) -> str:
    """Who is paged beside this place, and who reported it."""
    n, first = int(work.payload["fact"]), next(iter(desk.incident.reports), None)
    fact = desk.incident.facts[n - 1].what if 0 < n <= len(desk.incident.facts) else None
    names = [desk.roster.name(one) for one in fact.people] if isinstance(fact, f.Paged) else []
    verb = "is" if len(names) == 1 else "are"
    paged = f"{', '.join(names)} {verb} paged" if names else "Nobody is paged yet"
    by = f" Reported by {first.reporter} ({source_label(first.source)})." if first else ""
    return f"{paged} ({work.payload['why']}).{by}"
