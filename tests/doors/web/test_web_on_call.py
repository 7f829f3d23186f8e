"""The page about who is on call, and taking it over there."""

from __future__ import annotations

import httpx2

from tocsin.acts.house import House
from tocsin.acts.oncall import calendars
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.schedules import save_schedule


async def test_alice_takes_over_on_the_page(alice: httpx2.AsyncClient) -> None:
    page = await alice.get("/on-call")
    assert "Bob" in page.text
    assert "instead of" not in page.text

    answer = await alice.post(
        "/on-call", data={"person": "alice", "schedule": "ops", "span": "2h"}, follow_redirects=True
    )

    assert "Alice is on call for ops until 02 Mar 11:00 UTC." in answer.text
    assert "instead of Bob" in answer.text
    assert "instead of Bob" in (await alice.get("/")).text


async def test_a_span_that_is_none_is_refused_beside_what_was_typed(alice: httpx2.AsyncClient) -> None:
    answer = await alice.post("/on-call", data={"person": "alice", "schedule": "", "span": "soon"})

    assert answer.status_code == 422
    assert "is no span: write 20m, 2h or 1d" in answer.text
    assert 'value="soon"' in answer.text


async def test_a_calendar_that_can_not_be_read_shows_on_the_page_of_each_schedule_that_names_it(
    house: House, alice: httpx2.AsyncClient
) -> None:
    plan = {"zone": "UTC", "layers": [{"name": "base", "calendar": "rota"}]}
    feed = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    await calendars.save_calendar(house, OPERATOR, "rota", feed)
    await save_schedule(house, OPERATOR, "feed", plan)
    assert "can't be read" not in (await alice.get("/on-call/feed")).text
    await house.pool.execute("UPDATE calendars SET problem = 'its address answers 404'")

    page = (await alice.get("/on-call/feed")).text
    assert "The calendar rota can't be read" in page
    assert "its address answers 404" in page
    assert "its address answers 404" not in (await alice.get("/on-call/ops")).text
