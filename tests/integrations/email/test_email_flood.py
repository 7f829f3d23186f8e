"""A flood of mail about one thing, over real SMTP: one incident, an answer for each, and what does not belong is split off."""

from __future__ import annotations

from email.headerregistry import Address

import pytest
from mail_world import Post, letter

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.reach import EmailReach
from tocsin.town import Town

ALICE = Actor("alice", "web", "Alice")
WORDS = ("Since noon nobody here gets in.", "Hello,\n\nwe see a blank page.\n\nKind regards", "urgent!!")


@pytest.fixture
def by_mail(town: Town, house: House) -> Engine:
    server = Server("127.0.0.1", town.smtp_port, "none")
    return Engine(house, Reaches([EmailReach(server, Address("Tocsin", "tocsin", "acme.example"))]))


def customer(n: int) -> str:
    return f"user{n}@customer{n}.example"


async def flood(post: Post, many: int = 12) -> None:
    subjects = ("Sign-in is broken", "Problem with sign-in", "RE: sign-in down")
    for n in range(many):
        assert await post.send(letter(WORDS[n % 3], subjects[n % 3], customer(n)), customer(n)) == 250


async def test_a_flood_about_one_thing_is_one_incident_and_each_is_answered(
    post: Post, by_mail: Engine, town: Town
) -> None:
    await flood(post)
    await by_mail.run_due()

    assert await post.refs() == ["INC-1"]
    assert len((await post.incident()).reports) == 12
    assert [len(town.mail.to(customer(n))) for n in range(12)] == [1] * 12


async def test_one_that_is_about_something_else_is_split_off_with_its_reporter(
    post: Post, house: House
) -> None:
    await flood(post, 3)

    await incidents.split(house, ALICE, "INC-1", "R3")

    first, other = await post.refs()
    assert len((await post.incident(first)).handles_reports) == 2
    assert [one.address for one in (await post.incident(other)).handles_reports] == [customer(2)]


async def test_mails_about_different_things_open_one_each_until_it_is_a_storm(post: Post) -> None:
    for n, what in enumerate(("sign-in", "search", "exports", "invoices", "uploads", "billing", "webhooks")):
        await post.send(letter(f"Our {what} fails", f"{what} broken", customer(n)), customer(n))

    assert [len((await post.incident(ref)).reports) for ref in await post.refs()] == [1, 1, 1, 1, 3]


async def test_a_letter_about_a_leak_is_private_from_the_first_second_amid_the_flood(post: Post) -> None:
    await flood(post, 3)
    await post.send(letter("Your customers' tokens are on a forum: leaked.", "Sign-in is broken"))
    await post.send(letter("Leaked tokens of your customers on a forum", "Sign-in is broken", customer(9)))

    _, leak = await post.refs()
    private = await post.incident(leak)
    assert (private.kind, private.private, len(private.reports)) == ("security", True, 2)
