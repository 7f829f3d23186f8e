"""Alerts as a terminal shows them."""

from __future__ import annotations

from tocsin.core.words import shortened
from tocsin.doors.cli.words import WIDTH, Json, at, instant, table, table_with_words

INDENT = "                 "
"""As wide as the time before a line of the history."""


def listed(rows: list[Json]) -> str:
    cells = [
        (one["ref"], one["status"], one["priority"], str(one["count"]), at(one["opened_at"]), one["message"])
        for one in rows
    ]
    return table(("REF", "STATUS", "PRIO", "CAME", "SINCE (UTC)", "MESSAGE"), cells)


def short(alert: Json) -> str:
    """An alert as it stands, and what comes next."""
    return "\n".join([shortened(_title(alert), WIDTH), *_head(alert), *_next(alert)])


def whole(alert: Json) -> str:
    """An alert with what it says, its escalation, and every message about it."""
    parts = ["\n".join([_title(alert), *_head(alert), *_about(alert)])]
    parts.append("What was done (times in UTC)\n" + lines(alert["history"], "nothing yet"))
    if alert["status"] != "closed":
        nothing = "nothing by itself: somebody has it"
        parts.append("What comes next where nobody does anything\n" + lines(alert["coming"], nothing))
    if alert["deliveries"]:
        parts.append("Messages (times in UTC)\n" + _messages(alert["deliveries"]))
    return "\n\n".join(parts)


def _title(alert: Json) -> str:
    return f"{alert['ref']}  {alert['message']}"


def _head(alert: Json) -> list[str]:
    came = f", came {alert['count']} times, last {at(alert['last_at'])} UTC" if alert["count"] > 1 else ""
    return [
        f"  {_standing(alert)}, {alert['priority']}, by the policy {alert['policy']}{came}",
        f"  page: {alert['url']}",
    ]


def _standing(alert: Json) -> str:
    match alert["status"]:
        case "acknowledged":
            return f"acknowledged by {alert['acknowledged_by']} at {at(alert['acknowledged_at'])} UTC"
        case "snoozed":
            return f"snoozed until {at(alert['snoozed_until'])} UTC"
        case "closed":
            by = f" by {alert['closed_by']}" if alert["closed_by"] else ""
            return f"closed{by} at {at(alert['closed_at'])} UTC"
        case _ if alert.get("awaited"):
            return f"open, awaited are {', '.join(alert['awaited'])}"
        case _:
            return "open, acknowledged by nobody"


def _next(alert: Json) -> list[str]:
    return [f"  next: {at(one['at'])} UTC, {one['text']}" for one in alert["coming"][:1]]


def _about(alert: Json) -> list[str]:
    said = [f"  opened: {at(alert['opened_at'])} UTC by {alert['opened_by'] or 'Tocsin'}"]
    said += [
        f"  {name}: {alert[name]}"
        for name in ("source", "alias", "link")
        if alert[name] not in ("", alert["ref"])
    ]
    said += [f"  {name}: {value}" for name, value in alert["details"].items()]
    return [*said, *(f"  | {line}" for line in alert["description"].splitlines())]


def lines(some: list[Json], nothing: str) -> str:
    """Lines of what was done or will be, each with who is left out and why."""
    said = []
    for one in some:
        said.append(f"  {instant(one['at']):%m-%d %H:%M:%S} {one['text']}")
        said += [f"{INDENT}- {why}" for why in one["why"]]
    return "\n".join(said) or f"  {nothing}"


def _messages(deliveries: list[Json]) -> str:
    rows = [
        (
            one["person"] or one["contact"],
            one["via"],
            one["purpose"],
            one["state"],
            _time(one["handed_at"] or (one["due_at"] if one["state"] == "planned" else None)),
            _time(one["delivered_at"]),
            _time(one["seen_at"] or one["acknowledged_at"]),
        )
        for one in deliveries
    ]
    head = ("WHO", "VIA", "FOR", "STATE", "SENT/DUE", "THERE", "SEEN")
    return table_with_words(head, rows, [one["why"] for one in deliveries], "  ")


def _time(text: str | None) -> str:
    return f"{instant(text):%H:%M:%S}" if text else "-"
