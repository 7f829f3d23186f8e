"""Socket Mode: the same requests over a connection that Tocsin opens, for houses that Slack can't reach."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tocsin.integrations.slack import front
from tocsin.integrations.slack.blocks import JSON
from tocsin.integrations.slack.lobby import Lobby

log = structlog.get_logger()


async def listen(lobby: Lobby, app_token: str) -> None:
    """Keep a connection until cancelled. The SDK connects again by itself, whatever ended it."""
    client = SocketModeClient(
        app_token, web_client=lobby.slack.web, logger=logging.getLogger("slack_sdk.tocsin")
    )
    if lobby.slack.web.proxy is None:
        client.proxy = None

    async def received(_: Any, request: SocketModeRequest) -> None:
        await _received(lobby, client, request)

    client.socket_mode_request_listeners.append(received)
    try:
        await client.connect()  # type: ignore[no-untyped-call]
        await asyncio.Event().wait()
    finally:
        await client.close()  # type: ignore[no-untyped-call]


async def _received(lobby: Lobby, client: SocketModeClient, request: SocketModeRequest) -> None:
    """Deal with one envelope, then acknowledge it: one that failed is not acknowledged, and comes again."""
    try:
        body = await _answered(lobby, request.type, request.payload)
    except Exception:
        log.exception("an envelope from Slack could not be dealt with")
        return
    await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, body or None))


async def _answered(lobby: Lobby, kind: str, payload: JSON) -> JSON:
    if kind == "slash_commands":
        return await front.command(lobby, payload)
    if kind == "interactive":
        return await front.interaction(lobby, payload)
    if kind == "events_api":
        await front.event(lobby, payload)
    return {}
