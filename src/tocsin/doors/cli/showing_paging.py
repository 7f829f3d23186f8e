"""An incident's escalation as a terminal shows it."""

from __future__ import annotations

from tocsin.doors.cli.showing_alerts import lines
from tocsin.doors.cli.words import Json, at, instant, table_with_words


def whole(found: Json) -> str:
    """How it stands, what was done, and what comes next."""
    by = f", by the policy {found['policy']}" if found["policy"] else ""
    parts = [f"{found['ref']}: {_standing(found)}{by}"]
    if found["awaited"]:
        parts[0] += f"; awaited are {', '.join(found['awaited'])}"
    parts.append("What was done (times in UTC)\n" + lines(found["history"], "nothing yet"))
    if found["status"] != "closed":
        nothing = "nothing by itself: somebody has it"
        parts.append("What comes next where nobody does anything\n" + lines(found["coming"], nothing))
    if found["messages"]:
        rows = [
            (
                one["person"],
                one["via"],
                one["state"],
                _time(one["ended_at"]),
                _time(one["told_at"]),
            )
            for one in found["messages"]
        ]
        head, words = ("PERSON", "VIA", "STATE", "SENT", "TOLD"), [one["why"] for one in found["messages"]]
        parts.append("Messages (times in UTC)\n" + table_with_words(head, rows, words, "  "))
    return "\n\n".join(parts)


def _time(at: str | None) -> str:
    return f"{instant(at):%H:%M:%S}" if at else "-"


def _standing(found: Json) -> str:
    match found["status"]:
        case "acknowledged":
            return f"acknowledged by {found['acknowledged_by']} at {at(found['acknowledged_at'])} UTC"
        case "snoozed":
            return f"nobody is paged until {at(found['snoozed_until'])} UTC"
        case "closed":
            return "over: nobody is paged"
        case _:
            return "open, acknowledged by nobody"
