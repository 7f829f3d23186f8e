"""Which notices of beginning shifts are due: whatever the times at which somebody looks, none is missed and none is given twice."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_schedules import EXAMPLES, PEOPLE, Case, cases

from tocsin.core.notices import Words
from tocsin.core.oncall.calculator import on_call
from tocsin.core.oncall.model import (
    BEGINNING,
    Change,
    Every,
    Layer,
    Override,
    Participant,
    Plan,
    Rotation,
    Schedule,
    Unit,
    Version,
)
from tocsin.core.oncall.notice_words import Turn, begins_words, from_to, span, when
from tocsin.core.oncall.notices import (
    AHEAD,
    EARLIEST,
    TOLD_ALREADY,
    Beginning,
    Due,
    beginnings,
    due,
    next_due,
)

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
ALL = {person: tuple(AHEAD) for person in (*PEOPLE, "bob")}
choices = st.fixed_dictionaries({one: st.sets(st.sampled_from(sorted(AHEAD))) for one in PEOPLE})


def looked(
    schedule: Schedule, wakes: list[datetime], chosen: dict[str, set[str]]
) -> list[tuple[datetime, Due]]:
    """What is given at each wake."""
    return [
        (now, one)
        for seen, now in itertools.pairwise(wakes)
        for one in due(beginnings(schedule, seen, now + EARLIEST), chosen, seen, now)
    ]


@given(cases(), choices, st.lists(st.integers(0, 15 * 24 * 60), min_size=2, max_size=40, unique=True))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_notice_is_missed_and_none_is_given_twice_whatever_the_times_of_waking(
    case: Case, chosen: dict[str, set[str]], minutes: list[int]
) -> None:
    wakes = [case.centre - 7 * DAY + timedelta(minutes=one) for one in sorted(minutes)]
    given_now = looked(case.schedule, wakes, chosen)
    keys = [(one.beginning.person, one.beginning.start, one.ahead) for _, one in given_now]
    assert len(set(keys)) == len(keys)
    at = dict(zip(keys, (now for now, _ in given_now), strict=True))
    for one in beginnings(case.schedule, wakes[0], wakes[-1] + EARLIEST):
        instants = {one.start - AHEAD[ahead]: ahead for ahead in chosen[one.person]}
        for seen, now in itertools.pairwise(wakes):
            fell = [when for when in instants if seen < when <= now]
            if not fell or (one.end and one.end <= now) or max(fell) <= one.known_at + TOLD_ALREADY:
                continue
            assert at[(one.person, one.start, instants[max(fell)])] == now


@given(cases())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_beginning_is_where_somebody_comes_on_call_who_was_not(case: Case) -> None:
    for one in beginnings(case.schedule, case.centre - 3 * DAY, case.centre + 3 * DAY):
        assert one.person in on_call(case.schedule, one.start)
        assert one.person not in on_call(case.schedule, one.start - MOMENT)
        if one.end:
            assert one.person in on_call(case.schedule, one.end - MOMENT)
            assert one.person not in on_call(case.schedule, one.end)


@given(cases())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_waking_when_the_next_one_is_due_gives_each_at_its_instant(case: Case) -> None:
    seen, end = case.centre - 3 * DAY, case.centre + 3 * DAY
    found = beginnings(case.schedule, seen, end + EARLIEST)
    while (now := next_due(found, seen)) is not None and now <= end:
        assert all(one.at == now for one in due(found, ALL, seen, now))
        seen = now


def weekly(people: tuple[str, ...] = ("alice", "bob")) -> Schedule:
    rotation = Rotation(
        "weekly",
        datetime(2026, 3, 2, 9),  # noqa: DTZ001 - local wall clock
        Every(Unit.WEEKS),
        tuple(Participant((one,), (one,)) for one in people),
    )
    return Schedule("ops", "Ops", versions=(Version(BEGINNING, Plan("UTC", (Layer("base", (rotation,)),))),))


def test_turns_of_one_person_that_follow_each_other_begin_once() -> None:
    found = beginnings(weekly(("alice", "bob", "bob")), NINE - DAY, NINE + 9 * DAY)
    assert [(one.person, one.start, one.end) for one in found] == [("bob", NINE, NINE + 14 * DAY)]
    assert not beginnings(weekly(("bob",)), NINE - DAY, NINE + 9 * DAY)


def test_a_node_that_was_down_gives_the_last_of_three_and_nothing_of_what_is_over() -> None:
    found = beginnings(weekly(), NINE - 2 * DAY, NINE + DAY)
    [one] = due(found, ALL, NINE - 2 * DAY, NINE + HOUR)
    assert one.ahead == "now"
    assert not list(due(found, ALL, NINE - 2 * DAY, NINE + 7 * DAY))
    [one] = due(found, {"bob": {"24h", "now"}}, NINE - 2 * DAY, NINE - HOUR)
    assert (one.ahead, one.stale_at) == ("24h", NINE)


def test_who_was_just_put_on_call_was_told_by_that() -> None:
    put = Override(1, Change.TAKE, ("bob",), NINE - 5 * DAY, NINE - 4 * DAY, made_at=NINE - 5 * DAY)
    [one] = beginnings(replace(weekly(), overrides=(put,)), put.start - HOUR, put.start)
    assert not list(due([one], ALL, put.start - HOUR, put.start))
    earlier = replace(put, made_at=put.start - HOUR)
    [one] = beginnings(replace(weekly(), overrides=(earlier,)), put.start - HOUR, put.start)
    assert [found.ahead for found in due([one], ALL, put.start - HOUR, put.start)] == ["now"]
    plan = weekly(("bob",)).versions[0].plan
    edited = Schedule("ops", "Ops", versions=(Version(BEGINNING, Plan("UTC")), Version(NINE, plan, 2)))
    assert not list(due(beginnings(edited, NINE - HOUR, NINE), ALL, NINE - HOUR, NINE))


def test_the_end_of_a_shift_is_told_from_now_and_not_from_its_start() -> None:
    """A day before a shift that ends the day after it begins: not "until tomorrow", and nine to five is not "until today"."""
    later = [Turn("Payments", NINE + DAY), Turn("Website", NINE + 8 * HOUR)]

    told = begins_words(NINE, later, NINE - DAY, "UTC", "").text

    assert "Payments: until Tue 10 Mar, 09:00 UTC" in told
    assert "Website: until tomorrow 17:00 UTC" in told
    assert "until today 17:00 UTC" in begins_words(NINE, later[1:], NINE + HOUR, "UTC", "").text


def test_the_words_say_when_where_until_when_and_who_is_beside_them() -> None:
    turns = [
        Turn("Payments", NINE + 7 * DAY, ("Alice",), ("Carol", "Dave")),
        Turn("Website", None),
    ]
    told = begins_words(NINE, turns, NINE - DAY, "Europe/Berlin", "https://t/on-call")
    assert told == Words(
        "On call in 24 h: Payments, Website",
        "*You are on call from tomorrow 10:00 CET*, in 24 h\n"
        "Payments: until Mon 16 Mar, 10:00 CET. Before you: Alice. After you: Carol and Dave\n"
        "Website: for more than a month",
        "https://t/on-call",
        "Who is on call",
    )
    assert begins_words(NINE, turns[1:], NINE, "UTC", "").text.startswith("*You are on call now*\n")
    assert begins_words(NINE, turns[1:], NINE + HOUR, "UTC", "").text.startswith(
        "*You are on call now*, since today 09:00 UTC\n"
    )


def test_times_are_said_as_people_say_them() -> None:
    assert when(NINE - DAY, NINE, "UTC") == "yesterday 09:00 UTC"
    assert when(NINE.replace(year=2027), NINE, "UTC") == "Tue 9 Mar 2027, 09:00 UTC"
    assert from_to(NINE, NINE + HOUR, NINE, "Asia/Kathmandu") == "today 14:45 to 15:45 +0545"
    assert from_to(NINE, NINE + DAY, NINE, "UTC") == "today 09:00 UTC to tomorrow 09:00 UTC"
    berlin = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert from_to(berlin, berlin + DAY, berlin, "Europe/Berlin") == (
        "today 23:00 CET to Mon 30 Mar, 00:00 CEST"
    )
    spans = (timedelta(seconds=5), HOUR / 2, HOUR, 24 * HOUR, 3 * DAY)
    assert [span(one) for one in spans] == ["1 min", "30 min", "1 h", "24 h", "3 days"]


def test_what_is_over_or_was_never_chosen_is_not_due() -> None:
    one = Beginning("ops", "bob", NINE, NINE + HOUR)
    assert not list(due([one], {"bob": ()}, NINE - 2 * DAY, NINE))
    assert not list(due([one], {}, NINE - 2 * DAY, NINE))
