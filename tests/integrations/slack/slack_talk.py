"""What is read of a message in Slack: the direct ones to a person, and the clicks that one still has."""

from __future__ import annotations

from slack_world import World

from tocsin.core.case import Actor
from tocsin.town.slack import Message

ALICE, BOB = Actor("alice", "web"), Actor("bob", "web")


def direct(world: World, handle: str) -> list[Message]:
    return world.town.slack.dm(handle)


def clicks(message: Message) -> list[str]:
    """The acts of its buttons, without those that are links."""
    return [
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if not element.get("url")
    ]
