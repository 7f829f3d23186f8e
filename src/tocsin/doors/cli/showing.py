"""Incidents as a terminal shows them."""

from __future__ import annotations

from datetime import datetime

from tocsin.core.words import shortened
from tocsin.doors.cli.words import WIDTH, Json, at, instant, table

TELLING = ("text", "how", "reason", "evidence", "why", "duty", "person", "severity", "now", "title", "url")
"""Fields of a fact that say most about it, the best first."""


def short(incident: Json) -> str:
    """An incident as it stands, and what is owed next."""
    lines = _head(incident)
    now = instant(incident["now"])
    for duty in incident["owed"][:5]:
        lines.append(f"  owed: {duty['id']}, {due(duty, now)}, by {', '.join(duty['owes']) or 'nobody yet'}")
    return "\n".join(lines)


def whole(incident: Json) -> str:
    """An incident with its reports, its ledger and its timeline."""
    parts = ["\n".join(_head(incident))]
    parts.append("Reports\n" + "\n".join(_report(report) for report in incident["reports"]))
    parts.append("Duties (times in UTC)\n" + _ledger(incident))
    parts.append("Timeline (times in UTC)\n" + _timeline(incident))
    if incident["waiting"]:
        rows = [
            (one["does"], one["via"] or "-", str(one["attempts"]), one["why"] or "not tried yet")
            for one in incident["waiting"]
        ]
        parts.append("Not gone out yet\n" + table(("WHAT", "VIA", "TRIES", "WHY"), rows))
    return "\n\n".join(parts)


def listed(rows: list[Json]) -> str:
    cells = [
        (
            row["ref"],
            row["status"],
            row["severity"],
            row["owner"] or "-",
            str(row["owed"]),
            at(row["started_at"]),
            row["title"],
        )
        for row in rows
    ]
    return table(("REF", "STATUS", "SEVERITY", "OWNER", "OWED", "SINCE (UTC)", "TITLE"), cells)


def due(duty: Json, now: datetime) -> str:
    """When it is due, as one says it."""
    minutes = round((instant(duty["due_at"]) - now).total_seconds() / 60)
    return f"{-minutes} min overdue" if duty["is_overdue"] else f"due in {minutes} min"


def _head(incident: Json) -> list[str]:
    owner = f"owned by {incident['owner']}" if incident["owner"] else "owned by nobody"
    lines = [
        shortened(f"{incident['ref']}  {incident['title']}", WIDTH),
        f"  {incident['status']}, {incident['severity']} severity, {incident['kind']}, {owner}",
    ]
    if incident["tags"]:
        lines.append(shortened(f"  tags: {', '.join(incident['tags'])}", WIDTH))
    if incident["paged"] and not incident["acknowledged_at"] and incident["status"] == "open":
        lines.append(f"  paged: {', '.join(incident['paged'])}; nobody has acknowledged yet")
    lines += [
        f"  {label}: {incident[name]}"
        for label, name in (
            ("page", "url"),
            ("thread", "thread_url"),
            ("issue", "issue_url"),
            ("post", "post_url"),
        )
        if incident[name]
    ]
    return lines + _together(incident)


def _together(incident: Json) -> list[str]:
    """What people have asked of each other, and what was decided about learning from it."""
    said = [
        f"  {task['id']} {task['to']}, {task['state']}: {' '.join((task['said'] or task['text']).split())}"
        for task in incident["tasks"]
    ]
    if handover := incident["handover"]:
        said.append(f"  handover: {handover['to']} is asked, until {at(handover['answer_by'])} UTC")
    said += [
        f"  {one['step']}: {', '.join(f'{name} {value}' for name, value in one['values'].items())}"
        for one in incident["steps"]
    ]
    said += [
        f"  {one['id']} {one['to']}, {'done' if one['done_at'] else 'to do'}: {one['title']}"
        for one in incident["follow_ups"]
    ]
    retrospective = incident["retrospective"]
    if retrospective["held"]:
        said.append("  retrospective: held")
    elif planned := retrospective["planned"]:
        people = ", ".join(planned["people"])
        said.append(f"  retrospective: {at(planned['starts_at'])} UTC, {planned['minutes']} min, {people}")
    elif retrospective["declined"]:
        said.append(f"  no retrospective: {retrospective['declined']}")
    return [shortened(line, WIDTH) for line in said]


def _report(report: Json) -> str:
    where = f" (now in {report['moved_to']})" if report["moved_to"] else ""
    who = f"{report['id']}  {at(report['received_at'])}  {report['reporter']} via {report['source']}{where}: "
    return shortened("  " + who + " ".join(report["text"].split()), WIDTH)


def _ledger(incident: Json) -> str:
    """Each duty in two lines: what is owed by when, by whom; and how it was settled, with the evidence whole."""
    lines = []
    for duty in incident["ledger"]:
        state = "OVERDUE" if duty["is_overdue"] else duty["state"]
        owes = ", ".join(duty["owes"]) or "nobody"
        lines.append(shortened(f"  {state:<8}due {at(duty['due_at'])}  {duty['id']}: {duty['title']}", WIDTH))
        if duty["done_at"]:
            why = duty["evidence"] or duty["reason"] or ""
            lines.append(f"          {at(duty['done_at'])} by {duty['by']}: {why}")
        elif duty["reason"]:
            lines.append(f"          {duty['reason']}")
        else:
            lines.append(f"          owed by {owes}")
    return "\n".join(lines)


def _timeline(incident: Json) -> str:
    rows = [
        (
            str(fact["n"]),
            at(fact["at"]),
            shortened(fact["by"], 16),
            fact["kind"].replace("_", " "),
            _telling(fact["data"]),
        )
        for fact in incident["facts"]
    ]
    return table(("#", "AT", "BY", "WHAT", ""), rows)


def _telling(data: Json) -> str:
    """The words in a fact that say the most; of what procedures did also which run, and what was done."""
    words = next(
        (str(data[name]) for name in TELLING if isinstance(data.get(name), str | int) and data[name]), ""
    )
    run = str(data.get("run") or "")
    if not run or words == run:
        return words
    rest = (
        data.get("said")
        or words
        or data.get("verdict")
        or ", ".join(map(str, data.get("updaters") or ()))
        or data.get("step")
    )
    return f"{run}: {rest}" if rest else run
