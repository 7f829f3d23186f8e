"""A build of a broken main branch that is run again, by the API."""

from __future__ import annotations

from typing import Any

import httpx2

from red_builds import broken
from tocsin.acts.house import House


async def test_the_oldest_suspects_build_is_run_again_once_at_a_time(
    alice: httpx2.AsyncClient, house: House
) -> None:
    ref = await broken(house)

    answers = [await alice.post(f"/incidents/{ref}/rerun") for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 409]
    assert "It goes on, or is being run again already" in answers[1].json()["message"]
    facts = (await alice.get(f"/incidents/{ref}")).json()["facts"]
    assert [one["by"] for one in facts if one["kind"] == "build_rerun_asked"] == ["alice"]


async def test_where_no_build_is_red_it_is_refused(alice: httpx2.AsyncClient, ref: str) -> None:
    answer = await alice.post(f"/incidents/{ref}/rerun")

    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "No build of INC-1 is red: there is nothing to run again",
    )


async def test_whoever_may_only_read_has_nothing_run_again(caller: Any, house: House) -> None:
    ref = await broken(house)
    reader = await caller("carol", "read")

    assert (await reader.post(f"/incidents/{ref}/rerun")).status_code == 403
