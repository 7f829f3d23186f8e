"""The inbox over the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tocsin.acts import inbox
from tocsin.acts.house import House
from tocsin.core.intake import Message

Api = httpx2.AsyncClient


@pytest.fixture(autouse=True)
async def waiting(house: House) -> None:
    """Jane's post, which no rule takes for a report."""
    await inbox.hear(house, Message("x", "@acme hm?", "@jane", house.clock.now(), address="1", key="1"))


async def test_what_waits_is_listed(alice: Api) -> None:
    answer = (await alice.get("/inbox")).json()

    [message] = answer["waiting"]
    assert (message["id"], message["sender"], message["text"]) == (1, "@jane", "@acme hm?")
    assert (message["state"], message["is_overdue"], message["ref"]) == ("waiting", False, None)
    assert answer["lately"] == []


async def test_how_many_wait_is_said_where_fewer_are_shown(alice: Api, house: House) -> None:
    for n in range(101):
        await inbox.hear(house, Message("x", "@acme hm?", "@jane", house.clock.now(), key=f"more {n}"))

    answer = (await alice.get("/inbox")).json()

    assert (len(answer["waiting"]), answer["in_all"]) == (100, 102)
    fewer = (await alice.get("/inbox", params={"limit": 2})).json()
    assert ([one["id"] for one in fewer["waiting"]], fewer["in_all"]) == ([1, 2], 102)


@pytest.mark.parametrize("limit", ["-1", "0", "101", "all"])
async def test_a_limit_that_can_be_none_is_refused_by_name(alice: Api, limit: str) -> None:
    answer = await alice.get("/inbox", params={"limit": limit})

    assert (answer.status_code, answer.json()["field"]) == (422, "limit")


async def test_it_is_opened(alice: Api) -> None:
    answer = await alice.post("/inbox/1/open")

    assert (answer.status_code, answer.json()["ref"]) == (200, "INC-1")
    assert (await alice.get("/inbox")).json()["lately"][0]["ref"] == "INC-1"


async def test_it_joins(alice: Api, ref: str) -> None:
    assert (await alice.post("/inbox/1/open", json={"joins": ref})).json()["ref"] == ref
    assert (await alice.get(f"/incidents/{ref}")).json()["reports"][1]["reporter"] == "@jane"


async def test_it_is_put_aside(alice: Api) -> None:
    answer = await alice.post("/inbox/1/aside", json={"reason": "praise"})

    assert answer.json()["state"] == "aside"
    assert (answer.json()["looked_by"], answer.json()["reason"]) == ("alice", "praise")


async def test_a_key_that_is_nobodys_opens_but_puts_nothing_aside(robot: Api) -> None:
    refused = await robot.post("/inbox/1/aside")

    assert (refused.status_code, refused.json()["error"]) == (403, "Forbidden")
    assert (await robot.post("/inbox/1/open")).status_code == 200


async def test_a_second_look_meets_a_conflict(alice: Api) -> None:
    await alice.post("/inbox/1/open")

    assert (await alice.post("/inbox/1/open")).status_code == 409


async def test_joining_what_is_not_there_is_refused_and_the_message_goes_on_waiting(alice: Api) -> None:
    assert (await alice.post("/inbox/1/open", json={"joins": "INC-9"})).status_code == 404
    assert len((await alice.get("/inbox")).json()["waiting"]) == 1


async def test_a_reader_only_looks(caller: Callable[..., Awaitable[Api]]) -> None:
    reader = await caller("carol", "read")

    assert len((await reader.get("/inbox")).json()["waiting"]) == 1
    assert (await reader.post("/inbox/1/open")).status_code == 403


@pytest.mark.parametrize(
    ("id", "status"), [("9", 404), ("0", 422), ("x", 422), ("99999999999999999999", 422)]
)
async def test_a_message_that_there_is_not(alice: Api, id: str, status: int) -> None:
    assert (await alice.post(f"/inbox/{id}/open")).status_code == status
