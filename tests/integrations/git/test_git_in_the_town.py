"""The hand on the town's GitHub: real git over HTTP, with its CI, its deploys and its Renovate reacting to every commit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from git_world import FREEZE, context_for

from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.core.procedures.hands import JSON, Done, Failed, Seen, Step
from tocsin.core.work import Later, Refused
from tocsin.integrations.git.hand import GitHand, hands
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.deploys import image
from tocsin.town.git.repository import Repository
from tocsin.town.github import Protection, Reviews

SITE, DEPLOY = "acme/site", "acme/deploy"
CI = json.dumps({"checks": [{"name": "test"}]})
AUTOMERGE = json.dumps({"extends": ["default:automergeDigest"]})
GOOD, BAD = "def sign_in(): ...\n", "def sign_in(): BROKEN\n"


@pytest.fixture
async def site(town: Town) -> Repository:
    """A website that works, deployed from acme/deploy at `release`, and updated by itself."""
    site = await town.github.repository(SITE, {"signin.py": GOOD, "ci.json": CI})
    head = await site.head("main") or ""
    files = {"site.json": image(head), "ci.json": CI, "renovate.json": AUTOMERGE}
    deploy = await town.github.repository(DEPLOY)
    await deploy.commit("release", files, author="alice", message="Begin")
    town.github.code.checks.set_status(town.github.code.repo(SITE), head, "test", "success", "alice")
    await town.deploys.watch()
    await town.renovate.watch()
    await town.settled()
    return site


@pytest.fixture
def hand(town: Town, tmp_path: Path) -> GitHand:
    settings = read_settings(
        {
            "TOCSIN_GITHUB_TOKEN": town.github.token,
            "TOCSIN_GITHUB_REPOSITORY": SITE,
            "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
            "TOCSIN_GITHUB_GIT_URL": f"{town.url}/github/git",
            "TOCSIN_DATA": str(tmp_path),
        }
    )
    target = Target("site", "site", repository=DEPLOY, branch="release", source=SITE)
    (one,) = hands(settings, Declared((target,), (Source(SITE),)), {})
    assert isinstance(one, GitHand)
    return one


async def test_the_site_is_well_again_and_stays_so_until_it_is_thawed(
    town: Town, site: Repository, hand: GitHand
) -> None:
    good = (await looked(hand, "deploy", repository=DEPLOY, branch="release"))["head"]
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()
    broken = town.site.status
    head = (await looked(hand, "deploy", repository=DEPLOY, branch="release"))["head"]

    between = await looked(hand, "between", target="site", good=good, live=head, good_repository=DEPLOY)
    back = await done(
        hand, "restore", repository=DEPLOY, branch="release", head=head, good=good, freezes=FREEZE
    )
    await town.settled()
    well = town.site.status
    reverted = await done(hand, "revert", repository=SITE, branch="main", commit=bad)
    await site.merge(str(reverted.outputs["branch"]), "main", author="alice")
    await town.settled()
    still = town.site.version
    await done(hand, "thaw", "INC-7/P2", repository=DEPLOY, branch="release", freeze=back.outputs["sha"])
    await town.settled()
    # Renovate has a schedule of its own, and looks again.
    await town.renovate.look()
    await town.settled()

    assert (broken, well, town.site.status) == ("down", "up", "up")
    assert [one["sha"] for one in between["commits"]] == [bad]
    assert still != await site.head("main")
    assert town.site.version == await site.head("main")
    assert (await looked(hand, "deployed", target="site"))["newest"] == town.site.version


async def test_its_protected_branch_refuses_in_the_words_of_github(
    town: Town, site: Repository, hand: GitHand
) -> None:
    deploy = await town.github.repository(DEPLOY)
    good = await deploy.head("release")
    head = await deploy.commit("release", {"site.json": "{}"}, author="alice", message="Two")
    rule = Protection(reviews=Reviews(), enforce_admins=True)
    town.github.protect(DEPLOY, "release", rule)

    end = await ended(hand, "restore", repository=DEPLOY, branch="release", head=head, good=good)

    assert isinstance(end, Refused)
    assert "GH006: Protected branch update failed for refs/heads/release" in end.why
    assert await deploy.head("release") == head


async def looked(hand: GitHand, what: str, **inputs: JSON) -> dict[str, Any]:
    seen = await hand.look(what, inputs)
    assert isinstance(seen, Seen), seen
    return dict(seen.values)


async def ended(
    hand: GitHand, what: str, run: str = "INC-7/P1", **inputs: JSON
) -> Done | Later | Failed | Refused:
    return await hand.do(Step(what, f"git.{what}", what, inputs), context_for(run))


async def done(hand: GitHand, what: str, run: str = "INC-7/P1", **inputs: JSON) -> Done:
    end = await ended(hand, what, run, **inputs)
    assert isinstance(end, Done), end
    return end
