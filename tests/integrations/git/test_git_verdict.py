"""The verdict on going back, from real repositories: what lies between two deploys makes its class."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from git_histories import git
from git_world import World, world_in

from tocsin.acts import looks
from tocsin.acts.declare import NewReport, declare
from tocsin.acts.deploys import record_deploy
from tocsin.acts.house import House
from tocsin.acts.judging import judge
from tocsin.core.case import Actor
from tocsin.core.deploys.deploy import deploy_of
from tocsin.core.facts import TOCSIN, RevertibilityJudged

UP, DOWN = "migrations/0007_names.up.sql", "migrations/0007_names.down.sql"
ALICE = Actor("alice", "web", "Alice")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_in(tmp_path)


async def verdict(house: House, world: World, **migration: str) -> RevertibilityJudged:
    """Two deploys of two commits of the source, the second with these files of a migration; then an incident."""
    good = await _deployed(house, world, {"sign_in.py": "slow"}, timedelta(hours=30))
    assert good
    files = {{"up": UP, "down": DOWN}[name]: text for name, text in migration.items()}
    await _deployed(house, world, {"sign_in.py": "fast", **files}, timedelta(minutes=5))
    house.declared, house.hands = world.hand.places.declared, {"git": world.hand}
    report = NewReport("web", "sign-in is broken", "Alice", outside=False)
    made = await declare(house, ALICE, report)
    assert await judge(house, made.ref) == ""
    (found,) = (await looks.case(house, made.ref, TOCSIN)).incident.verdicts
    return found


async def _deployed(house: House, world: World, files: dict[str, str], ago: timedelta) -> str:
    source = world.site.commit(files, f"Change {len(files)}")
    sha = world.deploy.commit({"site.json": f'{{"image": "registry/site:{source}"}}\n'}, "Deploy")
    now = house.clock.now()
    told = deploy_of(
        id="", service="site", at=now - ago, now=now, commit=sha, repository="acme/deploy", version=source[:7]
    )
    await record_deploy(house, told)
    return sha


async def test_it_is_safe_where_only_code_lies_between(house: House, world: World) -> None:
    found = await verdict(house, world)

    assert (found.verdict, found.in_all) == ("safe", 1)
    assert [commit.title for commit in found.commits] == ["Change 1"]
    assert found.configuration == ("site.json",)


async def test_it_is_safe_where_a_migration_only_adds(house: House, world: World) -> None:
    found = await verdict(house, world, up="CREATE TABLE names (id bigint);", down="DROP TABLE names;")

    assert (found.verdict, [one.path for one in found.migrations]) == ("safe", [UP])


async def test_the_schema_comes_first_where_a_migration_breaks_older_code(house: House, world: World) -> None:
    up, down = "ALTER TABLE users DROP COLUMN name;", "ALTER TABLE users ADD COLUMN name text;"

    assert (await verdict(house, world, up=up, down=down)).verdict == "after-schema"


async def test_there_is_no_way_back_where_it_can_not_be_taken_back(house: House, world: World) -> None:
    found = await verdict(house, world, up="ALTER TABLE users DROP COLUMN name;", down="")

    assert (found.verdict, found.migrations[0].is_reversible) == ("not-revertible", False)


async def test_a_deploy_told_by_the_commit_of_the_source_alone_is_judged_and_restored(
    house: House, world: World
) -> None:
    await verdict(house, world)
    source, now = world.site.tip(), house.clock.now()
    before, last = git(world.site.folder, "rev-parse", f"{source}^"), world.deploy.tip()
    await house.pool.execute("DELETE FROM deploys")
    for sha, ago in ((before, timedelta(hours=30)), (source, timedelta(minutes=5))):
        told = deploy_of(id="", service="site", at=now - ago, now=now, commit=sha, repository="acme/site")
        await record_deploy(house, told)

    await judge(house, "INC-1")
    (found,) = (await looks.case(house, "INC-1", TOCSIN)).incident.verdicts
    good = found.deploy(found.good)
    assert good
    pinned = await world.look("pinned", target="site", commit=good.commit)

    assert (found.verdict, good.commit, found.in_all) == ("safe", before, 1)
    assert pinned.values["sha"] == git(world.deploy.folder, "rev-parse", f"{last}^")
