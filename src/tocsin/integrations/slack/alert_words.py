"""`/tocsin alert …`: alerts of their own are opened, listed and answered with words. Each is one act."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import AlertRow, AlertView, alert_of, alerts
from tocsin.acts.alerting.opening import open_alert
from tocsin.core.alerting.alert import Alert, opening_of
from tocsin.core.case import somebody
from tocsin.core.escalation.explain import Line
from tocsin.core.escalation.policy import PRIORITIES
from tocsin.core.escalation.state import CLOSED
from tocsin.core.spans import span_of
from tocsin.core.words import shortened
from tocsin.errors import Forbidden, Invalid
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import SECTION_LIMIT, date, escaped, link
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import targets_of

USAGE: Final = "alert open [P1] TEXT [for @WHO|TEAM] | list | ack A-1 | close A-1 [WHY] | snooze A-1 2h | escalate A-1 | who A-1"
DEEDS: Final = "ack|acknowledge|close|snooze|escalate|who|show"
TAKES: Final = re.compile(
    rf"|open\s+\S.*|open|list|({DEEDS})(\s+A-\d+\b.*)?|A-\d+", re.IGNORECASE | re.DOTALL
)
"""What may follow the word `alert`; anything else is a report: "alert emails are not sent"."""
PRIORITY = re.compile(rf"({'|'.join(PRIORITIES)})\b[:,]?\s*(.*)", re.IGNORECASE | re.DOTALL)
FOR = re.compile(r"(?P<text>.*\S)\s+for\s+(?P<names>\S.*)", re.IGNORECASE | re.DOTALL)
HOUR: Final = timedelta(hours=1)
LISTED: Final = 15
AHEAD: Final = 4
"""How many of the steps that come next are shown."""


async def alert(ask: Ask) -> Reply:
    word, _, rest = ask.words.strip().partition(" ")
    word, rest = word.lower(), rest.strip()
    if word == "open":
        return await _open(ask, rest)
    if word in ("", "list"):
        return await _list(ask)
    if word.startswith("a-"):
        return await _who(ask, word)
    ref, _, more = rest.partition(" ")
    if not ref:
        raise Invalid(f"Say which alert, such as /tocsin alert {word} A-1; /tocsin alert list shows them")
    if word in ("who", "show"):
        return await _who(ask, ref)
    return Reply(escaped(_said(ask, word, await _do(ask, word, ref, more.strip()))))


async def _do(ask: Ask, word: str, ref: str, more: str) -> Alert:
    house, actor = ask.house, ask.actor
    if word == "close":
        somebody(actor, "close an alert")
        return await deeds.close(house, actor, ref, more)
    if word == "snooze":
        span = span_of(more) if more else HOUR
        if span is None or span <= timedelta():
            raise Invalid(f"{more!r} is no time to come: write /tocsin alert snooze {ref} 2h", field="until")
        return await deeds.snooze(house, actor, ref, house.clock.now() + span)
    if word == "escalate":
        somebody(actor, "escalate an alert")
        return await deeds.escalate_now(house, actor, ref)
    return await deeds.acknowledge(house, actor, ref)


def _said(ask: Ask, word: str, one: Alert) -> str:
    if word == "snooze" and one.escalation.snoozed_until:
        return f"{one.ref} is silent until {one.escalation.snoozed_until:%d %b %H:%M} UTC."
    done = {"close": "is closed", "escalate": "goes to the next people now"}
    return f"{one.ref} {done.get(word, 'is yours: you have acknowledged it')}."


async def _open(ask: Ask, words: str) -> Reply:
    """Whom it pages first may be named at the end; a name that is nobody's belongs to the text."""
    somebody(ask.actor, "open an alert")
    found = PRIORITY.fullmatch(words)
    priority, text = (found[1].upper(), found[2].strip()) if found else (PRIORITIES[2], words)
    to: tuple[str, ...] = ()
    if said := FOR.fullmatch(text):
        targets, unknown = await targets_of(ask.house, [one.strip() for one in said["names"].split(",")])
        if targets and not unknown:
            to, text = targets, said["text"]
    if not text:
        raise Invalid("Say what is wrong: /tocsin alert open P1 the disk of db1 is full", field="text")
    opened = await open_alert(
        ask.house, ask.actor, opening_of(text, priority=priority, source="slack"), to=to
    )
    return await _shown(ask, await alert_of(ask.house, opened.ref))


async def _list(ask: Ask) -> Reply:
    _is_known(ask)
    found = await alerts(ask.house, at_most=200)
    open_ones = [one for one in found if one.status != CLOSED]
    if not open_ones:
        return Reply(f"No alert is open. To open one: `/tocsin {USAGE.partition(' |')[0]}`")
    lines = [_line(ask, one) for one in open_ones[:LISTED]]
    rest = len(open_ones) - LISTED
    more = [f"… and {rest} more: {link(ask.house.places.alerts, 'all alerts')}"] if rest > 0 else []
    return Reply("\n".join([*lines, *more]))


async def _who(ask: Ask, ref: str) -> Reply:
    _is_known(ask)
    return await _shown(ask, await alert_of(ask.house, ref))


def _is_known(ask: Ask) -> None:
    if not ask.actor.person:
        raise Forbidden("Only a person whom Tocsin knows can look at alerts")


async def _shown(ask: Ask, view: AlertView) -> Reply:
    """How it stands, who was paged and by which way, and what comes next and when."""
    one = view.alert
    place = link(ask.house.places.alert(one.ref), one.ref)
    lines = [f"*{place}* {one.opening.priority} *{escaped(one.opening.message)}*: {one.status}"]
    paged: dict[str, list[str]] = {}
    for sent in view.deliveries:
        if sent.purpose == "page":
            whom = view.roster.name(sent.person) if sent.person else sent.contact
            paged.setdefault(whom, []).append(f"{sent.via} {sent.state}")
    lines += [f"• {escaped(whom)}: {escaped(', '.join(ways[-3:]))}" for whom, ways in paged.items()]
    now = ask.house.clock.now()
    lines += [f"_next_ {date(line.at, now)}: {escaped(_words(line))}" for line in view.coming[:AHEAD]]
    return Reply(shortened("\n".join(lines), SECTION_LIMIT))


def _words(line: Line) -> str:
    return f"{line.text} ({'; '.join(line.why)})" if line.why else line.text


def _line(ask: Ask, row: AlertRow) -> str:
    place = link(ask.house.places.alert(row.ref), row.ref)
    by = f" by {escaped(row.acknowledged_by)}" if row.acknowledged_by else ""
    times = f", {row.count} times" if row.count > 1 else ""
    return f"• *{place}* {row.priority} {escaped(shortened(row.message, 150))}: {row.status}{by}{times}"
