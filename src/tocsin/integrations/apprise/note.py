"""What a message looks like in a chat of which nothing is known but how much it takes: plain words, then the links."""

from __future__ import annotations

import re
from typing import Final

from tocsin.core.channel import Message
from tocsin.core.words import shortened, without_marks

CALLS_ALL: Final = re.compile(r"@(?=(?:everyone|here|channel|all)\b)|<(?=[@!#])", re.IGNORECASE)
"""What chats take for a call to everybody, or to somebody. Words from outside may not call anyone."""
BETWEEN: Final = "\u200b"
FEWEST: Final = 60
"""With less room than that for words, the short ones are sent."""


def note(message: Message, most: int, longest_title: int) -> tuple[str, str]:
    """Title and text. Where there is no room for a title (0), the text takes it in; it is then at most `most` with both."""
    title = shortened(quiet(message.subject), longest_title or most)
    links = _links(message)
    room = most - len(links) - (0 if longest_title else len(title) + 2)
    if room >= FEWEST:
        return title, shortened(quiet(without_marks(message.text)), room) + links
    link = f" {message.answer_link or message.link}".rstrip()
    room = most - len(link) - (0 if longest_title else len(title) + 2)
    if room >= FEWEST:
        return title, shortened(quiet(message.short), room) + link
    return "", shortened(quiet(message.short), most)


def quiet(text: str) -> str:
    """`text` in which nobody is called: a sign without width stands between."""
    return CALLS_ALL.sub(lambda found: found[0] + BETWEEN, text)


def _links(message: Message) -> str:
    lines = []
    if message.answer_link:
        lines.append(f"Acknowledge: {message.answer_link}")
    if message.link and message.link != message.answer_link:
        lines.append(f"Open: {message.link}")
    return "\n\n" + "\n".join(lines) if lines else ""
