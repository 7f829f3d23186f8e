"""Reverting and relanding, the whole way: the town's real git, its CI and its pull requests, run by the engine, killed after each step."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from procedure_walk import Dies, InTown, settings_for

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.procedures import deeds
from tocsin.clock import HandClock
from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.engine.loop import Engine
from tocsin.errors import Invalid
from tocsin.integrations import hands_of
from tocsin.town import Town
from tocsin.town.deploys import image
from tocsin.town.git.repository import Repository
from tocsin.town.github import Protection
from walks.walk_steps import ALICE, Walk

SITE, DEPLOY = "acme/site", "acme/deploy"
CI = json.dumps({"checks": [{"name": "test"}]})
GOOD, BAD = "def sign_in(): ...\n", "def sign_in(): BROKEN\n"


@pytest.fixture
async def site(town: Town) -> Repository:
    """A website that works, deployed from acme/deploy at `release`; its main branch wants a green test."""
    for login in ("alice", "bob"):
        town.github.add_member(login)
    site = await town.github.repository(SITE, {"signin.py": GOOD, "ci.json": CI})
    deploy = await town.github.repository(DEPLOY)
    files = {"site.json": image(await site.head("main") or ""), "ci.json": CI}
    await deploy.commit("release", files, author="alice", message="Begin")
    town.github.protect(SITE, "main", Protection(contexts=["test"]))
    await town.settled()
    return site


@pytest.fixture
async def place(
    house: House,
    engine: Engine,
    clock: HandClock,
    mailbox: Mailbox,
    town: Town,
    site: Repository,
    tmp_path: Path,
) -> AsyncIterator[InTown]:
    walk = Walk(house, engine, clock, mailbox)
    await people.save_person(house, "bob", name="Bob", email="bob@acme.example", github="bob")
    await walk.begin()
    await walk.owned()
    settings = settings_for(town, SITE, str(tmp_path))
    target = Target("site", "site", repository=DEPLOY, branch="release", source=SITE)
    house.declared = Declared((target,), (Source(SITE),))
    house.hands = hands_of(settings, house.declared, ("git", "github"))
    yield InTown(walk, town)
    for hand in house.hands.values():
        await hand.aclose()


async def test_a_bad_commit_is_reverted_on_green_and_relanded_on_the_branch_as_it_is_now(
    place: InTown, town: Town, site: Repository
) -> None:
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()

    run = await place.planned("revert", SITE, commit=bad[:10])
    assert run.plan
    assert (run.plan.verdict, run.plan.refusals) == ("safe", ())
    run = await place.ran(run)

    assert (run.state, run.said) == ("verified", "")
    head = await site.head("main") or ""
    assert await site.text("main", "signin.py") == GOOD
    merged = run.seen()["merge"]
    assert merged["merged_sha"] == head
    assert merged["without_review"] is True
    assert run.seen()["pull-request"]["reviewers"] == ["bob"]

    with pytest.raises(Invalid, match="cause is missing: reland needs it"):
        await place.planned("reland", SITE)
    again = await place.planned("reland", SITE, cause="the session store was full; it is larger now")
    assert again.plan
    assert again.plan.refusals == (), again.plan
    assert "merging the old branch again does nothing" in again.plan.warnings[0], again.plan
    again = await place.ran(again)

    assert again.state == "verified"
    assert await site.text(str(again.seen()["reland"]["branch"]), "signin.py") == BAD
    assert await site.head("main") == head


async def test_killed_after_each_step_it_opens_one_pull_request_and_merges_it_once(
    place: InTown, town: Town, site: Repository
) -> None:
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()
    dying = {name: Dies(hand) for name, hand in place.walk.house.hands.items()}
    place.walk.house.hands = {**dying}

    run = await place.ran(await place.planned("revert", SITE, commit=bad))

    assert run.state == "verified"
    assert dying["git"].died | dying["github"].died == {"revert", "pull-request", "merge"}
    assert len([one for one in town.github.issues(SITE) if one.pull]) == 1
    log = await site.log(f"{bad}..main")
    assert len([one for one in log if len(one.parents) < 2]) == 1


async def test_it_is_refused_while_the_bad_commit_is_deployed_unless_somebody_writes_down_why(
    place: InTown, town: Town, site: Repository
) -> None:
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    deploy = await town.github.repository(DEPLOY)
    await deploy.commit("release", {"site.json": image(bad)}, author="alice", message="Deploy it")

    run = await place.planned("revert", SITE, commit=bad)

    assert run.plan
    assert run.plan.refusals == (
        f"{bad[:10]} is deployed to site still: roll the deploy back first, since a revert has a long way to go until it is live",
    )
    with pytest.raises(Invalid, match="write down why"):
        await deeds.approve(place.walk.house, ALICE, place.walk.ref, run.id)
    assert (await place.ran(run, override="the deploy can't be rolled back")).state == "verified"


async def test_a_conflict_is_refused_with_the_files_and_nothing_is_pushed(
    place: InTown, site: Repository
) -> None:
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await site.commit("main", {"signin.py": "def sign_in(): other\n"}, author="alice", message="Other")

    run = await place.planned("revert", SITE, commit=bad)

    assert run.plan
    assert run.plan.refusals == (f"taking back {bad[:10]} conflicts with later changes in signin.py",)
    assert not run.plan.overridable


async def test_without_a_commit_the_plan_says_that_it_knows_no_suspect(place: InTown) -> None:
    run = await place.planned("revert", SITE)

    assert run.plan
    assert run.plan.refusals == (
        "say which commit is to be taken back: neither a bad deploy nor a red build shows where to look",
    )
