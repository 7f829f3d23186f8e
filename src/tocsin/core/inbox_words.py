"""What people read where a message of the inbox is shown: who wrote what, by when somebody has to look, and what became of it."""

from __future__ import annotations

from tocsin.core.facts import TOCSIN
from tocsin.core.intake import ASIDE, JOINED, Kept
from tocsin.core.message_parts import Message, Offer, clock, mention, quoted, source_label
from tocsin.core.people import Roster

OPEN_IT, PUT_ASIDE = "inbox_open", "inbox_aside"


def waiting_words(message: Kept) -> Message:
    """A message that waits, with the two clicks that look at it."""
    by = f", by {clock(message.due_at)}" if message.due_at else ""
    return Message(
        f"{_from(message)}\n{quoted(said(message))}\nIs this a report? Somebody looks at it{by}; else Tocsin assumes the worst.",
        offers=(
            Offer(OPEN_IT, "Open an incident", is_main=True),
            Offer(PUT_ASIDE, "Put aside"),
        ),
    )


def settled_words(message: Kept, roster: Roster, *, private: bool) -> Message:
    """The same message once it was looked at, without a click. Of a private incident nothing is said, nor of what it began with."""
    if private:
        return Message("This message was looked at, and goes on in private.")
    return Message(f"{_from(message)}\n{quoted(said(message))}\n{outcome(message, roster)}")


def outcome(message: Kept, roster: Roster, *, marks: bool = True) -> str:
    """Who looked, and what became of it. With `marks` for a chat: people are mentioned, and the time stands in it."""
    at = f" at {clock(message.looked_at)}" if marks and message.looked_at else ""
    who = (
        mention(message.looked_by) if marks and message.looked_by in roster.people else _name(message, roster)
    )
    why = f": {message.reason}" if message.reason else ""
    if message.state == ASIDE:
        return f"{who} put it aside{at}{why}."
    did = "joined it to" if message.state == JOINED else "opened"
    if message.looked_by == TOCSIN:
        return f"Tocsin {did} {message.ref}{at}{why or f' (rule {message.rule})'}."
    return f"{who} {did} {message.ref}{at}."


def said(message: Kept) -> str:
    """Its title and its text, as far as they differ."""
    if not message.text:
        return message.title or "(nothing was said)"
    return f"{message.title}\n{message.text}" if message.title else message.text


def _name(message: Kept, roster: Roster) -> str:
    return roster.name(message.looked_by) if message.looked_by else "Nobody"


def _from(message: Kept) -> str:
    link = f" {message.url}" if message.url else ""
    return f"*{message.sender}* by {source_label(message.source)}:{link}"
