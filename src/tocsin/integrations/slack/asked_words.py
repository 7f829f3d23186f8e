"""What the one who asked hears: whom they asked, and what should be known of them first."""

from __future__ import annotations

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.incident import Incident
from tocsin.integrations.slack.blocks import called, escaped


async def told(house: House, incident: Incident, actor: Actor) -> str:
    """Of the last request of theirs."""
    roster = await looks.roster(house)
    for fact in reversed(incident.facts):
        match fact.what:
            case f.TaskDelegated(task=about, to=to, warnings=warnings, answer_by=by) if fact.by == actor.by:
                does = f"{about} goes to {called(to, roster)}"
            case f.HandoverAsked(to=to, warnings=warnings, answer_by=by) if fact.by == actor.by:
                does = f"{called(to, roster)} is asked to take it over; until they accept it is yours"
            case _:
                continue
        minded = "".join(f"\n*Mind:* {escaped(one)}" for one in warnings)
        return f"{incident.ref}: {does}. An answer is due by {by:%H:%M} UTC.{minded}"
    return ""
