"""Slack's Web API at the door: reads JSON and form bodies, checks the token, finds the method, answers in Slack's way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tocsin.town.slack.desk import Desk
from tocsin.town.wire import JSON

JSON_ARGUMENTS = ("blocks", "metadata", "view", "attachments")


class Refused(Exception):
    """What becomes `{"ok": false, "error": …}`."""

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []


class Args:
    """The arguments of one call."""

    def __init__(self, given: JSON) -> None:
        self.given = given

    def need(self, name: str, error: str = "invalid_arguments") -> str:
        value = self.text(name)
        if not value:
            raise Refused(error, [f"[ERROR] missing required field: {name}"])
        return value

    def text(self, name: str) -> str:
        value = self.given.get(name)
        if isinstance(value, list):
            return ",".join(map(str, value))
        return "" if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.given.get(name)
        return default if value is None else value in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.given.get(name) or default)
        except ValueError:
            raise Refused("invalid_arguments", [f"[ERROR] must be an integer: {name}"]) from None

    def json(self, name: str) -> Any:
        """A structured argument: as it is in a JSON body, decoded from a form body."""
        value = self.given.get(name)
        if isinstance(value, str) and value:
            try:
                return json.loads(value)
            except ValueError:
                error = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
                raise Refused(error) from None
        return value or None


Method = Callable[[Desk, Args], JSON]


class WebApi:
    """The methods, and the two tokens that open them."""

    def __init__(self, desk: Desk, methods: dict[str, Method], bot_token: str, app_token: str) -> None:
        self._desk = desk
        self._methods = methods
        self._bot_token = bot_token
        self._app_token = app_token
        self.out_of_scope: set[str] = set()
        """Methods for which the app was not given the permission."""

    async def call(self, request: Request) -> Response:
        name = request.path_params["method"]
        try:
            args, form_token = await _arguments(request)
            method = self._methods.get(name)
            if method is None:
                raise Refused("unknown_method")
            self._check_token(name, _bearer(request) or form_token)
            if name in self.out_of_scope:
                raise Refused("missing_scope")
            return JSONResponse({"ok": True} | method(self._desk, args))
        except Refused as refused:
            body: JSON = {"ok": False, "error": refused.error}
            if refused.messages:
                body["response_metadata"] = {"messages": refused.messages}
            return JSONResponse(body)

    def _check_token(self, name: str, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        if token not in (self._bot_token, self._app_token):
            raise Refused("invalid_auth")
        needed = self._app_token if name == "apps.connections.open" else self._bot_token
        if token != needed:
            raise Refused("not_allowed_token_type")

    async def respond(self, request: Request) -> Response:
        """A response URL: good for five uses, and only for whoever knows it."""
        url = self._desk.response_urls.get(request.path_params["token"])
        if url is None:
            return JSONResponse({"ok": False, "error": "expired_url"}, status_code=404)
        if url.left <= 0:
            return JSONResponse({"ok": False, "error": "used_url"}, status_code=404)
        try:
            payload = json.loads(await request.body())
        except ValueError:
            return JSONResponse({"ok": False, "error": "invalid_payload"}, status_code=400)
        url.left -= 1
        self._desk.respond(url, payload)
        return PlainTextResponse("ok")


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def _arguments(request: Request) -> tuple[Args, str]:
    """The arguments, and the token if it came among them (which Slack allows in forms only)."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            given = json.loads(await request.body() or b"{}")
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(given, dict):
            raise Refused("json_not_object")
        given.pop("token", None)
        return Args(given), ""
    form = dict(request.query_params) | {name: str(value) for name, value in (await request.form()).items()}
    return Args({name: value for name, value in form.items() if name != "token"}), form.get("token", "")
