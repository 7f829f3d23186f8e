"""Taking a commit back on a branch of its own, and bringing it back: what is refused, and what a second try finds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from git_histories import Origin, git
from git_world import World

from tocsin.core.procedures.hands import Done, Failed

BRANCH = "tocsin/inc-7-p1"
LINES = "".join(f"line {n}\n" for n in range(1, 21))


async def test_the_branch_takes_back_the_commit_and_nothing_else(world: World) -> None:
    world.site.commit({"app.py": LINES}, "Start")
    bad = world.site.commit({"app.py": LINES.replace("line 3\n", "bug\n")}, "Break it (#12)")
    head = world.site.commit({"app.py": LINES.replace("line 3\n", "bug\n").replace("line 18\n", "good\n")})

    done = await world.do("revert", "acme/site", branch="main", commit=bad, evidence=["500 since 10:20"])

    assert world.site.read(BRANCH, "app.py") == LINES.replace("line 18\n", "good\n").encode()
    assert git(world.site.folder, "rev-parse", f"{BRANCH}^") == head
    assert world.site.tip() == head
    said = world.site.message(BRANCH)
    assert said.splitlines()[0] == 'Revert "Break it (#12)"'
    assert f"This reverts commit {bad}." in said
    assert "Reason: Sign-in fails since 10:20" in said
    assert "- 500 since 10:20" in said
    assert "To reland: revert this revert" in said
    assert {key: done.outputs[key] for key in ("branch", "base", "files", "merged")} == {
        "branch": BRANCH,
        "base": head,
        "files": ["app.py"],
        "merged": False,
    }


async def test_a_merge_is_refused_until_its_parent_is_said(world: World) -> None:
    base, side, merge = merged(world.site)

    why = await world.no("revert", "acme/site", branch="main", commit=merge)
    await world.do("revert", "acme/site", branch="main", commit=merge, parent=1)

    assert why == (f"{merge[:10]} is a merge: say which parent is kept (1 is {base[:10]}, 2 is {side[:10]})")
    assert world.site.differs(base, BRANCH) == ["other.py"]
    assert f"reversing\nchanges made to {base}." in world.site.message(BRANCH)


async def test_refuses_a_parent_that_the_merge_has_not(world: World) -> None:
    _, _, merge = merged(world.site)

    why = await world.no("revert", "acme/site", branch="main", commit=merge, parent=3)

    assert why == f"{merge[:10]} has 2 parents, and no parent 3"


async def test_a_conflict_pushes_nothing_and_names_the_files(world: World) -> None:
    world.site.commit({"app.py": LINES, "b.py": "1"})
    bad = world.site.commit({"app.py": LINES.replace("line 3\n", "bug\n"), "b.py": "2"})
    world.site.commit({"app.py": LINES.replace("line 3\n", "mended\n")})

    seen = await world.look("revert", "acme/site", branch="main", commit=bad)
    end = await world.end("revert", "acme/site", branch="main", commit=bad)

    assert isinstance(end, Failed)
    assert "conflicts with later changes on main: nothing was pushed" in end.why
    assert end.details == ("app.py",)
    assert world.site.branches() == ["main"]
    assert seen.values["conflicts"] == ["app.py"]
    assert seen.problems == (f"taking back {bad[:10]} conflicts with later changes in app.py",)


async def test_refuses_a_commit_that_was_taken_back_already(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    by = world.site.commit({"app.py": "1"}, f'Revert "Change"\n\nThis reverts commit {bad}.')

    seen = await world.look("revert", "acme/site", branch="main", commit=bad)
    why = await world.no("revert", "acme/site", branch="main", commit=bad)

    assert why == f"{bad[:10]} was taken back already, by {by[:10]} on main"
    assert seen.problems == (why,)


async def test_a_revert_that_was_itself_taken_back_does_not_count(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    by = world.site.commit({"app.py": "1"}, f"Revert\n\nThis reverts commit {bad}.")
    world.site.commit({"app.py": "2"}, f"Reapply\n\nThis reverts commit {by}.")

    await world.do("revert", "acme/site", branch="main", commit=bad)

    assert world.site.read(BRANCH, "app.py") == b"1"


async def test_refuses_what_is_not_on_the_main_branch(world: World) -> None:
    base = world.site.commit({"app.py": "1"})
    other = world.site.commit({"app.py": "2"}, branch="side", parents=[base])

    assert await world.no("revert", "acme/site", branch="main", commit=other) == (
        f"{other[:10]} is not on main: there is nothing to take back"
    )


async def test_refuses_where_nothing_of_it_is_left(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    world.site.commit({"app.py": "1"}, "Back, without saying so")

    assert await world.no("revert", "acme/site", branch="main", commit=bad) == (
        f"nothing of {bad[:10]} is left on main: taking it back changes nothing"
    )


async def test_refuses_an_empty_commit(world: World) -> None:
    world.site.commit({"app.py": "1"})
    empty = world.site.commit({}, "Nothing")

    assert "changes nothing" in await world.no("revert", "acme/site", branch="main", commit=empty)


async def test_never_pushes_over_another_branch_of_that_name(world: World) -> None:
    base = world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    theirs = world.site.commit({"x": "1"}, branch=BRANCH, parents=[base])

    why = await world.no("revert", "acme/site", branch="main", commit=bad)

    assert why == f"there is a branch {BRANCH} already, and it is not of this run: nothing was pushed"
    assert world.site.tip(BRANCH) == theirs


async def test_a_second_try_finds_the_branch_though_main_has_moved(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    first = await world.do("revert", "acme/site", branch="main", commit=bad)
    world.site.commit({"other.py": "1"})

    second = await world.do("revert", "acme/site", branch="main", commit=bad)

    assert second.outputs == first.outputs
    assert world.site.tip(BRANCH) == first.outputs["sha"]


async def test_a_second_try_finds_what_was_merged_when_the_branch_is_gone(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    first = await world.do("revert", "acme/site", branch="main", commit=bad)
    git(world.site.folder, "update-ref", "refs/heads/main", str(first.outputs["sha"]))
    git(world.site.folder, "update-ref", "-d", f"refs/heads/{BRANCH}")

    second = await world.do("revert", "acme/site", branch="main", commit=bad)

    assert second.outputs["sha"] == first.outputs["sha"]
    assert second.outputs["merged"] is True
    assert world.site.branches() == ["main"]


async def test_a_reland_brings_back_what_was_taken_back(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"}, "Feature (#12)")
    revert = world.site.commit({"app.py": "1"}, f'Revert "Feature (#12)"\n\nThis reverts commit {bad}.')
    world.site.commit({"other.py": "1"})

    done = await world.do("reland", "acme/site", branch="main", revert=revert)

    assert world.site.read(BRANCH, "app.py") == b"2"
    assert world.site.read(BRANCH, "other.py") == b"1"
    assert world.site.message(BRANCH).splitlines()[0] == 'Reapply "Feature (#12)"'
    assert f"It brings back {bad} (Feature (#12))." in world.site.message(BRANCH).replace("\n(", " (")
    assert (done.evidence[-1].what, done.evidence[-1].value) == (
        "merging the old branch again",
        "does nothing: its commits are in the history already",
    )


async def test_merging_the_old_branch_again_does_nothing_and_is_said_to(world: World) -> None:
    base = world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"}, branch="feature", parents=[base])
    merge = world.site.commit({"app.py": "2"}, "Merge feature", parents=[base, bad])
    revert = world.site.commit(
        {"app.py": "1"}, f"Revert\n\nThis reverts commit {merge}, reversing\nchanges made to {base}."
    )

    seen = await world.look("reland", "acme/site", branch="main", revert=revert)

    assert seen.values["merging_again_does_nothing"] is True
    assert seen.values["brings_back"] == [merge]
    assert git(world.site.folder, "merge-base", "--is-ancestor", "feature", "main") == ""


async def test_refuses_to_reland_what_is_back_already(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    revert = world.site.commit({"app.py": "1"}, f"Revert\n\nThis reverts commit {bad}.")
    back = world.site.commit({"app.py": "2"}, f"Reapply\n\nThis reverts commit {revert}.")

    assert await world.no("reland", "acme/site", branch="main", revert=revert) == (
        f"{revert[:10]} was taken back already, by {back[:10]} on main"
    )


async def test_refuses_to_reland_a_revert_that_is_not_merged_yet(world: World) -> None:
    world.site.commit({"app.py": "1"})
    bad = world.site.commit({"app.py": "2"})
    revert = world.site.commit({"app.py": "1"}, f"R\n\nThis reverts commit {bad}.", branch="r", parents=[bad])

    assert "is not on main" in await world.no("reland", "acme/site", branch="main", revert=revert)


async def test_refuses_to_reland_what_is_no_revert(world: World) -> None:
    head = world.site.commit({"app.py": "1"})

    assert await world.no("reland", "acme/site", branch="main", revert=head) == (
        f"{head[:10]} took nothing back: it is no revert"
    )


ODD = {
    "a rename": (
        {"old.py": LINES},
        {"old.py": None, "new.py": LINES.replace("line 9\n", "nine\n")},
        {"z": "1"},
    ),
    "a rename that was changed later": (
        {"a.py": LINES},
        {"a.py": None, "b.py": LINES},
        {"b.py": LINES.replace("line 9\n", "nine\n")},
    ),
    "a change of mode": ({"run": "x"}, {"run": ("100755", b"x")}, {"z": "1"}),
    "a symbolic link": ({"link": ("120000", b"a")}, {"link": ("120000", b"b")}, {"z": "1"}),
    "a submodule": ({"sub": ("160000", b"1" * 40)}, {"sub": ("160000", b"2" * 40)}, {"z": "1"}),
    "a binary file": ({"b.bin": b"\0\1\2"}, {"b.bin": b"\0\3\2"}, {"z": "1"}),
    "names that are no UTF-8": ({b"caf\xe9": "1"}, {b"caf\xe9": "2", b"new\nline": "x"}, {"z": "1"}),
    "CRLF under .gitattributes": (
        {".gitattributes": "* text=auto eol=crlf\n", "w.txt": b"a\r\nb\r\n"},
        {"w.txt": b"a\r\nc\r\n"},
        {"z": "1"},
    ),
    "a filter that nobody has": (
        {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.bin": "oid 1\n"},
        {"a.bin": "oid 2\n"},
        {"z": "1"},
    ),
}


@pytest.mark.parametrize("what", ODD)
async def test_it_gives_the_tree_that_git_revert_gives(world: World, tmp_path: Path, what: str) -> None:
    before, bad, later = ODD[what]
    world.site.commit(before)  # type: ignore[arg-type]
    commit = world.site.commit(bad)  # type: ignore[arg-type]
    world.site.commit(later)  # type: ignore[arg-type]

    await world.do("revert", "acme/site", branch="main", commit=commit)

    assert world.site.tree(BRANCH) == reverted_by_git(world.site, tmp_path / "work", commit)


@pytest.mark.parametrize("seed", range(6))
async def test_it_agrees_with_git_revert_on_random_histories_conflicts_too(
    world: World, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [f"line {n}" for n in range(12)]
    shas = list[str]()
    for n in range(6):
        lines[chance.randrange(len(lines))] = f"change {n}"
        lines.insert(chance.randrange(len(lines)), f"new {n}")
        shas.append(world.site.commit({"app.py": "\n".join(lines) + "\n"}, f"Change {n}"))
    commit = shas[chance.randrange(1, 6)]

    end = await world.end("revert", "acme/site", branch="main", commit=commit)

    theirs = reverted_by_git(world.site, tmp_path / "work", commit)
    assert (world.site.tree(BRANCH) if isinstance(end, Done) else "") == theirs


async def test_the_first_commit_of_all_can_be_taken_back(world: World) -> None:
    first = world.site.commit({"a": "1"})
    world.site.commit({"b": "1"})

    await world.do("revert", "acme/site", branch="main", commit=first)

    assert git(world.site.folder, "ls-tree", "--name-only", BRANCH) == "b"


def merged(site: Origin) -> tuple[str, str, str]:
    """A merge of a branch that changes one file, with a later commit: (what it was merged into, the branch, the merge)."""
    base = site.commit({"app.py": LINES})
    side = site.commit({"app.py": LINES.replace("line 3\n", "bug\n")}, branch="side", parents=[base])
    merge = site.commit({"app.py": LINES.replace("line 3\n", "bug\n")}, "Merge", parents=[base, side])
    site.commit({"other.py": "1"})
    return base, side, merge


def reverted_by_git(site: Origin, work: Path, commit: str) -> str:
    """The tree after `git revert` in a work tree, as people do it; "" for a conflict."""
    git(site.folder, "clone", "-q", "--no-local", str(site.folder), str(work))
    git(work, "revert", "--no-edit", commit, may_fail=True)
    return "" if git(work, "ls-files", "--unmerged") else git(work, "rev-parse", "HEAD^{tree}")
