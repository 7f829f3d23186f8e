"""The copies of repositories: over real HTTP with a token, broken ones made anew, and a Tocsin that is killed in the middle."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from git_histories import git
from git_server import TOKEN, GitServer
from git_world import FREEZE, RENOVATE, World, context_for, hook

from tocsin.core.procedures.declared import Declared, Target
from tocsin.core.procedures.hands import Done, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.integrations.git import mirror, program
from tocsin.integrations.git.ends import Ends
from tocsin.integrations.git.hand import GitHand, hands
from tocsin.integrations.git.mirror import Repo
from tocsin.settings import read_settings

PROTECTED = """#!/bin/sh
echo "error: GH006: Protected branch update failed for refs/heads/release." >&2
echo "error: At least 1 approving review is required by reviewers with write access." >&2
exit 1
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "outside") as server:
        yield server


def over_http(server: GitServer, folder: Path, token: str = TOKEN) -> GitHand:
    """As the settings make it, with GitHub at that server."""
    settings = read_settings(
        {
            "TOCSIN_GITHUB_TOKEN": token,
            "TOCSIN_GITHUB_REPOSITORY": "acme/site",
            "TOCSIN_GITHUB_GIT_URL": server.url,
            "TOCSIN_DATA": str(folder),
            "TOCSIN_GIT_AUTHOR": "Tocsin <tocsin@acme.example>",
        }
    )
    (hand,) = hands(
        settings, Declared((Target("site", "site", repository="acme/deploy", branch="release"),)), {}
    )
    assert isinstance(hand, GitHand)
    return hand


async def look(hand: GitHand) -> Seen | Later | Refused:
    return await hand.look("deploy", {"repository": "acme/deploy", "branch": "release"})


async def restore(hand: GitHand, good: str, head: str) -> object:
    inputs = {"repository": "acme/deploy", "branch": "release", "good": good, "head": head, "freezes": FREEZE}
    return await hand.do(Step("restore", "git.restore", "", inputs), context_for("INC-7/P1"))


async def test_a_roll_back_over_http(world: World, server: GitServer) -> None:
    good = world.deploy.commit({"site": "1", "renovate.json": RENOVATE})
    head = world.deploy.commit({"site": "2"})

    done = await restore(over_http(server, world.folder / "data"), good, head)

    assert isinstance(done, Done)
    assert world.deploy.differs(good, "release") == ["renovate.json"]
    assert "POST /acme/deploy.git/git-receive-pack" in server.seen


async def test_a_protected_branch_refuses_in_its_own_words(world: World, server: GitServer) -> None:
    good = world.deploy.commit({"site": "1", "renovate.json": RENOVATE})
    head = world.deploy.commit({"site": "2"})
    hook(world.deploy, "pre-receive", PROTECTED)

    end = await restore(over_http(server, world.folder / "data"), good, head)

    assert isinstance(end, Refused)
    assert end.why.startswith("acme/deploy does not take a push to release: error: GH006: Protected branch")
    assert "At least 1 approving review is required" in end.why
    assert world.deploy.tip() == head


async def test_a_push_whose_answer_is_lost_is_found_and_not_made_again(
    world: World, server: GitServer
) -> None:
    good = world.deploy.commit({"site": "1", "renovate.json": RENOVATE})
    head = world.deploy.commit({"site": "2"})
    hand, server.loses = over_http(server, world.folder / "data"), 1

    first, second = [await restore(hand, good, head) for _ in range(2)]

    assert isinstance(first, Later)
    assert "did not say that it took the push to release" in first.why
    assert isinstance(second, Done)
    assert git(world.deploy.folder, "rev-list", "--count", "release") == "3"


async def test_a_network_that_is_lost_right_after_the_push_costs_no_copy(
    world: World, server: GitServer
) -> None:
    good = world.deploy.commit({"site": "1", "renovate.json": RENOVATE})
    head = world.deploy.commit({"site": "2"})
    hand, server.after_a_push = over_http(server, world.folder / "data"), 503

    first = await restore(hand, good, head)
    (copy,) = (world.folder / "data/git").glob("*.git")
    made = copy.stat().st_ino
    server.status = 0
    second = await restore(hand, good, head)

    assert isinstance(first, Later)
    assert isinstance(second, Done)
    assert copy.stat().st_ino == made
    assert git(world.deploy.folder, "rev-list", "--count", "release") == "3"


async def test_a_wrong_token_is_refused_and_not_shown(world: World, server: GitServer) -> None:
    world.deploy.commit({"site": "1"})

    end = await look(over_http(server, world.folder / "data", token="wrong-secret"))

    assert isinstance(end, Refused)
    assert end.why.startswith("acme/deploy can't be read: ")
    assert "wrong-secret" not in end.why


async def test_a_repository_that_is_not_there_is_refused(world: World, server: GitServer) -> None:
    world.deploy.folder.rename(world.folder / "elsewhere.git")

    end = await look(over_http(server, world.folder / "data"))

    assert isinstance(end, Refused)
    assert "acme/deploy can't be read" in end.why


