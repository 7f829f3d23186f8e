"""What happens to messages and calls once Twilio has them: receipts, replies, answered calls and keys, each signed and sent for real."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode
from xml.etree import ElementTree

from tocsin.town.faults import Faults
from tocsin.town.twilio.exchange import Call, Exchange, Sms
from tocsin.town.wire import NO_ANSWER, Answer, Post

PATIENCE = 15.0
Fields = dict[str, str]


class Carrier:
    """Everything that Twilio sends by itself. `sent` are the requests, each with what it was answered."""

    def __init__(self, exchange: Exchange, faults: Faults, post: Post, account: str, token: str) -> None:
        self._exchange = exchange
        self._faults = faults
        self._post = post
        self._account = account
        self._token = token
        self.reply_url = ""
        """Where messages to our own numbers are sent, as somebody typed it into Twilio's console."""
        self.sent: list[tuple[str, Fields, Answer]] = []

    def began(self, what: Sms | Call) -> None:
        if isinstance(what, Call) and "initiated" in what.events:
            self._post.later(self._call_status(what, "initiated"))

    async def text_status(self, sms: Sms, status: str, error: int | None = None) -> None:
        """What became of a message, told if somebody wants to hear it."""
        sms.status, sms.error = status, error
        sms.sent_at = sms.sent_at or self._exchange.now()
        fields = {"MessageSid": sms.sid, "SmsSid": sms.sid, "MessageStatus": status, "SmsStatus": status}
        fields |= {"To": sms.to, "From": sms.sender} | ({"ErrorCode": str(error)} if error else {})
        await self._tell(sms.callback, fields, status)

    async def reply(self, sender: str, body: str) -> Answer:
        """Somebody writes to our number. What is answered in TwiML becomes a message to them."""
        to = self._exchange.numbers[0]
        now = self._exchange.now()
        sms = Sms(self._exchange.sid("SM"), to, sender, body, "inbound", now, status="received", sent_at=now)
        self._exchange.texts.append(sms)
        return await self.bring(sms)

    async def bring(self, sms: Sms) -> Answer:
        """Bring a message to where replies go (once more)."""
        fields = {"MessageSid": sms.sid, "From": sms.sender, "To": sms.to, "Body": sms.body, "NumMedia": "0"}
        answer = await self._tell(self.reply_url, fields, "reply")
        for text in _texts(answer, "Message"):
            now = self._exchange.now()
            back = Sms(self._exchange.sid("SM"), sms.sender, sms.to, text, "outbound-reply", now)
            back.status, back.sent_at = "delivered", now
            self._exchange.texts.append(back)
        return answer

    async def answer(self, call: Call, by: str) -> None:
        """Somebody (`human`) or something (`machine_start`) takes the call and hears it."""
        call.status = "in-progress"
        self._play(call, call.twiml)
        if call.detects:
            call.answered_by = by
            await self._tell(call.machine_url, self._about(call) | {"AnsweredBy": by}, "machine")

    async def press(self, call: Call, digit: str) -> None:
        """A key is pressed while one is waited for; the answer is heard."""
        if not call.key_url:
            raise ValueError("No key is waited for")
        url, call.key_url = call.key_url, ""
        answer = await self._tell(url, self._about(call) | {"Digits": digit}, "key")
        if answer.ok:
            self._play(call, str(answer.body))
        else:
            call.said.append("We are sorry, an application error has occurred. Goodbye.")
        if not call.key_url:
            await self.end(call, "completed")

    async def end(self, call: Call, status: str, error: int | None = None) -> None:
        """completed, busy, no-answer, failed or canceled."""
        call.status, call.error, call.key_url = status, error, ""
        if "completed" in call.events:
            await self._call_status(call, status)

    async def _call_status(self, call: Call, status: str) -> None:
        fields = self._about(call) | {"CallStatus": status}
        await self._tell(
            call.callback, fields | ({"ErrorCode": str(call.error)} if call.error else {}), status
        )

    def _about(self, call: Call) -> Fields:
        return {"CallSid": call.sid, "To": call.to, "From": call.sender, "CallStatus": call.status}

    def _play(self, call: Call, twiml: str) -> None:
        root = ElementTree.fromstring(twiml)  # noqa: S314 - the app under test wrote it
        call.said += [text.text or "" for text in root.iter("Say")]
        gather = root.find("Gather")
        call.key_url = gather.get("action", "") if gather is not None else ""

    async def _tell(self, url: str, fields: Fields, name: str) -> Answer:
        if not url:
            return Answer(NO_ANSWER)
        if self._faults.take("twilio", [name], ["drop"]) is not None:
            return Answer(NO_ANSWER)
        answer = await self.send(url, fields)
        if self._faults.take("twilio", [name], ["duplicate_event"]) is not None:
            await self.send(url, fields)
        return answer

    async def send(self, url: str, fields: Fields, signature: str | None = None) -> Answer:
        """Send these fields now; a test may send what Twilio would not, with another signature."""
        whole = {"AccountSid": self._account, "ApiVersion": "2010-04-01"} | fields
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": sign(self._token, url, whole) if signature is None else signature,
        }
        answer = await self._post.send(url, urlencode(whole).encode(), headers, within=PATIENCE)
        self.sent.append((url, whole, answer))
        return answer


def sign(token: str, url: str, fields: Fields) -> str:
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def _texts(answer: Answer, tag: str) -> list[str]:
    if not answer.ok or not answer.body:
        return []
    root = ElementTree.fromstring(str(answer.body))  # noqa: S314 - the app under test wrote it
    return [one.text or "" for one in root.iter(tag)]
