"""A build of a broken main branch that is run again, from Slack: by the button in the thread, or by words."""

from __future__ import annotations

from slack_talk import clicks
from slack_world import World

from red_builds import broken


async def test_the_button_has_it_run_again_and_goes(world: World) -> None:
    ref = await broken(world.house)
    await world.settle()
    [message] = [
        one for one in world.town.slack.replies(world.root()) if "is it one of your commits?" in one.text
    ]
    before = clicks(message)

    await world.click("alice", message, "rerun_build")

    [rerun] = (await world.incident(ref)).reruns
    [after] = [
        one for one in world.town.slack.replies(world.root()) if "is it one of your commits?" in one.text
    ]
    assert (before, clicks(after)) == (["rerun_build"], [])
    assert (rerun.by, rerun.asked.title) == ("alice", "Change 1")


async def test_words_do_the_same_and_say_why_not(world: World) -> None:
    await broken(world.house)
    await world.settle()

    await world.command("bob", "rerun")
    first = world.whispered("bob")
    await world.command("bob", "rerun INC-1")

    assert "the build is run again" in first
    assert "It goes on, or is being run again already" in world.whispered("bob")
