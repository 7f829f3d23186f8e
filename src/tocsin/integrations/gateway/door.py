"""What comes back from gateways: receipts and replies, sent to an address of ours with a secret, or fetched where nothing reaches us."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.routing import BaseRoute

from tocsin.acts import cursors
from tocsin.acts.house import House
from tocsin.acts.receiving import DELIVERED, FAILED
from tocsin.core.work import Later
from tocsin.errors import TocsinError
from tocsin.integrations.alerting import Forged, webhook
from tocsin.integrations.gateway.described import Gateway, at
from tocsin.integrations.http import NO_ANSWER, Failed, Outside
from tocsin.integrations.texting import HINT, answer_in, is_for_the_network

PATH: Final = "/integrations/gateway/"
LEASE: Final = timedelta(minutes=2)
REMEMBERED: Final = 500
Item = Any


def route(house: House, gateway: Gateway) -> BaseRoute:
    """The door of one gateway, at its name."""

    async def take(request: Request, body: bytes) -> str:
        _check(gateway, request)
        return await heard(house, gateway, _read(request, body))

    return webhook(PATH + gateway.name, gateway.name, take)


async def heard(house: House, gateway: Gateway, item: Item) -> str:
    """Take one receipt or reply; gives what is said back."""
    receipt, reply = gateway.receipt, gateway.reply
    if receipt and (state := at(item, receipt.state)):
        words = at(item, receipt.words) if receipt.words else ""
        if state in receipt.delivered:
            await house.receipts.told(gateway.via, at(item, receipt.id), DELIVERED)
        elif state in receipt.failed:
            await house.receipts.told(gateway.via, at(item, receipt.id), FAILED, words or state)
        return "taken"
    if reply and (text := at(item, reply.text)):
        return await _answered(house, gateway, at(item, reply.sender), text)
    return "Tocsin finds neither a receipt nor a reply in it"


async def look(house: House, gateway: Gateway, outside: Outside) -> None:
    """Fetch what has come since the last look. What stands there at the very first one is older than we are. Raises Failed."""
    assert gateway.poll
    cursor = await cursors.take(house, f"gateway/{gateway.name}", LEASE)
    if cursor is None:
        return
    seen: list[str] = msgspec.json.decode(cursor.value, type=list[str]) if cursor.value else []
    kept = cursor.value
    try:
        items = await _fetched(house, gateway, outside)
        for item in items:
            if (mark := _mark(gateway, item)) in seen:
                continue
            seen.append(mark)
            if cursor.value:
                await heard(house, gateway, item)
        kept = msgspec.json.encode(seen[-REMEMBERED:]).decode()
    finally:
        await cursors.leave(house, cursor, kept)


async def _fetched(house: House, gateway: Gateway, outside: Outside) -> list[Item]:
    assert gateway.poll
    asked = partial(outside.fetch, "GET", gateway.poll.url, now=house.clock.now(), headers=gateway.headers)
    try:
        found = msgspec.json.decode(await asked())
    except NO_ANSWER as why:
        raise Failed(Later(f"{gateway.name} answered in a way that Tocsin does not know: {why}")) from why
    for name in gateway.poll.list.split(".") if gateway.poll.list else ():
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []


async def _answered(house: House, gateway: Gateway, sender: str, text: str) -> str:
    meant = answer_in(text)
    if meant is None:
        return "" if is_for_the_network(text) else HINT
    does, ticket = meant
    number = sender if sender.startswith("+") else f"+{sender.removeprefix('00')}"
    try:
        return await house.receipts.answered(
            gateway.via, does=does, ticket=ticket, address=number, words=text
        )
    except TocsinError as why:
        return why.message


def _mark(gateway: Gateway, item: Item) -> str:
    """By what an item is known: the ids that it has, with its state; else all of it."""
    parts = [at(item, one) for one in ((gateway.reply.id if gateway.reply else ""),) if one]
    if gateway.receipt and at(item, gateway.receipt.state):
        parts = [at(item, gateway.receipt.id), at(item, gateway.receipt.state)]
    return " ".join(parts) if any(parts) else msgspec.json.encode(item).decode()[:300]


def _check(gateway: Gateway, request: Request) -> None:
    """The secret comes in a header, as Bearer or as the password of Basic: an address is written into logs on its way."""
    kind, _, given = request.headers.get("Authorization", "").strip().partition(" ")
    secret = given.strip().encode()
    if kind.lower() == "basic":
        try:
            secret = base64.b64decode(secret, validate=True).partition(b":")[2]
        except ValueError:
            secret = b""
    if not secret or not hmac.compare_digest(secret, gateway.secret.encode()):
        raise Forged(
            401,
            f"Authorization does not fit: {gateway.name} sends another secret than the one set here, or none",
        )


def _read(request: Request, body: bytes) -> Item:
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        return msgspec.json.decode(body)
    except NO_ANSWER as why:
        raise Forged(400, f"This is neither JSON nor a form: {why}") from why
