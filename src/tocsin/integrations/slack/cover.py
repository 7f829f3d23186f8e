"""Asking others, in a chat, to take one's on-call shift."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from tocsin.acts.oncall import looks
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.cover import ask_cover
from tocsin.acts.oncall.overrides import is_called
from tocsin.errors import Forbidden, Invalid, NotFound
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import date, escaped
from tocsin.integrations.slack.grammar import because, span
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import names_of

ASKS: Final = r"ask(?:\s+(?P<long>\d{1,9}[hmd]))?(?:\s+for\s+(?P<place>\S.*?))?(?:\s+(?P<why>because\s.+))?"
USAGE: Final = "cover ask [2h] [for SCHEDULE] [because REASON]"
AHEAD: Final = timedelta(days=60)


async def asks(ask: Ask) -> Reply:
    """Ask the schedule's team to take the shift that the caller is in, or else their next one: all of it, or so long of it."""
    found = re.fullmatch(ASKS, ask.words.strip(), re.IGNORECASE | re.DOTALL)
    if found is None:
        raise Invalid(f"Write /tocsin {USAGE}", field="text")
    me, now = ask.actor.person, ask.house.clock.now()
    if not me:
        raise Forbidden("Only a person whom Tocsin knows has a shift")
    place = (found["place"] or "").strip("\"'“” ")
    shifts = await looks.shifts_of(ask.house, me, now, now + AHEAD)
    mine = [pair for pair in shifts if not place or is_called(pair[0], place)]
    if not mine:
        where = f" in {place}" if place else ""
        raise NotFound(f"You have no shift{where} within {AHEAD.days} days", field="schedule")
    schedule, shift = mine[0]
    long = span(found["long"]) if found["long"] else None
    end = min(shift.end, shift.start + long) if long else shift.end
    _, reason = because(found["why"] or "")
    start = shift.start if shift.start > now else None
    made = await ask_cover(ask.house, By(ask.actor), schedule.id, start=start, end=end, reason=reason)
    row = made.row
    names = escaped(await names_of(ask.house, [f"person:{one}" for one in row.asked]))
    when = f"{date(row.start, now)} to {date(row.end, now)}"
    name = escaped(schedule.name or schedule.id)
    return Reply(
        f"*Asked* {names} to take your shift in {name}, {when}. Whoever is first takes it; until then it is yours."
    )
