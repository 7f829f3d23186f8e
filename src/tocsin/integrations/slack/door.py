"""Slack's inbound HTTP: every request is signed; each is read, handed on, and answered within three seconds."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import parse_qsl

import structlog
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.clock import Clock
from tocsin.errors import Invalid, TocsinError, Unauthenticated
from tocsin.integrations.slack import front
from tocsin.integrations.slack.blocks import JSON
from tocsin.integrations.slack.lobby import Lobby
from tocsin.integrations.slack.shape import check_event, check_interaction

log = structlog.get_logger()

LIMIT_BYTES: Final = 1024 * 1024
OLD_SECONDS: Final = 300
"""Slack's own advice against replays: https://docs.slack.dev/authentication/verifying-requests-from-slack"""


class HouseTime:
    """The house's clock as the verifier asks for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


class SlackDoor:
    def __init__(self, lobby: Lobby, signing_secret: str) -> None:
        self._lobby = lobby
        self._time = HouseTime(lobby.house.clock)
        self._verifier = SignatureVerifier(signing_secret, self._time)  # type: ignore[arg-type]

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/integrations/slack/events", self._events, methods=["POST"]),
            Route("/integrations/slack/commands", self._commands, methods=["POST"]),
            Route("/integrations/slack/interactivity", self._interactivity, methods=["POST"]),
        ]

    async def _events(self, request: Request) -> Response:
        try:
            payload = _object(await self._signed_body(request))
            check_event(payload)
        except TocsinError as refusal:
            return _refused(refusal)
        if payload.get("type") == "url_verification":
            return JSONResponse({"challenge": payload.get("challenge", "")})
        try:
            await front.event(self._lobby, payload)
        except Exception:
            log.exception("an event from Slack could not be dealt with; Slack sends it again")
            return JSONResponse({"error": "unavailable"}, status_code=503)
        return Response()

    async def _commands(self, request: Request) -> Response:
        try:
            form = dict(parse_qsl((await self._signed_body(request)).decode("utf-8", "replace")))
            if not form.get("user_id"):
                raise Invalid("This is no slash command: it names no user", field="user_id")
        except TocsinError as refusal:
            return _refused(refusal)
        return _answer(await front.command(self._lobby, form))

    async def _interactivity(self, request: Request) -> Response:
        try:
            form = dict(parse_qsl((await self._signed_body(request)).decode("utf-8", "replace")))
            payload = _object(form.get("payload", "").encode())
            check_interaction(payload)
        except TocsinError as refusal:
            return _refused(refusal)
        try:
            return _answer(await front.interaction(self._lobby, payload))
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            log.exception("an interaction could not be read")
            return _refused(Invalid("The interaction is not as Slack sends it", field="malformed"))

    async def _signed_body(self, request: Request) -> bytes:
        """The body, if Slack sent it just now. Unauthenticated, named by what is wrong with the signature; Invalid if too long."""
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > LIMIT_BYTES:
                raise Invalid(f"More than {LIMIT_BYTES:,} bytes", field="too_large")
            parts.append(part)
        body = b"".join(parts)
        self._check(
            body, request.headers.get("x-slack-request-timestamp"), request.headers.get("x-slack-signature")
        )
        return body

    def _check(self, body: bytes, stamp: str | None, signature: str | None) -> None:
        if not stamp or not signature:
            raise Unauthenticated("The request is not signed", field="signature_missing")
        if not stamp.isascii() or not stamp.isdigit():
            raise Unauthenticated("X-Slack-Request-Timestamp is no number", field="signature_bad")
        if abs(self._time.now() - int(stamp)) > OLD_SECONDS:
            raise Unauthenticated(
                "The signature is older than five minutes: check the clocks", field="signature_old"
            )
        try:
            holds = self._verifier.is_valid(body, stamp, signature)
        except (UnicodeDecodeError, TypeError):  # A body that is no UTF-8, or a signature that is no ASCII.
            holds = False
        if not holds:
            raise Unauthenticated(
                "The signature is not Slack's: check TOCSIN_SLACK_SIGNING_SECRET", field="signature_bad"
            )


def _object(body: bytes) -> JSON:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as why:
        raise Invalid(f"The body is no JSON: {why}", field="not_json") from why
    if not isinstance(found, dict):
        raise Invalid("The body is no JSON object", field="not_json")
    return found


def _answer(body: JSON) -> Response:
    return JSONResponse(body) if body else Response()


def _refused(refusal: TocsinError) -> Response:
    status = 401 if isinstance(refusal, Unauthenticated) else 413 if refusal.field == "too_large" else 400
    return JSONResponse({"error": refusal.field or "invalid", "message": refusal.message}, status_code=status)
