"""A started town with the people who live in it, and a small app that listens to what the town delivers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.town import Town
from tocsin.town.serving import served

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class Heard:
    """One delivery that the listening app got."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        if self.headers["content-type"].startswith("application/json"):
            return json.loads(self.body)
        form = {name: values[0] for name, values in parse_qs(self.body).items()}
        return json.loads(form["payload"]) if "payload" in form else form


@dataclass
class Listener:
    """An app that keeps all it hears, and answers whatever the test tells it to."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: Any = None

    async def hear(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.heard.append(Heard(request.url.path, dict(request.headers), body))
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(status_code=status) if self.answer is None else JSONResponse(self.answer, status)

    def events(self, kind: str) -> list[dict[str, Any]]:
        found = [h.json["event"] for h in self.heard if h.path == "/events"]
        return [event for event in found if event["type"] == kind]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town(now=lambda: NOON)
    town.slack.delivery.retry_waits = (0.0, 0.0, 0.0)
    for handle, name in (("alice", "Alice Lee"), ("bob", "Bob Okafor"), ("carol", "Carol Díaz")):
        town.slack.add_user(handle, name, f"{handle}@acme.example")
    town.slack.add_channel("incidents")
    town.github.add_repo("acme/website")
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def app(town: Town) -> AsyncIterator[Listener]:
    """An app over HTTP, to which Slack and GitHub deliver."""
    listener = Listener()
    routes = [Route("/{path:path}", listener.hear, methods=["POST"])]
    async with served(Starlette(routes=routes)) as url:
        listener.url = url
        town.slack.point_app_at(
            events_url=f"{listener.url}/events",
            commands_url=f"{listener.url}/commands",
            interactivity_url=f"{listener.url}/interactivity",
        )
        town.github.point_webhook_at(f"{listener.url}/github", "hush")
        yield listener


@pytest.fixture
def slack(town: Town) -> AsyncWebClient:
    return AsyncWebClient(token=town.slack.bot_token, base_url=f"{town.url}/slack/api/")


@pytest.fixture
async def web(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        base_url=town.url, follow_redirects=True, trust_env=False, verify=False
    ) as client:
        yield client


@pytest.fixture
async def github(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    """GitHub's REST API with the app's token."""
    headers = {"Authorization": f"token {town.github.token}"}
    async with httpx2.AsyncClient(
        base_url=f"{town.url}/github", headers=headers, trust_env=False, verify=False
    ) as client:
        yield client


Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def until() -> Until:
    """Wait until something is so, at most five seconds."""

    async def wait(so: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not so():
                await asyncio.sleep(0.005)

    return wait
