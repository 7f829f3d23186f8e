"""Whoever's shifts to come somebody else changes hears of it: by whom, which ones, in one message, by every door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.effect import effect_of
from tocsin.acts.oncall.overrides import Wish, add_override, end_override, take_on_call
from tocsin.acts.oncall.schedules import Head, save_schedule
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.acts.roster import directory
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.edits import without_person
from tocsin.core.oncall.model import Change
from tocsin.core.oncall.moved import Net, as_json, of_json
from tocsin.core.oncall.notice_words import moved_words
from tocsin.core.work import Later
from walks.walk_steps import engine_of

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
ALICE = By(Actor("alice", "api", "alice"))
ALICE_ADMIN = By(Actor("alice", "api", "alice"), is_admin=True)
TOMORROW = datetime(2026, 3, 3, 14, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def quiet(house: House, clock: HandClock, mailbox: Mailbox) -> None:
    """What the house's own making tells is out."""
    clock.advance(MINUTE)
    await said(house, mailbox)


def take(person: str, start: datetime, long: timedelta = HOUR) -> Wish:
    return Wish(Change.TAKE, start + long, (person,), "", start, "")


async def said(house: House, mailbox: Mailbox, via: str = "slack") -> list[tuple[str, str]]:
    """What has gone out by now about changed shifts, and forget it."""
    await engine_of(house, mailbox).run_due()
    found = [(one.to, one.text) for one in mailbox.notices if one.via == via]
    mailbox.notices.clear()
    return found


