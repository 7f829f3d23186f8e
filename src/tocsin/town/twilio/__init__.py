"""A small stand-in for Twilio: text messages and calls to phones, what people reply and press, and a page to do so."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.faults import Faults
from tocsin.town.ids import Now, iso
from tocsin.town.pages import Pages
from tocsin.town.twilio.api import Api
from tocsin.town.twilio.carrier import Carrier
from tocsin.town.twilio.exchange import Call, Exchange, Sms
from tocsin.town.wire import Answer, Post

__all__ = ["Call", "Sms", "Twilio"]


class Twilio:
    """What tests and the demo hold in their hands. Nothing happens to a message or a call until somebody lets it."""

    account = "AC7ac0c0de7ac0c0de7ac0c0de7ac0c0de"
    token = "7ac0c0de7ac0c0de7ac0c0de7ac0c0de"  # noqa: S105
    key = "SK7ac0c0de7ac0c0de7ac0c0de7ac0c0de"
    key_secret = "7ac0c0de0000000000000000000000de"  # noqa: S105

    def __init__(self, now: Now, faults: Faults, post: Post, pages: Pages) -> None:
        self._pages = pages
        self._exchange = Exchange(now)
        self.carrier = Carrier(self._exchange, faults, post, self.account, self.token)
        users = {self.account: self.token, self.key: self.key_secret}
        self._api = Api(self._exchange, users, self.account, self.carrier.began)
        self.url = ""

    @property
    def texts(self) -> list[Sms]:
        """Every message in either direction, oldest first."""
        return self._exchange.texts

    @property
    def calls(self) -> list[Call]:
        return self._exchange.calls

    @property
    def numbers(self) -> list[str]:
        """The account's own."""
        return self._exchange.numbers

    def refuse(self, number: str, code: int) -> None:
        """From now on nothing is taken for that phone, for this reason."""
        self._exchange.refused[number] = code

    async def deliver(self, sms: Sms) -> None:
        await self.carrier.text_status(sms, "sent")
        await self.carrier.text_status(sms, "delivered")

    async def lose(self, sms: Sms, code: int) -> None:
        await self.carrier.text_status(sms, "undelivered", code)

    async def reply(self, sender: str, body: str) -> Answer:
        """Whoever has that phone writes to our number. STOP is heard by Twilio, too."""
        if body.strip().upper() == "STOP":
            self.refuse(sender, 21610)
        return await self.carrier.reply(sender, body)

    async def answer(self, call: Call, by: str = "human") -> None:
        await self.carrier.answer(call, by)

    async def press(self, call: Call, digit: str) -> None:
        await self.carrier.press(call, digit)

    async def end(self, call: Call, status: str = "completed", error: int | None = None) -> None:
        await self.carrier.end(call, status, error)

    def as_json(self) -> dict[str, Any]:
        return {
            "texts": [
                {
                    "sid": one.sid,
                    "to": one.to,
                    "from": one.sender,
                    "body": one.body,
                    "status": one.status,
                    "direction": one.direction,
                    "error": one.error,
                    "at": iso(one.created_at),
                }
                for one in self.texts
            ],
            "calls": [
                {
                    "sid": one.sid,
                    "to": one.to,
                    "from": one.sender,
                    "status": one.status,
                    "answered_by": one.answered_by,
                    "said": list(one.said),
                    "at": iso(one.created_at),
                }
                for one in self.calls
            ],
        }

    def routes(self) -> list[BaseRoute]:
        return [
            *self._api.routes(),
            Route("/twilio", self._overview),
            Route("/twilio/form", self._form, methods=["POST"]),
        ]

    async def _overview(self, request: Request) -> Response:
        reached = {one.to for one in self.texts} | {one.to for one in self.calls}
        phones = sorted(reached - set(self.numbers))
        return self._pages.show(
            "twilio.html", request, texts=self.texts[::-1], calls=self.calls[::-1], phones=phones
        )

    async def _form(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        does = form.get("do", "")
        if does == "reply" and form.get("from") and form.get("body"):
            await self.reply(form["from"], form["body"])
        if sms := self._exchange.text(form.get("sid", "")):
            await (self.deliver(sms) if does == "deliver" else self.lose(sms, 30003))
        if (call := self._exchange.call(form.get("sid", ""))) and not call.is_over:
            await self._at_phone(call, does)
        return RedirectResponse("/twilio", status_code=303)

    async def _at_phone(self, call: Call, does: str) -> None:
        if does in ("human", "machine_start") and call.status != "in-progress":
            await self.answer(call, does)
        elif does.isdecimal() and call.key_url:
            await self.press(call, does)
        elif does in ("busy", "no-answer", "completed"):
            await self.end(call, does)
