"""On which devices a page reaches a person, and when: rules, quiet hours, and that high urgency is never silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.channel import HIGH, LOW, URGENCIES
from tocsin.core.contacts import ContactMethod, Quiet, Rule
from tocsin.core.people import Person, Roster
from tocsin.core.ways import quiet_until, ways_to

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALL = frozenset({"page:slack", "page:email", "page:sms", "page:voice"})
PHONE = ContactMethod("sms", "+4915112345678", "m1", "phone")
CALL = ContactMethod("voice", "+4915112345678", "m2", "call")
BOB = Person("bob", "Bob", "bob@acme.example", "UBOB", zone="Europe/Berlin", methods=(PHONE, CALL))


def way(person: Person, urgency: str = HIGH, at: datetime = NOW) -> list[tuple[str, float]]:
    """Which devices are used, and how many minutes later."""
    planned = ways_to(person, urgency, at, ALL).planned
    return [(one.contact.id, (one.at - at) / MINUTE) for one in planned]


def left(person: Person, urgency: str = HIGH) -> dict[str, str]:
    return {one.id: why for one, why in ways_to(person, urgency, NOW, ALL).left_out}


def rules(urgency: str, *said: tuple[str, int]) -> dict[str, tuple[Rule, ...]]:
    return {urgency: tuple(Rule(method, minutes * MINUTE) for method, minutes in said)}


def test_without_rules_high_urgency_goes_to_every_method_at_once() -> None:
    assert way(BOB) == [("slack", 0), ("email", 0), ("m1", 0), ("m2", 0)]


def test_without_rules_low_urgency_takes_one_method_after_the_other() -> None:
    assert way(BOB, LOW) == [("slack", 0), ("email", 15), ("m1", 30), ("m2", 45)]


def test_rules_name_a_device_by_its_name_its_id_or_a_whole_channel() -> None:
    one = replace(BOB, rules=rules(HIGH, ("slack", 0), ("phone", 2), ("m2", 5), ("email", 9)))
    assert way(one) == [("slack", 0), ("m1", 2), ("m2", 5), ("email", 9)]
    second = ContactMethod("sms", "+4915100000000", "m3", "old-phone")
    two = replace(BOB, methods=(PHONE, second), rules=rules(HIGH, ("sms", 0)))
    assert way(two) == [("m1", 0), ("m3", 0)]
    assert left(two) == {"slack": "no rule names it", "email": "no rule names it"}


def test_a_device_may_be_used_again_later_but_gets_one_message_at_one_instant() -> None:
    again = replace(BOB, rules=rules(HIGH, ("call", 0), ("voice", 0), ("call", 5)))
    assert way(again) == [("m2", 0), ("m2", 5)]


def test_what_cannot_be_used_costs_no_time() -> None:
    silent = replace(BOB, slack_id="", rules=rules(HIGH, ("slack", 0), ("phone", 5), ("call", 8)))
    assert way(silent) == [("m1", 0), ("m2", 3)]


def test_rules_that_reach_no_usable_method_fall_back_to_all_usable_ones() -> None:
    unverified = replace(PHONE, verified=False)
    one = replace(BOB, methods=(unverified,), rules=rules(HIGH, ("phone", 0)))
    assert way(one) == [("slack", 0), ("email", 0)]
    assert left(one) == {"m1": "not verified"}


def test_a_failing_method_is_left_out_unless_it_is_the_only_one() -> None:
    gone = replace(PHONE, failing="21211: no valid number")
    assert left(replace(BOB, methods=(gone,))) == {"m1": "failing: 21211: no valid number"}
    assert way(replace(BOB, email="", slack_id="", methods=(gone,))) == [("m1", 0)]


def test_a_failing_method_is_tried_again_after_a_while() -> None:
    gone = replace(PHONE, failing="gone", failing_until=NOW)
    assert way(replace(BOB, methods=(gone,)))[-1] == ("m1", 0)
    assert left(replace(BOB, methods=(replace(gone, failing_until=NOW + MINUTE),))) == {"m1": "failing: gone"}


def test_a_channel_that_is_not_set_up_is_left_out_with_the_reason() -> None:
    ways = ways_to(BOB, HIGH, NOW, {"page:email"})
    assert [one.contact.id for one in ways.planned] == ["email"]
    assert [why for _, why in ways.left_out] == [
        "slack is not set up",
        "sms is not set up",
        "voice is not set up",
    ]


NIGHT = replace(BOB, quiet=Quiet(time(22), time(7)))


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-03-02T21:59", None),
        ("2026-03-02T22:00", "2026-03-03T07:00"),
        ("2026-03-03T06:59", "2026-03-03T07:00"),
        ("2026-03-03T07:00", None),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # the night that lacks an hour
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # the night that has one more
    ],
)
def test_low_urgency_waits_for_the_end_of_quiet_hours_in_the_persons_zone(local: str, ends: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    at = datetime.fromisoformat(local).replace(tzinfo=berlin).astimezone(UTC)
    first = ways_to(NIGHT, LOW, at, ALL).planned[0]
    assert first.at == (datetime.fromisoformat(ends).replace(tzinfo=berlin).astimezone(UTC) if ends else at)
    assert first.waits == ("quiet hours (22:00-07:00)" if ends else "")


def test_high_urgency_pierces_quiet_hours() -> None:
    at = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    assert way(NIGHT, HIGH, at) == [("slack", 0), ("email", 0), ("m1", 0), ("m2", 0)]


def test_a_later_step_of_low_urgency_that_falls_into_quiet_hours_waits_too() -> None:
    at = datetime(2026, 3, 2, 20, 50, tzinfo=UTC)  # 21:50 in Berlin
    assert way(NIGHT, LOW, at) == [("slack", 0), ("email", 550), ("m1", 550), ("m2", 550)]


def test_quiet_hours_that_a_clock_change_skips_or_repeats_end_once() -> None:
    quiet = Quiet(time(1, 30), time(2, 30))  # 02:30 is skipped on 29 March, and comes twice on 25 October
    skipped = datetime(2026, 3, 29, 0, 45, tzinfo=UTC)
    assert quiet_until(quiet, "Europe/Berlin", skipped) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    twice = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert quiet_until(quiet, "Europe/Berlin", twice) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet_until(quiet, "Europe/Berlin", datetime(2026, 10, 25, 1, 15, tzinfo=UTC)) is None


def test_what_is_no_page_goes_to_the_addresses_of_the_directory_else_to_the_first_device() -> None:
    roster = Roster({"bob": BOB, "eve": replace(BOB, handle="eve", email="", slack_id="")})
    assert [one.id for one in roster.ways_to("bob", ALL)] == ["slack", "email"]
    assert [one.id for one in roster.ways_to("eve", ALL)] == ["m1"]
    assert roster.ways_to("nobody", ALL) == []


def test_an_address_stands_in_no_repr_and_on_no_work() -> None:
    assert PHONE.address not in repr(BOB.methods)
    assert PHONE.on_work == {"contact": "m1"}


methods = st.builds(
    ContactMethod,
    st.sampled_from(["sms", "voice", "ntfy"]),
    st.just("a"),
    st.sampled_from(["m1", "m2", "m3", "m4"]),
    st.sampled_from(["one", "two"]),
    st.booleans(),
    st.sampled_from(["", "gone"]),
)
some_rules = st.lists(
    st.builds(
        Rule,
        st.sampled_from(["slack", "email", "sms", "m1", "one", "two", "nothing"]),
        st.integers(0, 90).map(lambda n: n * MINUTE),
    ),
    max_size=5,
).map(tuple)
clocks = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
people = st.builds(
    Person,
    st.just("bob"),
    st.just("Bob"),
    st.sampled_from(["", "bob@acme.example"]),
    st.sampled_from(["", "UBOB"]),
    zone=st.sampled_from(["", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    methods=st.lists(methods, max_size=4, unique_by=lambda one: one.id).map(tuple),
    rules=st.fixed_dictionaries({}, optional={HIGH: some_rules, LOW: some_rules}),
    quiet=st.none() | st.builds(Quiet, clocks, clocks),
)
instants = st.integers(0, 366 * 96).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + n * 15 * MINUTE)
abilities = st.frozensets(st.sampled_from(sorted(ALL)))


@given(people, st.sampled_from(URGENCIES), instants, abilities)
def test_whoever_can_be_reached_is_reached_and_only_on_what_may_be_used(
    person: Person, urgency: str, at: datetime, able: frozenset[str]
) -> None:
    ways = ways_to(person, urgency, at, able)
    ready = [one for one in person.contacts if one.verified and f"page:{one.via}" in able]
    assert ways.is_silent == (not ready)
    assert all(one.contact in ready for one in ways.planned)
    assert [one.at for one in ways.planned] == sorted(one.at for one in ways.planned)
    used = {one.contact.id for one in ways.planned}
    assert used.isdisjoint(one.id for one, _ in ways.left_out)
    assert used | {one.id for one, _ in ways.left_out} == {one.id for one in person.contacts}
    assert all(why for _, why in ways.left_out)


@given(people, instants, abilities)
def test_high_urgency_begins_at_once_whatever_the_rules_and_the_hour(
    person: Person, at: datetime, able: frozenset[str]
) -> None:
    planned = ways_to(person, HIGH, at, able).planned
    assert not planned or planned[0].at == at
    assert all(not one.waits for one in planned)


@given(people, instants, abilities)
def test_low_urgency_never_comes_in_quiet_hours_nor_more_than_a_day_late(
    person: Person, at: datetime, able: frozenset[str]
) -> None:
    planned = ways_to(person, LOW, at, able).planned
    assert all(quiet_until(person.quiet, person.zone, one.at) is None for one in planned)
    assert not planned or at <= planned[0].at <= at + timedelta(hours=25)
