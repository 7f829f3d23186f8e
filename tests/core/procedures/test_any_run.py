"""Rules that hold for every run, whatever people press and whatever comes of its steps, in whichever order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_story import BEGIN, BOOK, DECLARED

from procedure_doubles import SITE, FakeProcedure
from tocsin.core import facts as f
from tocsin.core.case import Actor, Case
from tocsin.core.facts import Fact, What
from tocsin.core.folding import extend, fold
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Scene
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.procedures import decisions
from tocsin.core.procedures import run as states
from tocsin.core.procedures.going_on import after_step, stopped
from tocsin.core.procedures.hands import Done, Evidence, Failed
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.run_message import planned_fact, run_message
from tocsin.errors import Conflict, TocsinError

ALICE, BOB = Actor("alice", "web"), Actor("bob", "web")
ROLL_BACK = FakeProcedure()
STEPS = ("freeze", "restore", "watch")


@dataclass
class Incidents:
    """One incident, to which things happen. `befores` is how it was before each of them."""

    incident: Incident = field(default_factory=lambda: fold([Fact(1, BEGIN, "bob", "web", DECLARED)]))
    befores: list[Incident] = field(default_factory=list)

    def case(self) -> Case:
        return Case(self.incident, BOOK, BEGIN, Roster(on_call=("alice", "bob")))

    def add(self, whats: list[What], by: str) -> None:
        self.befores.append(self.incident)
        n = len(self.incident.facts) + 1
        at = BEGIN + timedelta(minutes=n)
        self.incident = extend(
            self.incident, [Fact(n + i, at, by, "web", what) for i, what in enumerate(whats)]
        )

    def try_to(self, decide: Callable[[Case], list[What]], by: str = "alice") -> None:
        try:
            self.add(decide(self.case()), by)
        except TocsinError:
            return


def is_free(incident: Incident, id: str) -> bool:
    """As the database holds it: only one run of a target is under way."""
    run = incident.run(id)
    return run is not None and not any(one.is_under_way and one.lock == run.lock for one in incident.runs)


def ask(world: Incidents, id: str) -> None:
    world.try_to(lambda case: decisions.ask(case, ALICE, ROLL_BACK, "site", {}, "it fails", SITE))


def plan(world: Incidents, id: str) -> None:
    run = world.incident.run(id)
    if run and run.state == states.ASKED:
        steps = tuple(f.PlannedStep(one, f"fake.{one}", one.capitalize()) for one in STEPS)
        world.add([f.ProcedurePlanned(id, steps, "safe")], f.TOCSIN)


def approve(world: Incidents, id: str) -> None:
    world.try_to(lambda case: decisions.approve(case, BOB, id), "bob")


def start(world: Incidents, id: str) -> None:
    if is_free(world.incident, id):
        world.try_to(lambda case: decisions.start(case, ALICE, id))


def stop(world: Incidents, id: str) -> None:
    world.try_to(lambda case: decisions.stop(case, BOB, id), "bob")


def go_on(world: Incidents, id: str) -> None:
    if is_free(world.incident, id):
        world.try_to(lambda case: decisions.go_on(case, ALICE, id, "it is mended"))


def withdraw(world: Incidents, id: str) -> None:
    world.try_to(lambda case: decisions.withdraw(case, ALICE, id, "it is well"))


def step_ends(world: Incidents, id: str, outcome: Done | Failed) -> None:
    """As the engine records it, which looks at the run as it is then."""
    run = world.incident.run(id)
    if run and run.is_under_way and run.current:
        ended = after_step(run, "INC-1", run.current.id, outcome, ROLL_BACK, lambda text: text)
        world.add(ended, f.TOCSIN)


def step_does(world: Incidents, id: str) -> None:
    run = world.incident.run(id)
    frozen = {"frozen": ["renovate.json"]} if run and run.current and run.current.id == "freeze" else {}
    step_ends(world, id, Done((Evidence("effect", "there"),), frozen))


def step_fails(world: Incidents, id: str) -> None:
    step_ends(world, id, Failed("it moved"))


def leaves_off(world: Incidents, id: str) -> None:
    """A step that has to wait is asked again, and somebody pressed stop."""
    run = world.incident.run(id)
    if run and run.is_under_way and run.stop:
        world.add([stopped(run, "Bob")], f.TOCSIN)


def another(world: Incidents, id: str) -> None:
    """The whole is planned once more, and run if the target is free."""
    ask(world, id)
    newest = world.incident.runs[-1].id
    for act in (plan, approve, start):
        act(world, newest)


def finishes(world: Incidents, id: str) -> None:
    for _ in STEPS:
        step_does(world, id)


ACTS = (
    *(ask, plan, approve, start, another, another, step_does, finishes, step_fails, step_fails),
    *(stop, leaves_off, go_on, go_on, go_on, withdraw),
)


@st.composite
def lives(draw: st.DrawFn) -> Incidents:
    """Some runs of one target. The first is under way, and then whatever happens to them."""
    world = Incidents()
    another(world, "")
    for act in draw(st.lists(st.sampled_from(ACTS), min_size=8, max_size=25)):
        begun = [run.id for run in world.incident.runs if run.started_at]
        act(world, draw(st.sampled_from([*begun[-2:], world.incident.runs[-1].id])))
    return world


def pairs(world: Incidents) -> list[tuple[Run, Run]]:
    """Each run before and after each thing that happened."""
    moments = [*world.befores, world.incident]
    found = []
    for before, after in pairwise(moments):
        found += [(run, later) for run in before.runs if (later := after.run(run.id))]
    return found


@given(lives())
@settings(max_examples=50, deadline=None)
def test_what_is_verified_or_withdrawn_stays_as_it_is(world: Incidents) -> None:
    for before, after in pairs(world):
        assert before.state not in (states.VERIFIED, states.WITHDRAWN) or after == before


@given(lives())
@settings(max_examples=50, deadline=None)
def test_what_was_done_stays_done_and_steps_are_done_in_their_order(world: Incidents) -> None:
    for before, after in pairs(world):
        done = [one.id for one in after.steps if one.done]
        assert {one.id for one in before.steps if one.done} <= set(done)
        assert tuple(done) == STEPS[: len(done)]
        running = [one.id for one in after.steps if one.state == states.RUNNING]
        assert len(running) == (1 if after.is_under_way else 0)


@given(lives())
@settings(max_examples=50, deadline=None)
def test_wherever_a_run_ends_it_says_what_stands_and_what_lacks_and_the_thaw_is_owed(
    world: Incidents,
) -> None:
    ends = [
        x.what for x in world.incident.facts if isinstance(x.what, f.ProcedureFailed | f.ProcedureStopped)
    ]
    assert all(len(one.stands) + len(one.lacks) == len(STEPS) for one in ends)
    froze = {
        run.id for run in world.incident.runs if any(one.id == "freeze" and one.done for one in run.steps)
    }
    assert {one.run for one in world.incident.freezes} == froze


@given(lives())
@settings(max_examples=50, deadline=None)
def test_every_click_that_the_message_of_a_run_offers_can_be_taken_at_that_moment(world: Incidents) -> None:
    takes = {"approve_run": decisions.approve, "start_run": decisions.start, "stop_run": decisions.stop}
    for run in world.incident.runs:
        if planned := planned_fact(world.incident, run.id):
            message = run_message(Scene(planned, world.incident, BOOK, Places("http://x"), {}), run)
            assert all(takes[one.act](world.case(), BOB, one.about) for one in message.offers)


def test_once_a_newer_run_of_a_target_was_begun_the_older_one_does_not_go_on() -> None:
    world = Incidents()
    another(world, "")
    step_fails(world, "P1")
    another(world, "")
    step_fails(world, "P2")

    with pytest.raises(Conflict, match="P2 was run on site since: plan again instead of going on with P1"):
        decisions.go_on(world.case(), ALICE, "P1", "it is mended")
    assert decisions.go_on(world.case(), ALICE, "P2", "it is mended")
