"""A Tocsin that is killed in the middle of a step: the next try finds what was done, and does the rest; nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from git_histories import Origin, git
from git_world import FREEZE, RENOVATE, World, context_for, hook

from tocsin.core.procedures.hands import JSON, Done, Step

KILLS = [
    ("restore", "pre-receive", 1),
    ("restore", "pre-receive", 0),
    ("restore", "post-receive", 0),
    ("thaw", "pre-receive", 1),
    ("thaw", "post-receive", 0),
    ("revert", "pre-receive", 1),
    ("revert", "post-receive", 0),
]
"""Killed before its effect; while its git goes on alone; and after its effect."""


@pytest.mark.parametrize(("what", "which", "ends"), KILLS)
async def test_a_step_that_is_killed_is_done_once(world: World, what: str, which: str, ends: int) -> None:
    origin, inputs, run = await prepared(world, what)
    before = len(git(origin.folder, "rev-list", "--all").split())
    hook(origin, which, f"#!/bin/sh\nkill -9 $(cat {world.folder}/pid)\nexit {ends}\n")

    step = Step(what, f"git.{what}", what, inputs)
    ended = killed(world, step, run)
    (origin.folder / "hooks" / which).unlink()
    first, second = [await world.hand.do(step, context_for(run)) for _ in range(2)]

    assert ended == signal.SIGKILL
    assert isinstance(first, Done), first
    assert first == second
    assert len(git(origin.folder, "rev-list", "--all").split()) == before + 1


async def prepared(world: World, what: str) -> tuple[Origin, dict[str, JSON], str]:
    """A repository on which that step can be done: (which, the step's inputs, the run)."""
    if what == "revert":
        world.site.commit({"a": "1"})
        bad = world.site.commit({"a": "2"})
        return world.site, {"repository": "acme/site", "branch": "main", "commit": bad}, "INC-7/P1"
    good = world.deploy.commit({"site": "1", "renovate.json": RENOVATE})
    head = world.deploy.commit({"site": "2"})
    common = {"repository": "acme/deploy", "branch": "release"}
    if what == "restore":
        return world.deploy, {**common, "good": good, "head": head, "freezes": FREEZE}, "INC-7/P1"
    done = await world.roll_back(good, freezes=FREEZE)
    return world.deploy, {**common, "freeze": done.outputs["sha"]}, "INC-7/P2"


def killed(world: World, step: Step, run: str) -> int:
    """Do the step in a process of its own, which a hook of the repository kills. The signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            (world.folder / "pid").write_text(str(os.getpid()))
            asyncio.run(world.hand.do(step, context_for(run)))  # type: ignore[arg-type]
        finally:
            os._exit(1)
    return os.WTERMSIG(os.waitpid(child, 0)[1])
