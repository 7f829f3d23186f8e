"""The page behind the link in a request by e-mail: accept, decline or report, without signing in, and nothing else."""

from __future__ import annotations

import httpx2
import pytest

from tocsin.acts import asking, incidents, learning, looks
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident

ALICE = Actor("alice", "web")
Browser = httpx2.AsyncClient


def place(house: House, about: str, person: str = "bob", ref: str = "INC-1") -> str:
    return house.places.answer(ref, about, person, house.sign).removeprefix(house.places.base)


async def incident(house: House) -> Incident:
    return (await looks.case(house, "INC-1", TOCSIN)).incident


@pytest.fixture
async def owned(house: House, ref: str) -> str:
    await incidents.own(house, ALICE, ref)
    return ref


@pytest.fixture
async def task(house: House, owned: str) -> str:
    """The address of Bob's page for T1."""
    await asking.delegate(house, ALICE, owned, "bob", "Look at the certificates")
    return place(house, "T1")


async def test_looking_shows_what_is_asked_and_changes_nothing(
    house: House, stranger: Browser, task: str
) -> None:
    answer = await stranger.get(task)

    assert answer.status_code == 200
    assert "Look at the certificates" in answer.text
    assert "I take it" in answer.text
    assert "You answer as Bob" in answer.text
    assert (await incident(house)).asked.tasks[0].state == "asked"


async def test_a_task_is_accepted_and_its_result_reported_on_the_same_page(
    house: House, stranger: Browser, task: str
) -> None:
    accepted = await stranger.post(task, data={"do": "accept"})
    after = await stranger.get(task)
    await stranger.post(task, data={"do": "report", "text": "it had run out; renewed"})
    done = await stranger.get(task)

    assert (accepted.status_code, accepted.headers["location"]) == (303, task)
    assert "Report the result" in after.text
    [one] = (await incident(house)).asked.tasks
    assert (one.state, one.said) == ("done", "it had run out; renewed")
    assert "T1 is done: it had run out; renewed" in done.text
    assert "<button" not in done.text.partition("<h1>")[2].partition("You answer as")[0]


async def test_a_task_is_declined_with_a_reason(house: House, stranger: Browser, task: str) -> None:
    await stranger.post(task, data={"do": "decline", "reason": "on a train"})

    [one] = (await incident(house)).asked.tasks
    assert (one.state, one.said) == ("declined", "on a train")
    assert "Bob can&#39;t do it: on a train" in (await stranger.get(task)).text


async def test_a_result_without_words_is_refused(house: House, stranger: Browser, task: str) -> None:
    answer = await stranger.post(task, data={"do": "report", "text": " "})

    assert answer.status_code == 422
    assert "say what you tried" in answer.text


async def test_another_button_than_those_there_are_is_refused(stranger: Browser, task: str) -> None:
    answer = await stranger.post(task, data={"do": "resolve"})

    assert answer.status_code == 422
    assert "none of the buttons" in answer.text


async def test_a_handover_is_accepted_and_the_owner_released(
    house: House, stranger: Browser, owned: str
) -> None:
    await asking.hand_over(house, ALICE, owned, "bob", "see the thread")
    looked = await stranger.get(place(house, "H1"))
    assert "see the thread" in looked.text

    await stranger.post(place(house, "H1"), data={"do": "accept"})

    assert (await incident(house)).owner == "bob"
    assert "took over at" in (await stranger.get(place(house, "H1"))).text


async def test_a_handover_is_declined_and_the_owner_stays(
    house: House, stranger: Browser, owned: str
) -> None:
    await asking.hand_over(house, ALICE, owned, "bob")

    await stranger.post(place(house, "H1"), data={"do": "decline", "reason": "asleep soon"})

    assert (await incident(house)).owner == "alice"
    assert "can&#39;t take over: asleep soon" in (await stranger.get(place(house, "H1"))).text


async def test_an_old_link_answers_no_later_request(house: House, stranger: Browser, owned: str) -> None:
    await asking.hand_over(house, ALICE, owned, "bob")
    await asking.decline_handover(house, Actor("bob", "web"), owned)
    await asking.hand_over(house, ALICE, owned, "bob")

    answer = await stranger.post(place(house, "H1"), data={"do": "accept"})

    assert answer.status_code == 409
    assert "H1 waits for no answer any more" in answer.text
    assert (await incident(house)).owner == "alice"


async def test_a_follow_up_is_done(house: House, stranger: Browser, owned: str) -> None:
    await learning.file_follow_up(house, ALICE, owned, "Renew by machine", "bob")

    await stranger.post(place(house, "F1"), data={"do": "done", "text": "a job does it"})

    assert (await incident(house)).asked.follow_ups[0].how == "a job does it"


@pytest.mark.parametrize("signature", ["0" * 40, "x"])
async def test_a_forged_link_is_refused(stranger: Browser, task: str, signature: str) -> None:
    forged = f"{task.rpartition('/')[0]}/{signature}"

    looked, answered = await stranger.get(forged), await stranger.post(forged, data={"do": "accept"})

    assert {looked.status_code, answered.status_code} == {403}
    assert "certificates" not in looked.text


async def test_a_link_is_good_for_its_own_task_and_person_alone(
    house: House, stranger: Browser, task: str
) -> None:
    await asking.delegate(house, ALICE, "INC-1", "carol", "Look at the proxy")
    signature = task.rpartition("/")[2]

    assert (await stranger.get(f"/answer/INC-1/T2/bob/{signature}")).status_code == 403
    assert (await stranger.get(f"/answer/INC-1/T1/carol/{signature}")).status_code == 403
    assert (await stranger.get(f"/ack/INC-1/bob/{signature}")).status_code == 403


async def test_what_is_asked_of_somebody_else_can_be_answered_by_them_alone(
    house: House, stranger: Browser, task: str
) -> None:
    answer = await stranger.post(place(house, "T1", "carol"), data={"do": "accept"})

    assert answer.status_code == 403
    assert (await incident(house)).asked.tasks[0].state == "asked"
