"""Walks: resolved with evidence or dismissed as verified, everybody told, logged, and opened again where it was not over."""

from __future__ import annotations

import pytest
from walk_steps import ALICE, BOB, JANE, LOG, Walk, letter

from tocsin.acts import incidents, looks
from tocsin.core.work import Refused
from tocsin.errors import Conflict, Invalid


async def test_resolved_needs_evidence_that_the_service_is_well_again(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()

    with pytest.raises(Invalid, match="evidence is missing: say how you know"):
        await incidents.resolve(walk.house, ALICE, walk.ref, "renewed it", "")

    assert (await walk.incident()).status == "open"


async def test_every_reporter_is_told_how_it_ended_in_the_owners_public_words(walk: Walk) -> None:
    await walk.begin()
    await incidents.declare(walk.house, JANE, letter(), joins=walk.ref)
    await walk.owned()

    await incidents.resolve(walk.house, ALICE, walk.ref, "restarted db7", "graphs", public="Sign-in works.")
    await walk.engine.run_due()

    told = walk.mailbox.take("tell")
    assert sorted((one.via, one.to) for one in told) == [("email", "R2"), ("x", "R1")]
    assert ["Sign-in works." in one.text and "db7" not in one.text for one in told] == [True, True]


async def test_a_reporter_who_can_not_be_told_is_chased_until_somebody_says_how_they_were(walk: Walk) -> None:
    walk.mailbox.answers["tell"] = [Refused("they blocked us")]
    await walk.begin()
    await walk.steered()
    await walk.resolved()
    walk.mailbox.take()

    await walk.wait(15)
    await incidents.done_by_hand(walk.house, ALICE, walk.ref, "tell-reporter-R1", "called them at 9:20")

    assert walk.mailbox.people("remind") == ["alice"]
    assert (await walk.duty("tell-reporter-R1")).evidence == "called them at 9:20"


async def test_it_closes_by_itself_once_it_is_logged(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await walk.resolved()
    with pytest.raises(Conflict, match="can't close yet: Document the incident in the ops log"):
        await incidents.close(walk.house, ALICE, walk.ref)

    await walk.learned()

    closed = await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG, links=("https://graphs/1",))

    assert closed.status == "closed"
    entry = (await looks.ops_log(walk.house, "alice"))[0]
    assert (entry.ref, entry.owner, entry.impact, entry.links) == (
        walk.ref, "alice", "nobody could sign in", ("https://graphs/1",),
    )  # fmt: skip
    assert (entry.started_at, entry.ended_at) == (closed.started_at, closed.ended_at)


async def test_what_was_not_rolled_back_still_has_to_be_answered_before_it_closes(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()
    await incidents.state_next_steps(walk.house, ALICE, walk.ref, "look")
    await walk.resolved()
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)

    with pytest.raises(Conflict, match="rolled-back"):
        await incidents.close(walk.house, ALICE, walk.ref)


async def test_the_rollback_can_be_answered_along_with_resolving(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()

    await incidents.resolve(walk.house, ALICE, walk.ref, "back to v41", "green", rolled_back=True)

    assert (await walk.duty("rolled-back")).state == "met"


async def test_a_false_alarm_is_verified_its_reporter_thanked_and_nothing_logged(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()

    await incidents.dismiss(
        walk.house, ALICE, walk.ref, "her own firewall", "Signing in works from three places."
    )
    await walk.engine.run_due()

    told = walk.mailbox.take("tell")
    assert "works as it should" in told[0].text
    assert (await walk.incident()).status == "closed"
    assert "ops-log" not in await walk.duties()
    assert await looks.ops_log(walk.house, "alice") == []
    with pytest.raises(Conflict, match="false alarms get no entry"):
        await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)


async def test_after_the_end_nobody_is_paged_or_asked_for_an_update(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await walk.resolved()
    walk.mailbox.take()

    await walk.wait(120)

    assert walk.mailbox.people() == []
    assert (await walk.duty("update-1")).state == "met"


async def test_opened_again_who_is_on_call_is_paged_anew_and_has_to_own_it(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await walk.resolved()
    walk.mailbox.take()

    await incidents.reopen(walk.house, BOB, walk.ref, "sign-in fails again")
    await walk.engine.run_due()

    assert walk.mailbox.people() == ["bob"]
    incident = await walk.incident()
    assert (incident.status, incident.owner) == ("open", "")
    assert (await walk.duty("own-2")).state == "owed"
    await walk.wait(10)
    assert walk.mailbox.people() == ["alice", "bob"]


async def test_opened_again_and_resolved_again_the_reporter_is_told_again(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await walk.resolved()
    await incidents.reopen(walk.house, BOB, walk.ref, "sign-in fails again")
    await walk.owned()

    await incidents.resolve(walk.house, ALICE, walk.ref, "for good", "green", rolled_back=True)
    await walk.engine.run_due()

    assert [one.to for one in walk.mailbox.take("tell")] == ["R1", "R1"]
    assert (await walk.duty("rolled-back-2")).state == "met"
    assert (await walk.duty("tell-reporter-R1-2")).state == "met"


async def test_what_is_over_is_not_acted_upon_until_it_is_opened_again(walk: Walk) -> None:
    await walk.begin()
    await walk.resolved()

    with pytest.raises(Conflict, match="INC-1 was resolved at 09:00 UTC; reopen it first"):
        await incidents.post_update(walk.house, ALICE, walk.ref, "hm")
    with pytest.raises(Conflict, match="INC-1 is over: its reports stay where they are"):
        await incidents.split(walk.house, ALICE, walk.ref, "R1")


async def test_what_happens_at_once_is_said_in_one_message_and_what_concerns_everyone_apart(
    walk: Walk,
) -> None:
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()
    walk.mailbox.take()

    await walk.resolved()
    await walk.engine.run_due()

    said = [one.text for one in walk.mailbox.take("thread.say")]
    [loud] = [text for text in said if "*Resolved*" in text]
    assert "\n\n" not in loud, "what concerns everyone stands alone"
    assert len(said) <= 3, "and not one for each duty that arises"
