"""Walks: people have the oldest suspect's build of a broken main branch run again, to tell a flake from a culprit."""

from __future__ import annotations

import pytest
from build_steps import broken
from walk_steps import ALICE, JANE, Walk

from github_builds import GitHub, run_of, sha_of
from tocsin.acts import looks, rerunning
from tocsin.core.facts import TOCSIN
from tocsin.core.live_offers import live
from tocsin.core.message_parts import RERUN
from tocsin.core.reruns import GREEN
from tocsin.core.work import BUILD_RERUN
from tocsin.doors.web.offers import Scene, sheets
from tocsin.errors import Conflict, Forbidden, NotFound


async def offers(walk: Walk) -> list[str]:
    """What an incident's page offers Alice of it."""
    view = await looks.case(walk.house, walk.ref, TOCSIN)
    found = sheets(Scene(view, "alice", await looks.roster(walk.house), []))
    return [one.act for one in found if one.act == "rerun"]


async def test_where_nothing_is_declared_it_is_run_again_only_when_people_ask(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    before = walk.mailbox.take(BUILD_RERUN)

    await rerunning.ask(walk.house, ALICE, walk.ref)
    await walk.engine.run_due()

    [rerun] = (await walk.incident()).reruns
    assert before == []
    assert [sent.via for sent in walk.mailbox.take(BUILD_RERUN)] == ["github"]
    assert (rerun.by, rerun.asked.sha, rerun.asked.automatic, rerun.started) == (
        "alice",
        sha_of(2),
        False,
        True,
    )
    told = walk.mailbox.take("thread.say")[-1].text
    assert told.startswith(f"{{@alice}} has CI run again at {sha_of(2)[:10]} “Change 2”, the oldest suspect")


async def test_its_end_is_told_and_it_may_be_asked_for_once_more(walk: Walk, github: GitHub) -> None:
    await broken(walk, github)
    await rerunning.ask(walk.house, ALICE, walk.ref)
    with pytest.raises(Conflict, match="It goes on, or is being run again already"):
        await rerunning.ask(walk.house, ALICE, walk.ref)

    await github.deliver("workflow_run", run_of(2, "failure", walk.clock.now(), attempt=2))
    await rerunning.ask(walk.house, ALICE, walk.ref)
    await github.deliver("workflow_run", run_of(2, "success", walk.clock.now(), attempt=3))
    await walk.engine.run_due()

    incident = await walk.incident()
    assert [one.id for one in incident.reruns] == ["B1", "B2"]
    assert incident.reruns[1].asked.attempt == 2
    assert incident.reruns[1].ended
    assert incident.reruns[1].ended.outcome == GREEN
    assert incident.runs == (), "nothing is reverted by itself where people asked for it"
    said = "\n".join(sent.text for sent in walk.mailbox.take("thread.say"))
    assert "*Red again:* CI failed at" in said
    assert "*A flake:* CI passed at" in said
    assert "Nothing is reverted by itself" not in said


async def test_the_button_is_offered_while_it_is_red_and_goes_once_it_was_pressed(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    incident = await walk.incident()
    red = next(fact for fact in incident.facts if fact.kind == "build_red")
    before = (await offers(walk), live([RERUN], red, incident, {}))

    await rerunning.ask(walk.house, ALICE, walk.ref)

    assert before == (["rerun"], (RERUN,))
    assert live([RERUN], red, await walk.incident(), {}) == ()


async def test_where_nothing_is_red_or_nobody_asks_there_is_nothing_to_run_again(
    walk: Walk, github: GitHub
) -> None:
    await broken(walk, github)
    with pytest.raises(Forbidden, match="Only a person can have a build run again"):
        await rerunning.ask(walk.house, JANE, walk.ref)

    await github.run("success")

    with pytest.raises(Conflict, match="No build of INC-1 is red"):
        await rerunning.ask(walk.house, ALICE, walk.ref)
    with pytest.raises(NotFound):
        await rerunning.ask(walk.house, ALICE, "INC-9")
    assert await offers(walk) == []
