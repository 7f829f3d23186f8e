"""`/genie connect`: a link by which whoever gave the command says here, signed in, which person they are."""

from __future__ import annotations

from tocsin.acts.connecting import connect_link
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import escaped, link
from tocsin.integrations.slack.lobby import Reply


async def connect(ask: Ask, _: str) -> Reply:
    caller = ask.caller
    if caller.outside:
        return Reply(
            "Guests, and people of other organisations, can't be connected: they report, and are answered."
        )
    url = connect_link(ask.house, caller.slack_id, caller.name)
    known = (
        f"You are {escaped(caller.name)} here already. To be somebody else, open"
        if caller.actor.person
        else "Open"
    )
    return Reply(
        f"{known} {link(url, 'this link')} within 15 minutes, signed in to Tocsin, and confirm who you are. It works once."
    )
