"""What rolls a branch forward by itself is off along with the roll-back, stays off, and is told of by every look."""

from __future__ import annotations

from git_histories import git
from git_world import FREEZE, RENOVATE, World

from tocsin.core.procedures.hands import JSON, Failed

FIRST = {"site.yaml": "image: site:1\n", "renovate.json": RENOVATE}


async def test_a_freeze_that_is_on_already_is_not_taken_back_by_the_roll_back(world: World) -> None:
    good = world.deploy.commit(FIRST)
    off = '{\n  "enabled": false,\n  "extends": []\n}\n'
    world.deploy.commit({"renovate.json": off}, "Freeze by hand")
    world.deploy.commit({"site.yaml": "image: site:2\n"})

    done = await world.roll_back(good, freezes=FREEZE)

    assert world.deploy.read("release", "renovate.json") == off.encode()
    assert done.outputs["frozen"] == []


async def test_a_freeze_keeps_what_the_updater_was_told_since_the_good_commit(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit({"site.yaml": "2", "renovate.json": '{\n  "labels": ["new"]\n}\n'})

    await world.roll_back(good, freezes=FREEZE)

    assert (
        world.deploy.read("release", "renovate.json") == b'{\n  "enabled": false,\n  "labels": ["new"]\n}\n'
    )


async def test_an_updater_that_the_good_tree_would_bring_back_is_frozen(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit({"site.yaml": "2", "renovate.json": None})

    await world.roll_back(good, freezes=FREEZE)

    assert b'"enabled": false' in (world.deploy.read("release", "renovate.json") or b"")


async def test_a_last_look_finds_it_still_frozen_or_says_who_rolled_it_forward(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit({"site.yaml": "2"})
    made = await world.roll_back(good, freezes=FREEZE)
    inputs = {"branch": "release", "good": good, "freezes": FREEZE}

    still = await world.do("still_frozen", **inputs)
    world.deploy.commit({"site.yaml": "3"}, "By hand", parents=[str(made.outputs["sha"])])
    end = await world.end("still_frozen", **inputs)

    assert still.evidence == made.evidence
    assert isinstance(end, Failed)
    assert end.details[0].endswith("by Alice: By hand")


async def test_a_last_look_fails_where_our_commit_was_thrown_away(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})
    await world.roll_back(good)
    git(world.deploy.folder, "update-ref", "refs/heads/release", head)

    end = await world.end("still_frozen", branch="release", good=good)

    assert isinstance(end, Failed)
    assert end.why.startswith("there is no commit of INC-7/P1 on release")


async def test_a_look_tells_which_runs_and_freezes_of_ours_are_in_the_branch(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit({"site.yaml": "2"})
    done = await world.roll_back(good, freezes=FREEZE)

    seen = await world.look("deploy", branch="release", freezes=FREEZE)

    assert [one["run"] for one in seen.values["runs"]] == ["INC-7/P1"]  # type: ignore[index, call-overload, union-attr]
    assert [(one["sha"], one["files"]) for one in seen.values["freezes"]] == [  # type: ignore[index, call-overload, union-attr]
        (done.outputs["sha"], ["renovate renovate.json"])
    ]
    assert seen.values["updaters"][0]["off"] is True  # type: ignore[index, call-overload]


async def test_a_look_shows_what_a_freeze_would_change(world: World) -> None:
    world.deploy.commit(FIRST)

    seen = await world.look("deploy", branch="release", freezes=FREEZE)

    assert '+  "enabled": false,' in seen.values["updaters"][0]["diff"].splitlines()  # type: ignore[index, call-overload, union-attr]


async def test_a_freeze_of_argo_says_that_the_roll_back_itself_is_not_synced_either(world: World) -> None:
    application = "kind: Application\nspec:\n  syncPolicy:\n    automated: {}\n  project: x\n"
    good = world.deploy.commit({"site.yaml": application, "image": "1"})
    world.deploy.commit({"image": "2"})
    freezes: JSON = [{"kind": "argo", "path": "site.yaml"}]

    seen = await world.look("deploy", branch="release", candidate=good, freezes=freezes)
    done = await world.roll_back(good, freezes=freezes)

    assert world.deploy.read("release", "site.yaml") == b"kind: Application\nspec:\n  project: x\n"
    assert "sync it once by hand" in seen.values["updaters"][0]["note"]  # type: ignore[index, call-overload, operator]
    assert done.evidence[-1].value.endswith("not even this commit: sync it once by hand")


async def test_a_file_that_stops_an_updater_is_made_and_goes_when_it_is_thawed(world: World) -> None:
    good = world.deploy.commit({"site": "1"})
    world.deploy.commit({"site": "2"})
    freezes: JSON = [{"kind": "file", "path": "ops/STOP", "contents": "by Tocsin\n", "off": "Tocsin"}]

    done = await world.roll_back(good, freezes=freezes)
    stopped = world.deploy.read("release", "ops/STOP")
    await world.do("thaw", run="INC-7/P2", branch="release", freeze=done.outputs["sha"], freezes=freezes)

    assert stopped == b"by Tocsin\n"
    assert world.deploy.tree("release") == world.deploy.tree(good)


async def test_a_freeze_that_somebody_else_made_is_not_taken_for_our_own(world: World) -> None:
    world.site.commit({"renovate.json": RENOVATE})
    await world.do("freeze", "acme/site", branch="main", freezes=FREEZE)

    done = await world.do("freeze", "acme/site", run="INC-8/P1", branch="main", freezes=FREEZE)

    assert done.outputs["frozen"] == []
    assert done.outputs["off"] == ["renovate.json"]


async def test_renovate_is_not_frozen_on_a_branch_that_it_does_not_read(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit(FIRST, branch="main", parents=[good])
    git(world.deploy.folder, "symbolic-ref", "HEAD", "refs/heads/main")

    seen = await world.look("deploy", branch="release", freezes=FREEZE)

    assert seen.problems == (
        "Renovate reads its file on the default branch of acme/deploy, main, and not on release:"
        ' give that updater `branch = "main"`',
    )


async def test_an_updater_without_its_file_is_a_problem(world: World) -> None:
    world.deploy.commit({"site.yaml": "1"})

    seen = await world.look("deploy", branch="release", freezes=FREEZE)

    assert seen.problems[0].startswith("renovate.json is not in acme/deploy: it can't be frozen")


async def test_a_freeze_of_another_repository_is_a_commit_of_its_own(world: World) -> None:
    world.site.commit({"renovate.json": RENOVATE})

    done = await world.do("freeze", "acme/site", branch="main", freezes=FREEZE)
    again = await world.do("freeze", "acme/site", branch="main", freezes=FREEZE)

    assert again.outputs == done.outputs
    assert b'"enabled": false' in (world.site.read("main", "renovate.json") or b"")
    assert "Tocsin-Freezes: renovate renovate.json" in world.site.message("main")
