"""The hand "webhook" on a real server: a signed call, with the same id at every try."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from hand_steps import NINE, Procedure
from tocsin.core.procedures.declared import WEBHOOK, Declared, Target
from tocsin.integrations.http import Outside
from tocsin.integrations.webhook.hand import WebhookHand
from tocsin.integrations.webhook.signing import signed

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


@dataclass
class Receiver:
    heads: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    status: int = 202
    url: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[1:]
        head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        self.heads.append(head)
        self.bodies.append(await reader.readexactly(int(head.get("content-length", "0"))))
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/roll-back"
    yield receiver
    server.close()


def calling(receiver: Receiver) -> Procedure:
    target = Target("site", "site", by=WEBHOOK, url=receiver.url, secret_env="HOOK")
    hand = WebhookHand(Outside("The webhook", ""), Declared((target,)), {"HOOK": SECRET})
    return Procedure(hand)


async def test_the_call_says_what_to_go_back_to_and_is_signed(receiver: Receiver) -> None:
    done = await calling(receiver).do("webhook.call", target="site", version="v7")

    (head,), (body,) = receiver.heads, receiver.bodies
    assert json.loads(body)["version"] == "v7"
    right = signed(head["webhook-id"], NINE, body, [SECRET])
    assert {name: head[name] for name in right} == right
    assert done.evidence[0].value == "ok"


async def test_a_second_try_has_the_same_id(receiver: Receiver) -> None:
    await calling(receiver).do("webhook.call", target="site", version="v7")
    await calling(receiver).do("webhook.call", 2, target="site", version="v7")

    assert len({head["webhook-id"] for head in receiver.heads}) == 1


async def test_a_receiver_that_is_down_is_called_again_later(receiver: Receiver) -> None:
    receiver.status = 503

    assert "503" in await calling(receiver).waits("webhook.call", target="site", version="v7")


async def test_a_target_that_is_rolled_back_otherwise_is_refused(receiver: Receiver) -> None:
    procedure = calling(receiver)
    procedure.hand.declared = Declared((Target("site", "site", by="command"),))  # type: ignore[attr-defined]

    assert "by a webhook" in await procedure.no("webhook.call", target="site")
