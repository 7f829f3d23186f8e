"""The inbox's page: everything with one click, without a script."""

from __future__ import annotations

import httpx2
import pytest

from tocsin.acts import inbox, looks, people
from tocsin.acts.house import House
from tocsin.core.facts import TOCSIN
from tocsin.core.intake import Message

Browser = httpx2.AsyncClient


@pytest.fixture
async def waiting(house: House) -> int:
    """Jane's post, which no rule takes for a report."""
    return await heard(house, "@acme <b>hm</b>?")


async def heard(house: House, text: str, n: str = "7") -> int:
    message = Message(
        "x", text, "@jane", house.clock.now(), answer_via="x", address=n, url=f"https://x.com/{n}", key=n
    )
    return (await inbox.hear(house, message)).message


async def test_what_waits_is_shown_with_its_words_and_its_clicks(bob: Browser, waiting: int) -> None:
    html = (await bob.get("/inbox")).text

    assert "@acme &lt;b&gt;hm&lt;/b&gt;?" in html
    assert 'action="/inbox/1/open"' in html
    assert 'action="/inbox/1/aside"' in html
    assert 'href="https://x.com/7"' in html


async def test_every_page_says_how_many_wait(bob: Browser, waiting: int) -> None:
    assert '<span class="count">1<span class="unseen"> waiting</span></span>' in (await bob.get("/")).text


async def test_nothing_waits_is_said_too(bob: Browser) -> None:
    assert "Nothing waits for a look." in (await bob.get("/inbox")).text


async def test_one_click_opens_an_incident_and_goes_there(bob: Browser, waiting: int, house: House) -> None:
    answer = await bob.post("/inbox/1/open")

    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/INC-1")
    assert (await looks.case(house, "INC-1", TOCSIN)).incident.reports[0].reporter == "@jane"
    assert "Bob opened INC-1." in (await bob.get("/inbox")).text


async def test_one_click_puts_it_aside_from_where_it_can_still_be_opened(bob: Browser, waiting: int) -> None:
    answer = await bob.post("/inbox/1/aside")
    html = (await bob.get("/inbox")).text

    assert answer.headers["location"] == "/inbox"
    assert "Bob put it aside." in html
    assert "Open an incident after all" in html


async def test_one_click_joins_it_to_the_incident_that_is_open(
    bob: Browser, house: House, ref: str, waiting: int
) -> None:
    html = (await bob.get("/inbox")).text
    await bob.post("/inbox/1/open", data={"joins": ref})

    assert f">Join {ref}</button>" in html
    assert len((await looks.case(house, ref, TOCSIN)).incident.reports) == 2


async def test_what_was_opened_as_private_is_shown_to_its_members_alone(
    bob: Browser, alice: Browser, waiting: int
) -> None:
    await bob.post("/inbox/1/open", data={"kind": "security"})

    assert "@jane" in (await bob.get("/inbox")).text
    assert "@jane" not in (await alice.get("/inbox")).text


async def test_a_second_look_is_told_that_there_was_a_first(
    bob: Browser, alice: Browser, waiting: int
) -> None:
    await bob.post("/inbox/1/open")
    answer = await alice.post("/inbox/1/open")

    assert answer.status_code == 409
    assert "Message 1 became part of an incident already" in answer.text


async def test_who_may_only_report_opens_but_puts_nothing_aside(
    house: House, bob: Browser, waiting: int
) -> None:
    await people.save_person(house, "bob", name="Bob", email="bob@acme.example", rights=("report",))

    assert "/inbox/1/aside" not in (await bob.get("/inbox")).text
    assert (await bob.post("/inbox/1/aside")).status_code == 403
    assert (await bob.post("/inbox/1/open")).status_code == 303


@pytest.mark.parametrize(
    "path", ["/inbox/x/open", "/inbox/9/open", "/inbox/1/burn", "/inbox/9999999999999999999/open"]
)
async def test_a_message_or_a_deed_that_there_is_not_is_not_found(
    bob: Browser, waiting: int, path: str
) -> None:
    assert (await bob.post(path)).status_code == 404
