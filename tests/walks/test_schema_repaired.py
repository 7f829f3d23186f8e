"""Walks: a dirty schema is examined, planned, approved by two and repaired, on a real PostgreSQL beside our own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest
from walk_steps import ALICE, BOB, Walk

from schema_world import DATABASE, World, empty_world
from tocsin.acts.procedures import deeds
from tocsin.core.procedures.declared import KUBECTL, Target
from tocsin.core.procedures.known import PROCEDURES
from tocsin.core.procedures.run import Run
from tocsin.store.postgres import EmbeddedPostgres


@pytest.fixture
async def world(walk: Walk, postgres_server: EmbeddedPostgres) -> AsyncIterator[World]:
    """Version 2 failed at its second statement; the walk has an owned incident."""
    async with empty_world(postgres_server) as world:
        migrator = world.migrator(one_by_one=True)
        await migrator.up_to(1)
        world.files["2_email.up.sql"] = (
            "ALTER TABLE users ADD COLUMN email text; CREATE INDEX users_email ON nowhere (email)"
        )
        await migrator.fails(migrator.up_to(2))
        world.files["2_email.up.sql"] = (
            "ALTER TABLE users ADD COLUMN email text; CREATE INDEX users_email ON users (email)"
        )
        on(walk, world, walk.clock.now())
        await walk.begin()
        await walk.owned()
        yield world


def on(walk: Walk, world: World, backed_up: datetime) -> None:
    said = ("echo", backed_up.isoformat())
    walk.house.declared = world.declared(backup_command=said)
    walk.house.hands = {"schema": world.hand(backup_command=said)}
    walk.house.procedures = dict(PROCEDURES)


async def planned(walk: Walk, procedure: str, **inputs: str) -> Run:
    await deeds.plan(
        walk.house, ALICE, walk.ref, procedure, DATABASE, reason="the frontend does not start", inputs=inputs
    )
    await walk.engine.run_due()
    run = (await walk.incident()).runs[-1]
    assert run.plan
    return run


async def test_two_say_yes_and_the_schema_is_repaired_step_by_step(walk: Walk, world: World) -> None:
    run = await planned(walk, "repair-schema", version="2")
    await deeds.approve(walk.house, ALICE, walk.ref, run.id)
    await deeds.approve(walk.house, BOB, walk.ref, run.id, runs=True)
    await walk.engine.run_due()

    done = (await walk.incident()).runs[-1]

    assert done.state == "verified", done
    assert run.plan
    assert "if the way up to 2 failed (2_email.up.sql): 1 done, 2 not done" in run.plan.reasons
    assert [one.id for one in done.steps] == ["look-again", "run-up-2-2", "flag"]
    assert ("public.schema_migrations", "version 2, not dirty") in [
        (one.what, one.value) for one in done.evidence
    ]
    assert await world.row() == [(2, False)]


async def test_without_a_fresh_backup_it_needs_a_written_reason(walk: Walk, world: World) -> None:
    on(walk, world, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))

    run = await planned(walk, "repair-schema", version="2")

    assert run.plan
    assert run.plan.overridable
    assert "no fresh backup" in run.plan.refusals[0]
    assert await world.row() == [(2, True)]


async def test_a_clean_schema_goes_back_by_its_down_files(walk: Walk, world: World) -> None:
    await world.migrator().set_version(1, False)
    await world.conn.execute("ALTER TABLE users DROP COLUMN email")
    await world.migrator().up_to(3)

    run = await planned(walk, "roll-back-schema", version="1")
    await deeds.approve(walk.house, ALICE, walk.ref, run.id)
    await deeds.approve(walk.house, BOB, walk.ref, run.id, runs=True)
    await walk.engine.run_due()

    done = (await walk.incident()).runs[-1]
    assert done.state == "verified", done
    assert [one.id for one in done.steps] == ["look-again", "down-3", "down-2"]
    assert await world.row() == [(1, False)]


WRONG = (
    ("drop", "'drop' is no version"),
    ("all", "'all' is no version"),
    ("12345678901234567890", "is no version"),
)


@pytest.mark.parametrize(("written", "said"), WRONG, ids=[one for one, _ in WRONG])
async def test_what_would_drop_or_take_back_all_is_refused(
    walk: Walk, world: World, written: str, said: str
) -> None:
    run = await planned(walk, "roll-back-schema", version=written)

    assert run.plan
    assert said in run.plan.refusals[0]


async def test_a_service_of_kubernetes_is_restarted_once_its_schema_is_clean(
    walk: Walk, world: World
) -> None:
    target = Target("web", "web", by=KUBECTL, workload="deployment/web")
    declared = world.declared(restart="web", backup_command=("echo", walk.clock.now().isoformat()))
    walk.house.declared = replace(declared, targets=(target,), programs=("kubectl",))

    run = await planned(walk, "repair-schema", version="2")

    assert run.plan
    last = run.plan.steps[-3:]
    assert [one.hand for one in last] == ["schema.flag", "command.rollout_restart", "command.rollout_status"]
    assert last[1].title == "Restart frontend: kubectl rollout restart deployment/web"
    assert not any("by hand" in one for one in run.plan.warnings)


async def test_a_service_that_nothing_can_start_is_left_to_people_by_name(walk: Walk, world: World) -> None:
    run = await planned(walk, "repair-schema", version="2")

    assert run.plan
    assert "restart frontend by hand afterwards: no command for it is declared" in run.plan.warnings
