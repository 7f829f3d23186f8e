"""People hear that their shift begins, as long ahead as they chose: one message, once, whatever happens to the nodes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.core.work import Later
from tocsin.engine.loop import Engine
from tocsin.errors import Forbidden, Invalid, NotFound
from walks.walk_steps import engine_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HANDOFF = datetime(2026, 3, 9, 9, tzinfo=UTC)
"""Alice follows Bob in the fixture's rotation."""


async def until(engine: Engine, clock: HandClock, at: datetime, *, step: timedelta = HOUR) -> None:
    while clock.now() < at:
        clock.advance(min(step, at - clock.now()))
        await engine.run_due()


def told(mailbox: Mailbox, person: str, via: str = "slack") -> list[str]:
    found = [one.text for one in mailbox.notices if one.to == person and one.via == via]
    mailbox.notices.clear()
    return found


async def test_a_day_before_and_when_it_begins_unless_another_choice_is_made(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    engine = engine_of(house, mailbox)
    await until(engine, clock, HANDOFF - DAY - timedelta(minutes=1), step=DAY)
    assert told(mailbox, "alice") == []
    await until(engine, clock, HANDOFF - DAY)
    assert told(mailbox, "alice") == [
        "On call in 24 h: ops\n*You are on call from tomorrow 09:00 UTC*, in 24 h\n"
        "ops: until Mon 16 Mar, 09:00 UTC. Before you: Bob. After you: Bob"
    ]
    await until(engine, clock, HANDOFF + HOUR)
    assert told(mailbox, "alice") == [
        "You are on call now: ops\n*You are on call now*\n"
        "ops: until Mon 16 Mar, 09:00 UTC. Before you: Bob. After you: Bob"
    ]
    me = By(Actor("bob", "api", "Bob"))
    await people.choose_notices(house, me, "bob", ["1h"])
    await until(engine, clock, HANDOFF + 7 * DAY + HOUR)
    assert [one.partition("\n")[0] for one in told(mailbox, "bob")] == ["On call in 1 h: ops"]
    await people.choose_notices(house, me, "bob", [])
    await until(engine, clock, HANDOFF + 21 * DAY + HOUR, step=DAY)
    assert told(mailbox, "bob") == []


async def test_only_oneself_or_an_admin_chooses_and_only_what_there_is(house: House) -> None:
    bob = By(Actor("bob", "api", "Bob"))
    with pytest.raises(Forbidden, match="bob can't choose for alice"):
        await people.choose_notices(house, bob, "alice", ["1h"])
    with pytest.raises(Invalid, match=r"'2h' is no time for a notice; there are 24h, 1h, now"):
        await people.choose_notices(house, bob, "bob", ["2h"])
    with pytest.raises(NotFound, match="Nobody is called zed"):
        await people.choose_notices(house, OPERATOR, "zed", ["1h"])
    assert (await people.choose_notices(house, OPERATOR, "Alice", ["now", "24h"])).notices == ("24h", "now")
    assert (await people.everybody(house)).people["alice"].notices == ("24h", "now")
    await people.save_person(house, "alice", name="Alice B")
    assert (await people.everybody(house)).people["alice"].notices == ("24h", "now"), "a choice stays"


async def test_two_schedules_at_one_instant_are_one_message_in_the_zone_of_the_person(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    await save_weekly(
        house,
        "website",
        zone="UTC",
        first_handoff=datetime(2026, 3, 2, 9),  # noqa: DTZ001 - local wall clock
        participants=["carol", "alice"],
    )
    await people.save_person(
        house, "alice", name="Alice", email="a@acme.example", slack_id="UALICE001", zone="Asia/Tokyo"
    )
    await until(engine_of(house, mailbox), clock, HANDOFF)
    assert told(mailbox, "alice")[-1] == (
        "You are on call now: ops, website\n*You are on call now*\n"
        "ops: until Mon 16 Mar, 18:00 JST. Before you: Bob. After you: Bob\n"
        "website: until Mon 16 Mar, 18:00 JST. Before you: Carol. After you: Carol"
    )


async def test_nodes_that_were_down_say_what_is_true_now_in_one_message(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    await people.choose_notices(house, OPERATOR, "alice", ["24h", "1h", "now"])
    await until(engine_of(house, mailbox), clock, HANDOFF - 2 * DAY, step=DAY)
    mailbox.notices.clear()
    clock.advance(2 * DAY + 3 * HOUR)
    await engine_of(house, mailbox).run_due()
    assert [one.splitlines()[1] for one in told(mailbox, "alice")] == [
        "*You are on call now*, since today 09:00 UTC"
    ]


async def test_a_message_that_is_held_up_gives_way_to_the_next_or_says_that_it_has_begun(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    await people.choose_notices(house, OPERATOR, "alice", ["24h", "1h"])
    mailbox.answers["notice"] = [Later("Slack is down")] * 200
    await until(engine_of(house, mailbox), clock, HANDOFF + HOUR, step=timedelta(minutes=30))
    mailbox.answers.clear()
    await until(engine_of(house, mailbox), clock, HANDOFF + 2 * HOUR)
    assert [one.partition("\n")[0] for one in told(mailbox, "alice")] == ["You are on call now: ops"]


async def test_many_nodes_that_look_at_once_tell_once(
    house: House, clock: HandClock, mailbox: Mailbox, pool: asyncpg.Pool
) -> None:
    await engine_of(house, mailbox).run_due()
    clock.advance(HANDOFF - clock.now())
    await asyncio.gather(*(engine_of(house, mailbox).run_due() for _ in range(4)))
    assert len(told(mailbox, "alice")) == 1


async def test_a_change_of_the_schedule_counts_at_once_and_nobody_hears_of_a_shift_that_is_not_theirs_any_more(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    engine = engine_of(house, mailbox)
    await engine.run_due()
    instead = Wish(Change.REPLACE, HANDOFF + DAY, ("carol",), "alice", HANDOFF, "")
    await add_override(house, OPERATOR, "ops", instead)
    mailbox.notices.clear()
    await until(engine, clock, HANDOFF, step=HOUR)
    begun = [one for one in mailbox.notices if "on call now" in one.text]
    assert {(one.to, one.via) for one in begun} == {("carol", "email")}
    await until(engine, clock, HANDOFF + DAY)
    assert told(mailbox, "alice")[-1].startswith("You are on call now")


async def test_what_waits_for_a_service_is_not_said_when_the_shift_was_taken_away_meanwhile(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    engine = engine_of(house, mailbox)
    mailbox.answers["notice"] = [Later("the mail is down")] * 200
    await until(engine, clock, HANDOFF - DAY + HOUR)
    await add_override(
        house, OPERATOR, "ops", Wish(Change.TAKE, HANDOFF + 30 * DAY, ("carol",), "", HANDOFF, "")
    )
    await until(engine, clock, HANDOFF - DAY + 3 * HOUR)
    mailbox.answers.clear()
    await until(engine, clock, HANDOFF - DAY + 4 * HOUR)
    assert [one.partition("\n")[0] for one in told(mailbox, "alice")] == [
        "Whoever runs Tocsin took you off call"
    ]


async def test_what_waits_for_a_service_tells_the_end_that_holds_when_it_goes_out(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    engine = engine_of(house, mailbox)
    mailbox.answers["notice"] = [Later("the mail is down")] * 200
    await until(engine, clock, HANDOFF - DAY + HOUR)
    end = HANDOFF + 7 * DAY
    await add_override(house, OPERATOR, "ops", Wish(Change.TAKE, end, ("carol",), "", HANDOFF + DAY, ""))
    await until(engine, clock, HANDOFF - DAY + 3 * HOUR)
    mailbox.answers.clear()
    await until(engine, clock, HANDOFF - DAY + 4 * HOUR)
    assert (
        "On call in 20 h: ops\n*You are on call from tomorrow 09:00 UTC*, in 20 h\n"
        "ops: until Tue 10 Mar, 09:00 UTC. Before you: Bob. After you: Carol"
    ) in told(mailbox, "alice")


async def test_who_was_removed_gets_nothing_that_still_waited(
    house: House, clock: HandClock, mailbox: Mailbox
) -> None:
    engine = engine_of(house, mailbox)
    mailbox.answers["notice"] = [Later("the mail is down")] * 200
    await until(engine, clock, HANDOFF - DAY + HOUR)
    await people.remove_person(house, "alice")
    mailbox.answers.clear()
    await until(engine, clock, HANDOFF + 2 * HOUR)
    assert {one.to for one in mailbox.notices} == {"bob"}
