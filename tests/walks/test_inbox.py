"""Not every message is a report: walks through the inbox, on a hand-driven clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from walk_steps import ALICE, BOB, Walk

from doubles import Mailbox
from tocsin.acts import inbox, incidents, looks
from tocsin.acts.house import House
from tocsin.acts.inbox import Heard, hear
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.intake import Message
from tocsin.errors import Conflict, Forbidden, NotFound

MINUTE = timedelta(minutes=1)


def mention(at: datetime, text: str = "@acme nice logo", n: str = "1", who: str = "@jane") -> Message:
    url = f"https://x.com/{who}/{n}"
    return Message("x", text, who, at, answer_via="x", address=n, url=url, key=n)


async def said(walk: Walk, text: str = "@acme nice logo", n: str = "1", who: str = "@jane") -> Heard:
    heard = await hear(walk.house, mention(walk.clock.now(), text, n, who))
    await walk.engine.run_due()
    return heard


async def all_incidents(house: House) -> list[Incident]:
    found = await looks.incidents(house, TOCSIN)
    return [(await looks.case(house, row.ref, TOCSIN)).incident for row in reversed(found)]


async def test_a_mention_that_says_something_is_broken_opens_an_incident_by_itself(walk: Walk) -> None:
    heard = await said(walk, "@acme I can’t sign in, error 500")

    assert (heard.state, heard.rule, heard.ref) == ("opened", "outcry", "INC-1")
    [incident] = await all_incidents(walk.house)
    assert incident.title == "I can’t sign in, error 500"
    assert incident.reports[0].answered_at


async def test_any_other_mention_waits_and_is_shown_in_the_channel(walk: Walk, mailbox: Mailbox) -> None:
    heard = await said(walk)

    assert heard.state == "waiting"
    assert await all_incidents(walk.house) == []
    [waiting] = (await inbox.inbox(walk.house, "bob")).waiting
    assert waiting.due_at == walk.clock.now() + 30 * MINUTE
    assert [str(one) for one in mailbox.sent] == ["inbox.post  1: waiting: @acme nice logo"]


async def test_anyone_opens_it_with_one_click_and_its_sender_is_answered(
    walk: Walk, mailbox: Mailbox
) -> None:
    await said(walk)
    mailbox.take()

    declared = await inbox.open_message(walk.house, BOB, 1)
    await walk.engine.run_due()

    [incident] = await all_incidents(walk.house)
    assert (declared.ref, incident.reports[0].reporter) == ("INC-1", "@jane")
    assert incident.reports[0].answered_at
    assert [one.text for one in mailbox.take("inbox.settle")] == ["opened: @acme nice logo"]
    assert (await inbox.inbox(walk.house, "bob")).waiting == []


async def test_it_is_put_aside_with_one_click_and_nothing_comes_of_it(walk: Walk, mailbox: Mailbox) -> None:
    await said(walk)

    await inbox.put_aside(walk.house, BOB, 1, "praise")
    await walk.wait(60)

    assert await all_incidents(walk.house) == []
    [aside] = (await inbox.inbox(walk.house, "alice")).lately
    assert (aside.state, aside.looked_by, aside.reason) == ("aside", "bob", "praise")
    assert len(mailbox.take("inbox.settle")) == 1


async def test_what_was_put_aside_may_still_be_opened(walk: Walk) -> None:
    await said(walk)
    await inbox.put_aside(walk.house, BOB, 1)

    await inbox.open_message(walk.house, ALICE, 1)

    assert len(await all_incidents(walk.house)) == 1


async def test_a_message_joins_an_incident_that_is_open(walk: Walk) -> None:
    await said(walk, "@acme search is down", "1")
    await said(walk, "@acme hm?", "2", "@john")

    await inbox.open_message(walk.house, BOB, 2, joins="inc-1")
    await walk.engine.run_due()

    [incident] = await all_incidents(walk.house)
    assert [(r.reporter, r.joined, bool(r.answered_at)) for r in incident.reports] == [
        ("@jane", False, True),
        ("@john", True, True),
    ]


async def test_what_joined_can_be_split_off_again(walk: Walk) -> None:
    await said(walk, "@acme search is down", "1")
    await said(walk, "@acme hm?", "2", "@john")
    await inbox.open_message(walk.house, BOB, 2, joins="INC-1")

    await incidents.split(walk.house, ALICE, "INC-1", "R2")

    assert [len(incident.handles_reports) for incident in await all_incidents(walk.house)] == [1, 1]


async def test_a_message_that_nobody_looked_at_in_time_becomes_an_incident_and_a_duty_missed(
    walk: Walk, mailbox: Mailbox
) -> None:
    await said(walk)
    mailbox.take()

    await walk.wait(30)

    [incident] = await all_incidents(walk.house)
    assert "inbox_overlooked" in [fact.kind for fact in incident.facts]
    assert incident.reports[0].answered_at
    assert mailbox.people() == ["bob"]
    walk.ref = incident.ref
    assert (await walk.duty("look-at-message-1")).owes == ("bob",)
    await walk.wait(1)
    await incidents.own(walk.house, BOB, incident.ref)
    duty = await walk.duty("look-at-message-1")
    assert (duty.state, duty.by, duty.due_at) == ("late", "bob", incident.started_at)


async def test_an_overlooked_message_that_proves_to_be_none_is_a_duty_missed_all_the_same(walk: Walk) -> None:
    await said(walk)
    await walk.wait(31)
    walk.ref = "INC-1"

    await incidents.dismiss(walk.house, BOB, "INC-1", "praise", "read it")

    assert (await walk.duty("look-at-message-1")).state == "missed"


async def test_overlooked_messages_are_gathered_in_one_incident_until_somebody_takes_it(walk: Walk) -> None:
    await said(walk, "@acme hm?", "1", "@jane")
    await said(walk, "@acme hey", "2", "@john")
    await walk.wait(30)
    await incidents.own(walk.house, BOB, "INC-1")
    await said(walk, "@acme ho", "3", "@joan")

    await walk.wait(30)

    reporters = [[r.reporter for r in incident.reports] for incident in await all_incidents(walk.house)]
    assert reporters == [["@jane", "@john"], ["@joan"]]


async def test_once_enough_people_have_written_their_messages_become_one_incident(
    walk: Walk, mailbox: Mailbox
) -> None:
    for n in range(1, 4):
        await said(walk, "@acme hm?", str(n), f"@user{n}")
        walk.clock.advance(MINUTE)
    assert await all_incidents(walk.house) == []

    heard = await said(walk, "@acme hello?", "4", "@user4")

    assert (heard.state, heard.rule) == ("opened", "crowd")
    [incident] = await all_incidents(walk.house)
    assert [r.reporter for r in incident.reports] == ["@user4", "@user1", "@user2", "@user3"]
    assert all(report.answered_at for report in incident.reports), "each of them is answered"
    assert (await inbox.inbox(walk.house, "bob")).waiting == []


async def test_who_comes_after_the_crowd_joins_its_incident(walk: Walk) -> None:
    for n in range(1, 5):
        await said(walk, "@acme hm?", str(n), f"@user{n}")

    heard = await said(walk, "@acme me too", "5", "@user5")

    assert (heard.state, heard.ref) == ("joined", "INC-1")


async def test_one_who_writes_often_is_no_crowd(walk: Walk) -> None:
    for n in range(1, 7):
        await said(walk, "@acme hello?", str(n), "@jane")

    assert len((await inbox.inbox(walk.house, "bob")).waiting) == 6


async def test_a_crowd_that_gathers_too_slowly_is_none(walk: Walk) -> None:
    for n in range(1, 5):
        await said(walk, "@acme hello?", str(n), f"@user{n}")
        walk.clock.advance(4 * MINUTE)

    assert len((await inbox.inbox(walk.house, "bob")).waiting) == 4


async def test_the_same_message_heard_again_changes_nothing(walk: Walk, mailbox: Mailbox) -> None:
    await said(walk, "@acme hm?", "1")
    await said(walk, "@acme it is down", "2", "@john")
    mailbox.take()

    again = [await said(walk, "@acme hm?", "1"), await said(walk, "@acme it is down", "2", "@john")]

    assert [(heard.state, heard.is_new) for heard in again] == [("waiting", False), ("opened", False)]
    assert (len(await all_incidents(walk.house)), mailbox.take()) == (1, [])


async def test_a_label_that_is_put_on_later_opens_what_was_ignored(walk: Walk) -> None:
    now = walk.clock.now()
    issue = Message("github", "It does not compile", "joe", now, title="Compiler", calls=False, key="issue/1")
    labelled = Message(
        "github", issue.text, "joe", now, title="Compiler", labels=("Incident",), calls=False, key="issue/1"
    )

    first = await hear(walk.house, issue)
    second = await hear(walk.house, labelled)

    assert (first.state, second.state, second.ref) == ("ignored", "opened", "INC-1")


async def test_a_handbook_without_rules_lets_everything_open_an_incident(walk: Walk) -> None:
    walk.house.handbook = replace(walk.house.handbook, intake=(), inbox_within=None)

    heard = await said(walk)

    assert heard.state == "opened"


async def test_a_message_opened_as_private_is_shown_to_its_members_only(walk: Walk, mailbox: Mailbox) -> None:
    await said(walk, "@acme your tokens are on pastebin")
    mailbox.take()

    await inbox.open_message(walk.house, ALICE, 1, kind="security")
    await walk.engine.run_due()

    assert len((await inbox.inbox(walk.house, "alice")).lately) == 1
    assert (await inbox.inbox(walk.house, "carol")).lately == []
    assert [one.text for one in mailbox.take("inbox.settle")] == ["opened: "], (
        "the words are gone from the channel"
    )


async def test_two_who_look_at_once_do_not_open_it_twice(walk: Walk) -> None:
    await said(walk)
    await inbox.open_message(walk.house, BOB, 1)

    with pytest.raises(Conflict, match="Message 1 became part of an incident already"):
        await inbox.open_message(walk.house, ALICE, 1)
    with pytest.raises(Conflict, match="dismiss that instead"):
        await inbox.put_aside(walk.house, ALICE, 1)

    assert len(await all_incidents(walk.house)) == 1


async def test_only_a_person_puts_a_message_aside(walk: Walk) -> None:
    await said(walk)

    with pytest.raises(Forbidden, match="Only a person can put a message aside"):
        await inbox.put_aside(walk.house, Actor("", "api", "a key"), 1)


async def test_a_message_that_there_is_not_is_named(walk: Walk) -> None:
    with pytest.raises(NotFound, match="There is no message 7 in the inbox"):
        await inbox.open_message(walk.house, BOB, 7)