async def test_a_server_in_trouble_is_asked_again_later(world: World, server: GitServer) -> None:
    world.deploy.commit({"site": "1"})
    server.status = 502

    end = await look(over_http(server, world.folder / "data"))

    assert isinstance(end, Later)
    assert "502" in end.why


async def test_a_redirect_does_not_get_the_token(world: World, server: GitServer) -> None:
    world.deploy.commit({"site": "1"})
    server.status = 301

    assert isinstance(await look(over_http(server, world.folder / "data")), Refused)


async def test_no_secret_is_in_an_argument_a_file_or_a_word(
    world: World, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = world.deploy.commit({"site": "1", "renovate.json": RENOVATE})
    head = world.deploy.commit({"site": "2"})
    hook(world.deploy, "pre-receive", f"#!/bin/sh\necho 'do not use {TOKEN}' >&2\nexit 1\n")
    given = list[str]()
    start = asyncio.create_subprocess_exec

    async def watched(*arguments: str, **kept: object) -> asyncio.subprocess.Process:
        given.extend(arguments)
        return await start(*arguments, **kept)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)

    end = await restore(over_http(server, world.folder / "data"), good, head)

    assert isinstance(end, Refused)
    assert end.why.endswith("do not use •••")
    assert not [one for one in given if TOKEN in one or "Basic" in one]
    kept = [path for path in (world.folder / "data").rglob("*") if path.is_file()]
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]


async def test_nothing_of_our_environment_or_configuration_reaches_git(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.deploy.commit({"site": "1"})
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text("[user]\nname = Somebody\n[alias]\nlog = !touch bad\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("SECRET_OF_OURS", "x")

    async def body(repo: Repo) -> str:
        return (await repo.git("config", "--list")).line + (await repo.git("var", "-l")).line

    said = await world.hand.places.use("acme/deploy", "", body)

    assert "Somebody" not in said
    assert "protocol" in said
    assert "SECRET_OF_OURS" not in program._environment(tmp_path, program.NOWHERE)


@pytest.mark.parametrize("harm", ["objects", "HEAD", "packed", "lock", "config"])
async def test_a_broken_copy_is_made_anew(world: World, harm: str) -> None:
    for n in range(3):
        world.deploy.commit({"site": str(n)})
    await world.look("deploy", branch="release")
    (copy,) = (world.folder / "copies").glob("*.git")

    damage(copy, harm)
    seen = await world.look("deploy", branch="release")

    assert seen.values["head"] == world.deploy.tip()


async def test_each_look_sees_the_branch_as_it_is_then(world: World) -> None:
    world.deploy.commit({"site": "1"})
    await world.look("deploy", branch="release")
    world.deploy.commit({"site": "2"})
    git(world.deploy.folder, "update-ref", "refs/heads/release", "release^")

    seen = await world.look("deploy", branch="release")

    assert seen.values["head"] == world.deploy.tip()


async def test_two_looks_at_once_wait_for_each_other(world: World) -> None:
    world.deploy.commit({"site": "1"})

    seen = await asyncio.gather(*(world.look("deploy", branch="release") for _ in range(3)))

    assert {one.values["head"] for one in seen} == {world.deploy.tip()}


async def test_a_copy_that_another_process_uses_is_waited_for_and_then_tried_again_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy.commit({"site": "1"})
    await world.look("deploy", branch="release")
    (lock,) = (world.folder / "copies").glob("*.lock")
    monkeypatch.setattr(mirror, "BUSY_SECONDS", 0.1)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()

    end = await world.hand.look("deploy", {"repository": "acme/deploy", "branch": "release"})
    holder.communicate()

    assert end == Later("somebody else works in our copy of acme/deploy", timedelta(seconds=10))
    assert isinstance(await look(world.hand), Seen)


async def test_a_git_that_does_not_end_is_killed(world: World) -> None:
    world.deploy.commit({"site": "1"})

    async def body(repo: Repo) -> None:
        await repo.git("-c", "alias.wait=!sleep 1000 & echo $! >child; wait", "wait", seconds=0.3)

    with pytest.raises(Ends, match="did not end within"):
        await world.hand.places.use("acme/deploy", "", body)

    (copy,) = (world.folder / "copies").glob("*.git")
    child = int((copy / "child").read_text())
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]


async def test_a_machine_without_git_is_told_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(world.folder))

    why = await world.look_refused("deploy", branch="release")

    assert why == "the program git is not installed where Tocsin runs: install git 2.38 or newer"


def damage(copy: Path, harm: str) -> None:
    match harm:
        case "objects":
            for path in [*(copy / "objects").rglob("*")]:
                if path.is_file():
                    path.chmod(0o644)
                    path.write_bytes(b"rubbish")
        case "packed":
            (copy / "packed-refs").write_text("rubbish\n")
        case "lock":
            (copy / "refs/heads/release.lock").write_text("")
            (copy / "packed-refs.lock").write_text("")
            git(copy, "update-ref", "-d", "refs/heads/none", may_fail=True)
            (copy / "refs/heads/release").write_text("f" * 40 + "\n")
        case name:
            (copy / name).write_text("rubbish")


HOLDS = """
import fcntl, sys
lock = open(sys.argv[1], "r+")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
