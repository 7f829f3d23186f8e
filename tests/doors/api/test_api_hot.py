"""Who is on call, asked all day long: the kept answer is the one that the API would give, and never an old one."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import httpx2
import pytest

from tocsin.acts import access, people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import HandClock
from tocsin.core.oncall.model import Change

LATER = {"at": "2026-03-02T09:00:00Z"}
"""Another instant (the same one) goes by the API's own way."""


async def who(client: httpx2.AsyncClient, path: str = "/schedules/ops/on-call") -> list[str]:
    told = (await client.get(path)).json()["on_call"]
    return [person["handle"] for one in told for person in one["people"]]


@pytest.mark.parametrize("path", ["/on-call", "/schedules/ops/on-call"])
async def test_the_quick_answer_is_the_same_as_the_long_one(alice: httpx2.AsyncClient, path: str) -> None:
    quick, long = await alice.get(path), await alice.get(path, params=LATER)

    assert quick.json() == long.json()
    assert (quick.status_code, quick.headers["content-type"]) == (200, long.headers["content-type"])


async def test_what_somebody_changed_is_in_the_next_answer(
    house: House, pool: asyncpg.Pool, clock: HandClock, alice: httpx2.AsyncClient
) -> None:
    assert await who(alice) == ["bob"]
    other = await make_house(pool, clock)

    await add_override(
        other, OPERATOR, "ops", Wish(Change.TAKE, clock.now() + timedelta(hours=1), ("carol",))
    )

    assert await who(alice) == ["carol"]
    assert await who(alice, "/on-call") == ["carol"]


async def test_when_a_shift_ends_the_answer_is_another(alice: httpx2.AsyncClient, clock: HandClock) -> None:
    assert await who(alice) == ["bob"]

    clock.advance(timedelta(days=7))

    assert await who(alice) == ["alice"]


async def test_a_key_that_is_revoked_opens_nothing_any_more(house: House, alice: httpx2.AsyncClient) -> None:
    assert await who(alice) == ["bob"]

    await access.revoke_key(house, "alice-respond")

    assert (await alice.get("/schedules/ops/on-call")).status_code == 401


@pytest.mark.parametrize("path", ["/on-call", "/schedules/ops/on-call"])
async def test_without_a_key_nobody_is_told(nobody: httpx2.AsyncClient, path: str) -> None:
    assert (await nobody.get(path)).status_code == 401
    strange = {"Authorization": "Bearer tocsin_x"}
    assert (await nobody.get(path, headers=strange)).status_code == 401


async def test_either_header_carries_the_key(house: House, nobody: httpx2.AsyncClient) -> None:
    key = await access.create_key(house, "ci", rights=["read"])

    answers = [
        await nobody.get("/on-call", headers=headers)
        for headers in ({"X-API-Key": key}, {"Authorization": f"bearer {key}"})
    ]

    assert [one.status_code for one in answers] == [200, 200]


async def test_a_schedule_that_is_not_there_is_refused_in_words(alice: httpx2.AsyncClient) -> None:
    answer = await alice.get("/schedules/night/on-call")

    assert (answer.status_code, "there are: ops" in answer.json()["message"]) == (404, True)


async def test_many_at_once_are_each_answered_with_what_they_asked(
    house: House, alice: httpx2.AsyncClient
) -> None:
    await save_weekly(
        house,
        "web",
        zone="UTC",
        first_handoff=house.clock.now().replace(tzinfo=None),
        participants=["carol"],
    )

    asked = ["/schedules/ops/on-call", "/schedules/web/on-call"] * 40
    found = await asyncio.gather(*(who(alice, path) for path in asked))

    assert found == [["bob"], ["carol"]] * 40


async def test_who_gives_up_waiting_takes_nobody_along(house: House, alice: httpx2.AsyncClient) -> None:
    waiting = [asyncio.create_task(who(alice)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()

    found = await asyncio.gather(*waiting, return_exceptions=True)

    assert [one for one in found if not isinstance(one, asyncio.CancelledError)] == [["bob"]] * 5


async def test_a_person_who_lost_their_rights_reads_nothing(house: House, alice: httpx2.AsyncClient) -> None:
    await people.save_person(house, "alice", rights=())

    assert (await alice.get("/on-call")).status_code == 403
