"""Mentions on X become reports, against the X of the town over real HTTP and a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tocsin.acts import cursors, inbox, incidents, looks
from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, change
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.intake import Message
from tocsin.core.work import Later
from tocsin.integrations.http import Failed
from tocsin.integrations.x import XLink
from tocsin.integrations.x.client import Mention, Post, Reference, User, XClient
from tocsin.integrations.x.door import CURSOR, LEASE, XDoor
from tocsin.town import Town
from tocsin.town.x import Post as Posted

MINUTE = timedelta(minutes=1)


@pytest.fixture
def door(link: XLink) -> XDoor:
    return link.door


async def all_incidents(house: House) -> list[Incident]:
    """Oldest first."""
    return [
        (await looks.case(house, row.ref, TOCSIN)).incident for row in await looks.incidents(house, TOCSIN)
    ][::-1]


async def the_incident(house: House) -> Incident:
    [incident] = await all_incidents(house)
    return incident


async def with_one_report(house: House, door: XDoor, town: Town) -> Posted:
    """Jane's post, which has opened the one incident that there is."""
    post = town.x.post("@jane", "@acme sign-in is broken")
    await door.look(house)
    return post


async def resolve(house: House) -> None:
    alice = Actor("alice", "web")
    await incidents.own(house, alice, "INC-1")
    await incidents.resolve(house, alice, "INC-1", "rolled back", "sign-in works")


async def test_a_mention_opens_an_incident_with_a_way_back_to_its_author(
    house: House, door: XDoor, town: Town
) -> None:
    post = town.x.post("@jane", "@acme sign-in is broken &amp; slow, see https://jane.example")

    await door.look(house)

    incident = await the_incident(house)
    [report] = incident.reports
    assert incident.title == "sign-in is broken & slow, see https://jane.example"
    assert (report.source, report.answer_via, report.address) == ("x", "x", post.id)
    assert (report.reporter, report.outside, report.url) == ("@jane", True, post.url)
    assert (incident.facts[0].by, incident.facts[0].door) == ("@jane", "x")


async def test_mentions_are_taken_in_the_order_in_which_they_were_written(
    house: House, door: XDoor, town: Town
) -> None:
    for name in ("jane", "john", "joan"):
        town.x.post(f"@{name}", f"@acme it is broken, says {name}")

    await door.look(house)

    assert [i.reports[0].reporter for i in await all_incidents(house)] == ["@jane", "@john", "@joan"]


async def test_a_storm_of_mentions_is_taken_through_all_its_pages(
    house: House, door: XDoor, town: Town
) -> None:
    for n in range(103):
        town.x.post(f"@jane{n}", "@acme it is broken")

    await door.look(house)

    [one] = await looks.incidents(house, TOCSIN, limit=200)
    assert len((await looks.case(house, one.ref, TOCSIN)).incident.reports) == 103
    pages = [request for request in town.requests if request.path.endswith("/mentions")]
    assert ["pagination_token" in page.query for page in pages] == [False, True]


async def test_the_next_look_asks_only_for_what_is_newer(house: House, door: XDoor, town: Town) -> None:
    post = await with_one_report(house, door, town)

    await door.look(house)

    assert f"since_id={post.id}" in town.requests[-1].query
    assert len(await all_incidents(house)) == 1


async def test_the_very_first_look_leaves_what_is_older_than_ten_minutes(
    house: House, door: XDoor, town: Town, clock: HandClock
) -> None:
    town.x.post("@jane", "@acme was broken yesterday")
    clock.advance(11 * MINUTE)
    recent = town.x.post("@john", "@acme is broken now")
    clock.advance(9 * MINUTE)

    await door.look(house)

    assert (await the_incident(house)).reports[0].address == recent.id


async def test_what_was_written_while_nobody_looked_is_taken_later(
    house: House, door: XDoor, town: Town, clock: HandClock
) -> None:
    await door.look(house)
    clock.advance(MINUTE)
    town.x.post("@jane", "@acme sign-in is broken")
    clock.advance(timedelta(hours=3))

    await door.look(house)

    assert (await the_incident(house)).reports[0].reporter == "@jane"


class Told(XClient):
    """An X that shows what the town's never would: our own posts among the mentions, and reposts."""

    def __init__(self, *posts: Post) -> None:
        self._posts = posts

    async def me(self, now: datetime) -> User:
        return User("1", "acme")

    async def mentions(self, since_id: str, now: datetime) -> list[Mention]:
        return [Mention(post, "jane") for post in self._posts]


