"""Walks: a procedure is planned, and approved by whom the handbook names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from procedure_steps import Theatre
from walk_steps import ALICE, BOB, CAROL

from tocsin.acts.procedures import deeds
from tocsin.core.case import Actor
from tocsin.core.deploys.judging import judging, judging_lane
from tocsin.core.handbook import Approval
from tocsin.core.procedures.hands import Seen
from tocsin.core.procedures.plan import Asked
from tocsin.core.work import Later
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from tocsin.store import incidents as incident_rows
from tocsin.store import works as work_rows

# --- planned ----------------------------------------------------------------------------------------------------------------


async def test_a_plan_shows_what_would_be_done_and_does_nothing(theatre: Theatre) -> None:
    run = await theatre.planned(to="0f0f0f0")

    assert run.plan
    assert run.state == "planned"
    assert [step.title for step in run.plan.steps[1:]] == [
        "Freeze site at 1a2b3c4",
        "Restore site at 1a2b3c4",
        "Watch site at 1a2b3c4",
    ]
    assert (run.plan.verdict, run.plan.seen["deploy"]["head"]) == ("safe", "1a2b3c4")
    assert run.inputs == {"to": "0f0f0f0"}
    assert theatre.hand.world.effects == []
    assert "*P1 Roll back site* is planned: safe." in theatre.walk.mailbox.take("thread.say")[0].text


async def test_what_stands_in_the_way_refuses_the_plan_and_nobody_can_approve_it(theatre: Theatre) -> None:
    theatre.hand.seen = [Seen({}, ("0f0f0f0 is no ancestor of release",))]

    run = await theatre.planned()

    assert run.plan
    assert (run.plan.verdict, run.plan.refusals) == ("refused", ("0f0f0f0 is no ancestor of release",))
    with pytest.raises(Conflict, match="P1 may not be carried out: 0f0f0f0 is no ancestor of release"):
        await deeds.approve(theatre.walk.house, ALICE, theatre.walk.ref, "P1")


async def test_a_look_that_can_t_be_had_is_tried_again_and_then_the_plan_says_so(theatre: Theatre) -> None:
    theatre.hand.seen = [Later("GitHub is down")]
    await theatre.planned()
    assert (await theatre.run()).state == "asked"

    await theatre.walk.wait(1)
    assert (await theatre.run()).state == "planned"

    theatre.hand.seen = [Later("GitHub is down")] * 4
    await theatre.planned()
    for _ in range(4):
        await theatre.walk.wait(1)
    second = await theatre.run("P2")
    assert second.plan
    assert second.plan.refusals == ("it can't be looked at now: GitHub is down",)


async def test_a_roll_back_waits_for_the_verdict_that_is_being_made(theatre: Theatre) -> None:
    """Who asks in the first seconds would be told that nothing is known to go back to."""
    house, ref = theatre.walk.house, theatre.walk.ref
    async with house.pool.acquire() as conn:
        head = await incident_rows.find(conn, ref)
        assert head
        slow = replace(judging(ref, "opened"), not_before=house.clock.now() + timedelta(hours=1))
        await work_rows.plan(conn, head.id, [slow], house.clock.now())
    waiting = (await theatre.planned()).state
    async with house.pool.acquire() as conn:
        id = await conn.fetchval("SELECT id FROM works WHERE lane = $1", judging_lane(ref))
        await work_rows.call_off(conn, id, "judged", house.clock.now())
    await theatre.walk.wait(1)

    assert waiting == "asked"
    assert (await theatre.run()).state == "planned"


async def test_a_hand_that_is_not_configured_refuses_the_plan(theatre: Theatre) -> None:
    theatre.walk.house.hands = {}

    run = await theatre.planned()

    assert run.plan
    assert run.plan.refusals == ("nothing here can look at fake.deploy: fake is not configured",)


async def test_a_plan_of_no_steps_is_refused(theatre: Theatre) -> None:
    theatre.procedure.steps = ()

    run = await theatre.planned()

    assert run.plan
    assert run.plan.refusals == ("there is nothing to do",)


async def test_planning_again_withdraws_what_had_not_begun(theatre: Theatre) -> None:
    await theatre.planned()

    await theatre.planned()

    assert [(run.id, run.state) for run in (await theatre.walk.incident()).runs] == [
        ("P1", "withdrawn"),
        ("P2", "planned"),
    ]


@pytest.mark.parametrize(
    ("procedure", "target", "reason", "inputs", "error", "words"),
    [
        ("repair", "site", "x", {}, NotFound, "repair is no procedure; there are: roll-back"),
        ("roll-back", "shop", "x", {}, NotFound, "shop is no target of roll-back; known are: site, search"),
        ("roll-back", "site", " ", {}, Invalid, "reason is missing: say why"),
        ("roll-back", "site", "x", {"at": "1"}, Invalid, "roll-back asks for to; not for at"),
        ("roll-back", "site", "x", {"to": "1" * 2001}, Invalid, "to has 2,001 characters"),
    ],
)
async def test_what_can_t_be_planned_is_refused_by_name(
    theatre: Theatre, procedure: str, target: str, reason: str, inputs: dict[str, str], error: type[Exception], words: str
) -> None:  # fmt: skip
    with pytest.raises(error, match=words):
        await deeds.plan(
            theatre.walk.house, ALICE, theatre.walk.ref, procedure, target, reason=reason, inputs=inputs
        )


async def test_an_input_that_must_be_given_is_asked_for(theatre: Theatre) -> None:
    theatre.procedure.fields = (Asked("commit", "Which commit", must=True),)

    with pytest.raises(Invalid, match="commit is missing: roll-back needs it: which commit"):
        await theatre.planned()


async def test_nobody_but_a_person_plans_and_nothing_is_planned_after_the_end(theatre: Theatre) -> None:
    walk = theatre.walk
    with pytest.raises(Forbidden, match="Only a person can have a procedure planned"):
        await deeds.plan(walk.house, Actor("", "api", "robot"), walk.ref, "roll-back", "site", reason="x")
    await walk.resolved()

    with pytest.raises(Conflict, match="was resolved"):
        await theatre.planned()

    theatre.procedure.after_end = True
    assert (await theatre.planned()).state == "planned"


# --- approved ---------------------------------------------------------------------------------------------------------------


async def test_only_whom_the_handbook_names_approves(theatre: Theatre) -> None:
    await theatre.planned()

    with pytest.raises(
        Forbidden, match="By the handbook owner or on-call or team:ops_team approves roll-back"
    ):
        await deeds.approve(theatre.walk.house, CAROL, theatre.walk.ref, "P1")
    with pytest.raises(
        Conflict, match="P1 is not approved yet: 1 of owner or on-call or team:ops_team still has"
    ):
        await deeds.start(theatre.walk.house, CAROL, theatre.walk.ref, "P1")


async def test_two_persons_say_yes_where_the_handbook_says_two(theatre: Theatre) -> None:
    theatre.procedure.id = "repair-schema"
    theatre.walk.house.procedures = {"repair-schema": theatre.procedure}
    house, ref = theatre.walk.house, theatre.walk.ref
    await deeds.plan(house, ALICE, ref, "repair-schema", "site", reason="dirty")
    await theatre.walk.engine.run_due()

    await deeds.approve(house, ALICE, ref, "P1", runs=True)
    assert (await theatre.run()).state == "planned"
    await deeds.approve(house, ALICE, ref, "P1")  # A second yes of the same person counts no more.
    assert (await theatre.run()).agreed == ("alice",)

    await deeds.approve(house, BOB, ref, "P1")
    assert (await theatre.run()).state == "approved"
    assert await deeds.approve(house, BOB, ref, "P1")


async def test_whoever_asked_does_not_approve_where_the_handbook_says_so(theatre: Theatre) -> None:
    walk = theatre.walk
    book = walk.house.handbooks[(await walk.incident()).handbook]
    strict = replace(book, approvals=(Approval("roll-back", ("anyone",), asker_counts=False),))
    walk.house.handbooks[book.hash] = strict
    await theatre.planned()

    with pytest.raises(Forbidden, match="You asked for P1: by the handbook somebody else has to approve it"):
        await deeds.approve(walk.house, ALICE, walk.ref, "P1")
    await deeds.approve(walk.house, CAROL, walk.ref, "P1")

    assert (await theatre.run()).state == "approved"


async def test_a_refusal_that_can_be_overridden_takes_a_written_reason(theatre: Theatre) -> None:
    theatre.procedure.refusals, theatre.procedure.overridable = ("no fresh backup",), True
    house, ref = theatre.walk.house, theatre.walk.ref
    run = await theatre.planned()
    assert run.plan
    assert run.plan.verdict == "refused"

    with pytest.raises(
        Invalid, match=r"P1 is refused: no fresh backup\. To do it all the same, write down why"
    ):
        await deeds.approve(house, ALICE, ref, "P1")
    await deeds.approve(house, ALICE, ref, "P1", override="the disk is full, there can be none", runs=True)
    await theatre.walk.engine.run_due()

    run = await theatre.run()
    assert (run.state, run.override) == ("verified", "the disk is full, there can be none")


async def test_there_is_nothing_to_override_where_nothing_is_refused(theatre: Theatre) -> None:
    await theatre.planned()

    with pytest.raises(Invalid, match="P1 is not refused: there is nothing to override"):
        await deeds.approve(theatre.walk.house, ALICE, theatre.walk.ref, "P1", override="because")


async def test_an_approved_run_that_nobody_runs_is_owed_and_chased(theatre: Theatre) -> None:
    await theatre.planned()
    await deeds.approve(theatre.walk.house, ALICE, theatre.walk.ref, "P1")

    duty = await theatre.walk.duty("run-approved-P1")
    assert (duty.state, duty.owes) == ("owed", ("alice",))
    await theatre.walk.wait(26)
    assert [step for _, step, _ in await theatre.walk.chases("run-approved-P1")] == ["remind", "thread"]

    await deeds.withdraw(theatre.walk.house, ALICE, theatre.walk.ref, "P1", "it recovered by itself")
    assert (await theatre.walk.duty("run-approved-P1")).state == "missed"
