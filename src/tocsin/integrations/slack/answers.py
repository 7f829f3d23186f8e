"""What is only read: who is on call, what is open, how one incident stands."""

from __future__ import annotations

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.integrations.slack.blocks import date, escaped, link
from tocsin.integrations.slack.card import Sight, card, severity_sign
from tocsin.integrations.slack.lobby import Reply


async def on_call(house: House, schedule: str = "") -> Reply:
    """Who is on call in each schedule, or in that one. NotFound, naming those there are, if there is none of that name."""
    now = house.clock.now()
    lines = []
    for duty in await looks.on_call(house, schedule):
        names = ", ".join(escaped(person.name) for person in duty.people) or "*nobody*"
        until = f" until {date(duty.until, now)}" if duty.until else ""
        team = f" ({escaped(duty.team)})" if duty.team else ""
        lines.append(f"*{escaped(duty.schedule)}*{team}: {names}{until}")
    return Reply("\n".join(lines) or "There is no schedule yet: nobody is on call.")


async def listed(house: House, viewer: str) -> Reply:
    rows = await looks.open_incidents(house, viewer)
    now, roster = house.clock.now(), await looks.roster(house)
    lines = []
    for row in rows[:20]:
        owner = escaped(roster.name(row.owner)) or "*nobody owns it*"
        sign = severity_sign(house.handbook, row.severity)
        due = f", next due {date(row.next_due_at, now)}" if row.next_due_at else ""
        url = house.places.incident(row.ref)
        lines.append(f"{sign} {link(url, row.ref)} {escaped(row.title)} ({owner}{due})")
    return Reply("\n".join(lines) or "No incident is open.")


async def status(house: House, ref: str, viewer: str) -> Reply:
    """The incident's card, for the caller alone."""
    view = await looks.case(house, ref, viewer)
    sight = Sight(
        view.incident, view.handbook, view.ledger, await looks.roster(house), house.places, view.now
    )
    text, blocks = card(sight)
    return Reply(text, blocks)


async def who_can_be_paged(house: House) -> str:
    """The teams and people there are, in words."""
    roster = await looks.roster(house)
    teams = ", ".join(sorted(roster.teams)) or "none"
    people = ", ".join(sorted(roster.people)[:30]) or "none"
    return f"Teams: {teams}. People: {people}"