async def test_who_is_put_on_call_and_who_is_taken_off_hear_by_whom_and_who_did_it_hears_nothing(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    await add_override(house, ALICE, "ops", take("carol", TOMORROW))
    assert await said(house, mailbox) == [], "more may follow within a minute"
    clock.advance(MINUTE)
    await engine_of(house, mailbox).run_due()
    assert {(one.to, one.via) for one in mailbox.notices} == {
        ("carol", "email"),
        ("bob", "slack"),
        ("bob", "email"),
    }
    texts = {one.to: one.text for one in mailbox.notices}
    assert texts["carol"] == (
        "Alice put you on call\n*Alice put you on call*\nYou are on call in ops: tomorrow 14:00 to 15:00 UTC"
    )
    assert texts["bob"] == (
        "Alice took you off call\n*Alice took you off call*\nNo longer in ops: tomorrow 14:00 to 15:00 UTC"
    )


async def test_what_bears_on_now_is_told_at_once(house: House, mailbox: Mailbox) -> None:
    await take_on_call(house, Actor("bob", "slack", "bob"), "alice", 2 * HOUR)
    assert await said(house, mailbox) == [
        (
            "alice",
            "Bob put you on call now\n*Bob put you on call now*\nYou are on call in ops: now, until today 11:01 UTC",
        )
    ], "and not a second time that the shift begins"


async def test_many_changes_by_one_person_within_a_minute_are_one_message(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    for day in range(5):
        await add_override(house, OPERATOR, "ops", take("alice", TOMORROW + day * DAY))
        clock.advance(timedelta(seconds=10))
    await add_override(
        house, By(Actor("carol", "api", "carol"), is_admin=True), "ops", take("alice", TOMORROW + 2 * HOUR)
    )
    clock.advance(MINUTE)
    [first, second] = sorted(text for to, text in await said(house, mailbox) if to == "alice")
    assert first.splitlines()[0] == "Carol put you on call"
    assert second.splitlines()[2] == (
        "You are on call in ops: tomorrow 14:00 to 15:00 UTC; Wed 4 Mar, 14:00 to 15:00 UTC; "
        "Thu 5 Mar, 14:00 to 15:00 UTC; and 2 more"
    )


async def test_what_is_taken_back_within_the_minute_is_told_to_nobody(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    made = await add_override(house, ALICE, "ops", take("carol", TOMORROW))
    await end_override(house, ALICE, made.override.id, expected=1)
    clock.advance(MINUTE)
    assert await said(house, mailbox) == []
    assert await said(house, mailbox, "email") == []


async def test_after_the_message_went_out_the_next_change_is_told_by_another(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    made = await add_override(house, ALICE, "ops", take("bob", TOMORROW + 7 * DAY))
    clock.advance(MINUTE)
    assert [to for to, _ in await said(house, mailbox)] == ["bob"]
    await end_override(house, ALICE, made.override.id, expected=1)
    clock.advance(MINUTE)
    [(to, text)] = await said(house, mailbox)
    assert (to, text.splitlines()[0]) == ("bob", "Alice took you off call")


async def test_an_edit_of_the_plan_a_team_and_a_leaving_tell_those_whom_they_move(
    house: House, clock: HandClock, mailbox: Mailbox, pool: asyncpg.Pool
) -> None:
    await save_weekly(
        house,
        "web",
        team="",
        zone="UTC",
        first_handoff=datetime(2026, 3, 9, 9),  # noqa: DTZ001 - local wall clock
        participants=["alice"],
    )
    clock.advance(MINUTE)
    [(to, text)] = await said(house, mailbox)
    assert to == "alice"
    assert text == (
        "You are on call in web (the schedule is new)\n*You are on call in web (the schedule is new)*\n"
        "You are on call in web: from Mon 9 Mar, 09:00 UTC on\nMade by whoever runs Tocsin"
    ), text
    await people.remove_person(house, "bob")
    clock.advance(MINUTE)
    assert [to for to, _ in await said(house, mailbox)] == ["alice"], "who leaves need not hear of each shift"
    states = await pool.fetch(
        "SELECT state FROM works WHERE payload->>'person' = 'bob' AND state = 'planned'"
    )
    assert states == []


def test_gains_and_losses_in_the_end() -> None:
    at = [TOMORROW + n * HOUR for n in range(5)]
    net = Net("ops").then([(at[0], at[3])], [])
    assert net.then([], [(at[1], at[4])]) == Net("ops", ((at[0], at[1]),), ((at[3], at[4]),))
    assert net.then([], [(at[0], at[3])]).is_nothing
    assert of_json(as_json([net])) == {"ops": net}


def test_the_words_of_a_change_both_ways() -> None:
    spans = [((TOMORROW, TOMORROW + HOUR), "Payments")]
    other = [((TOMORROW + DAY, TOMORROW + 2 * DAY), "Payments")]
    words = moved_words("Alice", spans, other, TOMORROW - DAY, "Europe/Berlin", "https://t/on-call")
    assert words.text == (
        "*Alice changed when you are on call*\n"
        "You are on call in Payments: tomorrow 15:00 to 16:00 CET\n"
        "No longer in Payments: Wed 4 Mar, 15:00 CET to Thu 5 Mar, 15:00 CET"
    )


def test_the_words_of_several_schedules_that_are_new() -> None:
    spans = [((TOMORROW, TOMORROW + HOUR), name) for name in ("Payments", "Web")]
    words = moved_words("Alice", spans, [], TOMORROW - DAY, "UTC", "", is_new=True)
    assert words.subject == "You are on call in Payments and Web (they are new)"
    assert words.text.splitlines()[-1] == "Made by Alice"


def test_a_change_of_very_many_schedules_is_still_a_short_message() -> None:
    spans = [((TOMORROW, TOMORROW + HOUR), f"S{n}") for n in range(1000)]
    words = moved_words("Alice", spans, [], TOMORROW - DAY, "UTC", "")
    assert len(words.text.splitlines()) == 10
    assert words.text.endswith("\nAnd in 992 more")
    assert len(of_json(as_json(Net(name, (span,)) for span, name in spans))) == 200


def rotation(*participants: str) -> dict[str, Any]:
    one = {"id": "r", "first_handoff": "2026-03-02T09:00", "participants": list(participants)}
    return {"zone": "Asia/Tokyo", "layers": [{"name": "base", "rotations": [one]}]}


async def test_a_change_without_an_end_is_told_without_one(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    await people.save_person(
        house, "bob", name="Bob", email="bob@acme.example", slack_id="UBOB00001", zone="Asia/Tokyo"
    )
    await save_schedule(house, ALICE_ADMIN, "far", rotation("bob"), head=Head(name="Far"))
    clock.advance(MINUTE)
    [(_, text)] = await said(house, mailbox)
    assert text.splitlines()[2] == "You are on call in Far: from now on"
    clock.advance(DAY)
    await save_schedule(house, ALICE_ADMIN, "far", rotation("carol"), expected=1)
    clock.advance(MINUTE)
    [(_, text)] = await said(house, mailbox)
    assert text.splitlines()[2] == "No longer in Far: from now on"


async def test_a_turn_that_goes_on_past_all_that_was_looked_at_is_told_with_its_own_end(house: House) -> None:
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
    before = known.kept["ops"].schedule
    now = TOMORROW + 7 * DAY
    after = without_person(before, "bob", now)
    effect = effect_of(known, [(before, after)], now)
    assert effect.until is not None
    last = [one for one in effect.moves if one.end == effect.until]
    assert {(one.person, one.gains, one.goes_on_to) for one in last} == {
        ("alice", True, datetime(2026, 6, 15, 9, tzinfo=UTC)),
        ("bob", False, datetime(2026, 6, 15, 9, tzinfo=UTC)),
    }


async def test_what_was_held_up_tells_only_what_still_holds(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    mailbox.answers["notice"] = [Later("the mail is down")] * 200
    first = await add_override(house, ALICE, "ops", take("carol", TOMORROW))
    await add_override(house, ALICE, "ops", take("carol", TOMORROW + 3 * HOUR))
    clock.advance(HOUR)
    assert await said(house, mailbox) == []
    await end_override(house, ALICE, first.override.id, expected=1)
    clock.advance(TOMORROW - DAY + 3 * HOUR - clock.now())
    mailbox.answers.clear()
    told = await said(house, mailbox)
    assert [text for to, text in told if to == "bob" and "No longer" in text] == [
        "Alice took you off call\n*Alice took you off call*\nNo longer in ops: tomorrow 17:00 to 18:00 UTC"
    ]
