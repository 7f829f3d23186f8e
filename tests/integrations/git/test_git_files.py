"""The look `files`: what the files of a folder hold, as they are in git."""

from __future__ import annotations

import pytest
from git_world import World


@pytest.fixture
def folder(world: World) -> str:
    return world.site.commit(
        {
            "db/1_a.up.sql": "CREATE TABLE a ();\r\n",
            "db/old/0_ä.up.sql": b"\xef\xbb\xbfSELECT 'x'\n",
            "db/empty.sql": "",
            "db/link": ("120000", b"1_a.up.sql"),
            "README": "no migration",
        }
    )


async def test_gives_each_file_of_the_folder_as_it_is_kept(world: World, folder: str) -> None:
    seen = await world.look("files", "acme/site", branch="main", path="/db/")

    assert seen.values["commit"] == folder
    assert seen.values["files"] == {
        "1_a.up.sql": "CREATE TABLE a ();\r\n",
        "old/0_ä.up.sql": "SELECT 'x'\n",
        "empty.sql": "",
    }


async def test_gives_them_as_they_were_at_a_commit(world: World, folder: str) -> None:
    world.site.commit({"db/1_a.up.sql": "changed"})

    seen = await world.look("files", "acme/site", commit=folder[:10], path="db")

    assert seen.values["files"]["1_a.up.sql"] == "CREATE TABLE a ();\r\n"  # type: ignore[index, call-overload]


async def test_a_file_that_is_no_text_is_a_problem(world: World) -> None:
    world.site.commit({"db/1_a.up.sql": b"\xff\xfe"})

    seen = await world.look("files", "acme/site", branch="main", path="db")

    assert seen.problems == ("1_a.up.sql is not UTF-8",)


async def test_a_folder_that_is_not_there_is_refused(world: World, folder: str) -> None:
    assert "no folder 'nowhere'" in await world.look_refused(
        "files", "acme/site", branch="main", path="nowhere"
    )
    assert "no folder 'README'" in await world.look_refused(
        "files", "acme/site", branch="main", path="README"
    )
