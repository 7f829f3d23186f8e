"""What comes in from Twilio: receipts, replies by SMS, and keys pressed in a call. Each is signed; whatever is not changes nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.acts.house import House
from tocsin.acts.receiving import DELIVERED, FAILED, SEEN
from tocsin.core.channel import KEYS, TEST_KEYS
from tocsin.errors import TocsinError
from tocsin.integrations.alerting import Forged, body_of
from tocsin.integrations.http import Failed
from tocsin.integrations.texting import HINT, LONGEST_HINTED, answer_in, is_for_the_network
from tocsin.integrations.twilio import twiml
from tocsin.integrations.twilio.client import TwilioClient
from tocsin.integrations.twilio.reach import (
    KEY,
    LOST,
    MACHINE,
    OF_TEST,
    SMS,
    SMS_STATUS,
    VOICE,
    VOICE_STATUS,
    CallsHeard,
)
from tocsin.integrations.twilio.said import words_for
from tocsin.integrations.twilio.signature import is_signed

SMS_IN: Final = "/integrations/twilio/sms"
NOT_TAKEN: Final[Mapping[str, str]] = {
    "busy": "The line was busy",
    "no-answer": "Nobody took the call",
    "failed": "The call could not be put through",
    "canceled": "The call was called off",
}
A_MACHINE: Final = "An answering machine took the call"
REPLY_WITHIN: Final = timedelta(minutes=15)
"""A reply that names no page answers the newest one: an older one, sent once more, would answer what came after it."""
LOOK_SECONDS: Final = 5.0
"""Twilio gives a reply up after 15 s."""
REMEMBERED: Final = 1000
Fields = Mapping[str, str]
log = structlog.get_logger(__name__)


class TwilioDoor:
    """`token` is the account's auth token, by which Twilio signs."""

    def __init__(self, client: TwilioClient, token: str, calls: CallsHeard) -> None:
        self._client = client
        self._token = token
        self._calls = calls
        self._replies: deque[str] = deque(maxlen=REMEMBERED)

    def routes(self, house: House) -> list[BaseRoute]:
        doors = {
            SMS_IN: self._reply,
            SMS_STATUS: self._sms_status,
            VOICE_STATUS: self._call_status,
            MACHINE: self._machine,
            KEY: self._key,
        }
        return [self._door(house, path, take) for path, take in doors.items()]

    def _door(self, house: House, path: str, take: Callable[[House, Fields], Awaitable[str]]) -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            try:
                said = await take(house, await self._fields(house, request))
            except Forged as why:
                log.warning("twilio_request_refused", path=path, why=why.why)
                return JSONResponse({"error": why.why}, status_code=why.status)
            return Response(said, media_type="text/xml") if said else Response(status_code=204)

        return Route(path, endpoint, methods=["POST"])

    async def _fields(self, house: House, request: Request) -> Fields:
        """The fields of a request, of its address too. Forged (403) where Twilio did not sign it."""
        body, query = await body_of(request), request.url.query
        try:
            fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
        except ValueError as why:
            raise Forged(400, f"This is no form as Twilio sends it: {why}") from why
        # The address that Twilio was given, whatever a proxy made of it.
        url = house.places.base + request.url.path + (f"?{query}" if query else "")
        if not is_signed(self._token, url, fields, request.headers):
            raise Forged(
                403,
                f"X-Twilio-Signature does not fit: the auth token is another, or Twilio does not reach us at {url.partition('?')[0]}",
            )
        return dict(parse_qsl(query)) | dict(fields)

    async def _sms_status(self, house: House, fields: Fields) -> str:
        sid, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
        if status in LOST:
            words = words_for(fields.get("ErrorCode", ""), fields.get("ErrorMessage", ""))
            await house.receipts.told(SMS, sid, FAILED, words or f"It was lost ({status})")
        elif status in ("delivered", "read"):
            await house.receipts.told(SMS, sid, SEEN if status == "read" else DELIVERED)
        return ""

    async def _call_status(self, house: House, fields: Fields) -> str:
        sid, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
        if key := fields.get("key"):
            self._calls.hear(key, sid)
        if status in NOT_TAKEN:
            code = fields.get("ErrorCode", "")
            more = f": {words_for(code, fields.get('ErrorMessage', ''))}" if code else ""
            await house.receipts.told(VOICE, sid, FAILED, NOT_TAKEN[status] + more)
        elif status == "completed":
            by = fields.get("AnsweredBy") or await self._answered_by(house, sid)
            await self._taken_by(house, sid, by)
        return ""

    async def _machine(self, house: House, fields: Fields) -> str:
        """Twilio tells who took a call while it goes on: of a machine the next way is tried at once."""
        by = fields.get("AnsweredBy", "")
        if _is_machine(by):
            await self._taken_by(house, fields.get("CallSid", ""), by)
        return ""

    async def _answered_by(self, house: House, sid: str) -> str:
        try:
            return (await self._client.call_of(sid, house.clock.now())).answered_by or ""
        except Failed:
            return ""

    async def _taken_by(self, house: House, sid: str, by: str) -> None:
        if _is_machine(by):
            await house.receipts.told(VOICE, sid, FAILED, A_MACHINE)
        else:
            # Where it is not known who took it, somebody or something has.
            await house.receipts.told(VOICE, sid, SEEN if by == "human" else DELIVERED)

    async def _key(self, house: House, fields: Fields) -> str:
        is_test = bool(fields.get(OF_TEST))
        keys = TEST_KEYS if is_test else KEYS
        sid, does = fields.get("CallSid", ""), keys.get(fields.get("Digits", ""))
        if does is None:
            of_test = f"?{OF_TEST}=yes" if is_test else ""
            return twiml.asking_again(house.places.base + KEY + of_test)
        await house.receipts.told(VOICE, sid, SEEN)
        try:
            said = await house.receipts.answered(VOICE, message=sid, does=does, words=fields["Digits"])
        except TocsinError as why:
            said = why.message
        return twiml.saying(said)

    async def _reply(self, house: House, fields: Fields) -> str:
        sid, text, sender = (fields.get(name, "") for name in ("MessageSid", "Body", "From"))
        if fields.get("OptOutType") or is_for_the_network(text) or sid in self._replies:
            return twiml.replying("")
        self._replies.append(sid)
        meant = answer_in(text)
        if meant is None:
            return twiml.replying(HINT if 0 < len(text.strip()) <= LONGEST_HINTED else "")
        does, ticket = meant
        if not ticket and await self._is_old(house, sid):
            log.warning("twilio_reply_is_old", message=sid)
            return twiml.replying("")
        try:
            said = await house.receipts.answered(SMS, does=does, ticket=ticket, address=sender, words=text)
        except TocsinError as why:
            said = why.message
        return twiml.replying(said)

    async def _is_old(self, house: House, sid: str) -> bool:
        """Whether Twilio took this reply in long ago. False where it does not say: nobody's answer may wait for that."""
        now = house.clock.now()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                at = (await self._client.sms(sid, now)).created_at
        except (Failed, TimeoutError):
            return False
        return at is not None and now - at > REPLY_WITHIN


def _is_machine(answered_by: str) -> bool:
    """`machine_start` and its like, or a fax."""
    return answered_by.startswith(("machine", "fax"))
