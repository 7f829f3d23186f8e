"""The ops log as text that other tools take: Markdown to read, CSV to count. Pure functions of its entries."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from tocsin.core.facts import Fact, OpsLogWritten
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.places import Places

COLUMNS = (
    "ref", "title", "kind", "owner", "started_at", "ended_at", "written_at", "written_by",
    "impact", "detection", "cause", "resolution", "links",
)  # fmt: skip


class Entry(Protocol):
    """One entry of the ops log; times are UTC."""

    @property
    def ref(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def written_at(self) -> datetime: ...
    @property
    def written_by(self) -> str: ...
    @property
    def impact(self) -> str: ...
    @property
    def detection(self) -> str: ...
    @property
    def cause(self) -> str: ...
    @property
    def resolution(self) -> str: ...
    @property
    def links(self) -> tuple[str, ...]: ...


def markdown(entries: Iterable[Entry]) -> str:
    """The ops log as a Markdown page; whatever people wrote stands there as they wrote it, not as marks."""
    return "\n\n".join(["# Ops log", *(_entry(entry) for entry in entries)]) + "\n"


def csv_text(entries: Iterable[Entry]) -> str:
    """The ops log as CSV (RFC 4180), with times in ISO 8601 and no cell that a spreadsheet would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow([_cell(getattr(entry, column)) for column in COLUMNS])
    return out.getvalue()


def entry_text(incident: Incident, fact: Fact, roster: Roster, places: Places, marker: str) -> str:
    """An entry as plain text, for a document that others write in as well; its last line is the marker, by which it is found again."""
    written = fact.what
    if not isinstance(written, OpsLogWritten):
        raise ValueError(f"fact {fact.n} of {incident.ref} is no entry of the ops log, but {fact.kind}")
    ended = f" to {_time(incident.ended_at)}" if incident.ended_at else ""
    owner = roster.name(incident.owner) if incident.owner else "nobody"
    lines = [
        f"{incident.ref}: {_line(incident.title)}",
        f"{_time(incident.started_at)}{ended}, {incident.kind}, {incident.severity}, owned by {owner}",
        f"Impact: {_line(written.impact)}",
        f"Detection: {_line(written.detection)}",
        f"Cause: {_line(written.cause)}",
        f"Resolution: {_line(written.resolution)}",
        *(_line(link) for link in written.links),
        f"Written by {roster.name(fact.by)}, {_time(fact.at)}: {places.fact(incident.ref, fact.n)}",
        marker,
    ]
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _entry(entry: Entry) -> str:
    ended = f" to {_time(entry.ended_at)}" if entry.ended_at else ""
    head = [
        f"## {entry.ref}: {_plain(entry.title)}",
        f"{_time(entry.started_at)}{ended}, {_plain(entry.kind)}, owned by {_plain(entry.owner or 'nobody')}",
    ]
    parts = {
        "Impact": entry.impact,
        "Detection": entry.detection,
        "Cause": entry.cause,
        "Resolution": entry.resolution,
    }
    lines = [f"- **{name}:** {_plain(text)}" for name, text in parts.items()]
    lines += [f"- <{link}>" if _is_web(link) else f"- {_plain(link)}" for link in entry.links]
    written = f"Written by {_plain(entry.written_by)}, {_time(entry.written_at)}."
    return "\n\n".join([*head, "\n".join(lines), written])


def _plain(text: str) -> str:
    """`text` on one line, with every sign that Markdown or HTML would take for a mark made harmless."""
    one_line = " ".join(text.split())
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~>-])", r"\\\1", one_line)
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def _is_web(link: str) -> bool:
    return re.fullmatch(r"https?://[^\s<>]+", link) is not None


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case tuple():
            return harmless(" ".join(str(one) for one in value))
        case _:
            return harmless(str(value))


def harmless(text: str) -> str:
    """Spreadsheets run cells that begin like a formula; an apostrophe in front makes it text (OWASP, CSV injection)."""
    return (
        f"'{text}"
        if text.lstrip(" \t\r\n").startswith(("=", "+", "-", "@")) or (text[:1] in "\t\r\n" and text)
        else text
    )
