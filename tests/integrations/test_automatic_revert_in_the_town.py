"""A commit that broke the main branch is taken back by Tocsin itself, or left to people: real git, a CI that really runs again, pull requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from alone_world import BAD, DEPLOYED, GOOD, MAY, SITE, Alone, Dying, alone_in, ci, engine_of
from procedure_walk import Dies

from doubles import Mailbox
from tocsin.acts.house import House
from tocsin.acts.procedures import deeds
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.procedures.declared import Declared, LockRule, Source
from tocsin.core.reruns import GREEN, RED, UNFINISHED
from tocsin.engine.loop import Engine
from tocsin.town import Town
from tocsin.town.github import Protection
from walks.walk_steps import ALICE, Walk


@pytest.fixture
async def alone(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox, town: Town, tmp_path: Path
) -> AsyncIterator[Alone]:
    async with alone_in(town, Walk(house, engine, clock, mailbox), tmp_path) as alone:
        yield alone


async def test_a_commit_that_is_red_twice_is_reverted_and_merged_on_green_and_the_end_is_offered(
    alone: Alone,
) -> None:
    alone.declare(MAY, DEPLOYED)
    await alone.deploys(await alone.push("live"))
    bad = await alone.breaks()

    incident = await alone.goes_on()

    rerun, run = incident.reruns[0], incident.runs[0]
    assert (rerun.asked.sha, rerun.asked.attempt, rerun.by) == (bad, 1, "tocsin")
    assert rerun.ended
    assert rerun.ended.outcome == RED
    assert [one.attempt for one in alone.town.github.runs(SITE) if one.commit.sha == bad] == [2]
    judged = await alone.judged()
    assert (judged.said, judged.sha, judged.merges) == ("yes", bad, True), judged
    assert (run.state, run.asked_by, run.agreed) == ("verified", "tocsin", ())
    approved = next(one.what for one in incident.facts if isinstance(one.what, f.ProcedureApproved))
    assert approved.automatic.startswith(
        "[source.automatic_revert] of acme/site in the file that TOCSIN_PROC"
    )
    assert await alone.site.text("main", "signin.py") == GOOD
    body = alone.town.github.issues(SITE)[0].body or ""
    assert "**Is it wrong?** Close this pull request" in body
    assert "put the label `autorevert: disable` on its pull request" in body
    assert "failed again when it was run once more" in body
    assert isinstance(incident.builds[0], f.BuildGreen)
    assert incident.is_open
    assert "resolve it: this build is how you know" in await alone.thread()


async def test_what_is_deployed_is_rolled_back_first(alone: Alone) -> None:
    alone.declare(MAY, DEPLOYED)
    bad = await alone.breaks()
    await alone.deploys(bad)

    await alone.goes_on()

    judged, run = await alone.judged(), await alone.run()
    assert (judged.said, run.state, alone.pulls) == ("no", "planned", 0)
    assert [why.partition(":")[0] for why in judged.reasons] == [f"{bad[:10]} is deployed to site still"]
    assert (
        "See to that first, then plan it again; or approve P1 with a written reason" in await alone.thread()
    )


async def test_a_flake_is_told_by_running_it_again_and_nothing_is_reverted(alone: Alone) -> None:
    alone.town.ci.order(SITE, "success", "failure", "failure", "failure")
    await alone.push("begin", "docs", "colours", "words")
    alone.walk.ref = "INC-1"

    incident = await alone.goes_on()

    assert [one.ended and one.ended.outcome for one in incident.reruns] == [GREEN]
    assert (incident.runs, alone.pulls) == ((), 0)
    told = await alone.thread()
    assert "*A flake:* CI passed at" in told
    assert "Nothing is reverted by itself" in told


async def test_a_repetition_that_does_not_end_in_time_confirms_nothing(alone: Alone) -> None:
    await alone.breaks()
    alone.town.ci.hold(SITE)
    await alone.goes_on()

    await alone.walk.wait(61)
    late = await alone.walk.incident()
    alone.town.ci.release(SITE)
    incident = await alone.goes_on()

    assert [one.ended and one.ended.outcome for one in late.reruns] == [UNFINISHED]
    assert (incident.runs, alone.pulls) == ((), 0), "what ends red after that comes too late"
    assert "*Not confirmed:* CI at" in await alone.thread()


async def test_killed_after_each_thing_it_runs_again_once_and_reverts_once(alone: Alone) -> None:
    house = alone.walk.house
    alone.reaches = [*map(Dying, alone.reaches)]
    dying = {name: Dies(hand) for name, hand in house.hands.items()}
    house.hands = {**dying}
    alone.walk.engine = engine_of(alone)
    bad = await alone.breaks()

    incident = await alone.goes_on()

    # Run again; and judged when it was red again, when it was planned, and when main was green with the merge not yet recorded.
    assert [len(one.died) for one in alone.reaches if isinstance(one, Dying)] == [1, 3]
    assert dying["git"].died | dying["github"].died == {"revert", "pull-request", "merge"}
    assert [one.attempt for one in alone.town.github.runs(SITE) if one.commit.sha == bad] == [2]
    kinds = [fact.kind for fact in incident.facts]
    assert [kinds.count(kind) for kind in ("build_rerun_asked", "build_rerun_ended", "revert_judged")] == [
        1,
        1,
        1,
    ]
    assert ([run.state for run in incident.runs], alone.pulls) == (["verified"], 1)
    assert await alone.site.text("main", "signin.py") == GOOD


async def test_by_the_label_of_its_pull_request_it_is_left_to_people_who_may_approve_the_plan(
    alone: Alone,
) -> None:
    town = alone.town.github
    await alone.push("begin")
    await alone.site.commit(
        "faster", {"signin.py": BAD}, author="bob", message="Faster sign-in", start="main"
    )
    town.protect(SITE, "main", Protection())
    pull = await town.pull_request("bob", SITE, "Faster sign-in", branch="faster")
    await town.label_issue("bob", SITE, pull.number, MAY.opt_out_label)
    await town.merge_pull("bob", SITE, pull.number, method="merge")
    await alone.town.settled()
    await alone.push("docs", "colours")
    alone.walk.ref = "INC-1"

    await alone.goes_on()

    judged, run = await alone.judged(), await alone.run()
    assert (judged.said, judged.reasons) == ("no", (f"#{pull.number} bears the label “autorevert: disable”",))
    assert (run.state, alone.pulls) == ("planned", 1)
    assert f"Whoever has looked at it may approve {run.id}" in await alone.thread()
    await deeds.approve(alone.walk.house, ALICE, alone.walk.ref, run.id, runs=True)
    await alone.goes_on()
    assert (await alone.run()).state == "verified", "of a merge, main is kept"
    assert await alone.site.text("main", "signin.py") == GOOD


async def test_by_the_limit_of_the_day_over_all_incidents_the_next_one_is_left_to_people(
    alone: Alone,
) -> None:
    alone.declare(replace(MAY, created_per_day=1, merges=False))
    await alone.breaks()
    await alone.goes_on()
    first, left = await alone.judged(), alone.town.github.issue(SITE, 1)
    was = left.state
    await alone.town.github.merge_pull("alice", SITE, left.number)
    await alone.town.settled()
    await alone.walk.owned()
    await (await alone.walk.resolved()).wait(2)

    alone.walk.ref = "INC-2"
    await alone.breaks()
    await alone.goes_on()

    second, run = await alone.judged(), await alone.run()
    assert (first.said, first.merges, was) == ("yes", False, "open"), "people merge it"
    assert (second.said, run.state) == ("no", "planned")
    assert second.reasons == ("1 were made within 24 hours, and no more than 1 are allowed",)
    assert alone.pulls == 1


async def test_as_the_handbook_is_shipped_it_is_planned_and_a_person_is_asked(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox, town: Town, tmp_path: Path
) -> None:
    async with alone_in(town, Walk(house, engine, clock, mailbox), tmp_path, asks=True) as alone:
        await alone.breaks()

        await alone.goes_on()

        assert ((await alone.judged()).said, (await alone.run()).state, alone.pulls) == ("asks", "planned", 0)
        assert "by the handbook a person says yes: approve P1, or withdraw it" in await alone.thread()


async def test_a_branch_that_somebody_else_mends_meanwhile_is_left_as_it_is(alone: Alone) -> None:
    alone.town.github.protect(SITE, "main", Protection(contexts=["test", "a check that takes its time"]))
    await alone.breaks()
    await alone.until("step_done", 3)

    mended = await alone.site.commit("main", {"ci.json": ci(fails_if={})}, author="bob", message="Mend it")
    await alone.town.settled()
    incident = await alone.goes_on()

    run = incident.runs[0]
    assert (run.state, alone.pulls) == ("stopped", 1)
    assert run.said == f"Tocsin stopped it: the branch is green again without it, at {mended[:10]}"
    assert await alone.site.head("main") == mended


async def test_a_branch_that_is_locked_by_itself_is_reverted_and_unlocked_one_after_the_other(
    alone: Alone,
) -> None:
    town, house = alone.town.github, alone.walk.house
    town.board.teams["stampers"] = ["alice"]
    town.board.admins.add(town.login)
    source = Source(SITE, fallback_team="acme/stampers", automatic_revert=MAY, lock=LockRule(automatic=True))
    house.declared = Declared((), (source,))
    await alone.breaks()

    incident = await alone.goes_on()

    assert [(run.procedure, run.state) for run in incident.runs] == [
        ("lock-branch", "verified"),
        ("revert", "verified"),
        ("unlock-branch", "verified"),
    ], incident.runs
    assert await alone.site.text("main", "signin.py") == GOOD
    assert incident.locks == ()
