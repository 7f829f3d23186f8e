"""What Twilio does in a call, or answers to a text message, in its language TwiML."""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tocsin.core.channel import KEYS
from tocsin.integrations.speaking import LINK, PRESS

UNSAYABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold."""
WAITED: Final = 10
"""Seconds in which a key may be pressed after the last word."""


def reading(text: str, key_url: str = "", press: str = PRESS) -> str:
    """A call that reads the text twice. With `key_url` one key may be pressed meanwhile, and is sent there; `press` says which."""
    if not key_url:
        return _response(f"{_say(f'Tocsin. {text}')}<Pause/>{_say(text)}{_say('Goodbye.')}")
    words = _say(f"Tocsin. {text} {press}") + "<Pause/>" + _say(f"{text} {press}")
    return _response(_gather(words, key_url) + _say("No key was pressed. Goodbye."))


def asking_again(key_url: str) -> str:
    """The answer to a key that means nothing."""
    keys = " or ".join(KEYS)
    return _response(_gather(_say(f"That was neither {keys}. {PRESS}"), key_url) + _say("Goodbye."))


def saying(text: str) -> str:
    """A last word in a call."""
    return _response(_say(LINK.sub("", text)) + _say("Goodbye."))


def replying(text: str) -> str:
    """A text message back; nothing where there is nothing to say."""
    return _response(f"<Message>{_clean(text)}</Message>" if text else "")


def _gather(words: str, url: str) -> str:
    return f'<Gather input="dtmf" numDigits="1" timeout="{WAITED}" action={quoteattr(url)} method="POST">{words}</Gather>'


def _say(text: str) -> str:
    return f"<Say>{_clean(text)}</Say>"


def _clean(text: str) -> str:
    return escape(UNSAYABLE.sub("", text))


def _response(inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
