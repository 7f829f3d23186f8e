"""What people ask of each other, by e-mail: the request with its one link, and the words to whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.headerregistry import Address

import pytest

from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.work import ASK, REMIND, WORD, Delivered, Desk, Refused, Work
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.reach import EmailReach
from tocsin.town import Town
from tocsin.town.mail import Mail

MakeDesk = Callable[..., Desk]
TO = {"person": "bob", "address": "bob@acme.example"}


@pytest.fixture
def reach(town: Town) -> EmailReach:
    sender = Address("Tocsin", "tocsin", "acme.example")
    return EmailReach(Server("127.0.0.1", town.smtp_port, "none"), sender)


def work(does: str, **payload: str) -> Work:
    return Work(does, "lane", f"INC-7/{does}/3/bob/email", via="email", payload={**TO, **payload})


def only(town: Town) -> Mail:
    [mail] = town.mail.messages
    return mail


@pytest.fixture
def delegated(clock: HandClock) -> f.TaskDelegated:
    return f.TaskDelegated("T1", "bob", "Look at the certificates", clock.now() + timedelta(minutes=10))


async def test_a_request_has_one_link_under_which_it_is_answered(
    town: Town, reach: EmailReach, make_desk: MakeDesk, delegated: f.TaskDelegated
) -> None:
    desk = make_desk(f.Owned("bob"), delegated)

    outcome = await reach.carry_out(work(ASK, about="T1"), desk, 1)

    mail = only(town)
    link = f"https://tocsin.acme.example/answer/INC-7/T1/bob/{desk.sign('INC-7', 'bob T1')}"
    assert mail.subject == "[INC-7] T1, you are asked to help Sign-in is broken"
    assert "Look at the certificates" in mail.text
    assert "{@" not in mail.text
    assert link in mail.links
    assert mail.headers["Importance"] == "high"
    assert isinstance(outcome, Delivered)
    assert outcome.evidence["id"] == mail.headers["Message-ID"]


async def test_a_request_to_take_over_says_so(
    town: Town, reach: EmailReach, make_desk: MakeDesk, clock: HandClock
) -> None:
    asked = f.HandoverAsked("H1", "bob", "see the thread", clock.now() + timedelta(minutes=10))
    desk = make_desk(f.Owned("bob"), asked)

    await reach.carry_out(work(ASK, about="H1"), desk, 1)

    assert only(town).subject == "[INC-7] H1, will you take it over? Sign-in is broken"
    assert "see the thread" in only(town).text


async def test_a_request_that_has_its_answer_is_not_sent(
    town: Town, reach: EmailReach, make_desk: MakeDesk, clock: HandClock
) -> None:
    asked = f.HandoverAsked("H1", "bob", "", clock.now())
    desk = make_desk(f.Owned("bob"), asked, f.HandoverDeclined("H1", "bob", ""))

    assert await reach.carry_out(work(ASK, about="H1"), desk, 1) == Delivered()
    assert town.mail.messages == []


async def test_a_word_goes_to_whom_it_concerns(
    town: Town, reach: EmailReach, make_desk: MakeDesk, delegated: f.TaskDelegated
) -> None:
    desk = make_desk(f.Owned("bob"), delegated, f.TaskReturned("T1", "no answer by 09:10 UTC"))

    await reach.carry_out(work(WORD, fact="4"), desk, 1)

    assert only(town).subject == "[INC-7] T1 is yours again: no answer by 09:10 UTC."
    assert "https://tocsin.acme.example/incidents/INC-7" in only(town).links


async def test_a_follow_up_has_a_link_under_which_it_is_done(
    town: Town, reach: EmailReach, make_desk: MakeDesk
) -> None:
    desk = make_desk(f.FollowUpFiled("F1", "Renew by machine", "", "bob"))

    await reach.carry_out(work(WORD, fact="2", about="F1"), desk, 1)

    assert "gave you the follow-up F1: Renew by machine" in only(town).text
    assert any("/answer/INC-7/F1/bob/" in link for link in only(town).links)


async def test_a_reminder_to_answer_has_the_link_too(
    town: Town, reach: EmailReach, make_desk: MakeDesk, delegated: f.TaskDelegated
) -> None:
    desk = make_desk(f.Owned("bob"), delegated)

    await reach.carry_out(work(REMIND, duty="answer-task-T1"), desk, 1)

    assert any("/answer/INC-7/T1/bob/" in link for link in only(town).links)


async def test_an_address_that_is_none_is_refused(
    town: Town, reach: EmailReach, make_desk: MakeDesk, delegated: f.TaskDelegated
) -> None:
    desk = make_desk(f.Owned("bob"), delegated)

    outcome = await reach.carry_out(work(ASK, about="T1", address="nonsense"), desk, 1)

    assert isinstance(outcome, Refused)
