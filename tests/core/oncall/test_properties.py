"""What holds for every schedule: tried on random ones around real changes of the clocks, against a slow and plain model."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from naive_model import key, naive_handoffs, naive_on_call, naive_who
from oncall_cases import MOMENT
from random_schedules import DAY, EXAMPLES, PEOPLE, Case, RotationCase, cases, people, rotation_cases

from tocsin.core.oncall.calculator import check, gaps, next_change, on_call, shifts, shifts_at
from tocsin.core.oncall.edits import with_plan, with_team, without_person
from tocsin.core.oncall.explain import explain
from tocsin.core.oncall.hours import hours
from tocsin.core.oncall.model import BEGINNING, Layer, Participant, Plan, Schedule, Shift, Version
from tocsin.core.oncall.pieces import less, merged
from tocsin.core.oncall.preview import Move, covered_by_person, moves
from tocsin.core.oncall.turns import turns
from tocsin.core.oncall.wall import wall

many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)


def window(case: Case) -> tuple[datetime, datetime]:
    return case.centre - WEEK, case.centre + WEEK


def edges(found: list[Shift]) -> list[datetime]:
    return sorted({edge for one in found for edge in (one.start, one.end)})


def around(found: list[Shift], start: datetime, end: datetime) -> list[datetime]:
    """Every instant at which something changes, and the microseconds beside it."""
    beside = {edge + n * MOMENT for edge in [start, *edges(found), end] for n in (-1, 0, 1)}
    return sorted(at for at in beside if start <= at < end)


def who(found: list[Shift], at: datetime) -> list[tuple[str, object]]:
    return sorted((one.person, key(one.because)) for one in found if one.start <= at < one.end)


def with_people(case: RotationCase, those: list[str]) -> Schedule:
    participants = tuple(Participant((one,), (one,)) for one in those)
    rotation = replace(case.rotation, participants=participants, offset=0)
    plan = Plan(case.zone, (Layer("base", (rotation,)),))
    return Schedule("ops", "Operations", versions=(Version(BEGINNING, plan),))


def joined(found: list[Shift]) -> list[Shift]:
    """Shifts of windows that follow each other, put together again."""
    whole: list[Shift] = []
    for one in sorted(found, key=lambda s: s.start):
        before = [
            w
            for w in whole
            if w.end == one.start and w.person == one.person and key(w.because) == key(one.because)
        ]
        if before:
            whole[whole.index(before[0])] = replace(before[0], end=one.end)
        else:
            whole.append(one)
    return sorted(whole, key=in_order)


def in_order(one: Shift) -> tuple[object, ...]:
    return one.start, one.person, one.end, key(one.because)


@given(cases(), st.data())
@many
def test_at_every_instant_the_shifts_are_what_the_plain_model_says(case: Case, data: st.DataObject) -> None:
    start, end = window(case)

    found = shifts(case.schedule, start, end)

    at_edges = data.draw(st.lists(st.sampled_from(around(found, start, end)), max_size=12))
    others = data.draw(st.lists(st.integers(0, (end - start) // MOMENT - 1), max_size=6))
    for at in [*at_edges, *(start + n * MOMENT for n in others)]:
        assert who(found, at) == sorted(set(naive_who(case.schedule, at))), at
        assert on_call(case.schedule, at) == naive_on_call(case.schedule, at), at


@given(cases())
@many
def test_shifts_are_sorted_whole_and_within_the_window(case: Case) -> None:
    start, end = window(case)

    found = shifts(case.schedule, start, end)

    assert [(one.start, one.person) for one in found] == sorted((one.start, one.person) for one in found)
    assert all(start <= one.start < one.end <= end for one in found)
    assert sorted(found, key=in_order) == joined(found), (
        "what touches is one shift, unless it is another turn"
    )


@given(cases(), st.integers(0, 14 * 24 * 4), st.integers(0, 14 * 24 * 4))
@many
def test_splitting_a_window_changes_nothing(case: Case, one: int, other: int) -> None:
    start, end = window(case)
    cuts = [start, *sorted(start + n * timedelta(minutes=15) for n in (one, other)), end]

    parts = [shift for a, b in pairwise(cuts) for shift in shifts(case.schedule, a, b)]

    assert joined(parts) == sorted(shifts(case.schedule, start, end), key=in_order)


@given(cases(), st.integers(-7 * 24 * 4, 7 * 24 * 4))
@many
def test_the_shifts_at_an_instant_are_those_on_call_from_their_real_begin_to_their_real_end(
    case: Case, n: int
) -> None:
    at = case.centre + n * timedelta(minutes=15)

    found = shifts_at(case.schedule, at)

    assert {one.person for one in found} == set(on_call(case.schedule, at))
    for one in found:
        assert one.start <= at < one.end
        reason = (one.person, key(one.because))
        assert reason in naive_who(case.schedule, one.start)
        assert reason in naive_who(case.schedule, one.end - MOMENT)
        assert reason not in naive_who(case.schedule, one.start - MOMENT)
        assert reason not in naive_who(case.schedule, one.end)


@given(cases(), st.integers(-7 * 24 * 4, 7 * 24 * 4), st.data())
@many
def test_the_next_change_is_truly_the_next(case: Case, n: int, data: st.DataObject) -> None:
    after = case.centre + n * timedelta(minutes=15)

    found = next_change(case.schedule, after)

    now = set(naive_who(case.schedule, after))
    until = min(found or case.centre + 3 * WEEK, case.centre + 5 * WEEK)
    if found is not None and found == until:
        assert found > after
        assert set(naive_who(case.schedule, found)) != now
    same = data.draw(st.lists(st.integers(0, max(0, (until - after) // MOMENT - 1)), max_size=6))
    for at in [until - MOMENT, *(after + n * MOMENT for n in same)]:
        assert at < after or set(naive_who(case.schedule, at)) == now, at


@given(cases(), st.sets(people), st.data())
@many
def test_the_gaps_are_where_nobody_is_who_can_be_reached(
    case: Case, reachable: set[str], data: st.DataObject
) -> None:
    start, end = window(case)

    found = gaps(case.schedule, start, end, frozenset(reachable))

    assert all(one.end < other.start for one, other in pairwise(found)), "what touches is one gap"
    at_edges = {edge + n * MOMENT for one in found for edge in (one.start, one.end) for n in (-1, 0)}
    edges = data.draw(st.lists(st.sampled_from(sorted({start, *at_edges})), max_size=10))
    others = data.draw(st.lists(st.integers(0, (end - start) // MOMENT - 1), max_size=6))
    for at in [*(at for at in edges if start <= at < end), *(start + n * MOMENT for n in others)]:
        is_gap = reachable.isdisjoint(naive_on_call(case.schedule, at))
        assert any(one.start <= at < one.end for one in found) is is_gap, at


@given(cases(), cases(), st.sampled_from(("plan", "person", "team")))
@many
def test_editing_never_moves_the_past(case: Case, other: Case, what: str) -> None:
    start, _ = window(case)
    since = case.centre + HOUR
    edited = {
        "plan": lambda: with_plan(case.schedule, other.schedule.plan, since),
        "person": lambda: without_person(case.schedule, "alice", since),
        "team": lambda: with_team(case.schedule, "ops", ["bob"], since),
    }[what]()

    assert shifts(edited, start, since) == shifts(case.schedule, start, since)


@given(cases())
@many
def test_who_was_taken_out_is_on_call_by_no_turn_any_more(case: Case) -> None:
    _, end = window(case)

    found = shifts(without_person(case.schedule, "alice", case.centre), case.centre, end)

    assert all(one.person != "alice" or one.because.override for one in found)


@given(cases(), st.integers(0, 7 * 24 * 4))
@many
def test_taking_out_somebody_who_is_not_on_call_moves_no_turn_that_runs(case: Case, n: int) -> None:
    since = case.centre + n * timedelta(minutes=15)
    bare = replace(case.schedule, overrides=(), absences=())
    before = on_call(bare, since)

    after = without_person(bare, "alice", since)

    assert "alice" in before or on_call(after, since) == before


@given(rotation_cases(), st.data())
@many
def test_who_has_the_turn_keeps_it_when_others_come_and_go_and_the_order_goes_on(
    case: RotationCase, data: st.DataObject
) -> None:
    old = data.draw(st.lists(people, min_size=1, unique=True))
    stay = data.draw(
        st.lists(st.sampled_from(old), min_size=1, unique=True).map(
            lambda those: [p for p in old if p in those]
        )
    )
    new = list(stay)
    for number in range(data.draw(st.integers(0, 3))):
        new.insert(data.draw(st.integers(0, len(new))), f"new{number}")
    before, after = (with_people(case, those) for those in (old, new))
    assume(on_call(before, case.centre))
    [now] = on_call(before, case.centre)

    edited = with_plan(before, after.plan, case.centre)

    [then] = on_call(edited, case.centre)
    assert then == now or now not in stay
    order = [one.person for one in shifts(edited, case.centre, case.centre + 60 * DAY)]
    following = [
        (one, other) for one, other in pairwise(order) if new[(new.index(one) + 1) % len(new)] != other
    ]
    assert case.zone == "Pacific/Apia" or not following, "only a skipped day leaves a turn without length"


@given(cases(), cases())
@many
def test_moves_take_one_schedule_to_the_other_and_back(case: Case, other: Case) -> None:
    start, end = window(case)
    before, after = case.schedule, with_plan(case.schedule, other.schedule.plan, case.centre)

    there, back = moves(before, after, start, end), moves(after, before, start, end)

    assert back == [Move(one.person, one.loses, one.gains) for one in there]
    was, now = (covered_by_person(shifts(one, start, end)) for one in (before, after))
    gained, lost = (
        {one.person: [(span.start, span.end) for span in spans(one)] for one in there}
        for spans in (attrgetter("gains"), attrgetter("loses"))
    )
    for person in {*was, *now, *gained}:
        kept = less(was.get(person, []), lost.get(person, []))
        assert merged([*kept, *gained.get(person, [])]) == now.get(person, [])
        assert all(span[0] >= case.centre for span in [*gained.get(person, []), *lost.get(person, [])])


@given(cases())
@many
def test_hours_are_those_of_the_union_however_often_a_schedule_is_counted(case: Case) -> None:
    start, end = window(case)
    theirs = dict.fromkeys(PEOPLE, case.zone)

    once, twice = (hours([case.schedule] * n, start, end, theirs) for n in (1, 2))

    assert once == twice
    assert all(0 <= one.night <= one.seconds <= (end - start).total_seconds() for one in once)
    assert all(0 <= one.weekend <= one.seconds for one in once)


@given(cases(), st.integers(-7 * 24 * 4, 7 * 24 * 4))
@many
def test_every_schedule_that_is_right_is_taken_and_explained(case: Case, n: int) -> None:
    at = case.centre + n * timedelta(minutes=15)

    check(case.schedule)
    found = explain(case.schedule, at, {})

    words = " ".join(found.words)
    assert found.people == on_call(case.schedule, at)
    assert all(f"{person} is on call until" in words for person in found.people)
    assert ("Nobody is on call" in words) is (not found.people)
    assert "ayer" in words or not case.schedule.plan_at(at).layers


@given(rotation_cases(), st.integers(0, 300))
@many
def test_turns_follow_each_other_in_the_order_of_the_participants_and_each_has_its_share(
    case: RotationCase, n: int
) -> None:
    rotation, many_there = case.rotation, len(case.rotation.participants)
    start = case.centre - timedelta(days=9)

    found = turns(rotation, wall(case.zone), start, case.centre + n * DAY)

    handoffs = naive_handoffs(rotation, case.zone, case.centre + (n + 1) * DAY)
    numbers = [turn for _, _, (turn, _) in found]
    assert all(a[1] == b[0] for a, b in pairwise(found)), "contiguous"
    assert all(began == handoffs[turn] for _, _, (turn, began) in found)
    # A turn that a clock change leaves without length has no span, but its number counts.
    assert all(handoffs[x] == handoffs[x + 1] for a, b in pairwise(numbers) for x in range(a + 1, b))
    counted = range(numbers[0], numbers[-1] + 1) if numbers else range(0)
    shares = Counter((rotation.offset + turn) % many_there for turn in counted)
    assert max(shares.values(), default=0) - min((shares[slot] for slot in range(many_there)), default=0) <= 1
