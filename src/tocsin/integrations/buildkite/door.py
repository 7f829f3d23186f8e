"""What comes in from Buildkite: its webhook, with the plain token or signed with it, as was chosen there.

It only says that there is something to see: the build itself is asked of Buildkite, as in every look, since a webhook says nothing of jobs
and so of time-outs. A delivery that comes twice, late or out of order does no harm. https://buildkite.com/docs/apis/webhooks/pipelines
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.integrations.alerting import Forged, read_delivery, webhook
from tocsin.integrations.buildkite.builds import GONE, Builds
from tocsin.integrations.buildkite.client import BuildkiteClient, Pipeline, ToldBuild
from tocsin.integrations.built import Small
from tocsin.integrations.http import Failed

PATH: Final = "/integrations/buildkite/webhook"
FINISHED: Final = "build.finished"
OLD_SECONDS: Final = 300
"""What was signed longer ago than this may be somebody's recording."""
SIGNATURE: Final = re.compile(r"timestamp=([0-9]{1,12}),signature=([0-9a-f]{64})")


class _Build(msgspec.Struct, frozen=True):
    number: Small


class _Pipeline(msgspec.Struct, frozen=True):
    slug: str


class _Finished(msgspec.Struct, frozen=True):
    build: _Build
    pipeline: _Pipeline


class _Event(msgspec.Struct, frozen=True):
    event: str


class BuildkiteDoor:
    """`token` is the webhook's at Buildkite, "" where there is none; `pipelines` are those whose builds count."""

    def __init__(
        self, client: BuildkiteClient, builds: Builds, token: str, pipelines: Collection[str]
    ) -> None:
        self._client = client
        self._builds = builds
        self._token = token.encode()
        self._pipelines = frozenset(pipelines)

    def routes(self, house: House) -> list[BaseRoute]:
        async def take(request: Request, body: bytes) -> str:
            self._check(request, body, house.clock.now())
            return await self._hear(house, body)

        return [webhook(PATH, "Buildkite", take)]

    async def _hear(self, house: House, body: bytes) -> str:
        event = read_delivery(body, _Event, "Buildkite").event
        if event == "ping":
            return "The webhook is set up"
        if event != FINISHED:
            return f"Tocsin does nothing with {event[:50]}"
        told = read_delivery(body, _Finished, "Buildkite")
        slug = told.pipeline.slug
        if slug not in self._pipelines:
            return f"{slug[:100]} is none of the pipelines whose builds Tocsin watches"
        pipeline, build = await self._asked(slug, told.build.number, house.clock.now())
        return await self._builds.take(house, pipeline, build)

    async def _asked(self, slug: str, number: int, now: datetime) -> tuple[Pipeline, ToldBuild]:
        try:
            return await self._client.pipeline(slug, now), await self._client.build(slug, number, now)
        except Failed as why:
            if why.status != GONE:
                raise
            words = (
                f"Buildkite knows no build {number} of {slug}, or does not show it to our API access token"
            )
            raise Forged(404, words) from why

    def _check(self, request: Request, body: bytes, now: datetime) -> None:
        if not self._token:
            raise Forged(404, "The webhook is not set up here: set TOCSIN_BUILDKITE_WEBHOOK_TOKEN")
        signature = request.headers.get("X-Buildkite-Signature", "")
        token = request.headers.get("X-Buildkite-Token", "")
        if signature:
            self._check_signature(signature, body, now)
        elif not token:
            raise Forged(401, "X-Buildkite-Token and X-Buildkite-Signature are both missing")
        elif not hmac.compare_digest(self._token, token.encode()):
            raise Forged(401, "X-Buildkite-Token does not fit: Buildkite and Tocsin have different tokens")

    def _check_signature(self, given: str, body: bytes, now: datetime) -> None:
        parts = SIGNATURE.fullmatch(given)
        if parts is None:
            raise Forged(401, "X-Buildkite-Signature is not as Buildkite writes it: timestamp=…,signature=…")
        stamp, signature = parts.groups()
        right = hmac.new(self._token, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, signature):
            raise Forged(
                401, "X-Buildkite-Signature does not fit: Buildkite and Tocsin have different tokens"
            )
        if abs(now.timestamp() - int(stamp)) > OLD_SECONDS:
            raise Forged(401, "X-Buildkite-Signature is not of now: it is old, or the clocks differ")
