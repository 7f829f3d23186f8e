"""Who is on call over the API, and taking it over."""

from __future__ import annotations

import httpx2


async def test_alice_takes_over_for_two_hours(alice: httpx2.AsyncClient) -> None:
    answer = await alice.post("/on-call", json={"minutes": 120, "schedules": ["ops"]})

    [one] = answer.json()["on_call"]
    assert answer.status_code == 200
    assert one["people"] == [{"handle": "alice", "name": "Alice"}]
    assert one["instead_of"] == {"handle": "bob", "name": "Bob"}
    assert one["until"] == "2026-03-02T11:00:00Z"
    assert (await alice.get("/on-call")).json() == answer.json()


async def test_a_key_that_is_nobodys_takes_nothing_over(robot: httpx2.AsyncClient) -> None:
    answer = await robot.post("/on-call", json={"person": "alice"})

    assert answer.status_code == 403
    assert "Only a person can change who is on call" in answer.json()["message"]
