"""What a message looks like as a notification of ntfy: title, text, priority, tags, and the buttons under it."""

from __future__ import annotations

import hashlib
from typing import Final

from tocsin.core.channel import CODE, HIGH, TEST, TOLD, Message
from tocsin.core.words import in_bytes, shortened, without_marks

LONGEST_BYTES: Final = 4096
"""Beyond it ntfy makes an attachment of the text, which shows nothing on a locked phone."""
LONGEST_TITLE: Final = 250
URGENT, HIGHER, NORMAL, QUIET = 5, 4, 3, 2
OPEN, ACKNOWLEDGE_LABEL = "Open", "Acknowledge"


def sequence_of(key: str) -> str:
    """Under what ntfy knows the messages of a key: whatever comes again under it takes the place of what came before (ntfy 2.16)."""
    return f"tocsin-{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def note(message: Message, topic: str, answer: str) -> dict[str, object]:
    """The body to publish. `answer` is where a POST acknowledges; "" where there is nothing to answer."""
    said: dict[str, object] = {
        "topic": topic,
        "sequence_id": message.of or sequence_of(message.key),
        "title": shortened(message.subject, LONGEST_TITLE),
        "message": in_bytes(without_marks(message.text) or message.short, LONGEST_BYTES),
        "priority": _priority(message),
        "tags": [_tag(message)],
    }
    if message.link:
        said["click"] = message.link
    actions = _actions(message, answer)
    return said | ({"actions": actions} if actions else {})


def _priority(message: Message) -> int:
    """5 rings on until somebody looks, 3 as messages do; that something is over wakes nobody."""
    if message.purpose == TOLD:
        return QUIET
    if message.purpose == CODE:
        return HIGHER
    return URGENT if message.urgency == HIGH else NORMAL


def _tag(message: Message) -> str:
    """ntfy shows it as a sign before the title."""
    by_purpose = {
        TOLD: "bell" if message.left or message.goes_on else "white_check_mark",
        CODE: "key",
        TEST: "test_tube",
    }
    return by_purpose.get(message.purpose, "rotating_light" if message.urgency == HIGH else "bell")


def _actions(message: Message, answer: str) -> list[dict[str, object]]:
    actions: list[dict[str, object]] = []
    if answer:
        actions.append(
            {"action": "http", "label": ACKNOWLEDGE_LABEL, "url": answer, "method": "POST", "clear": True}
        )
    elif message.answer_link:
        actions.append({"action": "view", "label": ACKNOWLEDGE_LABEL, "url": message.answer_link})
    if message.link:
        actions.append({"action": "view", "label": OPEN, "url": message.link})
    return actions
