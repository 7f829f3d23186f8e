"""What goes out through Twilio: the channels SMS and voice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from tocsin.core.channel import TEST, Can, Message
from tocsin.core.work import Delivered, Outcome, Refused
from tocsin.errors import Invalid
from tocsin.integrations.http import Failed
from tocsin.integrations.numbers import NUMBER, Senders, number_from, shown_number
from tocsin.integrations.speaking import LONGEST_SPOKEN, call_text, press_words
from tocsin.integrations.texting import LONGEST, sms_text
from tocsin.integrations.twilio.client import Sms, TwilioClient
from tocsin.integrations.twilio.said import words_for
from tocsin.integrations.twilio.twiml import reading

SMS, VOICE = "sms", "voice"
OF_TEST: Final = "test"
"""In the address for keys of a call that is only a test."""
SMS_STATUS, VOICE_STATUS = "/integrations/twilio/sms/status", "/integrations/twilio/voice/status"
MACHINE, KEY = "/integrations/twilio/voice/machine", "/integrations/twilio/voice/key"
LOST: Final = frozenset({"failed", "undelivered", "canceled"})
"""How a message ends that did not arrive."""
TRIED_WITHIN: Final = timedelta(hours=1)
"""How old an equal message without a sign may be to be the one of an earlier try."""
RINGS: Final = 30
"""Seconds for which a phone rings: less than until most voicemails take over."""
REMEMBERED: Final = 1000
Url = Callable[[str], str]
"""The public address of one of our doors; "" where Twilio can't reach us."""


class SmsChannel:
    via = SMS
    label = "SMS"
    fields = (NUMBER,)

    def __init__(
        self, client: TwilioClient, senders: Senders, url: Url, *, is_heard: bool, per_second: float = 1
    ) -> None:
        """`is_heard`: Twilio reaches our doors, with receipts and replies. `per_second`: of each number."""
        self._client = client
        self._senders = senders
        self._url = url
        self.can = Can(
            answers=is_heard,
            tells_delivery=is_heard,
            interrupts=True,
            length=LONGEST,
            per_second=per_second * senders.many,
        )

    def carries(self, address: str) -> bool:
        """Whether a number of ours writes to that one."""
        return bool(self._senders.to(address))

    def address(self, given: Mapping[str, str]) -> str:
        return _reached(number_from(given), self._senders, "TOCSIN_TWILIO_FROM")

    def shown(self, address: str) -> str:
        return shown_number(address)

    async def send(self, message: Message, attempt: int) -> Outcome:
        sender = self._senders.to(message.to)
        if not sender:
            return Refused(_no_sender(message.to, "TOCSIN_TWILIO_FROM"))
        # A name can't be replied to.
        replies = self.can.answers and sender.startswith(("+", "MG"))
        text, status = sms_text(message, answered=replies), self._url(SMS_STATUS)
        form = {"To": message.to, "Body": text, **_from(sender)}
        try:
            earlier = await self._earlier(message, text) if attempt > 1 else None
            sent = earlier or await self._client.text(
                form | ({"StatusCallback": status} if status else {}), message.now
            )
        except Failed as why:
            return why.outcome
        if sent.status in LOST:
            return Refused(words_for(str(sent.error_code or ""), sent.error_message or "") or "It was lost")
        return Delivered({"message": sent.sid})

    async def _earlier(self, message: Message, text: str) -> Sms | None:
        """The message of an earlier try whose answer was lost: it has our sign, or is the same in every word."""
        for one in await self._client.texts_to(message.to, message.now):
            body = one.body or ""
            if message.ticket and message.ticket in body:
                return one
            if not message.ticket and body == text and _is_recent(one, message.now):
                return one
        return None


class VoiceChannel:
    via = VOICE
    label = "Phone call"
    fields = (NUMBER,)

    def __init__(
        self,
        client: TwilioClient,
        senders: Senders,
        url: Url,
        calls: CallsHeard,
        *,
        is_heard: bool,
        per_second: float = 1,
    ) -> None:
        self._client = client
        self._senders = senders
        self._url = url
        self._calls = calls
        self.can = Can(
            answers=is_heard,
            tells_delivery=is_heard,
            tells_seen=is_heard,
            interrupts=True,
            rings=True,
            length=LONGEST_SPOKEN,
            per_second=per_second * senders.many,
        )

    def carries(self, address: str) -> bool:
        """Whether a number of ours writes to that one."""
        return bool(self._senders.to(address))

    def address(self, given: Mapping[str, str]) -> str:
        return _reached(number_from(given), self._senders, "TOCSIN_TWILIO_CALL_FROM")

    def shown(self, address: str) -> str:
        return shown_number(address)

    async def send(self, message: Message, attempt: int) -> Outcome:
        sender = self._senders.to(message.to)
        if not sender:
            return Refused(_no_sender(message.to, "TOCSIN_TWILIO_CALL_FROM"))
        if attempt > 1 and (known := self._calls.of(message.key)):
            return Delivered({"message": known})
        try:
            call = await self._client.call(self._form(message, sender), message.now)
        except Failed as why:
            return why.outcome
        return Delivered({"message": call.sid})

    def _form(self, message: Message, sender: str) -> dict[str, str | list[str]]:
        key_url = self._url(KEY) if message.ticket else ""
        if key_url and message.purpose == TEST:
            key_url += f"?{OF_TEST}=yes"
        form: dict[str, str | list[str]] = {
            "To": message.to,
            "From": sender,
            "Twiml": reading(call_text(message), key_url, press_words(message)),
            "Timeout": str(RINGS),
        }
        if status := self._url(VOICE_STATUS):
            # Whoever answers hears the text at once; whether it is a machine Twilio tells while it is read.
            form |= {
                "StatusCallback": f"{status}?{urlencode({'key': message.key})}",
                "StatusCallbackEvent": ["initiated", "completed"],
                "MachineDetection": "Enable",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": self._url(MACHINE),
            }
        return form


class CallsHeard:
    """The calls that Twilio said it began, by the key of the message: so an attempt whose answer was lost is not made twice.

    A call shows nothing of ours when it is looked up, other than a text message. It is kept in memory: a node that
    did not hear it begin calls once more.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    def hear(self, key: str, sid: str) -> None:
        self._known.setdefault(key, sid)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def of(self, key: str) -> str:
        return self._known.get(key, "")


def _from(sender: str) -> dict[str, str]:
    return (
        {"MessagingServiceSid": sender} if sender.startswith("MG") and len(sender) == 34 else {"From": sender}
    )


def _reached(number: str, senders: Senders, setting: str) -> str:
    if not senders.to(number):
        raise Invalid(_no_sender(number, setting), field=NUMBER.id)
    return number


def _no_sender(number: str, setting: str) -> str:
    return f"No number of ours reaches {shown_number(number)}: {setting} names none for that country"


def _is_recent(one: Sms, now: datetime) -> bool:
    return one.created_at is None or now - one.created_at < TRIED_WITHIN
