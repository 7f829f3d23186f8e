"""Real git over HTTP: clone, push, refusals, and what GitHub tells of it."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from tocsin.town import Town
from tocsin.town.git.repository import Conflict
from tocsin.town.github import Protection, Reviews, Who
from town.conftest import Listener
from town.git_client import Clone, clone

SITE = "acme/site"
DECLINED = "! [remote rejected] main -> main (protected branch hook declined)"


@pytest.fixture
async def mine(town: Town, tmp_path: Path) -> Clone:
    """Carol's clone of acme/site, with the bot's token."""
    await town.github.repository(SITE, {"app.py": "one\n", "docs/a.md": "a\n"})
    return await clone(town.github.clone_url(SITE), tmp_path / "mine", town.github.token)


async def test_a_push_is_taken_and_told_of_with_its_commits(town: Town, app: Listener, mine: Clone) -> None:
    site = await town.github.repository(SITE)
    before = await site.head("main")
    await mine.change("app.py", "two\n", "Say two")

    ran = await mine.git("push", "origin", "HEAD")
    await town.settled()

    push = app.heard[-1]
    assert ran.code == 0, ran.said
    assert await site.text("main", "app.py") == "two\n"
    assert push.headers["x-github-event"] == "push"
    assert (push.json["before"], push.json["after"]) == (before, await site.head("main"))
    assert push.json["commits"][0]["modified"] == ["app.py"]
    assert push.json["commits"][0]["author"]["username"] == "carol"
    assert push.json["sender"]["login"] == town.github.login


async def test_people_commit_branch_and_merge_without_a_work_tree(town: Town) -> None:
    site = await town.github.repository(SITE, {"a": "1\n", "b": "1\n"})
    await site.branch("topic", "main", "bob")
    await site.commit("topic", {"a": "2\n"}, author="bob", message="Two")
    await site.commit("main", {"b": None, "c": "3\n"}, author="alice", message="Three")

    await site.merge("topic", "main", author="alice")

    tip = await site.commit_at("main")
    assert tip is not None
    assert (tip.author, tip.email, len(tip.parents)) == ("alice", "alice@acme.example", 2)
    assert sorted(await site.files("main")) == ["a", "c"]
    assert await site.text("main", "a") == "2\n"


async def test_a_merge_or_revert_with_conflicts_leaves_everything_as_it_was(town: Town) -> None:
    site = await town.github.repository(SITE, {"a": "1\n"})
    await site.branch("topic", "main", "bob")
    first = await site.commit("topic", {"a": "2\n"}, author="bob", message="Two")
    await site.commit("topic", {"a": "4\n"}, author="bob", message="Four")
    tip = await site.commit("main", {"a": "3\n"}, author="alice", message="Three")

    with pytest.raises(Conflict):
        await site.merge("topic", "main", author="alice")
    with pytest.raises(Conflict):
        await site.reverted_tree("topic", first)

    assert await site.head("main") == tip
    assert not list(site.folder.glob("worktrees/*"))


async def test_a_wrong_token_and_an_unknown_repository_are_refused(town: Town, tmp_path: Path) -> None:
    await town.github.repository(SITE)
    stranger = Clone(tmp_path, "wrong")
    known = Clone(tmp_path, town.github.token)

    wrong = await stranger.git("ls-remote", town.github.clone_url(SITE))
    unknown = await known.git("ls-remote", town.github.clone_url("acme/nothing"))

    assert (wrong.code, unknown.code) == (128, 128)
    assert "Authentication failed" in wrong.said or "could not read Username" in wrong.said
    assert "Repository not found" in unknown.said


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        pytest.param(Protection(reviews=Reviews()), "Changes must be made through a pull request.", id="reviews"),
        pytest.param(Protection(contexts=["ci"]), 'Required status check "ci" is expected.', id="one check"),
        pytest.param(
            Protection(contexts=["a", "b"]), "2 of 2 required status checks are expected.", id="two checks"
        ),
        pytest.param(Protection(restrictions=Who()), "You're not authorized to push to this branch.", id="restricted"),
        pytest.param(Protection(lock_branch=True), "Cannot change this locked branch", id="locked"),
    ],
)  # fmt: skip
async def test_a_protected_branch_refuses_in_githubs_words(
    town: Town, mine: Clone, rule: Protection, why: str
) -> None:
    site = await town.github.repository(SITE)
    town.github.protect(SITE, "main", rule)
    before = await site.head("main")
    await mine.change("app.py", "two\n")

    ran = await mine.git("push", "origin", "main")

    assert ran.code == 1
    assert "remote: error: GH006: Protected branch update failed for refs/heads/main." in ran.said
    assert f"remote: - {why}" in ran.said
    assert DECLINED in " ".join(ran.said.split())
    assert await site.head("main") == before


async def test_a_protected_branch_is_not_moved_by_force_nor_deleted(town: Town, mine: Clone) -> None:
    site = await town.github.repository(SITE)
    town.github.protect(SITE, "main", Protection())
    await mine.change("app.py", "two\n")
    plain = await mine.git("push", "origin", "main")
    await mine.git("reset", "-q", "--hard", "HEAD~1")
    await mine.change("app.py", "three\n")

    forced = await mine.git("push", "--force", "origin", "main")
    deleted = await mine.git("push", "origin", ":main")

    assert plain.code == 0, plain.said
    assert "Cannot force-push to this branch" in forced.said
    assert "Cannot delete this branch" in deleted.said
    assert await site.text("main", "app.py") == "two\n"


async def test_those_whom_a_rule_names_may_push(town: Town, mine: Clone) -> None:
    town.github.board.teams["stampers"] = ["bob"]
    rule = Protection(
        restrictions=Who(apps=["tocsin"], teams=["stampers"]), reviews=Reviews(bypass=Who(["bob"]))
    )
    town.github.protect(SITE, "main", rule)
    await mine.change("app.py", "two\n")

    as_the_bot = await mine.git("push", "origin", "main")
    mine.token = town.github.token_of("bob")
    as_bob = await mine.git("push", "origin", "main")

    assert "Changes must be made through a pull request" in as_the_bot.said
    assert as_bob.code == 0, as_bob.said


async def test_of_two_pushes_in_one_only_the_refused_branch_stays(town: Town, mine: Clone) -> None:
    site = await town.github.repository(SITE)
    town.github.protect(SITE, "main", Protection(lock_branch=True))
    await mine.change("app.py", "two\n")

    ran = await mine.git("push", "origin", "main", "main:topic")
    await town.settled()

    assert ran.code == 1
    assert await site.text("topic", "app.py") == "two\n"
    assert await site.text("main", "app.py") == "one\n"
    assert [p["ref"] for event, p in town.github.webhooks.sent if event == "push"] == ["refs/heads/topic"]


async def test_a_push_can_be_made_and_its_answer_lost(town: Town, mine: Clone) -> None:
    site = await town.github.repository(SITE)
    await mine.change("app.py", "two\n")
    town.faults.add("github", "POST /git/*/git-receive-pack", "lost_answer")

    ran = await mine.git("push", "origin", "main")

    assert ran.code != 0
    assert await site.text("main", "app.py") == "two\n"


async def test_git_can_be_out_of_order(town: Town, mine: Clone) -> None:
    town.faults.add("github", "/git/*", "503")

    down, mended = await mine.git("fetch"), await mine.git("fetch")

    assert "503" in down.said
    assert mended.code == 0


async def test_commits_and_comparisons_are_those_of_git(town: Town, github: httpx2.AsyncClient) -> None:
    site = await town.github.repository(SITE, {"a": "1\n"})
    first = await site.head("main")
    await site.commit("feature/x", {"a": "2\n", "b": "1\n"}, author="bob", message="Two", start="main")
    third = await site.commit("main", {"c": "1\n"}, author="alice", message="Three")
    town.github.board.strangers.add("bob@acme.example")

    listed = (await github.get(f"/repos/{SITE}/commits", params={"sha": "feature/x"})).json()
    one = (await github.get(f"/repos/{SITE}/commits/feature/x")).json()
    compared = (await github.get(f"/repos/{SITE}/compare/main...feature/x")).json()
    branches = (await github.get(f"/repos/{SITE}/branches")).json()

    assert [commit["commit"]["message"] for commit in listed] == ["Two", "Begin"]
    assert one["author"] is None
    assert {file["filename"]: file["status"] for file in one["files"]} == {"a": "modified", "b": "added"}
    assert (compared["status"], compared["ahead_by"], compared["behind_by"]) == ("diverged", 1, 1)
    assert compared["merge_base_commit"]["sha"] == first
    assert {branch["name"]: branch["commit"]["sha"] for branch in branches}["main"] == third


async def test_a_file_is_read_and_written_through_the_api(town: Town, github: httpx2.AsyncClient) -> None:
    site = await town.github.repository(SITE, {"docs/a.md": "one\n", "b": "1"})
    path = f"/repos/{SITE}/contents/docs/a.md"
    there = (await github.get(path)).json()
    change = {"message": "Two", "content": "dHdvCg==", "sha": there["sha"]}

    written = await github.put(path, json=change)
    stale = await github.put(path, json=change)
    folder = (await github.get(f"/repos/{SITE}/contents/")).json()

    assert (written.status_code, stale.status_code) == (200, 409)
    assert await site.text("main", "docs/a.md") == "two\n"
    assert [(one["name"], one["type"]) for one in folder] == [("b", "file"), ("docs", "dir")]
