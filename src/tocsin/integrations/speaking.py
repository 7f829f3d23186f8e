"""What is read aloud in a call: words that can be heard, without addresses."""

from __future__ import annotations

import re
from typing import Final

from tocsin.core.channel import CODE, TEST, Message

LONGEST_SPOKEN: Final = 600
"""About 40 seconds."""
LINK: Final = re.compile(r":? ?https?://\S+")
PRESS: Final = "Press 4 to acknowledge, 6 to resolve."
PRESS_TO_TEST: Final = "Press 1."


def press_words(message: Message) -> str:
    """Which key is asked for."""
    return PRESS_TO_TEST if message.purpose == TEST else PRESS


def call_text(message: Message) -> str:
    """What is read aloud: no addresses, and a code digit by digit."""
    words = LINK.sub("", message.short)
    if message.purpose == CODE:
        words = re.sub(r"\d{4,}", lambda found: ", ".join(found[0]), words)
    return words[:LONGEST_SPOKEN]
