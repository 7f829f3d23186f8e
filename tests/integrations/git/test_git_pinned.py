"""The hand "git" finds the commit of a deploy repository by the commit of the source that it deployed."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_world import World, world_in


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_in(tmp_path)


def deployed(world: World, sha: str, **more: str) -> str:
    """As Sourcegraph names its images: build, date, and the beginning of the commit's name."""
    return world.deploy.commit({"site.yaml": f"image: site:101_2026-03-01_{sha[:8]}\n", **more})


async def test_it_is_the_last_commit_that_deployed_that(world: World) -> None:
    old, new = world.site.commit({"a": "1"}), world.site.commit({"a": "2"})
    deployed(world, old)
    good = deployed(world, old, replicas="3")
    deployed(world, new)
    deployed(world, new, replicas="5")

    seen = await world.look("pinned", target="site", commit=old[:10])

    assert seen.values == {"sha": good, "source": old}


async def test_one_that_was_deployed_twice_is_found_where_it_was_deployed_last(world: World) -> None:
    old, new = world.site.commit({"a": "1"}), world.site.commit({"a": "2"})
    deployed(world, old)
    deployed(world, new)
    again = deployed(world, old)
    deployed(world, new)

    assert (await world.look("pinned", target="site", commit=old)).values["sha"] == again


async def test_a_commit_of_the_deploy_repository_is_itself(world: World) -> None:
    good = deployed(world, world.site.commit({"a": "1"}))

    assert (await world.look("pinned", target="site", commit=good[:8])).values == {"sha": good, "source": ""}


async def test_one_that_was_never_deployed_is_refused_by_name(world: World) -> None:
    never = world.site.commit({"a": "1"})
    deployed(world, world.site.commit({"a": "2"}))

    why = await world.look_refused("pinned", target="site", commit=never)
    unknown = await world.look_refused("pinned", target="site", commit="f" * 40)

    assert why == f"{never[:10]} is a commit of acme/site, and no commit of release deploys it"
    assert unknown.startswith(f"there is no commit '{'f' * 40}' in acme/deploy or acme/site")
