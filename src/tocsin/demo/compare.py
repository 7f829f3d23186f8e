"""Whether two plays of a story came to the same: the ledger, and all that Tocsin said to the outside, without what differs each time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tocsin.demo.outcome import Found

LATE: Final = re.compile(r"^late, from [\d:]+ UTC: ")
"""Where days go by in seconds, what was said at once may be late by the story's clock."""
CHANGING: Final = re.compile(r"https?://\S+|\b[0-9a-f]{7,}\b|\d+")
"""Links, the keys by which we find again what we wrote, commits, numbers and times."""
DELAYED: Final = "*Not out yet"
"""How the thread begins to tell of a service that fails; of nothing else."""


def ledger(found: Found) -> list[Any]:
    """Of each incident its kind, its end, and how every duty stands and by whom."""
    return [
        (one["kind"], one["status"], {duty["id"]: (duty["state"], duty["by"]) for duty in one["duties"]})
        for one in found["incidents"]
    ]


def said(found: Found) -> Counter[str]:
    """How often each line stands in the town, with its place; ids, numbers and links are masked.

    Lines, since words that waited while Tocsin was down may go out as one message. What people say is left out: they say it again where
    nobody answered.
    """
    town = found["town"]
    return Counter(
        f"{place}: {CHANGING.sub('#', LATE.sub('', line))}"
        for texts in (_in_slack(town["slack"]), _in_public(town), _in_letters(town))
        for place, text in texts
        for line in text.split("\n")
        if line
    )


def _in_slack(slack: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, place in {**slack["channels"], **slack["dms"]}.items():
        for message in place:
            if message["user"] == "tocsin" and not message["text"].startswith(DELAYED):
                yield name, message["text"]


def _in_public(town: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for post in town["x"]["posts"]:
        yield "x", post["text"]
    for issue in town["github"]["issues"]:
        yield "issue", f"{issue['title']} {issue['state']}: {issue['body']}"
        for comment in issue["comments"]:
            yield "comment", comment["body"]
    for document in town["google_docs"]:
        for entry in document["entries"]:
            yield "document", entry
    for alert in town["opsgenie"]["alerts"]:
        yield "alert", f"{alert['message']} {alert['status']}"


def _in_letters(town: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Mail counts once for each Message-ID and recipient: a mail program shows a second copy of the same letter as one."""
    seen: set[tuple[str, str]] = set()
    for mail in town["mail"]:
        for recipient in mail["recipients"]:
            if (letter := (mail["message_id"], recipient)) not in seen:
                seen.add(letter)
                yield f"mail to {recipient}", mail["subject"]
