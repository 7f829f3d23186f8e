"""What holds for every policy, whoever can be paged and whatever people do: it is never silent and never spins."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from escalation_cases import DAY, START, Clockwork, Town, name
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.escalation import decisions as d
from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import next_at, what_is_due
from tocsin.core.escalation.explain import coming
from tocsin.core.escalation.policy import ON_CALL, PERSON, POLICY, PRIORITIES, Policy, Stamped, Target
from tocsin.core.escalation.stamping import MOST_STAGES, stamped
from tocsin.core.escalation.state import ACKNOWLEDGED, CLOSED, after, begun, folded
from tocsin.core.escalation.written import MOST_REPEATS, SHORTEST_AGAIN, policy_of, written_policy
from tocsin.core.spans import span_written
from tocsin.errors import Conflict, Invalid

many = settings(max_examples=int(os.environ.get("TOCSIN_EXAMPLES", "25")), deadline=None)
PEOPLE = ("ann", "ben", "cy", "dot")
TARGETS = (
    *(f"person:{one}" for one in PEOPLE),
    "on-call", "admins", "team:ops", "team:empty", "schedule:ops", "schedule:ops/next", "schedule:ops/everyone",
    "channel:#ops", "webhook:https://example.com/hook",
)  # fmt: skip
SPANS = tuple(timedelta(minutes=n) for n in (0, 1, 5, 15, 60, 1440))
WINDOWS = (None, ("Mon-Fri 09:00-17:00", "Europe/Berlin"), ("Sat 00:00 - Sun 24:00", "America/New_York"))
targets = st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3)
spans = st.sampled_from(SPANS).map(span_written)
minutes = st.integers(0, 3 * 24 * 60).map(lambda n: START + timedelta(minutes=n))


@st.composite
def steps(draw: st.DrawFn, refers_to: tuple[str, ...] = ()) -> dict[str, Any]:
    to = draw(targets)
    if refers_to and draw(st.booleans()):
        to = [*to[1:], f"policy:{draw(st.sampled_from(refers_to))}"]
    window = draw(st.sampled_from(WINDOWS))
    some = all(one.startswith(("policy:", "channel:", "webhook:")) for one in to)
    return {
        "to": to,
        "after": draw(spans),
        "when": draw(st.sampled_from(["not-acknowledged", "not-closed"])),
        "priorities": draw(st.lists(st.sampled_from(PRIORITIES), max_size=2)),
        "turn": not some and draw(st.booleans()),
        **({"between": [window[0]], "zone": window[1]} if window else {}),
    }


@st.composite
def policies(draw: st.DrawFn, id: str = "outer", refers_to: tuple[str, ...] = ()) -> Policy:
    return policy_of(
        {
            "id": id,
            "steps": draw(st.lists(steps(refers_to), min_size=1, max_size=4)),
            "repeat": draw(st.integers(0, 3)),
            "again_after": span_written(draw(st.sampled_from(SPANS[2:]))),
            "acknowledged_by": draw(st.sampled_from(["one", "all"])),
            "forgotten_after": draw(st.sampled_from([None, "1m", "20m", "6h"])),
            "last_resort": draw(st.one_of(st.just([]), targets)),
        }
    )


@st.composite
def all_policies(draw: st.DrawFn) -> dict[str, Policy]:
    """Three, of which each may refer to those after it."""
    inmost = draw(policies("inmost"))
    inner = draw(policies("inner", ("inmost",)))
    return {one.id: one for one in (draw(policies("outer", ("inner", "inmost"))), inner, inmost)}


stampeds = all_policies().map(lambda those: stamped(those["outer"], those))


@st.composite
def towns(draw: st.DrawFn) -> Town:
    some = st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True).map(tuple)
    meant = ("on-call", "admins", "team:ops", "schedule:ops", "schedule:ops/next", "schedule:ops/everyone")
    away = draw(st.lists(st.sampled_from(PEOPLE), max_size=4))
    return Town({one: draw(some) for one in meant}, dict.fromkeys(away, "has no way to be paged"))


ACTS = ("acknowledge", "take over", "unacknowledge", "snooze", "escalate", "reassign", "add", "held", "close")
acts = st.lists(
    st.tuples(minutes, st.sampled_from(ACTS), st.sampled_from(PEOPLE)), max_size=8
).map(lambda those: sorted(those, key=lambda one: one[0]))  # fmt: skip


def done(clock: Clockwork, act: str, person: str, now: datetime) -> list[e.Event]:
    """What comes of it; nothing where it is refused."""
    one, to = clock.one, (Target(PERSON, person), Target(ON_CALL))
    try:
        match act:
            case "acknowledge":
                return d.acknowledge(one, person, name)
            case "take over":
                return d.take_over(one, person, name)
            case "unacknowledge":
                return d.unacknowledge(one, person, name)
            case "snooze":
                return d.snooze(one, person, now + timedelta(hours=1), now, name)
            case "escalate":
                return d.escalate_now(one, person, now, name)
            case "reassign":
                return d.reassign(one, person, to, None, clock.look, now, name)
            case "add":
                return d.add_responders(one, person, to, clock.look, now, name)
            case "held":
                return d.held(one, now, now + timedelta(minutes=30), "down")
            case _:
                return d.close(one, person, "", name)
    except (Conflict, Invalid):
        return []


def lived(stamp: Stamped, look: Town, those: list[tuple[datetime, str, str]], priority: str) -> Clockwork:
    clock = Clockwork(begun(stamp, START, priority), look)
    for now, act, person in those:
        clock.until(now)
        clock.does(done(clock, act, person, now), now)
    return clock


@many
@given(stampeds, towns(), acts, st.sampled_from(PRIORITIES))
def test_what_is_not_closed_has_a_next_time_or_an_acknowledgement(stamp, look, those, priority):
    clock = Clockwork(begun(stamp, START, priority), look)
    for now, act, person in [*those, (START + 3 * DAY, "held", "ann")]:
        clock.until(now)
        clock.does(done(clock, act, person, now), now)

        if clock.one.status not in (CLOSED, ACKNOWLEDGED):
            assert next_at(clock.one) is not None


@many
@given(stampeds, towns(), acts, st.sampled_from(PRIORITIES))
def test_what_is_due_at_one_instant_ends(stamp, look, those, priority):
    clock = lived(stamp, look, those, priority).until(START + 3 * DAY)
    now = START + 4 * DAY
    for _ in range(2 * MOST_STAGES):
        event = what_is_due(clock.one, look, now)
        if event is None:
            break
        clock.happens(event, now)

    assert what_is_due(clock.one, look, now) is None
    due = next_at(clock.one)
    assert due is None or due > now


@many
@given(stampeds, towns(), st.sampled_from(PRIORITIES))
def test_the_number_of_events_of_a_week_is_bounded(stamp, look, priority):
    found = Clockwork(begun(stamp, START, priority), look).until(START + 7 * DAY)

    rounds = (len(stamp.stages) + 1) * (MOST_REPEATS + 1)
    assert len(found.log) <= rounds + 7 * DAY / SHORTEST_AGAIN
    assert [one.at for one in found.log] == sorted(one.at for one in found.log)


@many
@given(stampeds, towns(), st.sampled_from(PRIORITIES))
def test_somebody_is_paged_before_the_policy_has_run_out_and_a_pause_is_over(stamp, look, priority):
    """Never silent: where an admin can be paged, nobody waits longer than the policy takes by itself."""
    there = replace(look, said={**look.said, "admins": ("boss",)})
    last = stamp.stages[-1].at if stamp.stages else timedelta()
    found = Clockwork(begun(stamp, START, priority), there).until(START + last + stamp.again_after)

    assert found.paged


@many
@given(stampeds, towns(), acts, st.sampled_from(PRIORITIES), st.integers(0, 60))
def test_what_is_foretold_is_what_then_happens_when_nobody_acts(stamp, look, those, priority, late):
    clock = lived(stamp, look, those, priority)
    now = (those[-1][0] if those else START) + timedelta(minutes=late)
    foretold = coming(clock.one, look, now, name)

    happened, one, turns = [], clock.one, dict(look.turns)
    then = Town(look.said, look.unreachable, turns)
    while len(happened) < len(foretold):
        at = max(next_at(one), now)
        event = what_is_due(one, then, at)
        if isinstance(event, e.Stepped) and event.turn:
            turns[event.turn] = turns.get(event.turn, 0) + 1
        happened.append((at, event))
        one = after(one, event, at)

    assert [line.at for line in foretold] == [at for at, _ in happened]
    for line, (_, event) in zip(foretold, happened, strict=True):
        people = getattr(event, "people", ())
        assert all(name(person) in line.text for person in people)
        assert isinstance(event, e.PassedOver) == line.text.endswith("is passed over")
    if foretold:
        assert not isinstance(happened[-1][1], e.Stepped) or next_at(one) is None
        assert not any(isinstance(event, e.RanOut) for _, event in happened[:-1])
    else:
        assert next_at(clock.one) is None


@many
@given(all_policies())
def test_a_policy_is_read_as_it_was_written(those):
    for one in those.values():
        assert policy_of(written_policy(one)) == one


@many
@given(stampeds, towns(), acts, st.sampled_from(PRIORITIES))
def test_the_events_folded_are_what_the_steps_led_to(stamp, look, those, priority):
    clock = lived(stamp, look, those, priority)

    assert folded(begun(stamp, START, priority), clock.log) == clock.one


@st.composite
def nested(draw: st.DrawFn) -> tuple[dict[str, Policy], Policy]:
    """An outer policy with another in the place of its second step, and the one flat policy that says the same."""
    before, after, *inside = (draw(steps()) for _ in range(4))
    after["after"] = "7d"  # after all that the inner one does
    wait = draw(spans)
    outer = policy_of({"id": "outer", "steps": [before, {"to": "policy:inner", "after": wait}, after]})
    inner = policy_of({"id": "inner", "steps": inside})
    waited = outer.steps[1].after
    first, second = inner.steps
    flat = (
        outer.steps[0],
        replace(
            first,
            after=waited + first.after,
            when=outer.steps[1].when if first.when == "not-closed" else first.when,
        ),
        second if second.when != "not-closed" else replace(second, when=outer.steps[1].when),
        replace(outer.steps[2], after=outer.steps[2].after - first.after - second.after),
    )
    return {"outer": outer, "inner": inner}, replace(outer, steps=flat)


@many
@given(nested(), towns(), st.sampled_from(PRIORITIES))
def test_a_nested_policy_does_what_the_flat_one_does(case, look, priority):
    those, flat = case
    plain = replace(look, turns={})
    found = Clockwork(begun(stamped(those["outer"], those), START, priority), plain).until(START + 9 * DAY)
    other = Clockwork(begun(stamped(flat, {}), START, priority), replace(look, turns={})).until(
        START + 9 * DAY
    )

    assert found.paged == other.paged
    assert [(one.at, type(one.event)) for one in found.log] == [
        (one.at, type(one.event)) for one in other.log
    ]


@many
@given(all_policies())
def test_no_stage_refers_to_a_policy_and_all_are_in_the_order_of_time(those):
    stages = stamped(those["outer"], those).stages

    assert not any(target.kind == POLICY for one in stages for target in one.to)
    assert [one.at for one in stages] == sorted(one.at for one in stages)
