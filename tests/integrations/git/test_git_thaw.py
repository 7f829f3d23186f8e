"""Thawing: each file gets the bytes that it had before the freeze, and nothing else changes."""

from __future__ import annotations

from git_histories import git
from git_world import FREEZE, RENOVATE, World

BEFORE = RENOVATE.replace("\n", "\r\n")


async def frozen(world: World) -> str:
    """A release branch that was rolled back and frozen; the commit that did it."""
    good = world.deploy.commit({"site.yaml": "1", "renovate.json": BEFORE})
    world.deploy.commit({"site.yaml": "2"})
    done = await world.roll_back(good, freezes=FREEZE)
    world.deploy.tips["release"] = str(done.outputs["sha"])
    return str(done.outputs["sha"])


async def test_thawing_gives_back_the_very_bytes_and_nothing_else(world: World) -> None:
    freeze = await frozen(world)
    head = world.deploy.commit({"site.yaml": "3"}, "Deploy the fix")

    done = await world.do("thaw", run="INC-7/P2", branch="release", freeze=freeze, freezes=FREEZE)

    assert world.deploy.differs(head, "release") == ["renovate.json"]
    assert world.deploy.read("release", "renovate.json") == BEFORE.encode()
    assert git(world.deploy.folder, "rev-parse", "release^") == head
    assert f"Tocsin-Thaws: {freeze}" in world.deploy.message("release")
    assert done.outputs["thawed"] == ["renovate.json"]


async def test_after_it_no_freeze_is_open(world: World) -> None:
    freeze = await frozen(world)
    before = await world.look("deploy", branch="release")

    await world.do("thaw", run="INC-7/P2", branch="release", freeze=freeze)

    after = await world.look("deploy", branch="release")
    assert len(before.values["freezes"]) == 1  # type: ignore[arg-type]
    assert after.values["freezes"] == []


async def test_a_second_thaw_finds_the_first_and_does_nothing(world: World) -> None:
    freeze = await frozen(world)
    first = await world.do("thaw", run="INC-7/P2", branch="release", freeze=freeze)

    second = await world.do("thaw", run="INC-7/P2", branch="release", freeze=freeze)

    assert second.outputs == first.outputs
    assert world.deploy.tip() == first.outputs["sha"]


async def test_what_somebody_thawed_by_hand_needs_no_commit(world: World) -> None:
    freeze = await frozen(world)
    head = world.deploy.commit({"renovate.json": BEFORE}, "Thaw by hand")

    done = await world.do("thaw", run="INC-7/P2", branch="release", freeze=freeze, freezes=FREEZE)

    assert world.deploy.tip() == head
    assert done.outputs["sha"] == head


async def test_refuses_a_file_that_somebody_changed_since_the_freeze(world: World) -> None:
    freeze = await frozen(world)
    head = world.deploy.commit({"renovate.json": '{"enabled": false, "labels": []}'})

    why = await world.no("thaw", run="INC-7/P2", branch="release", freeze=freeze)

    assert why.startswith(f"renovate.json was changed since {freeze[:10]} froze it: nothing was done.")
    assert world.deploy.tip() == head


async def test_refuses_to_thaw_what_froze_nothing(world: World) -> None:
    head = world.deploy.commit({"site.yaml": "1"})

    assert await world.no("thaw", branch="release", freeze=head) == f"{head[:10]} froze nothing"


async def test_an_updater_that_was_not_there_before_is_gone_again(world: World) -> None:
    good = world.deploy.commit({"site.yaml": "1", "renovate.json": RENOVATE})
    world.deploy.commit({"site.yaml": "2", "renovate.json": None})
    done = await world.roll_back(good, freezes=FREEZE)

    await world.do("thaw", run="INC-7/P2", branch="release", freeze=done.outputs["sha"])

    assert world.deploy.read("release", "renovate.json") is None
    assert world.deploy.read("release", "site.yaml") == b"1"


async def test_one_thaw_ends_all_freezes_of_the_same_file_from_the_same_contents(world: World) -> None:
    """Somebody took the first freeze back by hand, and it was rolled back once more."""
    first = await frozen(world)
    world.deploy.commit({"renovate.json": BEFORE, "site.yaml": "2"}, "Thaw by hand, and deploy")
    good = git(world.deploy.folder, "rev-parse", f"{first}~2")
    second = await world.roll_back(good, run="INC-7/P2", freezes=FREEZE)

    one = await world.do("thaw", run="INC-7/P3", branch="release", freeze=first, freezes=FREEZE)
    other = await world.do(
        "thaw", run="INC-7/P3", branch="release", freeze=str(second.outputs["sha"]), freezes=FREEZE
    )

    assert one.outputs["sha"] == other.outputs["sha"] == world.deploy.tip()
    assert (await world.look("deploy", branch="release")).values["freezes"] == []
