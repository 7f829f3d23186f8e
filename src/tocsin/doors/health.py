"""For machines that watch: whether the process lives, whether it can work, and its figures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.acts import access, handbooks, looks
from tocsin.acts.house import House
from tocsin.core.score import OUTCOMES
from tocsin.doors.errors import UNREACHABLE
from tocsin.engine import metrics
from tocsin.errors import TocsinError, Unauthenticated

A_WHILE = timedelta(minutes=1)


def routes(house: House) -> list[BaseRoute]:
    duties = _DutyGauges()

    async def alive(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> Response:
        asking = asyncio.create_task(looks.held_up(house))
        # Not awaited beyond that: a database that hangs does not even let go of a question that is taken back.
        await asyncio.wait([asking], timeout=3)
        if not asking.done() or asking.exception():
            asking.cancel()
            return JSONResponse(
                {"status": "not ready", "why": "the database does not answer"}, status_code=503
            )
        # Ready all the same: what one service does not take goes other ways, or out once it does.
        return JSONResponse({"status": "ready", "held_up": [one.service for one in asking.result()]})

    async def figures(request: Request) -> Response:
        try:
            await _may_read(house, request)
        except TocsinError as why:
            return JSONResponse({"error": type(why).__name__, "message": why.message}, status_code=401)
        except UNREACHABLE:
            return _no_figures()
        try:
            await _gauge(house)
            await duties.gauge(house)
        except UNREACHABLE:
            return _no_figures()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", figures)]


def _no_figures() -> Response:
    why = "The database does not answer: there is nothing to count. /readyz says when it does"
    return JSONResponse(
        {"error": "Unavailable", "message": why}, status_code=503, headers={"Retry-After": "5"}
    )


async def _may_read(house: House, request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Unauthenticated("Figures need a key with the right to read: Authorization: Bearer tocsin_…")
    (await access.visitor_of_key(house, key.strip())).must("read")


async def _gauge(house: House) -> None:
    counts = await looks.counts(house)
    for status, count in counts.incidents.items():
        metrics.OPEN.labels(status).set(count)
    metrics.WAITING.set(counts.works)
    metrics.HELD_UP.clear()
    for one in await looks.held_up(house):
        metrics.HELD_UP.labels(one.service).set(one.many)


@dataclass(slots=True)
class _DutyGauges:
    """How the duties of the last 30 days stand: counted anew at most once a minute, however many ask."""

    counted_at: datetime | None = None

    async def gauge(self, house: House) -> None:
        now = house.clock.now()
        if self.counted_at is not None and self.counted_at <= now < self.counted_at + A_WHILE:
            return
        was, self.counted_at = self.counted_at, now
        try:
            counts = await handbooks.duty_counts(house)
        except BaseException:
            self.counted_at = was
            raise
        metrics.DUTIES.clear()
        for rule in {count.rule for count in counts}:
            for outcome in OUTCOMES:
                metrics.DUTIES.labels(rule, outcome).set(0)
        for count in counts:
            metrics.DUTIES.labels(count.rule, count.outcome).set(count.many)
