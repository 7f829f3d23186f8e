"""Socket Mode, with Slack's own client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.town import Town
from town.conftest import Listener, Until


class Ear:
    """Keeps what came over the socket, and acknowledges it unless told not to."""

    def __init__(self) -> None:
        self.heard: list[SocketModeRequest] = []
        self.deaf_for = 0
        self.payload: dict[str, str] | None = None

    async def __call__(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        if self.deaf_for > 0:
            self.deaf_for -= 1
            return
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.payload))


@pytest.fixture
async def ear(town: Town, until: Until) -> AsyncIterator[Ear]:
    ear = Ear()
    web = AsyncWebClient(base_url=f"{town.url}/slack/api/")
    client = SocketModeClient(app_token=town.slack.app_token, web_client=web)
    client.socket_mode_request_listeners.append(ear)
    await client.connect()
    await until(lambda: town.slack.delivery.sockets)
    yield ear
    await client.close()


async def test_events_go_to_the_socket_while_one_is_open(town: Town, app: Listener, ear: Ear) -> None:
    answer = await town.slack.say("alice", "incidents", "@tocsin broken")

    assert answer.ok
    assert [request.payload["event"]["type"] for request in ear.heard] == ["message", "app_mention"]
    assert app.heard == []


async def test_a_command_is_answered_in_its_acknowledgement(town: Town, ear: Ear) -> None:
    ear.payload = {"text": "Here is help"}

    await town.slack.command("alice", "/tocsin", "help")

    assert (ear.heard[0].type, ear.heard[0].accepts_response_payload) == ("slash_commands", True)
    assert [m.text for m in town.slack.ephemerals("alice")] == ["Here is help"]


async def test_an_envelope_that_is_not_acknowledged_comes_again(town: Town, ear: Ear) -> None:
    town.slack.delivery.patience = 0.05
    ear.deaf_for = 1

    answer = await town.slack.say("alice", "incidents", "hello")

    first, second = ear.heard
    assert answer.ok
    assert first.envelope_id != second.envelope_id
    assert first.payload["event_id"] == second.payload["event_id"]
    assert second.retry_attempt == 1


async def test_only_the_app_token_opens_a_socket(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await slack.api_call("apps.connections.open")


async def test_a_dropped_socket_is_opened_again_by_the_client(town: Town, ear: Ear, until: Until) -> None:
    await town.slack.drop_sockets()
    await until(lambda: town.slack.delivery.sockets)

    assert (await town.slack.say("alice", "incidents", "still there?")).ok
