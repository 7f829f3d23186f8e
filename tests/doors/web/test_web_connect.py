"""Connecting a Slack user to the person who is signed in: confirmed, once, within a quarter of an hour."""

from __future__ import annotations

from datetime import timedelta

import httpx2

from tocsin.acts import people
from tocsin.acts.connecting import connect_link
from tocsin.acts.house import House
from tocsin.clock import HandClock


def path(house: House, slack_id: str = "UNEW00001", name: str = "Alice Lee") -> str:
    return connect_link(house, slack_id, name).removeprefix(house.places.base)


async def slack_id(house: House, handle: str) -> str:
    return (await people.everybody(house)).people[handle].slack_id


async def test_alice_confirms_which_slack_user_she_is(alice: httpx2.AsyncClient, house: House) -> None:
    link = path(house)

    page = await alice.get(link)
    assert "The Slack user <b>Alice Lee</b> (UNEW00001)" in page.text
    assert "Until now you are UALICE001 in Slack" in page.text
    assert await slack_id(house, "alice") == "UALICE001", "looking changes nothing"

    answer = await alice.post(link, follow_redirects=True)
    assert "In Slack, Alice Lee is Alice from now on." in answer.text
    assert await slack_id(house, "alice") == "UNEW00001"


async def test_a_link_works_once(alice: httpx2.AsyncClient, bob: httpx2.AsyncClient, house: House) -> None:
    link = path(house)
    await alice.post(link)

    assert (await alice.post(link)).status_code == 409
    refused = await bob.post(link)
    assert refused.status_code == 409
    assert "Alice Lee is known as Alice already" in refused.text


async def test_a_link_is_good_for_a_quarter_of_an_hour(
    alice: httpx2.AsyncClient, house: House, clock: HandClock
) -> None:
    link = path(house)
    clock.advance(timedelta(minutes=15))

    refused = await alice.post(link)

    assert refused.status_code == 403
    assert "they are over" in refused.text


async def test_a_link_for_another_name_or_user_is_refused(alice: httpx2.AsyncClient, house: House) -> None:
    link = path(house)

    assert (await alice.get(link.replace("Alice", "Bob"))).status_code == 403
    assert (await alice.post(link.replace("UNEW00001", "UEVE00001"))).status_code == 403


async def test_who_is_not_signed_in_signs_in_first(stranger: httpx2.AsyncClient, house: House) -> None:
    answer = await stranger.get(path(house))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/connect/")
