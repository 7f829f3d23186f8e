"""What a text message on a phone says, within few of the pieces in which phones send it; and what people mean by their replies."""

from __future__ import annotations

import re
from typing import Final

from tocsin.core.channel import ACKNOWLEDGE, CODE, PAGED, RESOLVE, TEST, TEST_KEYS, Message
from tocsin.core.words import GRATEFUL, shortened

SEGMENTS: Final = 2
"""Each is paid for, and some networks lose one of many."""
LONGEST: Final = 306
"""What two segments of the common alphabet hold."""
ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED: Final = frozenset("\f^{}\\[~]|€")
"""Signs of the common alphabet (GSM 03.38) that take two places. Any sign beyond both makes the whole message one of UCS-2."""
SINGLE, JOINED = (160, 153), (70, 67)
"""Places in a message of one segment, and in each of several: of the common alphabet, and of UCS-2."""
COMMON: Final = str.maketrans(
    {
        "…": "...",
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "\u00a0": " ",
        "•": "-",
    }
)
"""Typography that would halve the room, in signs of the common alphabet."""
TICKET: Final = re.compile(r"[a-hjkmnp-z2-9]{6}")
SAID: Final = {
    **TEST_KEYS,
    **dict.fromkeys("ack acknowledge acknowledged ok".split(), ACKNOWLEDGE),
    **dict.fromkeys("resolve resolved close closed".split(), RESOLVE),
}
OPT_OUT: Final = frozenset(
    "stop stopall unsubscribe cancel end quit revoke optout start unstop yes help info".split()
)
"""Words that networks and providers answer themselves."""
HINT: Final = "Reply 4 to acknowledge, 6 to resolve, with the sign of the page, such as: 4 k3f9ab"
LONGEST_HINTED: Final = 20
"""A longer text that says nothing we know may be an automatic reply: answering it could go on for ever."""


def segments(text: str) -> int:
    """In how many pieces a phone sends it. No sign is parted between two of them."""
    sizes, (single, joined) = _sizes(text)
    if sum(sizes) <= single:
        return 1
    count, left = 1, joined
    for size in sizes:
        if size > left:
            count, left = count + 1, joined
        left -= size
    return count


def sms_text(message: Message, *, answered: bool) -> str:
    """The text to send: the short words, and how to answer them: by a reply where replies reach us (`answered`), else by the link."""
    return _fitted(message.short.translate(COMMON), _ending(message, answered))


def answer_in(text: str) -> tuple[str, str] | None:
    """What a reply says: a value of TEST_KEYS, and the sign of the page, or ""; None where it begins with none of the keys and their words."""
    words = [word for word in re.split(r"[^\w]+", text.lower()) if word]
    if len(words) > 1 and TICKET.fullmatch(words[0]) and words[0] not in SAID and words[1] in SAID:
        return SAID[words[1]], words[0]
    if not words or words[0] not in SAID:
        return None
    ticket = words[1] if len(words) > 1 and TICKET.fullmatch(words[1]) and words[1] not in GRATEFUL else ""
    return SAID[words[0]], ticket


def is_for_the_network(text: str) -> bool:
    """Whether it is STOP, START, HELP and the like."""
    return text.strip().strip(".!").lower() in OPT_OUT


def _ending(message: Message, answered: bool) -> str:
    if message.purpose == CODE:
        return ""
    if message.ticket and answered:
        keys = "1" if message.purpose == TEST else "4 to acknowledge, 6 to resolve"
        return f" Reply {keys} ({message.ticket})"
    link = message.answer_link or (message.link if message.purpose == PAGED else "")
    return f" {link}" if link else ""


def _fitted(words: str, ending: str) -> str:
    """The words, cut so that both fit; the whole ending stands there whatever happens."""
    most = min(len(words), LONGEST)
    for length in range(most, 0, -1):
        text = shortened(words, length).translate(COMMON) + ending
        if segments(text) <= SEGMENTS:
            return text
    return ending.strip()


def _sizes(text: str) -> tuple[list[int], tuple[int, int]]:
    if all(sign in ALPHABET or sign in EXTENDED for sign in text):
        return [2 if sign in EXTENDED else 1 for sign in text], SINGLE
    return [2 if ord(sign) > 0xFFFF else 1 for sign in text], JOINED
