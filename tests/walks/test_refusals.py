"""Walks: refusals that no other walk meets, each in its own words, and nothing is changed by them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from walk_steps import ALICE, BOB, CAROL, LOG, Walk

from tocsin.acts import asking, handbooks, incidents, learning, looks, people
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound


async def owned(walk: Walk) -> Walk:
    await walk.begin()
    await walk.steered()
    return walk


async def test_what_can_not_be_asked_of_somebody(walk: Walk) -> None:
    await owned(walk)
    house, ref = walk.house, walk.ref
    await asking.delegate(house, ALICE, ref, "bob", "look at it")
    await asking.hand_over(house, ALICE, ref, "bob")
    before = await walk.kinds()

    with pytest.raises(Invalid, match="That is you: a task goes to somebody else"):
        await asking.delegate(house, ALICE, ref, "alice", "look at it")
    with pytest.raises(Conflict, match="T1 asks Bob for just that"):
        await asking.delegate(house, ALICE, ref, "@bob", "look at it")
    with pytest.raises(Forbidden, match="Only bob, who was asked, can answer for T1"):
        await asking.accept_task(house, CAROL, ref, "T1")
    with pytest.raises(Forbidden, match="Only bob, who was asked, can decline the handover"):
        await asking.decline_handover(house, CAROL, ref)
    with pytest.raises(Conflict, match="You do not own INC-1"):
        await asking.release(house, BOB, ref)
    await asking.decline_task(house, BOB, ref, "T1")
    with pytest.raises(Conflict, match="T1 is declined already"):
        await asking.decline_task(house, BOB, ref, "T1")

    assert await walk.kinds() == [*before, "task_declined"]


async def test_what_no_incident_can_bear(walk: Walk) -> None:
    await owned(walk)

    with pytest.raises(Invalid, match="tags is missing: name at least one"):
        await incidents.add_tags(walk.house, ALICE, walk.ref, ["#", " "])
    with pytest.raises(Invalid, match="INC-1 would bear more than"):
        await incidents.add_tags(walk.house, ALICE, walk.ref, [f"t{n}" for n in range(1000)])
    with pytest.raises(Conflict, match=r"^INC-1 is open$"):
        await incidents.reopen(walk.house, ALICE, walk.ref, "it is broken again")
    with pytest.raises(Conflict, match="INC-1 is still open: the ops log is written when it is resolved"):
        await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)

    assert (await walk.incident()).tags == ()


async def test_a_duty_that_keeps_public_words_true_is_not_waived(walk: Walk) -> None:
    await walk.begin()
    await walk.public()
    await incidents.resolve(walk.house, ALICE, walk.ref, "renewed it", "signed in myself")
    owed = [one for one in (await walk.duties()).values() if not one.rule.waivable and one.state == "owed"]
    assert "close-issue" in [one.id for one in owed]

    for duty in owed:
        with pytest.raises(Forbidden, match="can't be waived: "):
            await incidents.waive(walk.house, ALICE, walk.ref, duty.id, "no time")


async def test_a_retrospective_that_no_calendar_holds(walk: Walk) -> None:
    await owned(walk)
    await walk.resolved()
    house, ref, at = walk.house, walk.ref, walk.clock.now() + timedelta(days=1)

    with pytest.raises(Invalid, match="starts_at has no offset"):
        await learning.plan_retrospective(house, ALICE, ref, datetime(2026, 3, 5, 15, 0))  # noqa: DTZ001
    for minutes in (0, 100_000):
        with pytest.raises(Invalid, match="a retrospective takes"):
            await learning.plan_retrospective(house, ALICE, ref, at, minutes)
    with pytest.raises(Invalid, match="'luck' is no heading; there are"):
        await learning.give_feedback(house, ALICE, ref, "luck", "we had some")

    assert "retrospective_planned" not in await walk.kinds()


async def test_people_who_can_not_be(walk: Walk) -> None:
    await people.save_person(walk.house, "dora", name="Dora", github="dora-at-acme")

    for handle in ("", "two words", "-"):
        with pytest.raises(Invalid, match="is no handle: write small letters"):
            await people.save_person(walk.house, handle, name="Nobody")
    with pytest.raises(Invalid, match="are no hours: write them as Mon-Fri"):
        await people.save_person(walk.house, "erin", zone="UTC", hours="always")
    with pytest.raises(Invalid, match="is dora's login at GitHub already"):
        await people.save_person(walk.house, "erin", github="Dora-at-Acme")


async def test_a_handbook_of_no_text_and_a_status_page_of_no_report(walk: Walk) -> None:
    with pytest.raises(Invalid, match="The handbook holds signs that no text has"):
        handbooks.read('title = "\udcff"')
    with pytest.raises(NotFound, match="This status page does not exist"):
        await looks.report_of_token(walk.house, "nobodys")
