"""Walks: a customer's own instance. The customer is the one to answer, steps are recorded, and no word of it is public."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from walk_steps import ALICE, CAROL, LOG, Walk, letter

from tocsin.acts import incidents, looks
from tocsin.acts.incidents import NewReport
from tocsin.core.case import Actor
from tocsin.core.incident import Incident
from tocsin.core.work import PUBLIC, Refused
from tocsin.errors import Forbidden, Invalid, NotFound

JOE: Final = Actor("", "email", "Joe")
KIND: Final = "customer-instance"
CUSTOMER: Final = {"Customer": "Initech", "Version": "3.36.1", "Who talks to them": "Carol"}
CONFIRMED: Final = {"Who": "Joe at Initech", "What they said": "search works again"}


async def theirs(walk: Walk, report: NewReport | None = None) -> Walk:
    """Joe wrote that search is down at Initech; Alice owns it."""
    declared = await incidents.declare(walk.house, JOE, report or letter(), kind=KIND)
    walk.ref = declared.ref
    await incidents.own(walk.house, ALICE, walk.ref)
    await walk.engine.run_due()
    return walk


async def step(walk: Walk, id: str, values: dict[str, str], actor: Actor = ALICE) -> Incident:
    return await incidents.take_step(walk.house, actor, walk.ref, id, values)


async def test_the_customer_is_answered_and_told_the_end_by_e_mail(walk: Walk) -> None:
    await theirs(walk)
    [answer] = walk.mailbox.take("answer")
    await incidents.answer_rollback(walk.house, ALICE, walk.ref, True, "to 3.35")

    await incidents.resolve(walk.house, ALICE, walk.ref, "db7", "graphs", public="search works with 3.35.")
    await walk.engine.run_due()

    [told] = walk.mailbox.take("tell")
    assert (answer.via, told.via) == ("email", "email")
    assert "We are looking into it right now" in answer.text
    assert "Search works with 3.35." in told.text
    assert "db7" not in told.text
    assert (await walk.duty("tell-reporter-R1")).state == "met"


async def test_a_customer_who_can_not_be_answered_is_chased_for(walk: Walk) -> None:
    walk.mailbox.answers["answer"] = [Refused("no such mailbox")]
    await theirs(walk)

    await walk.wait(5)

    assert "alice" in walk.mailbox.people("remind")
    await incidents.done_by_hand(walk.house, ALICE, walk.ref, "acknowledge-reporter-R1", "called Joe at 9:05")
    assert (await walk.duty("acknowledge-reporter-R1")).evidence == "called Joe at 9:05"


async def test_within_a_quarter_of_an_hour_it_is_said_which_customer_and_who_talks_to_them(
    walk: Walk,
) -> None:
    await theirs(walk)
    owed = await walk.duty("name-customer")
    assert (owed.owes, owed.due_at - owed.arises_at) == (("alice",), timedelta(minutes=15))

    incident = await step(walk, "customer", CUSTOMER)

    assert dict(incident.steps[-1].values) == CUSTOMER
    assert (await walk.duty("name-customer")).state == "met"


async def test_who_does_not_say_it_is_reminded_and_then_the_thread_is_told(walk: Walk) -> None:
    await theirs(walk)

    for minutes in (15, 5):
        await walk.wait(minutes)

    assert await walk.chases("name-customer") == [(15, "remind", ("alice",)), (20, "thread", ())]
    await step(walk, "customer", CUSTOMER)
    assert (await walk.duty("name-customer")).state == "late"


async def test_half_of_it_is_not_enough(walk: Walk) -> None:
    await theirs(walk)

    with pytest.raises(Invalid, match="Version is missing"):
        await step(walk, "customer", {"Customer": "Initech", "Who talks to them": "Carol"})

    assert (await walk.duty("name-customer")).state == "owed"


async def test_a_down_migration_and_a_licence_key_are_recorded_with_all_that_was_asked(walk: Walk) -> None:
    await theirs(walk)
    down = {"From version": "3.36", "To version": "3.35", "How it was rehearsed": "on a copy", "Result": "ok"}
    await step(walk, "down-migration", down)

    incident = await step(walk, "license-key", {"Customer": "Initech", "Valid for": "7 days"}, CAROL)

    assert [one.step for one in incident.steps] == ["down-migration", "license-key"]
    assert dict(incident.steps[0].values) == down
    key = incident.facts[-1]
    assert (key.kind, key.by) == ("step_taken", "carol"), "anyone may hand out a key"
    await walk.engine.run_due()
    assert "7 days" in walk.mailbox.take("thread.say")[-1].text


async def test_steps_of_other_kinds_are_refused_naming_its_own(walk: Walk) -> None:
    await theirs(walk)

    with pytest.raises(NotFound, match="it has: customer, down-migration, license-key, customer-confirmed"):
        await step(walk, "legal", {"Who": "Grace", "When they were told": "now"})


async def test_there_are_no_public_words_by_default_however_long_it_lasts(walk: Walk) -> None:
    await theirs(walk)

    await walk.wait(24 * 60)

    assert "public-issue" not in await walk.duties()
    with pytest.raises(Forbidden, match="no public words about those"):
        await incidents.approve_public_words(walk.house, ALICE, walk.ref)
    assert PUBLIC.isdisjoint(one.does for one in walk.mailbox.sent)


async def test_everybody_here_can_read_it(walk: Walk) -> None:
    await theirs(walk)

    assert not (await looks.case(walk.house, walk.ref, "carol")).incident.private


async def test_whether_it_was_rolled_back_is_asked_here_too(walk: Walk) -> None:
    await theirs(walk)

    assert (await walk.duty("rolled-back")).state == "owed"


async def test_it_is_over_when_the_customer_says_so(walk: Walk) -> None:
    await theirs(walk)
    await step(walk, "customer", CUSTOMER)
    await incidents.resolve(walk.house, ALICE, walk.ref, "to 3.35", "searched there", rolled_back=True)
    await walk.engine.run_due()
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)
    assert (await walk.learned()).status == "resolved"

    closed = await step(walk, "customer-confirmed", CONFIRMED)

    assert closed.status == "closed"
    assert (await walk.duty("customer-confirmed")).state == "met"


async def test_whoever_does_not_ask_the_customer_in_a_day_is_reminded(walk: Walk) -> None:
    await theirs(walk)
    await walk.resolved()

    await walk.wait(24 * 60)

    assert ("remind", ("alice",)) in [chase[1:] for chase in await walk.chases("customer-confirmed")]


async def test_one_that_comes_from_a_service_incident_owes_the_customers_name_from_then_on(
    walk: Walk,
) -> None:
    await walk.begin(letter())
    await walk.owned()
    await walk.wait(60)

    await incidents.change_kind(walk.house, ALICE, walk.ref, KIND, "only Initech's own is down")

    owed = await walk.duty("name-customer")
    assert (owed.state, owed.due_at - owed.arises_at) == ("owed", timedelta(minutes=15))
    assert owed.arises_at == walk.clock.now(), "nobody is late with what was not owed"