REPOST = Post("11", "RT @john: @acme is down", "2", referenced_tweets=(Reference("retweeted", "9"),))
QUOTE = Post("12", "@acme look, it is down", "2", referenced_tweets=(Reference("quoted", "9"),))


async def test_our_own_posts_and_mere_reposts_are_no_reports(house: House) -> None:
    door = XDoor(Told(Post("10", "We are @acme", "1"), REPOST), "https://x.example", MINUTE)

    await door.look(house)

    assert await all_incidents(house) == []


async def test_a_quotation_with_words_of_its_own_is_a_report(house: House) -> None:
    door = XDoor(Told(QUOTE), "https://x.example", MINUTE)

    await door.look(house)

    assert (await the_incident(house)).reports[0].text == "@acme look, it is down"


async def test_a_mention_that_says_nothing_of_the_kind_waits_in_the_inbox(
    house: House, door: XDoor, town: Town
) -> None:
    post = town.x.post("@jane", "@acme what a lovely logo")

    await door.look(house)

    assert await all_incidents(house) == []
    [waiting] = (await inbox.inbox(house, "bob")).waiting
    assert (waiting.sender, waiting.address, waiting.url) == ("@jane", post.id, post.url)


async def test_thanks_from_the_reporter_become_a_note_and_no_report(
    house: House, door: XDoor, town: Town
) -> None:
    post = await with_one_report(house, door, town)
    answer = town.x.post("@acme", "@jane we are on it", reply_to=post.id)
    thanks = town.x.post("@jane", "@acme thanks!", reply_to=answer.id)

    await door.look(house)

    incident = await the_incident(house)
    assert len(incident.reports) == 1
    assert incident.facts[-1].what == f.NoteAdded("@acme thanks!", thanks.url)
    assert incident.facts[-1].by == "@jane"


async def test_a_note_is_taken_only_once_though_the_look_is_repeated(
    house: House, door: XDoor, town: Town
) -> None:
    post = await with_one_report(house, door, town)
    cursor = await cursors.take(house, CURSOR, LEASE)
    assert cursor is not None
    await cursors.leave(house, cursor, post.id)
    town.x.post("@jane", "@acme on all my machines", reply_to=post.id)

    await door.look(house)
    again = await cursors.take(house, CURSOR, LEASE)
    assert again is not None
    await cursors.leave(house, again, post.id)
    await door.look(house)

    notes = [fact for fact in (await the_incident(house)).facts if isinstance(fact.what, f.NoteAdded)]
    assert len(notes) == 1


async def test_a_joined_report_that_is_read_again_stays_one_report(
    house: House, door: XDoor, town: Town
) -> None:
    post = await with_one_report(house, door, town)
    town.x.post("@john", "@acme same here", reply_to=post.id)
    await door.look(house)
    before = await the_incident(house)
    cursor = await cursors.take(house, CURSOR, LEASE)
    assert cursor is not None
    await cursors.leave(house, cursor, post.id)

    await door.look(house)

    assert (await the_incident(house)).facts == before.facts


async def test_somebody_else_in_the_conversation_joins_as_a_further_report(
    house: House, door: XDoor, town: Town
) -> None:
    post = await with_one_report(house, door, town)
    other = town.x.post("@john", "@acme same here", reply_to=post.id)

    await door.look(house)

    incident = await the_incident(house)
    assert [report.reporter for report in incident.reports] == ["@jane", "@john"]
    assert (incident.reports[1].joined, incident.reports[1].address) == (True, other.id)


async def test_an_answer_to_our_answer_belongs_to_the_incident_even_deep_within_others_talk(
    house: House, door: XDoor, town: Town
) -> None:
    """Jane's report is itself an answer to a stranger, so that the conversation is neither hers nor ours."""
    stranger = town.x.post("@stranger", "Is it just me?")
    report = town.x.post("@jane", "@acme sign-in is broken", reply_to=stranger.id)
    await door.look(house)
    answer = town.x.post("@acme", "@jane we are on it", reply_to=report.id)
    town.x.post("@john", "@acme for me too", reply_to=answer.id)

    await door.look(house)

    incident = await the_incident(house)
    assert [report.reporter for report in incident.reports] == ["@jane", "@john"]


async def test_an_answer_under_our_public_post_joins_its_incident(
    house: House, door: XDoor, town: Town
) -> None:
    await with_one_report(house, door, town)
    post = town.x.post("@acme", "Sign-in is broken; we are on it")
    await published(house, post)
    town.x.post("@joan", "@acme is search broken as well?", reply_to=post.id)

    await door.look(house)

    assert [report.reporter for report in (await the_incident(house)).reports] == ["@jane", "@joan"]


