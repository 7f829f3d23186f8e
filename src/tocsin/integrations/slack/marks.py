"""The mark that Tocsin's own messages bear as metadata, by which it knows them again, and the incident that they are about."""

from __future__ import annotations

from tocsin.integrations.slack.blocks import JSON

EVENT_TYPE = "tocsin"


def marked(key: str) -> JSON:
    """The metadata of a message that bears this key; keys begin with the incident."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def key_of(message: JSON) -> str:
    """The key that a message bears; "" for one that is not Tocsin's, or is about nothing."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return ""
    return str(metadata.get("event_payload", {}).get("key", ""))
