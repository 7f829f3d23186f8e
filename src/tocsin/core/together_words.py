"""What a device is told of many incidents in one message: that somebody is paged for them, and how they stand afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from tocsin.core.channel import LOW, PAGED, TOLD
from tocsin.core.device_words import DeviceWords, how_it_stands, page_of_one, plain
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.words import LISTED, and_more, named, shortened
from tocsin.core.work import Desk, Together

MARK: Final = "P"
"""How the ref of a message about many incidents begins."""


def ref_of(batch: int) -> str:
    return f"{MARK}{batch}"


def batch_of(ref: str) -> int | None:
    """The message that such a ref names; None for any other ref."""
    number = ref.removeprefix(MARK)
    return int(number) if ref.startswith(MARK) and number.isdigit() else None


def pages_words(together: Together) -> DeviceWords:
    """A page for all of them: the severe first, the new before the old, each incident once; of one alone, as any page."""
    some: dict[str, tuple[Desk, str]] = {}
    # What the escalation pages for comes before a late duty of the same incident.
    for work, desk in sorted(together.works, key=lambda one: bool(one[0].payload.get("duty"))):
        _, before = some.get(desk.incident.ref, (desk, ""))
        why = work.payload["why"]
        some[desk.incident.ref] = desk, f"{before}; {why}" if before else why
    if len(some) == 1:
        [(desk, why)] = some.values()
        work = together.works[0][0]
        return page_of_one(replace(work, payload={**work.payload, "why": why, "note": together.note}), desk)
    first, person = together.works[0][1], together.works[0][0].payload["person"]
    ordered = sorted(some.values(), key=lambda one: _rank(one[0]))
    lead = ordered[0][0].incident
    head = f"{len(ordered)} incidents, first {lead.ref}: {lead.title}"
    lines = [
        f"• *{desk.incident.ref}* {desk.incident.severity} {desk.incident.title}. You are paged: {why}."
        for desk, why in ordered[:LISTED]
    ]
    note = [together.note] if together.note else []
    text = "\n".join([f"*{len(ordered)} incidents*", *lines, *and_more(len(ordered)), *note])
    short = plain(f"{head}. Severity {lead.severity}. {together.note}")
    ref = ref_of(together.batch)
    signed = first.sign(ref, person)
    return DeviceWords(
        PAGED,
        shortened(head, 150),
        text,
        short,
        link=first.places.incidents,
        answer_link=first.places.acknowledge(ref, person, signed),
        ref=ref,
    )


def standing_words(incidents: Sequence[Incident], person: str, roster: Roster, places: Places) -> DeviceWords:
    """How the incidents of one message stand now: which are answered, by whom, and how many still wait for this person."""
    wait = [one for one in incidents if one.is_awaited(person)]
    said = {
        one.ref: "waits for an answer" if one in wait else how_it_stands(one, roster) for one in incidents
    }
    head = f"{len(wait)} of {len(incidents)} incidents wait" if wait else "All of them are answered"
    lines = [f"• *{one.ref}* {one.title}: {said[one.ref] or 'open'}" for one in incidents[:LISTED]]
    text = "\n".join([f"*{head}*", *lines, *and_more(len(incidents))])
    return DeviceWords(
        TOLD, head, text, plain(f"{head}. {named([one.ref for one in incidents])}"), LOW, places.incidents
    )


def told_words(said: Mapping[str, str], places: Places) -> DeviceWords:
    """What became of several, in one message; `said` is a sentence on each, by its ref."""
    same = len(set(said.values())) == 1
    first = next(iter(said.values()))
    refs = named(list(said))
    lines = [first] if same else [f"• *{ref}*: {one}" for ref, one in list(said.items())[:LISTED]]
    text = "\n".join([f"*{refs}*", *lines, *([] if same else and_more(len(said)))])
    short = (
        f"{refs}. {first}" if same else "; ".join(f"{ref}: {one.rstrip('.')}" for ref, one in said.items())
    )
    return DeviceWords(
        TOLD, f"{len(said)} incidents: {first if same else 'news'}", text, plain(short), LOW, places.incidents
    )


def _rank(desk: Desk) -> tuple[int, float, int]:
    incident = desk.incident
    number = int(incident.ref.rpartition("-")[2])
    return desk.handbook.rank(incident.severity), -incident.started_at.timestamp(), -number
