"""Real histories hold more than text files on one line: whatever is in them comes back byte for byte, and is told readably."""

from __future__ import annotations

from typing import Any

import pytest
from git_histories import File, git
from git_world import FREEZE, RENOVATE, World

FIRST: dict[str | bytes, File] = {"site.yaml": "1", "renovate.json": RENOVATE}
ODD: dict[str, tuple[dict[str | bytes, File], dict[str | bytes, File]]] = {
    "submodules": (
        {"sub": ("160000", b"1" * 40)},
        {"sub": ("160000", b"2" * 40), "more": ("160000", b"3" * 40)},
    ),
    "a submodule that became a folder": ({"sub": ("160000", b"1" * 40)}, {"sub": None, "sub/a": "1"}),
    "a file that became a folder": ({"x": "1"}, {"x": None, "x/y": "1"}),
    "binary files": ({"b.bin": bytes(range(256)) * 40}, {"b.bin": bytes(range(255, -1, -1)) * 40}),
    "line endings under .gitattributes": (
        {
            ".gitattributes": "* text=auto eol=crlf\n*.bin filter=lfs -text\n",
            "w": b"a\r\nb\n",
            "x.bin": "oid",
        },
        {"w": b"a\nb\r\n", "x.bin": "other"},
    ),
    "names that are no UTF-8": (
        {b"caf\xe9": "1", b"a\\b": "1", b"tab\tnew\nline": "1"},
        {b"caf\xe9": "2", b"a\\b": None},
    ),
    "names that other systems forbid": (
        {"git~1": "1", "aux": "1", "A": "1", "a": "2"},
        {"aux": "2", "A": None},
    ),
    "symbolic links": ({"link": ("120000", b"/etc/passwd")}, {"link": "a file now"}),
    "changes of mode": ({"run": ("100755", b"x")}, {"run": ("100644", b"x")}),
    "renames": (
        {"old/name": "long enough to be known again\n" * 9},
        {"old/name": None, "new/name": "long enough to be known again\n" * 9},
    ),
    "an empty commit": ({"a": "1"}, {}),
    "hooks and settings in the tree": (
        {".git-hooks/x": "1", ".gitmodules": "[submodule]\n"},
        {".gitmodules": "x"},
    ),
}


@pytest.mark.parametrize("what", ODD)
async def test_a_roll_back_restores_it_exactly(world: World, what: str) -> None:
    before, after = ODD[what]
    good = world.deploy.commit({**FIRST, **before})
    world.deploy.commit({**after, "site.yaml": "2"})

    await world.roll_back(good, freezes=FREEZE)

    kept = git(world.deploy.folder, "ls-tree", "-r", "release").splitlines()
    wanted = git(world.deploy.folder, "ls-tree", "-r", good).splitlines()
    assert [one for one in kept if "renovate.json" not in one] == [
        one for one in wanted if "renovate.json" not in one
    ]


async def test_a_look_tells_of_odd_files_readably(world: World) -> None:
    good = world.deploy.commit(FIRST)
    world.deploy.commit({b"caf\xe9": "1", b"new\nline": "1", "sub": ("160000", b"1" * 40), "b": b"\0\1"})

    seen = await world.look("deploy", branch="release", candidate=good)

    candidate: Any = seen.values["candidate"]
    assert [one["path"] for one in candidate["files"]] == ["b", "caf\\xe9", "new\\nline", "sub"]


async def test_words_in_another_encoding_do_not_stop_a_look(world: World) -> None:
    good = world.deploy.commit(FIRST)
    tree = world.deploy.tree(good)
    about = f"tree {tree}\nparent {good}\nauthor J".encode() + b"\xf6" + b"rg <j@x> 1772400100 +0000\n"
    about += b"committer A <a@x> 1772400100 +0000\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n"
    sha = git(world.deploy.folder, "hash-object", "-t", "commit", "-w", "--stdin", stdin=about)
    git(world.deploy.folder, "update-ref", "refs/heads/release", sha)

    seen = await world.look("deploy", branch="release")

    commits: Any = seen.values["commits"]
    assert (commits[0]["author"], commits[0]["subject"]) == ("Jörg", "Grüße")


async def test_a_freeze_of_a_link_or_a_folder_is_refused(world: World) -> None:
    world.deploy.commit({"renovate.json": ("120000", b"other.json"), "folder/x": "1"})

    link = await world.look("deploy", branch="release", freezes=FREEZE)
    folder = await world.look("deploy", branch="release", freezes=[{"kind": "renovate", "path": "folder"}])

    assert link.problems == ("renovate.json is a symbolic link in acme/deploy: name the file itself",)
    assert folder.problems == ("folder is a folder in acme/deploy: name the file itself",)


async def test_a_frozen_file_keeps_its_mode(world: World) -> None:
    good = world.deploy.commit({"site.yaml": "1", "renovate.json": ("100755", RENOVATE.encode())})
    world.deploy.commit({"site.yaml": "2"})

    await world.roll_back(good, freezes=FREEZE)

    assert git(world.deploy.folder, "ls-tree", "release", "renovate.json").startswith("100755 ")


async def test_several_updaters_in_one_file_are_frozen_one_after_the_other(world: World) -> None:
    good = world.deploy.commit({"auto": "a: on\nb: on\n", "site": "1"})
    world.deploy.commit({"site": "2"})
    some = [
        {
            "kind": "file",
            "path": "auto",
            "match": f"^{one}: on$",
            "replace": f"{one}: off",
            "off": f"^{one}: off$",
        }
        for one in "ab"
    ]

    done = await world.roll_back(good, freezes=some)

    assert world.deploy.read("release", "auto") == b"a: off\nb: off\n"
    assert done.outputs["frozen"] == ["file auto", "file auto"]


async def test_a_thousand_commits_and_merges_are_looked_through(world: World) -> None:
    good = world.deploy.commit(FIRST)
    stream = b"".join(
        f"commit refs/heads/release\nmark :{n}\ncommitter A <a@x> {1_772_400_200 + n} +0000\ndata 1\nx\n"
        f"from {f':{n - 1}' if n > 1 else good}\nM 100644 inline site.yaml\ndata {len(str(n))}\n{n}\n".encode()
        for n in range(1, 1001)
    )
    git(world.deploy.folder, "fast-import", "--quiet", "--force", stdin=stream)

    seen = await world.look("deploy", branch="release", candidate=good, commits=20)

    candidate: Any = seen.values["candidate"]
    listed: Any = seen.values["commits"]
    assert (candidate["range_count"], len(candidate["range"]), len(listed)) == (1000, 50, 20)
