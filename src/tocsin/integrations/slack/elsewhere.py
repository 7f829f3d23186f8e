"""Words that are commands of other incident tools and none of Tocsin's, each with the way in which it is done here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_WAYS: Final = (
    (
        ("drill", "exercise", "gameday", "test"),
        "Tocsin has no drills yet: whatever is opened is a real incident, and people are paged for it.",
    ),
    (
        ("subscribe", "unsubscribe", "follow", "watch"),
        "Nobody can subscribe to an incident yet. In the menu of its thread's first message, Slack's own "
        "*Get notified about new replies* tells you of everything; reporters are told by Tocsin.",
    ),
    (
        ("close", "end", "finish", "mitigate", "mitigated"),
        "`/tocsin resolve [INC] HOW | EVIDENCE` when it is well again, `/tocsin dismiss [INC] REASON | HOW VERIFIED` when it was none. "
        "It closes by itself once all is learned.",
    ),
    (
        ("call", "meet", "huddle", "zoom"),
        "Tocsin starts no calls: start a huddle where the incident is talked about, and `/tocsin page [INC] TEAM|PERSON` calls people.",
    ),
    (
        ("private", "restrict"),
        "`/tocsin kind [INC] security REASON` makes an incident private; a new report of that kind is made with the form of `/tocsin`.",
    ),
    (("cancel", "ignore"), "`/tocsin dismiss [INC] REASON | HOW VERIFIED` when it is no incident."),
    (
        ("assign", "lead", "role", "roles", "commander", "takeover"),
        "`/tocsin own [INC]` when you are on it, `/tocsin hand over [INC] to @WHO` to ask somebody to own it instead, "
        "`/tocsin page [INC] PERSON` when nobody owns it: nobody is made an owner unasked.",
    ),
    (("merge",), "`/tocsin join INC into INC` when both tell of the same thing."),
    (("rename",), "`/tocsin title [INC] TEXT` gives it a better title."),
    (
        ("invite", "notify", "responders"),
        "`/tocsin page [INC] TEAM|PERSON` calls more people; `/tocsin member [INC] PERSON REASON` lets somebody know of a private one.",
    ),
    (
        ("timeline", "summary", "recap", "info", "show"),
        "`/tocsin status [INC]` shows how it stands, with the link to its page, where the whole timeline is.",
    ),
    (
        ("incidents", "mine"),
        "`/tocsin list` shows the open incidents; Tocsin's *Home* tab shows what waits for you.",
    ),
    (
        ("oncall", "on-call", "whoisoncall", "schedule", "schedules"),
        "`/tocsin who` says who is on call; `/tocsin cover [USER] [2h] [for SCHEDULE]` takes it over for a while, `/tocsin cover ask` asks others to take your shift.",
    ),
    (("tasks", "action", "actions"), "`/tocsin todo [INC] TEXT for @WHO` asks somebody to do something."),
    (("decision", "decide"), "`/tocsin note [INC] TEXT` adds a line to the timeline."),
    (
        ("postmortem", "post-mortem"),
        "`/tocsin retro [INC] 2026-03-05 15:00` calls a retrospective; `/tocsin log [INC]` writes the ops log.",
    ),
    (
        ("statuspage", "publish", "tweet"),
        "`/tocsin public [INC] TEXT` shows you what the public would read, before it goes out.",
    ),
)


def _by_word(ways: Iterable[tuple[tuple[str, ...], str]]) -> dict[str, str]:
    return {word: way for words, way in ways for word in words}


ELSEWHERE: Final[Mapping[str, str]] = _by_word(_WAYS)
"""What to say to each word."""
