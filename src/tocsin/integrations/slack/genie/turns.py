"""Who is on call, and taking it over for a while."""

from __future__ import annotations

from tocsin.acts.oncall.overrides import take_on_call
from tocsin.errors import Forbidden
from tocsin.integrations.slack import answers
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import date, escaped
from tocsin.integrations.slack.genie.deeds import one_person
from tocsin.integrations.slack.genie.grammar import Turn, unquoted
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import names_of


async def take(ask: Ask, said: Turn) -> Reply:
    """Put the caller, or somebody else, on call from now on. Somebody else is told of it, as of every change."""
    person = await one_person(ask, said.who) if said.who else ask.actor.person
    if not person:
        raise Forbidden("Only a person whom Tocsin knows can be on call")
    named = [said.place] if said.place else []
    taken = await take_on_call(ask.house, ask.actor, person, said.span, named)
    name = escaped(await names_of(ask.house, [f"person:{person}"]))
    until = date(taken[0].override.end, ask.house.clock.now())
    schedules = escaped(", ".join(one.schedule.name for one in taken))
    return Reply(f"*On call:* {name} for {schedules} until {until}")


async def who(ask: Ask, schedule: str) -> Reply:
    return await answers.on_call(ask.house, unquoted(schedule))
