"""The page about who is on call, and taking it over there."""

from __future__ import annotations

import httpx2


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
