"""The inbox from the command line."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tocsin.acts import inbox
from tocsin.acts.house import House
from tocsin.core.intake import Message

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def waiting(house: House) -> None:
    for n in ("1", "2"):
        message = Message("x", f"@acme hm {n}?", "@jane", house.clock.now(), address=n, key=n)
        await inbox.hear(house, message)


async def test_what_waits_is_listed_opened_and_put_aside(alice: Run, house: House, waiting: None) -> None:
    listed = await alice("inbox")
    opened = await alice("inbox", "open", "1")
    joined = await alice("inbox", "open", "2", "--join", "1")

    assert listed.out.splitlines()[1].startswith("1  ")
    assert "@jane (x)" in listed.out
    assert opened.out == f"INC-1 is open: {house.places.incident('INC-1')}\n"
    assert joined.out == "It joined INC-1\n"
    assert (await alice("inbox")).out == "Nothing waits for a look.\n"


async def test_a_message_is_put_aside_with_a_reason(alice: Run, house: House, waiting: None) -> None:
    ended = await alice("inbox", "aside", "1", "only", "praise")

    assert ended.out == "Message 1 was put aside by alice.\n"
    found = json.loads((await alice("inbox", "--json")).out)
    assert [one["reason"] for one in found["lately"]] == ["only praise"]


async def test_a_message_that_there_is_not_is_named(alice: Run) -> None:
    ended = await alice("inbox", "open", "7")

    assert (ended.code, ended.err) == (1, "There is no message 7 in the inbox\n")
