"""The oldest suspect's build is built again at Buildkite: once, whatever dies, and its end tells a flake from a culprit."""

from __future__ import annotations

import pytest
from buildkite_world import REPOSITORY, World, sha_of

from doubles import Mailbox
from tocsin.acts import looks
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.procedures.declared import Declared, Source
from tocsin.core.procedures.declared_reverts import AutomaticRevert
from tocsin.core.reruns import GREEN, RED, REFUSED
from tocsin.core.work import BUILD_RERUN, Delivered, Desk, Refused, Work
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.buildkite.reach import BuildkiteReach

AGAIN = Work(BUILD_RERUN, "INC-1/rerun/B1", "INC-1/rerun/B1", "buildkite", {"rerun": "B1"})


async def broken(world: World, mailbox: Mailbox) -> Engine:
    """Three red builds after a green one, and the first of them is being built again."""
    world.house.declared = Declared((), (Source(REPOSITORY, automatic_revert=AutomaticRevert(enabled=True)),))
    assert world.link.reach
    engine = Engine(
        world.house, Reaches([world.link.reach, mailbox.under("slack"), mailbox.under("reverts")])
    )
    await world.built("passed", "failed", "failed", "failed")
    await engine.run_due()
    await world.town.settled()
    return engine


async def incident_of(world: World) -> Incident:
    return (await looks.case(world.house, "INC-1", TOCSIN)).incident


@pytest.mark.parametrize(("state", "outcome"), [("passed", GREEN), ("failed", RED)])
async def test_the_end_of_the_repetition_tells_a_flake_from_a_culprit(
    world: World, mailbox: Mailbox, state: str, outcome: str
) -> None:
    await broken(world, mailbox)
    again = world.buildkite.builds("site")[-1]
    assert (again.commit, again.rebuilt_from and again.rebuilt_from.number) == (sha_of(2), 2)

    world.buildkite.end(again, state)
    await world.town.settled()

    [rerun] = (await incident_of(world)).reruns
    assert (rerun.asked.via, rerun.asked.sha, rerun.started) == ("buildkite", sha_of(2), True)
    assert rerun.asked.last_green == sha_of(1)
    assert rerun.ended
    assert (rerun.ended.outcome, rerun.ended.url) == (outcome, again.web_url)


async def test_a_second_try_finds_the_build_that_the_first_one_began(world: World, mailbox: Mailbox) -> None:
    await broken(world, mailbox)
    reach, view = world.link.reach, await looks.case(world.house, "INC-1", TOCSIN)
    assert isinstance(reach, BuildkiteReach)
    desk = Desk(
        view.incident,
        view.handbook,
        await looks.roster(world.house),
        world.house.places,
        view.now,
        world.house.sign,
    )

    outcome = await reach.carry_out(AGAIN, desk, 2)

    again = world.buildkite.builds("site")[4:]
    assert outcome == Delivered({"url": again[0].web_url})
    assert len(again) == 1


async def test_without_the_scope_to_write_it_is_not_confirmed_and_the_thread_hears_why(
    world: World, mailbox: Mailbox
) -> None:
    mailbox.answers[BUILD_RERUN] = [Refused("Buildkite does not allow it (403): write_builds is missing")]
    world.link.reach = mailbox.under("buildkite")  # type: ignore[assignment]

    engine = await broken(world, mailbox)
    await engine.run_due()

    [rerun] = (await incident_of(world)).reruns
    assert rerun.ended
    assert (rerun.ended.outcome, rerun.ended.why[:9]) == (REFUSED, "Buildkite")
    told = "\n".join(sent.text for sent in mailbox.sent if sent.does == "thread.say")
    assert "*Not confirmed:* site at" in told
