"""Whoever the schedules say is on call is who gets the page: through swaps, leave, edits and people who go."""

from __future__ import annotations

from datetime import date, timedelta

from walk_steps import ALICE, BOB, CAROL, Walk, letter

from tocsin.acts import incidents, people
from tocsin.acts.oncall.absences import add_absence
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.cover import accept_cover, ask_cover
from tocsin.acts.oncall.hours_table import rows_of
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.acts.oncall.schedules import Head, end_schedule, save_schedule
from tocsin.acts.oncall.shadows import add_shadow
from tocsin.core.facts import TOCSIN, Fact, Paged
from tocsin.core.messages_asked import person_words
from tocsin.core.oncall.model import Change
from tocsin.core.oncall.weekly import weekly

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_who_covers_a_shift_gets_its_pages_and_who_asked_does_not(walk: Walk) -> None:
    now = walk.clock.now()
    asked = await ask_cover(walk.house, By(BOB), "ops", start=now + HOUR, end=now + 9 * HOUR, asked=["carol"])
    await accept_cover(walk.house, By(CAROL), asked.row.id)
    walk.clock.advance(HOUR)

    await walk.begin()

    assert walk.mailbox.people() == ["carol"]


async def test_who_is_away_is_not_woken(walk: Walk) -> None:
    await add_absence(walk.house, By(BOB), "bob", start=date(2026, 3, 3), end=date(2026, 3, 5))
    walk.clock.advance(DAY)

    await walk.begin()

    assert walk.mailbox.people() == ["alice"]


async def test_who_takes_over_gets_what_comes_from_then_on(walk: Walk) -> None:
    await walk.begin()
    assert walk.mailbox.people() == ["bob"]

    wish = Wish(Change.TAKE, walk.clock.now() + HOUR, ("carol",))
    await add_override(walk.house, By(ALICE), "ops", wish)
    await walk.begin(letter())

    assert walk.mailbox.people() == ["carol"]


async def test_all_schedules_together_say_who_is_on_call(walk: Walk) -> None:
    first = walk.clock.now().replace(tzinfo=None)
    await save_schedule(
        walk.house, OPERATOR, "web", weekly("UTC", first, ["carol"]), head=Head(team="ops_team")
    )

    await walk.begin()

    assert walk.mailbox.people() == ["bob", "carol"]


async def test_nobody_is_paged_by_a_schedule_that_was_deleted(walk: Walk) -> None:
    first = walk.clock.now().replace(tzinfo=None)
    await save_schedule(walk.house, OPERATOR, "web", weekly("UTC", first, ["carol"]))
    await end_schedule(walk.house, OPERATOR, "web", expected=1)

    await walk.begin()

    assert walk.mailbox.people() == ["bob"]


async def test_who_left_is_paged_no_more_and_the_next_in_the_order_is(walk: Walk) -> None:
    await people.remove_person(walk.house, "bob", By(ALICE))

    await walk.begin()

    assert walk.mailbox.people() == ["alice"]


async def test_where_nobody_is_on_call_the_whole_team_is_paged_in_the_end(walk: Walk) -> None:
    await add_override(walk.house, By(BOB), "ops", Wish(Change.TAKE, walk.clock.now() + DAY))

    await walk.begin()
    await walk.wait(10)

    assert walk.mailbox.people() == ["alice", "bob"]


async def test_pages_are_counted_once_however_they_came_and_by_night_where_they_live(walk: Walk) -> None:
    await people.save_person(
        walk.house, "bob", email="bob@acme.example", slack_id="UBOB00001", zone="America/Los_Angeles"
    )
    start = walk.clock.now()
    await walk.begin()
    await walk.wait(10)
    await walk.wait(10)
    letters = [one.to for one in walk.mailbox.take("page") if one.via == "email"]

    rows = {one.person: one for one in await rows_of(walk.house, start, walk.clock.now() + HOUR)}

    assert letters.count("bob") > letters.count("alice") > 0
    assert rows["bob"].pages == rows["bob"].night_pages == letters.count("bob"), "from one in the morning on"
    assert (rows["alice"].pages, rows["alice"].night_pages) == (letters.count("alice"), 0)
    assert rows["alice"].seconds == 0


async def test_who_shadows_gets_a_copy_and_never_stops_the_chain(walk: Walk) -> None:
    await add_shadow(walk.house, By(CAROL), "ops", "carol", end=walk.clock.now() + DAY)

    await walk.begin()
    copies = walk.mailbox.take("word")
    paged = walk.mailbox.people()
    await walk.wait(10)

    assert (paged, [one.to for one in copies]) == (["bob"], ["carol"])
    assert walk.mailbox.people() == ["alice", "bob"], "nobody has answered: it goes on"


async def test_the_copy_says_who_was_paged_and_not_whom_they_shadow(walk: Walk) -> None:
    """Who shadows one person alone read that they shadow whoever is on call."""
    await add_shadow(walk.house, By(CAROL), "ops", "carol", of="bob", end=walk.clock.now() + DAY)
    await walk.begin()
    incident = await walk.incident()
    paged = Fact(9, walk.clock.now(), TOCSIN, "engine", Paged(("bob",), 0, "nobody owns it"))

    told = person_words(paged, incident, walk.house.places)

    assert told is not None
    assert "You have a shadow shift: {@bob} was paged (nobody owns it)." in told.text


async def test_a_copy_goes_only_where_the_person_shadowed_is_paged(walk: Walk) -> None:
    await add_shadow(walk.house, By(CAROL), "ops", "carol", of="alice", end=walk.clock.now() + DAY)

    await walk.begin()

    assert walk.mailbox.take("word") == []


async def test_of_a_private_incident_a_shadow_hears_nothing(walk: Walk) -> None:
    await add_shadow(walk.house, By(CAROL), "ops", "carol", end=walk.clock.now() + DAY)

    await incidents.declare(walk.house, ALICE, letter("somebody got in"), kind="security")
    await walk.engine.run_due()

    assert walk.mailbox.people() != []
    assert walk.mailbox.take("word") == []
