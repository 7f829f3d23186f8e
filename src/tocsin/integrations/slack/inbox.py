"""The inbox in Slack: a message that waits, with its two clicks, and the same message once it was looked at; and all that wait."""

from __future__ import annotations

from typing import Final

from tocsin.acts import inbox, looks
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.inbox_words import settled_words, waiting_words
from tocsin.core.work import InboxDesk
from tocsin.errors import Forbidden, NotFound
from tocsin.integrations.slack.blocks import JSON, actions, fitted, link, link_button, offered, section
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.said import Said

SHOWN: Final = 10
"""How many messages one answer lists; each may be long."""


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


async def listed(house: House, actor: Actor) -> Reply:
    """All that waits, what is due first on top, each with its two clicks. Forbidden to strangers: others wrote these."""
    if not actor.person:
        raise Forbidden("Only a person whom Tocsin knows can look at the inbox")
    roster, found = await looks.roster(house), await inbox.inbox(house, actor.person)
    if not found.waiting:
        return Reply("Nothing waits in the inbox.")
    blocks: list[JSON] = []
    for message in found.waiting[:SHOWN]:
        words = waiting_words(message)
        text = fitted(words.text, roster, house.places.inbox)
        blocks += [section(text), *actions(offered(words.offers, str(message.id)))]
    rest = found.in_all - SHOWN
    more = f" {rest} more are {link(house.places.inbox, 'in the inbox')}." if rest > 0 else ""
    head = f"*{found.in_all} waiting*, what is due first on top.{more}"
    return Reply(head, [section(head), *blocks])


async def open_it(house: House, actor: Actor, id: str, what: str) -> object:
    return await inbox.open_message(house, actor, _number(id))


async def put_aside(house: House, actor: Actor, id: str, what: str) -> object:
    return await inbox.put_aside(house, actor, _number(id))


def _number(id: str) -> int:
    if not (id.isascii() and id.isdigit() and len(id) < 18):
        raise NotFound("This button stands for no message of the inbox")
    return int(id)
