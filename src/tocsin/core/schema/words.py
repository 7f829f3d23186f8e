"""What the doctor found, in words: for the command line, and for whoever has to decide."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.schema.examination import Examination, Item, Script
from tocsin.core.schema.files import NO_VERSION
from tocsin.core.schema.judging import State
from tocsin.core.schema.standing import Standing

MARKS = {
    State.DONE: "done",
    State.NOT_DONE: "NOT DONE",
    State.PARTLY: "IN PART",
    State.UNUSABLE: "UNUSABLE",
    State.BUILDING: "RUNNING",
    State.UNKNOWN: "?",
    State.NOTHING: "-",
}
LONGEST = 100


def told(seen: Examination) -> Iterator[str]:
    """Line by line: what the table says, both readings, who works there, what is amiss."""
    yield f"{seen.database}: {seen.schema}.{seen.table} says {says(seen)}"
    for problem in seen.problems:
        yield f"PROBLEM: {problem}"
    if seen.dirty and not _says_nothing(seen):
        yield from _readings(seen)
    yield from _listed("A migrator still works", seen.live)
    yield from _listed("Others at work", seen.others)
    yield from _listed("Invalid indexes", seen.invalid)
    more = seen.missing_count - len(seen.missing)
    yield from _listed(
        "Left by earlier migrations, and not there", (*seen.missing, *((f"{more} more",) if more else ()))
    )
    yield f"Last backup: {seen.backup_at or 'not known'}. Migrations: those of commit {seen.commit[:10] or '?'}."
    for warning in seen.warnings:
        yield f"Warning: {warning}"


def in_short(seen: Examination) -> Iterator[str]:
    """What approvers have to know, in a few lines: what the table says, and how far each statement of both readings went."""
    yield f"{seen.schema}.{seen.table} says {says(seen)}"
    if not seen.dirty:
        return
    for way, script in (("up", seen.up_failed), ("down", seen.down_failed)):
        if script is not None and script.file:
            states = ", ".join(
                f"{one.number} {one.state}" for one in script.items if one.state != State.NOTHING
            )
            yield f"if the way {way} to {seen.version} failed ({script.file}): {script.unreadable or states or 'it is empty'}"


def standing_told(seen: Standing) -> Iterator[str]:
    """The same for Alembic, Django and Flyway."""
    last = f", last {seen.recorded[-1]}" if seen.recorded else ""
    yield f"{seen.database}: {seen.schema}.{seen.table} ({seen.tool}) records {len(seen.recorded) or 'no'} migrations{last}"
    for problem in seen.problems:
        yield f"PROBLEM: {problem}"
    yield from _listed("FAILED", seen.failed)
    if seen.script:
        yield from _reading("How far it got", seen.script)
    yield from _listed("Recorded, and there is no file", seen.unknown)
    yield from _listed("Not done yet", seen.pending)
    yield from _listed("A migrator still works", seen.live)
    yield from _listed("Others at work", seen.others)
    yield from _listed("Invalid indexes", seen.invalid)
    yield f"Last backup: {seen.backup_at or 'not known'}. Migrations: those of commit {seen.commit[:10] or '?'}."
    for warning in seen.warnings:
        yield f"Warning: {warning}"


def _says_nothing(seen: Examination) -> bool:
    """Whether the table has no row that counts: the first problem says why."""
    return bool(seen.problems) and seen.version == NO_VERSION and not seen.scripts


def says(seen: Examination) -> str:
    if _says_nothing(seen):
        return "nothing that can be taken for a version"
    if seen.version == NO_VERSION and not seen.dirty:
        return "no version: no migration was done"
    known = "" if seen.known else ", of which there is no file"
    return f"version {seen.version}{', DIRTY' if seen.dirty else ', not dirty'}{known}"


def _readings(seen: Examination) -> Iterator[str]:
    yield "It means one of two things, which the table itself does not tell apart:"
    up, down = seen.up_failed, seen.down_failed
    yield from _reading(f"1. The way up to {seen.version} failed", up)
    if down is None:
        yield f"2. The way down to {seen.version} can't have failed: there is no version above it."
    else:
        yield from _reading(f"2. The way down to {seen.version} failed", down)


def _reading(title: str, script: Script | None) -> Iterator[str]:
    if script is None or not script.file:
        yield f"{title}: there is no file for it."
        return
    yield f"{title} ({script.file}):"
    if script.unreadable:
        yield f"   it can't be read: {script.unreadable}"
    for one in script.items:
        yield _item(one)


def _item(one: Item) -> str:
    text = " ".join(one.text.split())
    shown = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    why = f"\n{'':15}{one.why}" if one.why and one.state != State.NOTHING else ""
    return f"   {one.number:>3} {MARKS[State(one.state)]:<10} {shown}{why}"


def _listed(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
        yield from (f"   {line}" for line in lines)
