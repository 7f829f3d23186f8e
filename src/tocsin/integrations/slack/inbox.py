"""The inbox in Slack: a message that waits, with its two clicks, and the same message once it was looked at."""

from __future__ import annotations

from tocsin.acts import inbox
from tocsin.acts.house import House
from tocsin.core.decisions import Actor
from tocsin.core.inbox_words import settled_words, waiting_words
from tocsin.core.work import InboxDesk
from tocsin.errors import NotFound
from tocsin.integrations.slack.blocks import actions, fitted, link_button, offered, section
from tocsin.integrations.slack.said import Said


def waiting(desk: InboxDesk) -> Said:
    """What the channel is shown while nobody has looked."""
    message = waiting_words(desk.message)
    text = fitted(message.text, desk.roster, desk.places.inbox)
    ways = [link_button("open_inbox", "Inbox", desk.places.inbox)]
    return Said(text, [section(text), *actions([*offered(message.offers, str(desk.message.id)), *ways])])


def settled(desk: InboxDesk) -> Said:
    """What it is rewritten to: who looked and what became of it, and no click that is stale."""
    message = settled_words(desk.message, desk.roster, private=desk.private)
    ref = desk.message.ref
    more = desk.places.incident(ref) if ref and not desk.private else ""
    text = fitted(message.text, desk.roster, more or desk.places.inbox)
    ways = [link_button("open_page", "Incident page", more)] if more else []
    return Said(text, [section(text), *actions(ways)])


async def open_it(house: House, actor: Actor, id: str, what: str) -> object:
    return await inbox.open_message(house, actor, _number(id))


async def put_aside(house: House, actor: Actor, id: str, what: str) -> object:
    return await inbox.put_aside(house, actor, _number(id))


def _number(id: str) -> int:
    if not (id.isascii() and id.isdigit() and len(id) < 18):
        raise NotFound("This button stands for no message of the inbox")
    return int(id)
