"""A node is killed at any moment of telling people about their shifts: nobody misses a message, and nobody gets one twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from slack_world import World

from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.cover import ask_cover
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches

ALICE = By(Actor("alice", "web", "alice"), is_admin=True)
HANDOFF = datetime(2026, 3, 9, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def node(world: World) -> Engine:
    assert world.link.reach
    others = (world.mailbox.under(name) for name in ("x", "email", "github"))
    return Engine(world.house, Reaches([world.link.reach, *others]))


async def killed(world: World, after: int) -> bool:
    """Let a node do what is due, and kill it after so many steps of the event loop; whether it was still at it."""
    task = asyncio.create_task(node(world).run_due())
    for _ in range(after):
        await asyncio.sleep(0)
        if task.done():
            return False
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return True


@pytest.mark.parametrize("seed", range(4))
async def test_killed_at_any_moment_each_message_is_there_once(world: World, seed: int) -> None:
    chance = random.Random(seed)
    await world.pass_by(2 * MINUTE)
    take = Wish(Change.TAKE, HANDOFF + 4 * HOUR, ("bob",), "", HANDOFF + 2 * HOUR, "")
    await add_override(world.house, ALICE, "ops", take)
    await ask_cover(
        world.house, ALICE, "ops", start=HANDOFF + 5 * HOUR, end=HANDOFF + 6 * HOUR, asked=["bob"]
    )
    kills = 0
    while world.clock.now() < HANDOFF + 5 * HOUR:
        world.clock.advance(chance.choice((MINUTE, HOUR, 12 * HOUR)))
        while await killed(world, chance.randrange(1, 150)):
            kills += 1
            world.clock.advance(2 * MINUTE)  # The leases of the dead run out.
            if kills % 5 == 0:
                await node(world).run_due()
    world.clock.advance(5 * MINUTE)
    await node(world).run_due()

    assert kills >= 10
    told = {one: [message.text for message in world.town.slack.dm(one)] for one in ("alice", "bob")}
    assert not [text for texts in told.values() for text, many in Counter(texts).items() if many > 1]
    for person, words in (
        ("bob", "*Alice Lee put you on call*"),
        ("bob", "*Nobody took it.* Alice Lee stays on call."),
        ("alice", "*You are on call now*"),
    ):
        assert [text for text in told[person] if text.startswith(words)], (person, words)
