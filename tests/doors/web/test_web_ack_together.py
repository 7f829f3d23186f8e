"""The page behind the link in a message about many incidents: answered at once or one by one, without signing in."""

from __future__ import annotations

import html

import httpx2
import pytest

from tocsin.acts import incidents, looks
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN

Browser = httpx2.AsyncClient


async def told(house: House, person: str, kinds: tuple[str, ...]) -> str:
    """The address of the page of somebody whom one message told of incidents of these kinds, which Alice declared."""
    for n, kind in enumerate(kinds, 1):
        report = incidents.NewReport("api", f"thing {n} is broken", "jane", outside=False)
        await incidents.declare(house, Actor("alice", "api"), report, kind=kind)
        # As if they had left together.
        await house.pool.execute(
            "INSERT INTO works (incident_id, does, via, lane, key, urgency, payload, due_at, planned_at, batch, state)"
            " VALUES ($1, 'page', 'sms', $2, $2, 0, $3, now(), now(), 7, 'done')",
            n,
            f"INC-{n}/x",
            {"person": person, "contact": "m1", "why": "on call"},
        )
    return house.places.acknowledge("P7", person, house.sign("P7", person)).removeprefix(house.places.base)


@pytest.fixture
async def path(house: House) -> str:
    return await told(house, "bob", ("service", "service"))


async def acknowledged_by(house: House, ref: str) -> str:
    return (await looks.case(house, ref, TOCSIN)).incident.alert.acknowledged_by


async def test_looking_changes_nothing_and_one_button_acknowledges_all(
    house: House, stranger: Browser, path: str
) -> None:
    looked = await stranger.get(path)
    assert looked.status_code == 200
    assert "Acknowledge all" in looked.text
    assert "thing 1 is broken" in looked.text
    assert await acknowledged_by(house, "INC-1") == ""

    answer = await stranger.post(path, data={"do": "acknowledge"})

    assert answer.status_code == 303
    assert [await acknowledged_by(house, f"INC-{n}") for n in (1, 2)] == ["bob", "bob"]
    again = html.unescape((await stranger.get(path)).text)
    assert "Nothing waits for you any more" in again
    assert "I'm on INC-1" in again


async def test_one_of_them_is_owned_and_what_is_none_of_them_is_refused(
    house: House, stranger: Browser, path: str
) -> None:
    await stranger.post(path, data={"do": "own", "ref": "INC-2"})
    refused = await stranger.post(path, data={"do": "own", "ref": "INC-9"})
    odd = await stranger.post(path, data={"do": "own"})

    assert (await looks.case(house, "INC-2", TOCSIN)).incident.owner == "bob"
    assert await acknowledged_by(house, "INC-1") == ""
    assert "INC-9 is none of the incidents of this message" in refused.text
    assert "none of the buttons" in html.unescape(odd.text)


async def test_who_acknowledges_one_after_somebody_else_is_told_so(
    house: House, stranger: Browser, path: str
) -> None:
    await incidents.acknowledge(house, Actor("alice", "api"), "INC-1")

    late, first = [
        html.unescape(
            (await stranger.post(path, data={"do": "acknowledge", "ref": ref}, follow_redirects=True)).text
        )
        for ref in ("INC-1", "INC-2")
    ]

    assert "alice has acknowledged INC-1 already." in late
    assert "You have acknowledged INC-1" not in late
    assert "You have acknowledged INC-2." in first


async def test_a_link_that_was_signed_for_another_message_opens_nothing(
    house: House, stranger: Browser, path: str
) -> None:
    other = path.replace("/P7/", "/P8/")
    nothing = f"/ack/P9/bob/{house.sign('P9', 'bob')}"

    assert (await stranger.get(other)).status_code == 403
    assert (await stranger.get(nothing)).status_code == 404


async def test_what_became_private_meanwhile_is_not_shown_to_who_is_no_member(
    house: House, stranger: Browser
) -> None:
    path = await told(house, "carol", ("service", "security"))

    shown = await stranger.get(path)

    assert "thing 1 is broken" in shown.text
    assert "INC-2" not in shown.text
