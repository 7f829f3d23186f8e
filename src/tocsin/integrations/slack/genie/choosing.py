"""Which incidents a word without ids can mean, and the lists with buttons from which a person chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tocsin.acts import incidents, looks
from tocsin.acts.looks import View
from tocsin.core.duties import OWED
from tocsin.core.incident import Incident
from tocsin.core.message_parts import DISMISS, RESOLVE
from tocsin.errors import NotFound, TocsinError
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import JSON, actions, button, escaped, offered, section
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply, refusal_words

SHOWN: Final = 20
"""How many incidents one answer shows: each takes two blocks of the fifty that Slack allows."""
ACK_ALL: Final = "ack_all"


async def those(ask: Ask, fits: Callable[[Incident], bool]) -> list[Incident]:
    """The open incidents that the caller may know of and that fit, newest first."""
    found: list[Incident] = []
    for row in await looks.open_incidents(ask.house, ask.actor.person):
        try:
            incident = (await looks.case(ask.house, row.ref, ask.actor.person)).incident
        except NotFound:
            continue
        if incident.is_open and fits(incident):
            found.append(incident)
    return found


def waits_for(person: str) -> Callable[[Incident], bool]:
    """Whether this person was paged for it, and nobody has acknowledged."""

    def fits(incident: Incident) -> bool:
        return incident.is_awaited(person)

    return fits


def has_no_owner(incident: Incident) -> bool:
    return not incident.owner


def has_an_owner(incident: Incident) -> bool:
    return bool(incident.owner)


def actions_of(view: View) -> dict[str, str]:
    """What can be done at one word: each action with the duty that it is for ("" for none). A rule's name means its first duty."""
    found = {"own": "", "ack": ""}
    for duty in view.ledger:
        if duty.state == OWED and duty.can_be_sent:
            found.setdefault(duty.rule.id.lower(), duty.id)
            found.setdefault(duty.id.lower(), duty.id)
    return found


def endings(incidents: Sequence[Incident], why: str) -> Reply:
    """Each incident with the two ways in which it can end."""
    blocks: list[JSON] = [section(escaped(why))]
    for one in incidents[:SHOWN]:
        blocks += [
            section(f"*{one.ref}* {escaped(one.title)} ({one.status})"),
            *actions(offered((RESOLVE, DISMISS), one.ref)),
        ]
    text = f"{escaped(why)} {_rest(incidents)}".rstrip()
    if _rest(incidents):
        blocks.append(section(_rest(incidents)))
    return Reply(text, blocks)


def confirmation(incidents: Sequence[Incident]) -> Reply:
    """The pages that wait, with one click for all that is shown."""
    shown = incidents[:SHOWN]
    lines = "\n".join(f"• *{one.ref}* {escaped(one.title)}" for one in shown)
    label = "Acknowledge it" if len(shown) == 1 else f"Acknowledge all {len(shown)}"
    refs = " ".join(one.ref for one in shown)
    text = f"These pages wait for an acknowledgement:\n{lines}\n{_rest(incidents)}".rstrip()
    return Reply(text, [section(text), *actions([button(ACK_ALL, label, f"all|{refs}", is_main=True)])])


async def ack_all(lobby: Lobby, caller: Caller, refs: Sequence[str]) -> Reply:
    """Acknowledge what stood in the list, and put the outcome in its place."""
    lines = []
    for ref in refs[:SHOWN]:
        try:
            await incidents.acknowledge(lobby.house, caller.actor, ref)
            lines.append(f"*{ref}*: acknowledged")
        except TocsinError as refusal:
            lines.append(f"*{ref}*: not done. {escaped(refusal_words(refusal, caller))}")
    return Reply("\n".join(lines), replaces=True)


def _rest(incidents: Sequence[Incident]) -> str:
    return f"… and {len(incidents) - SHOWN} more" if len(incidents) > SHOWN else ""
