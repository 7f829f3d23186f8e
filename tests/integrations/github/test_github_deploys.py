"""Deploys that GitHub tells of: by the webhook and by a look, each once, and only those of declared targets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from github_world import World

from tocsin.acts import deploys as acts
from tocsin.clock import HandClock
from tocsin.core.deploys.deploy import Deploy
from tocsin.core.procedures.declared import Declared, Target
from tocsin.integrations.github import GitHubLink
from tocsin.town.git.repository import Repository

DEPLOY, SITE, BY = "acme/deploy", "acme/site", "acme-deployer[bot]"
TOLD = Target("site", "site", repository=DEPLOY, branch="release", source=SITE, environment="production")
PUSHED = Target("docs", "docs", repository=DEPLOY, branch="docs")
RELEASED = Target("app", "app", by="command", command=("deploy",), source=SITE)


@pytest.fixture
async def repository(world: World) -> Repository:
    """acme/deploy, from which the site and the docs are deployed."""
    world.house.declared = Declared((TOLD, PUSHED, RELEASED))
    await world.github.repository(SITE, {"a": "1\n"})
    return await world.github.repository(DEPLOY, {"site.json": "v7\n"})


async def known(world: World, service: str = "site") -> list[Deploy]:
    await world.settle()
    return [row.deploy for row in await acts.deploys(world.house, service)]


async def deployed(world: World, sha: str, *states: str, environment: str = "production") -> None:
    repo = world.github.board.repo(DEPLOY)
    assert repo is not None
    deployments = world.github.code.deployments
    made = deployments.create(repo, sha, "release", BY, environment=environment)
    for state in states:
        deployments.say(repo, made, state, BY, log_url="https://ci.acme.example/7")


async def test_a_push_on_a_deploy_branch_and_githubs_deployment_of_it_are_one_deploy(
    world: World, repository: Repository, clock: HandClock
) -> None:
    sha = await repository.commit("release", {"site.json": "v8\n"}, author="bob", message="v8\n\nmore")
    (pushed,) = await known(world)
    clock.advance(timedelta(minutes=3))

    await deployed(world, sha, "in_progress", "success")

    (deploy,) = await known(world)
    assert (pushed.status, pushed.title, pushed.live_at) == ("running", "v8", None)
    assert (deploy.commit, deploy.status, deploy.live_at) == (sha, "succeeded", clock.now())
    assert deploy.url == "https://ci.acme.example/7"


async def test_a_push_is_a_deploy_where_nobody_tells_of_deployments(
    world: World, repository: Repository, clock: HandClock
) -> None:
    sha = await repository.commit("docs", {"docs": "1\n"}, author="bob", message="Docs")

    (deploy,) = await known(world, "docs")
    assert (deploy.commit, deploy.status, deploy.live_at) == (sha, "succeeded", clock.now())


async def test_a_deployment_that_failed_is_known_as_failed(world: World, repository: Repository) -> None:
    await deployed(world, "a" * 40, "in_progress", "failure")

    assert [one.status for one in await known(world)] == ["failed"]


async def test_that_another_has_replaced_it_does_not_make_a_failed_one_good(
    world: World, repository: Repository
) -> None:
    await deployed(world, "a" * 40, "failure", "inactive")

    assert [one.status for one in await known(world)] == ["failed"]


async def test_deployments_to_elsewhere_are_left(world: World, repository: Repository) -> None:
    await deployed(world, "a" * 40, "success", environment="staging")

    assert await known(world) == []


async def test_pushes_to_other_branches_and_repositories_are_left(
    world: World, repository: Repository
) -> None:
    await repository.commit("topic", {"a": "1\n"}, author="bob", message="Topic", start="main")
    other = await world.github.repository("acme/other", {"a": "1\n"})
    await other.commit("release", {"a": "2\n"}, author="bob", message="Two")

    assert await known(world, "") == []


async def test_a_published_release_is_a_deploy_of_what_is_deployed_by_its_versions(
    world: World, repository: Repository, clock: HandClock
) -> None:
    repo = world.github.board.repo(SITE)
    assert repo is not None
    world.github.code.deployments.release(repo, "v7", "alice", draft=True)
    world.github.code.deployments.release(repo, "v8", "alice", name="Faster sign-in")

    (deploy,) = await known(world, "app")
    assert (deploy.version, deploy.title, deploy.live_at) == ("v8", "Faster sign-in", clock.now())
    assert await known(world, "site") == []


async def test_what_the_webhook_did_not_bring_is_found_by_a_look_and_counts_once(
    world: World, repository: Repository, link: GitHubLink, clock: HandClock
) -> None:
    world.house.declared = Declared((TOLD,))
    webhook, world.github.webhooks.url = world.github.webhooks.url, "http://127.0.0.1:9/nobody"
    sha = await repository.commit("release", {"site.json": "v8\n"}, author="bob", message="v8")
    await deployed(world, sha, "in_progress", "success")
    await world.settle()

    await link.catch_up.look(world.house)
    found = await known(world)
    world.github.webhooks.url = webhook
    assert await world.github.redeliver()
    clock.advance(timedelta(minutes=5))
    await link.catch_up.look(world.house)

    assert [one.status for one in found if one.commit == sha] == ["succeeded"]
    assert await known(world) == found


async def test_a_tocsin_that_is_new_reads_the_last_deploys_of_before(
    world: World, repository: Repository, link: GitHubLink, clock: HandClock
) -> None:
    world.house.declared = Declared((TOLD, PUSHED))
    world.github.webhooks.url = ""
    await repository.commit("release", {"site.json": "v8\n"}, author="bob", message="v8")
    clock.advance(timedelta(minutes=1))
    for n in (1, 2):
        clock.advance(timedelta(minutes=1))
        await deployed(world, str(n) * 40, "success")
        await repository.commit("docs", {"docs": f"{n}\n"}, author="bob", message=f"Docs {n}")
    clock.advance(timedelta(days=3))

    await link.catch_up.look(world.house)

    assert [one.commit[0] for one in await known(world)][:2] == ["2", "1"]
    assert [one.title for one in await known(world, "docs")][:2] == ["Docs 2", "Docs 1"]


async def test_what_is_no_deployment_is_refused(world: World, link: GitHubLink) -> None:
    with pytest.raises(Exception, match="deployment"):
        await link.catch_up._events["deployment"](
            world.house, b'{"repository": {"full_name": "acme/deploy"}}'
        )
