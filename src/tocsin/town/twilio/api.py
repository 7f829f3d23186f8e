"""Twilio's API of 2010 as far as messages and calls go: forms in, JSON out, errors with their numbers."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.twilio.exchange import Call, Exchange, Sms
from tocsin.town.wire import JSON

VERSION = "2010-04-01"
LONGEST_BODY, LONGEST_TWIML = 1600, 4000
SAYS = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    21205: "Url is not a valid URL",
    21211: "The 'To' number is not a valid phone number.",
    21212: "The 'From' number is not a valid phone number or shortcode.",
    21604: "A 'To' phone number is required.",
    21602: "Message body is required.",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21606: "The From phone number is not a valid, SMS-capable inbound phone number",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21210: "The source phone number provided is not yet verified for your account.",
}
Form = dict[str, list[str]]
Handler = Callable[[Request], Awaitable[tuple[int, JSON]]]


class Problem(Exception):
    """What becomes an error body."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(code)
        said = SAYS.get(code, "The request failed")
        more = f"https://www.twilio.com/docs/errors/{code}"
        self.body: JSON = {"code": code, "message": said, "more_info": more, "status": status}
        self.status = status


class Api:
    """The operations. `began` hears of each message and call that was taken."""

    def __init__(
        self, exchange: Exchange, users: dict[str, str], account: str, began: Callable[[Sms | Call], None]
    ) -> None:
        self._exchange = exchange
        self._users = users
        self._account = account
        self._began = began

    def routes(self) -> list[BaseRoute]:
        start = f"/twilio/{VERSION}/Accounts/{self._account}"
        return [
            self._route("POST", f"{start}/Messages.json", self._text),
            self._route("GET", f"{start}/Messages.json", self._texts),
            self._route("GET", f"{start}/Messages/{{sid}}.json", self._one_text),
            self._route("POST", f"{start}/Calls.json", self._call),
            self._route("GET", f"{start}/Calls.json", self._calls),
            self._route("GET", f"{start}/Calls/{{sid}}.json", self._one_call),
        ]

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                self._check_user(request)
                status, body = await handler(request)
            except Problem as problem:
                status, body = problem.status, problem.body
            return JSONResponse(body, status_code=status)

        return Route(path, endpoint, methods=[method])

    def _check_user(self, request: Request) -> None:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        user, _, password = base64.b64decode(given).decode().partition(":") if kind == "Basic" else ("",) * 3
        if not password or self._users.get(user) != password:
            raise Problem(401, 20003)

    async def _text(self, request: Request) -> tuple[int, JSON]:
        form = await _form(request)
        body, to, sender = _first(form, "Body"), self._to(form), _first(form, "From")
        if not body:
            raise Problem(400, 21602)
        if len(body) > LONGEST_BODY:
            raise Problem(400, 21617)
        if sender not in self._exchange.numbers and not _first(form, "MessagingServiceSid"):
            raise Problem(400, 21606)
        now = self._exchange.now()
        callback = _url(form, "StatusCallback")
        sms = Sms(self._exchange.sid("SM"), to, sender, body, "outbound-api", now, callback)
        self._exchange.texts.append(sms)
        self._began(sms)
        return 201, text_shape(sms, self._account)

    async def _call(self, request: Request) -> tuple[int, JSON]:
        form = await _form(request)
        to, sender, twiml = self._to(form), _first(form, "From"), _first(form, "Twiml")
        if sender not in self._exchange.numbers:
            raise Problem(400, 21210)
        if not twiml or len(twiml) > LONGEST_TWIML:
            raise Problem(400, 21205)
        call = Call(
            self._exchange.sid("CA"),
            to,
            sender,
            twiml,
            self._exchange.now(),
            callback=_url(form, "StatusCallback"),
            events=tuple(form.get("StatusCallbackEvent", ["completed"])),
            machine_url=_url(form, "AsyncAmdStatusCallback"),
            detects=_first(form, "MachineDetection") == "Enable",
        )
        self._exchange.calls.append(call)
        self._began(call)
        return 201, call_shape(call, self._account)

    def _to(self, form: Form) -> str:
        to = _first(form, "To")
        if not to:
            raise Problem(400, 21604)
        if code := self._exchange.refused.get(to):
            raise Problem(400, code)
        return to

    async def _texts(self, request: Request) -> tuple[int, JSON]:
        to, size = request.query_params.get("To"), int(request.query_params.get("PageSize", "50"))
        found = [one for one in self._exchange.texts if to in (None, one.to)][::-1][:size]
        return 200, {"messages": [text_shape(one, self._account) for one in found], "page_size": size}

    async def _calls(self, request: Request) -> tuple[int, JSON]:
        to, size = request.query_params.get("To"), int(request.query_params.get("PageSize", "50"))
        found = [one for one in self._exchange.calls if to in (None, one.to)][::-1][:size]
        return 200, {"calls": [call_shape(one, self._account) for one in found], "page_size": size}

    async def _one_text(self, request: Request) -> tuple[int, JSON]:
        found = self._exchange.text(request.path_params["sid"])
        if found is None:
            raise Problem(404, 20404)
        return 200, text_shape(found, self._account)

    async def _one_call(self, request: Request) -> tuple[int, JSON]:
        found = self._exchange.call(request.path_params["sid"])
        if found is None:
            raise Problem(404, 20404)
        return 200, call_shape(found, self._account)


def text_shape(sms: Sms, account: str) -> JSON:
    return {
        "sid": sms.sid,
        "account_sid": account,
        "api_version": VERSION,
        "body": sms.body,
        "num_segments": "1",
        "num_media": "0",
        "direction": sms.direction,
        "from": sms.sender or None,
        "to": sms.to,
        "status": sms.status,
        "error_code": sms.error,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "messaging_service_sid": None,
        "date_created": format_datetime(sms.created_at),
        "date_updated": format_datetime(sms.sent_at or sms.created_at),
        "date_sent": format_datetime(sms.sent_at) if sms.sent_at else None,
        "uri": f"/{VERSION}/Accounts/{account}/Messages/{sms.sid}.json",
    }


def call_shape(call: Call, account: str) -> JSON:
    return {
        "sid": call.sid,
        "account_sid": account,
        "api_version": VERSION,
        "to": call.to,
        "from": call.sender,
        "status": call.status,
        "direction": "outbound-api",
        "answered_by": call.answered_by,
        "date_created": format_datetime(call.created_at),
        "duration": None,
        "price": None,
        "uri": f"/{VERSION}/Accounts/{account}/Calls/{call.sid}.json",
    }


async def _form(request: Request) -> Form:
    return parse_qs((await request.body()).decode(), keep_blank_values=True)


def _first(form: Form, name: str) -> str:
    return form.get(name, [""])[0]


def _url(form: Form, name: str) -> str:
    url = _first(form, name)
    if url and not url.startswith(("http://", "https://")):
        raise Problem(400, 21205)
    return url
