"""Walks: no incident ends with a schema that its own runs found dirty: by name, with what to do, and how to end it all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from test_schema_repaired import on, planned
from walk_steps import ALICE, BOB, Walk

from schema_world import World, empty_world
from tocsin.acts import incidents
from tocsin.acts.procedures import deeds
from tocsin.core.work import THREAD_SAY
from tocsin.errors import Conflict
from tocsin.store.postgres import EmbeddedPostgres

REFUSED = (
    "INC-1 can't end yet: the schema of frontend is dirty at version 2, as P1 saw, and what starts on it aborts. "
    "Plan repair-schema, or mend it by hand and come again: it is looked at. "
    "To end it all the same, waive clean-schema-frontend and write down why"
)


@pytest.fixture
async def world(walk: Walk, postgres_server: EmbeddedPostgres) -> AsyncIterator[World]:
    """Version 2 is dirty, and a run of the owned incident saw it."""
    async with empty_world(postgres_server) as world:
        await world.migrator().up_to(2)
        await world.migrator().set_version(2, True)
        on(walk, world, walk.clock.now())
        await walk.begin()
        await walk.owned()
        await planned(walk, "repair-schema", version="2")
        yield world


async def refused(walk: Walk, how: str) -> str:
    end = {"resolve": incidents.resolve, "dismiss": incidents.dismiss}[how]
    with pytest.raises(Conflict) as caught:
        await end(walk.house, ALICE, walk.ref, "it is well", "signed in")
    return caught.value.message


@pytest.mark.parametrize("how", ["resolve", "dismiss"])
async def test_it_does_not_end_while_the_schema_is_dirty(walk: Walk, world: World, how: str) -> None:
    assert await refused(walk, how) == REFUSED


async def test_repaired_by_a_run_it_ends_and_both_are_said(walk: Walk, world: World) -> None:
    await deeds.approve(walk.house, ALICE, walk.ref, "P1")
    await deeds.approve(walk.house, BOB, walk.ref, "P1", runs=True)
    await walk.engine.run_due()
    await walk.resolved()

    told = "\n".join(one.text for one in walk.mailbox.take(THREAD_SAY))
    assert (await walk.incident()).status == "resolved"
    assert (await walk.duty("clean-schema-frontend")).state == "met"
    assert "The schema of frontend is dirty at version 2. INC-1 does not end before it is clean." in told
    assert "The schema of frontend is clean, at version 2." in told


async def test_mended_by_hand_it_is_looked_at_and_ends(walk: Walk, world: World) -> None:
    await world.migrator().set_version(2, False)

    await walk.resolved()

    duty = await walk.duty("clean-schema-frontend")
    assert ((await walk.incident()).status, duty.state, duty.by) == ("resolved", "met", "tocsin")


async def test_what_can_not_be_looked_at_counts_as_it_was_seen(walk: Walk, world: World) -> None:
    await world.migrator().set_version(2, False)
    await world.conn.execute("ALTER TABLE schema_migrations RENAME TO gone")

    assert await refused(walk, "resolve") == REFUSED


async def test_waived_in_writing_it_ends_all_the_same(walk: Walk, world: World) -> None:
    await incidents.waive(walk.house, ALICE, walk.ref, "clean-schema-frontend", "that database is given up")

    await walk.resolved()

    assert (await walk.incident()).status == "resolved"


async def test_one_that_is_found_dirty_again_is_owed_again(walk: Walk, world: World) -> None:
    await world.migrator().set_version(2, False)
    await planned(walk, "repair-schema", version="2")
    await world.migrator().set_version(2, True)
    await planned(walk, "repair-schema", version="2")

    states = {id: one.state for id, one in (await walk.duties()).items() if id.startswith("clean-schema")}

    assert states == {"clean-schema-frontend": "met", "clean-schema-frontend-2": "owed"}
    assert "as P3 saw" in await refused(walk, "resolve")