async def published(house: House, post: Posted) -> None:
    await change(house, "INC-1", ENGINE, lambda case: [f.PostPublished(post.id, post.url)])


async def test_after_the_end_a_word_in_the_same_conversation_opens_a_new_incident(
    house: House, door: XDoor, town: Town
) -> None:
    """It may say that it is still broken: assume the worst."""
    post = await with_one_report(house, door, town)
    await resolve(house)
    town.x.post("@jane", "@acme still broken!", reply_to=post.id)

    await door.look(house)

    assert [i.title for i in await all_incidents(house)] == ["sign-in is broken", "still broken!"]


async def test_thanks_after_the_end_are_a_note_and_page_nobody(house: House, door: XDoor, town: Town) -> None:
    post = await with_one_report(house, door, town)
    await resolve(house)
    town.x.post("@jane", "@acme works again, thanks!", reply_to=post.id)

    await door.look(house)
    await door.look(house)

    (incident,) = await all_incidents(house)
    notes = [fact.what.text for fact in incident.facts if isinstance(fact.what, f.NoteAdded)]
    assert notes == ["@acme works again, thanks!"]


async def test_of_two_nodes_only_one_looks(house: House, door: XDoor, town: Town) -> None:
    await cursors.take(house, CURSOR, LEASE)
    town.x.post("@jane", "@acme sign-in is broken")

    await door.look(house)

    assert not town.requests
    assert await all_incidents(house) == []


async def test_a_node_that_died_while_looking_holds_up_the_others_for_two_minutes_only(
    house: House, door: XDoor, town: Town, clock: HandClock
) -> None:
    await cursors.take(house, CURSOR, LEASE)
    town.x.post("@jane", "@acme sign-in is broken")
    clock.advance(LEASE + timedelta(seconds=1))

    await door.look(house)

    assert len(await all_incidents(house)) == 1


async def test_a_look_that_x_cuts_short_loses_nothing(house: House, door: XDoor, town: Town) -> None:
    town.x.post("@jane", "@acme sign-in is broken")
    town.faults.add("x", "*/mentions", "503")

    with pytest.raises(Failed) as failed:
        await door.look(house)
    await door.look(house)

    assert failed.value.outcome == Later("X has trouble of its own (503): Service Unavailable")
    assert len(await all_incidents(house)) == 1


async def test_a_mention_that_can_not_be_stored_is_read_again_and_holds_up_no_other(
    house: House, door: XDoor, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The act itself is replaced, since no mention is known that would make it fail."""
    town.x.post("@jane", "@acme sign-in is broken")
    town.x.post("@john", "@acme search is broken")
    failing = ["@jane"]

    async def hear(house: House, message: Message, *, joins: str = "") -> object:
        if message.sender in failing:
            raise RuntimeError("the disk is full")
        return await inbox.hear(house, message, joins=joins)

    monkeypatch.setattr("tocsin.integrations.x.door.hear", hear)
    await door.look(house)
    reporters = [i.reports[0].reporter for i in await all_incidents(house)]
    failing.clear()
    await door.look(house)

    assert reporters == ["@john"]
    assert [i.reports[0].reporter for i in await all_incidents(house)] == ["@john", "@jane"]


async def test_a_mention_whose_author_x_does_not_name_is_taken_all_the_same(
    house: House, door: XDoor, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The town always names them; X leaves suspended accounts out of its expansions."""
    post = town.x.post("@jane", "@acme sign-in is broken")
    monkeypatch.setattr(town.x._api, "_includes", lambda request, page: {})

    await door.look(house)

    [report] = (await the_incident(house)).reports
    assert report.reporter == f"user {post.author_id}"
    assert report.url == f"{town.url}/x/i/status/{post.id}"


async def test_the_watch_looks_again_after_a_failure_until_it_is_cancelled(
    house: House, door: XDoor, town: Town, clock: HandClock
) -> None:
    town.x.post("@jane", "@acme sign-in is broken")
    town.faults.add("x", "*/mentions", "500")
    declared = asyncio.Event()
    house.wake = declared.set
    watching = asyncio.create_task(door.watch(house))
    await until(lambda: any(request.path.endswith("/mentions") for request in town.requests))

    clock.advance(timedelta(seconds=15))
    await asyncio.wait_for(declared.wait(), 5)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert watching.cancelled()
    assert (await the_incident(house)).reports[0].reporter == "@jane"


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not so():
            await asyncio.sleep(0.005)
