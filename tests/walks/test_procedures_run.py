"""Walks: a procedure is run step by step, verified, stopped; what goes wrong on the way is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procedure_steps import STEPS, Theatre
from walk_steps import ALICE, BOB, CAROL

from procedure_doubles import FakeProcedure
from tocsin.acts import incidents, people
from tocsin.acts.procedures import deeds
from tocsin.core import facts as f
from tocsin.core.procedures.hands import Done, Evidence, Failed, Seen
from tocsin.core.work import Later, Refused
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound

# --- run and verified -------------------------------------------------------------------------------------------------------


async def test_each_step_is_a_fact_with_its_evidence_and_the_last_one_verifies_the_run(
    theatre: Theatre,
) -> None:
    run = await theatre.ran()

    assert run.state == "verified"
    assert theatre.hand.world.effects == ["INC-1/P1 freeze", "INC-1/P1 restore", "INC-1/P1 watch"]
    assert [(one.id, one.state) for one in run.steps] == [(id, "done") for id in STEPS]
    assert [one.what for one in run.evidence[1:]] == [
        "effect of freeze",
        "effect of restore",
        "effect of watch",
    ]
    context = theatre.hand.contexts[-1]
    assert (context.run, context.asked_by, context.since) == ("INC-1/P1", "alice", context.now)
    assert context.seen["deploy"]["head"] == "1a2b3c4"
    assert context.seen["restore"] == {"by": "restore"}


async def test_a_verified_roll_back_answers_rolled_back_with_its_evidence(theatre: Theatre) -> None:
    await theatre.ran()

    incident = await theatre.walk.incident()
    duty = await theatre.walk.duty("rolled-back")
    assert incident.rollback
    assert incident.rollback.rolled_back
    assert "site was rolled back by INC-1/P1" in incident.rollback.text
    assert "effect of restore: there" in incident.rollback.text
    assert (duty.state, duty.by) == ("met", "tocsin")


async def test_the_thread_hears_of_the_plan_and_of_the_end_and_of_nothing_in_between(
    theatre: Theatre,
) -> None:
    await theatre.ran()

    said = [one.text.splitlines()[0] for one in theatre.walk.mailbox.take("thread.say")]
    assert len(said) == 2, said
    assert said[0].startswith("*P1 Roll back site* is planned: safe.")
    assert said[1].startswith("*P1 Roll back site* is done and verified.")


async def test_a_step_that_shows_nothing_for_it_is_not_done(theatre: Theatre) -> None:
    theatre.hand.answers["restore"] = [Done(())]

    run = await theatre.ran()

    assert run.state == "failed"
    assert run.said == "Restore site at 1a2b3c4: it says that it is done, and shows nothing for it"


async def test_what_moved_since_the_plan_ends_the_run_before_anything_is_done(theatre: Theatre) -> None:
    await theatre.planned()
    await deeds.approve(theatre.walk.house, ALICE, theatre.walk.ref, "P1")
    theatre.hand.world.head = "9999999"

    await deeds.start(theatre.walk.house, ALICE, theatre.walk.ref, "P1")
    await theatre.walk.engine.run_due()

    run = await theatre.run()
    assert run.state == "failed"
    assert "things have moved since it was planned: plan again" in run.said
    assert run.steps[0].failed
    assert "Freeze site at 9999999" in run.steps[0].failed.details[0]
    assert theatre.hand.world.effects == []


async def test_a_new_warning_ends_the_run_before_anything_is_done(theatre: Theatre) -> None:
    await theatre.planned()
    theatre.procedure.warnings = ("the good deploy is older than 14 days",)

    await deeds.approve(theatre.walk.house, ALICE, theatre.walk.ref, "P1", runs=True)
    await theatre.walk.engine.run_due()

    run = await theatre.run()
    assert run.steps[0].failed
    assert run.steps[0].failed.details == ("the good deploy is older than 14 days",)
    assert theatre.hand.world.effects == []


async def test_a_failure_says_what_stands_and_what_does_not_and_people_may_go_on(theatre: Theatre) -> None:
    theatre.hand.answers["restore"] = [Failed("the push was refused", ("GH006: protected branch",))]

    run = await theatre.ran()

    assert (run.state, run.said) == ("failed", "Restore site at 1a2b3c4: the push was refused")
    assert (run.stands[1:], run.lacks) == (
        ("did freeze",),
        ("Restore site at 1a2b3c4", "Watch site at 1a2b3c4"),
    )
    last = theatre.walk.mailbox.take("thread.say")[-1].text
    assert "failed: Restore site at 1a2b3c4: the push was refused" in last
    assert "> Stands:" in last
    assert "> - did freeze" in last
    assert "> Not done:" in last
    assert (await theatre.walk.duty("rolled-back")).state == "owed"
    with pytest.raises(Invalid, match="reason is missing"):
        await deeds.go_on(theatre.walk.house, ALICE, theatre.walk.ref, "P1", "")

    await deeds.go_on(theatre.walk.house, ALICE, theatre.walk.ref, "P1", "protection lifted")
    await theatre.walk.engine.run_due()

    assert (await theatre.run()).state == "verified"
    assert theatre.hand.world.effects == ["INC-1/P1 freeze", "INC-1/P1 restore", "INC-1/P1 watch"]


async def test_what_a_hand_refuses_ends_the_run_as_a_failure_does(theatre: Theatre) -> None:
    theatre.hand.answers["freeze"] = [Refused("no right to write")]

    run = await theatre.ran()

    assert (run.state, run.said) == ("failed", "Freeze site at 1a2b3c4: no right to write")


async def test_a_step_that_watches_waits_in_silence_and_another_one_says_that_it_is_late(
    theatre: Theatre,
) -> None:
    theatre.hand.answers["restore"] = [Later("GitHub is down")] * 3
    theatre.hand.answers["watch"] = [Later("the pipeline runs")] * 8
    await theatre.ran()
    for _ in range(12):
        await theatre.walk.wait(1)

    assert (await theatre.run()).state == "verified"
    late = [
        fact.what
        for fact in (await theatre.walk.incident()).facts
        if isinstance(fact.what, f.DeliveryDelayed)
    ]
    assert [one.why for one in late] == ["GitHub is down"]
    watched = [
        one for one in theatre.hand.contexts if one.since and one.now - one.since > timedelta(minutes=5)
    ]
    assert watched


async def test_a_fault_of_ours_is_tried_again_and_then_fails_the_run(theatre: Theatre) -> None:
    async def do(*_: object) -> Done:
        raise KeyError("a bug")

    theatre.hand.do = do  # type: ignore[assignment, method-assign]

    await theatre.ran()
    for _ in range(3):
        await theatre.walk.wait(1)

    assert (await theatre.run()).said == "Freeze site at 1a2b3c4: KeyError in Tocsin itself; see the log"


# --- stopped ----------------------------------------------------------------------------------------------------------------


async def test_stop_ends_it_before_the_next_step_and_says_what_stands(theatre: Theatre) -> None:
    theatre.hand.answers["restore"] = [Later("GitHub is down", timedelta(minutes=5))]
    await theatre.ran()

    await deeds.stop(theatre.walk.house, BOB, theatre.walk.ref, "P1", "wrong target")
    await theatre.walk.engine.run_due()

    run = await theatre.run()
    assert (run.state, run.said) == ("stopped", "Bob stopped it: wrong target")
    assert theatre.hand.world.effects == ["INC-1/P1 freeze"]
    assert "> - did freeze" in theatre.walk.mailbox.take("thread.say")[-1].text

    await deeds.go_on(theatre.walk.house, ALICE, theatre.walk.ref, "P1", "it was right after all")
    await theatre.walk.engine.run_due()
    assert (await theatre.run()).state == "verified"


async def test_a_hand_that_leaves_off_because_of_stop_ends_it_as_stopped(theatre: Theatre) -> None:
    await theatre.planned()
    house, ref = theatre.walk.house, theatre.walk.ref

    async def do(step: object, context: object) -> Failed:
        await deeds.stop(house, BOB, ref, "P1")
        assert await context.stopped()  # type: ignore[attr-defined]
        return Failed("left off, as asked")

    theatre.hand.do = do  # type: ignore[assignment, method-assign]
    await deeds.approve(house, ALICE, ref, "P1", runs=True)
    await theatre.walk.engine.run_due()

    run = await theatre.run()
    assert (run.state, run.said) == ("stopped", "Bob stopped it")
    assert run.steps[1].failed


async def test_each_deed_says_what_the_run_is_where_it_does_not_fit(theatre: Theatre) -> None:
    house, ref = theatre.walk.house, theatre.walk.ref
    with pytest.raises(NotFound, match="INC-1 has no run P1; it has: none"):
        await deeds.start(house, ALICE, ref, "P1")
    await theatre.planned()
    with pytest.raises(Conflict, match="P1 has not begun: withdraw it instead"):
        await deeds.stop(house, ALICE, ref, "P1")
    with pytest.raises(Conflict, match="P1 is planned, and not approved yet: it can't be gone on with now"):
        await deeds.go_on(house, ALICE, ref, "P1", "x")
    await deeds.approve(house, ALICE, ref, "P1")
    await deeds.start(house, ALICE, ref, "P1")
    with pytest.raises(Conflict, match="P1 is being carried out: stop it instead"):
        await deeds.withdraw(house, ALICE, ref, "P1", "x")
    with pytest.raises(Conflict, match="P1 is being carried out: it can't be approved now"):
        await deeds.approve(house, BOB, ref, "P1")
    await theatre.walk.engine.run_due()
    with pytest.raises(Conflict, match="P1 is done and verified: it can't be run now"):
        await deeds.start(house, ALICE, ref, "P1")
    with pytest.raises(Conflict, match="P1 is done and verified: it can't be withdrawn now"):
        await deeds.withdraw(house, ALICE, ref, "P1", "x")


# --- freezes ----------------------------------------------------------------------------------------------------------------


async def test_a_freeze_is_owed_a_thaw_and_holds_the_incident_open(theatre: Theatre) -> None:
    walk = theatre.walk
    await theatre.ran()

    assert [(one.id, one.target, one.updaters) for one in (await walk.incident()).freezes] == [
        ("P1", "site", ("renovate.json",))
    ]
    duty = await walk.duty("thaw-P1")
    assert (duty.state, duty.owes, duty.rule.waivable) == ("owed", ("alice",), False)
    await walk.resolved()
    with pytest.raises(Conflict, match=r"Switch the updaters on again \(thaw-P1\)"):
        await incidents.close(walk.house, ALICE, walk.ref)
    with pytest.raises(Forbidden, match="thaw-P1 can't be waived"):
        await incidents.waive(walk.house, ALICE, walk.ref, "thaw-P1", "no")

    thaw = FakeProcedure(id="unfreeze", rolls_back=False, after_end=True, steps=("thaw",), thaws="P1")
    walk.house.procedures = {"unfreeze": thaw}
    theatre.hand.answers["thaw"] = [
        Done((Evidence("renovate.json", "on"),), {"thaws": "P1", "thawed": ["renovate.json"]})
    ]
    await deeds.plan(walk.house, ALICE, walk.ref, "unfreeze", "site", reason="the fix is in")
    await walk.engine.run_due()
    await deeds.approve(walk.house, ALICE, walk.ref, "P2", runs=True)
    await walk.engine.run_due()

    assert (await walk.incident()).freezes == ()
    assert (await walk.duty("thaw-P1")).state == "met"


async def test_an_incident_does_not_close_while_a_run_is_under_way(theatre: Theatre) -> None:
    walk = theatre.walk
    theatre.hand.answers["freeze"] = [Later("GitHub is down", timedelta(hours=1))]
    await theatre.ran()
    await incidents.dismiss(walk.house, ALICE, walk.ref, "none", "looked")

    with pytest.raises(Conflict, match="can't close yet: P1 is being carried out; stop it first"):
        await incidents.close(walk.house, ALICE, walk.ref)


async def test_whoever_is_gone_can_t_be_asked_for_more(theatre: Theatre) -> None:
    await people.save_team(theatre.walk.house, "ops_team", ["carol"])
    await theatre.planned()

    await deeds.approve(theatre.walk.house, CAROL, theatre.walk.ref, "P1")

    assert (await theatre.run()).state == "approved"


async def test_what_is_merged_without_a_review_leaves_a_record_and_is_looked_at_afterwards(
    theatre: Theatre,
) -> None:
    record = {"repository": "acme/site", "pull_request": 12, "url": "https://x/12", "asked": ["joe"]}
    theatre.hand.answers["restore"] = [Done((Evidence("merged", "#12"),), {"exception": record})]

    await theatre.ran()

    kept = [
        one.what
        for one in (await theatre.walk.incident()).facts
        if isinstance(one.what, f.MergedWithoutReview)
    ]
    why = "sign-in is broken since the deploy"
    assert kept == [f.MergedWithoutReview("P1", "acme/site", 12, "https://x/12", "alice", why, ("joe",))]
    duty = await theatre.walk.duty("review-afterwards-P1")
    assert (duty.state, duty.rule.by_hand) == ("owed", True)


@pytest.mark.parametrize("found", [Refused("it has no commits yet"), Seen({}, ("it has no commits yet",))])
async def test_a_look_that_only_adds_to_the_plan_forbids_nothing(
    theatre: Theatre, found: Refused | Seen
) -> None:
    theatre.walk.house.procedures = {"roll-back": FakeProcedure(may_fail=True)}
    theatre.hand.seen = [found]

    run = await theatre.planned()

    assert run.plan
    assert run.plan.refusals == ()
    assert run.plan.seen["deploy"] == {"unknown": "it has no commits yet"}


async def test_a_yes_that_is_said_again_once_it_runs_changes_nothing(theatre: Theatre) -> None:
    """The answer to the first may have been lost on its way."""
    await theatre.ran()
    before = await theatre.walk.kinds()

    await deeds.approve(theatre.walk.house, ALICE, theatre.walk.ref, "P1", runs=True)

    assert await theatre.walk.kinds() == before
