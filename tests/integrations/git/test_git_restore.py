"""Rolling a deploy repository back: one commit whose tree is the good one's but for the freeze, and every reason not to."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_histories import git
from git_world import FREEZE, NOW, RENOVATE, World, context_for

from tocsin.core.procedures.hands import JSON, Failed, Step
from tocsin.integrations.git.ends import Ends
from tocsin.integrations.git.mirror import Repo
from tocsin.integrations.git.writing import Signature, commit, push

FIRST = {"site.yaml": "image: site:1\n", "renovate.json": RENOVATE}


async def test_the_roll_back_is_one_commit_with_the_good_tree_but_for_the_freeze(world: World) -> None:
    good = world.deploy.commit(FIRST, "Deploy 1")
    world.deploy.commit({"site.yaml": "image: site:2\n", "new.yaml": "x"}, "Deploy 2")
    head = world.deploy.commit({"site.yaml": "image: site:3\n"}, "Deploy 3")

    done = await world.roll_back(good, freezes=FREEZE)

    tip = world.deploy.tip()
    assert done.outputs["sha"] == tip
    assert git(world.deploy.folder, "log", "-1", "--format=%P", tip) == head
    assert world.deploy.differs(good, tip) == ["renovate.json"]
    assert world.deploy.read(tip, "renovate.json") == (
        b'{\n  "enabled": false,\n  "extends": ["config:recommended"],\n  "automerge": true\n}\n'
    )
    assert [(one.what, one.value) for one in done.evidence] == [
        ("commit", tip),
        ("files of release", f"equal {good[:10]} but for renovate.json"),
        ("renovate.json", "off, read again after the push"),
    ]


async def test_its_message_says_why_and_has_the_trailers_by_which_it_is_found(world: World) -> None:
    good = world.deploy.commit(FIRST, "Deploy 1")
    world.deploy.commit({"site.yaml": "image: site:2\n"})

    await world.roll_back(good, freezes=FREEZE, evidence=["sign-in answers 500"])

    said = world.deploy.message("release")
    assert said.splitlines()[0] == f"Roll back release to {good[:10]} (INC-7)"
    assert "Reason: Sign-in fails since 10:20" in said
    assert "- sign-in answers 500" in said
    assert said.splitlines()[-3:] == [
        "Tocsin-Run: INC-7/P1",
        f"Tocsin-Restores: {good}",
        "Tocsin-Freezes: renovate renovate.json",
    ]
    assert git(world.deploy.folder, "log", "-1", "--format=%an <%ae> %cI") == (
        "Tocsin <tocsin@acme.example> 2026-03-02T09:00:00+00:00"
    )


async def test_a_private_incident_says_no_reason_in_the_commit(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit({"site.yaml": "image: site:2\n"})

    await world.roll_back(good, private=True, evidence=["a secret"])

    said = world.deploy.message("release")
    assert "INC-7" in said
    assert "Sign-in" not in said
    assert "a secret" not in said
    assert "https://" not in said


async def test_merges_in_the_range_do_not_stop_it(world: World) -> None:
    good = world.deploy.commit(FIRST)
    side = world.deploy.commit({"a.yaml": "1"}, branch="side", parents=[good])
    other = world.deploy.commit({"b.yaml": "1"}, branch="other", parents=[good])
    main = world.deploy.commit({"site.yaml": "image: site:2\n"})
    octopus = world.deploy.commit({"a.yaml": "1", "b.yaml": "1"}, "Merge both", parents=[main, side, other])

    seen = await world.look("deploy", branch="release", candidate=good)
    await world.roll_back(good)

    assert seen.values["candidate"]["merges"] == 1  # type: ignore[index, call-overload]
    assert world.deploy.tree("release") == world.deploy.tree(good)
    assert git(world.deploy.folder, "rev-parse", "release^") == octopus


async def test_refuses_a_commit_that_is_no_ancestor(world: World) -> None:
    base = world.deploy.commit(FIRST)
    stranger = world.deploy.commit({"site.yaml": "image: x\n"}, branch="side", parents=[base])
    world.deploy.commit({"site.yaml": "image: site:2\n"}, parents=[base])
    head = world.deploy.tip()

    seen = await world.look("deploy", branch="release", candidate=stranger)
    why = await world.no("restore", branch="release", head=head, good=stranger)

    assert why == f"{stranger[:10]} was never on release: it is no ancestor of {head[:10]}"
    assert seen.problems == (f"{stranger[:10]} was never on this branch: it is no ancestor of {head[:10]}",)
    assert world.deploy.tip() == head


async def test_refuses_when_the_head_has_moved_since_the_plan(world: World) -> None:
    good = world.deploy.commit(FIRST)
    seen = world.deploy.commit({"site.yaml": "image: site:2\n"})
    moved = world.deploy.commit({"site.yaml": "image: site:3\n"})

    why = await world.no("restore", branch="release", head=seen, good=good)

    assert why == f"release has moved since the plan, to {moved[:10]}: nothing was done. Plan again"
    assert world.deploy.tip() == moved


async def test_refuses_when_the_head_moves_between_the_look_and_the_push(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "image: site:2\n"})
    other = world.deploy.commit({"site.yaml": "image: site:3\n"}, branch="spare", parents=[head])
    hook = world.deploy.folder / "hooks/pre-receive"
    _moves_first(hook, other)

    why = await world.no("restore", branch="release", head=head, good=good)

    assert "nothing was pushed" in why
    assert world.deploy.tip() == other


async def test_not_even_a_branch_that_was_set_back_meanwhile_is_moved(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "image: site:2\n"})
    remote = world.hand.places.remotes.of("acme/deploy", str(world.deploy.folder))
    who = Signature("Tocsin", "tocsin@acme.example", NOW)

    async def body(repo: Repo) -> None:
        new = await commit(repo, world.deploy.tree(good), head, "Back", who)
        git(world.deploy.folder, "update-ref", "refs/heads/release", good)
        await push(repo, new, "release", head)

    with pytest.raises(Ends, match="has moved since it was looked at"):
        await world.hand.places.mirrors.use(remote, body)

    assert world.deploy.tip() == good


async def test_refuses_when_there_is_nothing_to_restore(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit({"site.yaml": "image: site:2\n"})
    head = world.deploy.commit(FIRST, "Back by hand")

    seen = await world.look("deploy", branch="release", candidate=good)
    why = await world.no("restore", branch="release", head=head, good=good)

    assert why == f"there is nothing to restore: release has the files of {good[:10]} already"
    assert seen.problems == (f"there is nothing to restore: the branch has the files of {good[:10]} already",)


async def test_refuses_a_repository_without_a_history(world: World) -> None:
    why = await world.look_refused("deploy", branch="release")

    assert why == "acme/deploy has no commits yet: there is nothing to go back to"


async def test_refuses_a_branch_that_is_not_there_and_names_those_that_are(world: World) -> None:
    world.deploy.commit(FIRST, branch="main")

    assert (
        await world.look_refused("deploy", branch="release")
        == "acme/deploy has no branch release; it has main"
    )


async def test_refuses_an_unknown_commit(world: World) -> None:
    world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})

    why = await world.no("restore", branch="release", head=head, good="f" * 40)

    assert why.startswith(f"there is no commit '{'f' * 40}' in acme/deploy")


async def test_refuses_a_name_that_several_commits_begin_with(world: World) -> None:
    world.deploy.commit(FIRST)
    part = _ambiguous(world)

    seen = await world.look("deploy", branch="release", candidate=part)

    assert seen.problems == (f"{part} is the beginning of several commits of acme/deploy: write more of it",)


async def test_a_step_takes_no_shortened_name(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})

    why = await world.no("restore", branch="release", head=head, good=good[:10])

    assert why == f"'{good[:10]}' is not the full name of a commit: plan again"


async def test_refuses_a_repository_that_is_a_shallow_clone_itself(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})
    (world.deploy.folder / "shallow").write_text(f"{good}\n")

    seen = await world.look("deploy", branch="release", candidate=good)
    why = await world.no("restore", branch="release", head=head, good=good)

    assert "is a shallow clone itself" in why
    assert seen.problems[0] == why


async def test_a_release_may_be_named_by_its_tag(world: World) -> None:
    good = world.deploy.commit(FIRST)
    git(world.deploy.folder, "tag", "-m", "One", "-a", "v1.0", good)
    world.deploy.commit({"site.yaml": "2"})

    seen = await world.look("deploy", branch="release", candidate="v1.0")

    assert seen.values["candidate"]["sha"] == good  # type: ignore[index, call-overload]


async def test_a_second_try_finds_the_first_and_does_nothing(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})
    inputs = {"branch": "release", "head": head, "good": good, "freezes": FREEZE}
    first = await world.do("restore", **inputs)

    second = await world.do("restore", **inputs)

    assert second.outputs == first.outputs
    assert world.deploy.tip() == first.outputs["sha"]


async def test_it_is_not_done_while_a_newer_commit_follows_it(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})
    inputs = {"branch": "release", "head": head, "good": good}
    first = await world.do("restore", **inputs)
    newer = world.deploy.commit(
        {"site.yaml": "3"}, "Update site", parents=[str(first.outputs["sha"])], by=("renovate[bot]", "r@x")
    )

    end = await world.end("restore", **inputs)

    assert isinstance(end, Failed)
    assert "newer commits follow it" in end.why
    assert end.details == (f"{newer[:10]} by renovate[bot]: Update site",)


async def test_a_commit_with_our_trailer_and_other_files_is_not_taken_for_ours(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})
    world.deploy.commit({"site.yaml": "3"}, f"Forged\n\nTocsin-Run: INC-7/P1\nTocsin-Restores: {good}\n")

    end = await world.end("restore", branch="release", head=head, good=good)

    assert isinstance(end, Failed)
    assert "in more than was planned" in end.why
    assert end.details == ("site.yaml",)


async def test_it_says_what_it_does_while_it_does_it(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})

    done = await world.roll_back(good)

    sha = str(done.outputs["sha"])[:10]
    assert world.said == [
        f"{sha} is made on top of {head[:10]}: Roll back release to {good[:10]} (INC-7)",
        f"{sha} is pushed to release of acme/deploy; all is read again",
    ]


async def test_who_presses_stop_before_the_push_finds_nothing_changed(world: World) -> None:
    good = world.deploy.commit(FIRST)
    head = world.deploy.commit({"site.yaml": "2"})
    inputs: dict[str, JSON] = {"repository": "acme/deploy", "branch": "release", "head": head, "good": good}

    end = await world.hand.do(Step("restore", "git.restore", "", inputs), context_for("INC-7/P1", stop=True))

    assert end == Failed("it was stopped before anything was pushed")
    assert world.deploy.tip() == head


async def test_only_what_is_declared_is_touched(world: World) -> None:
    why = await world.look_refused("deploy", "acme/other", branch="release")

    assert why == "acme/other is not declared in the file that TOCSIN_PROCEDURES names"


def _moves_first(hook: Path, other: str) -> None:
    """Somebody else's push that comes in while ours is under way."""
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nenv -u GIT_QUARANTINE_PATH git update-ref refs/heads/release {other}\n")
    hook.chmod(0o755)


def _ambiguous(world: World) -> str:
    """The first seven signs that two commits of the repository share; 3323 and 4199 were found by trying."""
    tree = git(world.deploy.folder, "mktree", stdin=b"")
    for n in (3323, 4199):
        about = f"tree {tree}\nauthor A <a@x> {n} +0000\ncommitter A <a@x> {n} +0000\n\nx\n".encode()
        sha = git(world.deploy.folder, "hash-object", "-t", "commit", "-w", "--stdin", stdin=about)
        git(world.deploy.folder, "update-ref", f"refs/heads/begins-alike-{n}", sha)
    assert sha.startswith("f96d883")
    return "f96d883"
