"""Walks: a target has one run at a time, nothing is done twice whatever dies, and nothing leaks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procedure_steps import STEPS, Theatre
from walk_steps import ALICE, BOB, CAROL, engine_of, tweet

from procedure_doubles import Killed
from tocsin.acts import incidents
from tocsin.acts.procedures import deeds
from tocsin.acts.rebuild import rebuild, verify
from tocsin.core import facts as f
from tocsin.core.procedures.hands import Done, Evidence, Failed, Seen
from tocsin.core.work import Later
from tocsin.errors import Conflict, NotFound

# --- one at a time ----------------------------------------------------------------------------------------------------------


async def test_a_target_has_one_run_at_a_time_over_all_incidents(theatre: Theatre) -> None:
    house, first = theatre.walk.house, theatre.walk.ref
    theatre.hand.answers["watch"] = [Later("the pipeline runs", timedelta(minutes=5))]
    await theatre.ran()
    await theatre.walk.begin(tweet(n="102"))
    second = theatre.walk.ref
    await theatre.walk.owned()
    await theatre.planned()
    await deeds.approve(house, ALICE, second, "P1")

    with pytest.raises(Conflict, match="INC-1/P1 is under way on site: wait for its end, or stop it"):
        await deeds.start(house, ALICE, second, "P1")
    with pytest.raises(Conflict, match="INC-1/P1 is under way on site"):
        await deeds.approve(house, BOB, second, "P1", runs=True)

    await theatre.walk.wait(6)
    assert (await incidents.add_note(house, ALICE, first, "x")).run("P1").state == "verified"  # type: ignore[union-attr]
    await deeds.start(house, ALICE, second, "P1")


async def test_the_database_itself_lets_no_second_run_through(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = theatre.walk.house
    theatre.hand.answers["watch"] = [Later("the pipeline runs", timedelta(minutes=5))]
    await theatre.ran()
    await theatre.walk.begin(tweet(n="102"))
    await theatre.walk.owned()
    await theatre.planned()
    await deeds.approve(house, ALICE, theatre.walk.ref, "P1")

    async def free(*_: object) -> None:
        """Both looked at the same time, and saw nobody."""

    monkeypatch.setattr(deeds, "_must_be_free", free)
    with pytest.raises(Conflict, match="Another run is under way on the same target"):
        await deeds.start(house, ALICE, theatre.walk.ref, "P1")

    assert (await theatre.run()).state == "approved"


async def test_who_may_not_know_of_the_incident_learns_no_more_than_that_the_target_is_held(
    theatre: Theatre,
) -> None:
    house = theatre.walk.house
    theatre.hand.answers["watch"] = [Later("the pipeline runs", timedelta(minutes=5))]
    await theatre.ran()
    await incidents.change_kind(house, ALICE, theatre.walk.ref, "security", "a leak")
    await theatre.walk.begin(tweet(n="102"))
    await incidents.own(house, CAROL, theatre.walk.ref)
    await deeds.plan(house, CAROL, theatre.walk.ref, "roll-back", "site", reason="x")
    await theatre.walk.engine.run_due()
    await deeds.approve(house, CAROL, theatre.walk.ref, "P1")

    with pytest.raises(Conflict, match=r"^Another run is under way on site"):
        await deeds.start(house, CAROL, theatre.walk.ref, "P1")


async def test_nobody_else_sees_or_steers_the_run_of_a_private_incident(theatre: Theatre) -> None:
    house = theatre.walk.house
    await theatre.planned()
    await incidents.change_kind(house, ALICE, theatre.walk.ref, "security", "a leak")

    for deed in (
        deeds.approve(house, CAROL, "INC-1", "P1"),
        deeds.start(house, CAROL, "INC-1", "P1"),
        deeds.stop(house, CAROL, "INC-1", "P1"),
        deeds.plan(house, CAROL, "INC-1", "roll-back", "site", reason="x"),
    ):
        with pytest.raises(NotFound, match="There is no incident INC-1"):
            await deed


# --- it survives ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dies", STEPS[1:])
async def test_killed_between_effect_and_record_the_effect_is_there_once(theatre: Theatre, dies: str) -> None:
    theatre.hand.dies_after = {dies}
    with pytest.raises(Killed):
        await theatre.ran()

    theatre.walk.engine = engine_of(
        theatre.walk.house, theatre.walk.mailbox
    )  # Another node; the first one's lease runs out.
    await theatre.walk.wait(1.1)

    run = await theatre.run()
    assert run.state == "verified"
    assert theatre.hand.world.effects == ["INC-1/P1 freeze", "INC-1/P1 restore", "INC-1/P1 watch"]
    assert [one for one in run.steps if not one.done] == []
    facts = (await theatre.walk.incident()).facts
    assert sum(isinstance(fact.what, f.StepDone) for fact in facts) == 4
    assert sum(isinstance(fact.what, f.ProcedureVerified) for fact in facts) == 1


async def test_killed_while_it_looks_it_is_planned_by_another_node(theatre: Theatre) -> None:
    looked = theatre.hand.look

    async def dies(*_: object) -> Seen:
        theatre.hand.look = looked  # type: ignore[method-assign]
        raise Killed

    theatre.hand.look = dies  # type: ignore[assignment, method-assign]
    with pytest.raises(Killed):
        await theatre.planned()

    theatre.walk.engine = engine_of(theatre.walk.house, theatre.walk.mailbox)
    await theatre.walk.wait(1.1)

    assert (await theatre.run()).state == "planned"


async def test_a_rebuild_makes_the_runs_anew_and_the_chain_of_facts_holds(theatre: Theatre) -> None:
    await theatre.ran()
    pool = theatre.walk.house.pool
    before = await pool.fetch("SELECT * FROM procedure_runs")
    assert [(row["target"], row["state"]) for row in before] == [("target:site", "verified")]
    await pool.execute("DELETE FROM procedure_runs")

    await rebuild(theatre.walk.house)

    assert await pool.fetch("SELECT * FROM procedure_runs") == before
    assert await verify(theatre.walk.house) == []


# --- output, secrets --------------------------------------------------------------------------------------------------------


async def test_output_stands_in_the_timeline_without_secrets_and_is_cut_where_it_is_too_much(
    theatre: Theatre,
) -> None:
    theatre.walk.house.strike = lambda text: text.replace("s3cret", "[hidden]")
    theatre.hand.says = ["\x1b[31mred\x1b[0m and s3cret\x00", *(f"line {n}" for n in range(300))]

    run = await theatre.ran()

    freeze = run.steps[1]
    assert freeze.output[0] == "[31mred[0m and [hidden]"
    assert (len(freeze.output), freeze.cut) == (200, True)
    kept = [
        fact.what for fact in (await theatre.walk.incident()).facts if isinstance(fact.what, f.StepOutput)
    ]
    assert len(kept) == 3


async def test_a_flood_of_bytes_is_cut_as_well(theatre: Theatre) -> None:
    theatre.hand.says = ["x" * 5000] * 50

    run = await theatre.ran()

    assert run.steps[1].cut
    assert sum(map(len, run.steps[1].output)) <= 64 * 1024
    assert {len(line) for line in run.steps[1].output} == {2000}


async def test_no_secret_reaches_a_fact_by_any_way(theatre: Theatre) -> None:
    theatre.walk.house.strike = lambda text: text.replace("s3cret", "[hidden]")
    theatre.hand.seen = [Seen({"head": "s3cret", "more": [{"s3cret": "s3cret"}]}) for _ in range(2)]
    theatre.hand.says = ["s3cret"]
    theatre.hand.answers["freeze"] = [
        Done((Evidence("s3cret", "s3cret", "https://x/s3cret"),), {"a": "s3cret"}, "s3cret")
    ]
    theatre.hand.answers["restore"] = [Failed("s3cret", ("s3cret",))]

    await theatre.ran()

    rows = await theatre.walk.house.pool.fetch(
        "SELECT data::text FROM facts UNION ALL SELECT last_why FROM works"
    )
    assert not [row for row in rows if "s3cret" in row["data"]]
    assert any("[hidden]" in row["data"] for row in rows)
