"""What Twilio's error numbers mean to the person whose device it is (https://www.twilio.com/docs/api/errors)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "13224": "it is no number that can be called",
    "13227": "the account may not call this country: allow it under Voice, Geo permissions",
    "20003": "it does not take our credentials: check TOCSIN_TWILIO_ACCOUNT_SID and the token or key",
    "21210": "our number is none that this account may call from: check TOCSIN_TWILIO_CALL_FROM",
    "21211": "it is no phone number",
    "21212": "our number is none that this account may send from: check TOCSIN_TWILIO_FROM",
    "21214": "it is no number that can be reached by a call",
    "21215": "the account may not call this country: allow it under Voice, Geo permissions",
    "21219": "a trial account reaches verified numbers only",
    "21408": "the account may not text this country: allow it under Messaging, Geo permissions",
    "21606": "our number is none that this account may text from: check TOCSIN_TWILIO_FROM",
    "21608": "a trial account reaches verified numbers only",
    "21609": "it can't reach us for receipts: set TOCSIN_PUBLIC_URL, or TOCSIN_TWILIO_CALLBACKS=false",
    "21205": "it can't reach us for receipts: set TOCSIN_PUBLIC_URL, or TOCSIN_TWILIO_CALLBACKS=false",
    "21610": "whoever has this number sent STOP: they have to send START to our number before it takes messages again",
    "21612": "our number can't text this one: give its country another in TOCSIN_TWILIO_FROM",
    "21614": "it is no mobile number",
    "21617": "the text is too long",
    "21659": "our number is none that this account may text from: check TOCSIN_TWILIO_FROM",
    "30001": "too much waits to be sent",
    "30002": "the account is suspended",
    "30003": "the phone can't be reached: it is off, or has no network",
    "30004": "the phone or its network blocks it: perhaps they sent STOP",
    "30005": "nobody has this number any more",
    "30006": "it is a landline, or its network takes no messages",
    "30007": "the network took it for spam",
    "30008": "the network does not say why",
    "30034": "our number is not registered for messages in the USA (A2P 10DLC)",
    "30044": "a trial account sends no text that long",
}


def words_for(code: str, says: str = "") -> str:
    """A sentence of that error: our words and Twilio's; "" where there is neither."""
    known, number = WORDS.get(code, ""), f" (Twilio {code}{': ' if says else ''}{says})" if code else ""
    if known:
        return f"{known[0].upper()}{known[1:]}{number}"
    return f"Twilio: {says or 'it failed'}{f' ({code})' if code else ''}" if code or says else ""
