"""The daily report of gaps: at 09:00 of a schedule's zone, one message to each person, and none twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.schedules import Head, save_schedule
from tocsin.clock import HandClock
from tocsin.core.oncall.reports import is_due, next_report, report_at
from tocsin.engine.loop import Engine

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def plan(zone: str, *who: str) -> dict[str, object]:
    """Nobody is on call at weekends."""
    rotation = {"id": "r", "first_handoff": "2026-01-05 09:00", "every": "1 week", "participants": list(who), "restrict": ["Mon-Fri 00:00-24:00"]}  # fmt: skip
    return {"zone": zone, "layers": [{"name": "base", "rotations": [rotation]}]}


async def schedule(house: House, id: str, zone: str, *who: str, team: str = "") -> None:
    await save_schedule(house, OPERATOR, id, plan(zone, *who), head=Head(name=id, team=team))


def told(mailbox: Mailbox) -> list[tuple[str, str]]:
    return sorted((one.to, one.via) for one in mailbox.notices if "Nobody is on call" in one.text)


async def test_the_team_hears_of_gaps_at_nine_of_the_schedules_zone_and_once_a_day(
    house: House, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    await schedule(house, "tokyo", "Asia/Tokyo", "carol", team="ops_team")
    for hours in (14, 1, 1, 8):
        await engine.run_due()
        assert told(mailbox) == []
        if hours == 8:
            break
        clock.advance(timedelta(hours=hours) if hours == 14 else timedelta(minutes=29))
    clock.set(datetime(2026, 3, 3, 0, 0, tzinfo=UTC))
    for _ in range(3):
        await engine.run_due()
        clock.advance(timedelta(hours=7))

    assert told(mailbox) == [("alice", "email"), ("alice", "slack"), ("bob", "email"), ("bob", "slack")]
    text = next(one.text for one in mailbox.notices if "Nobody is on call" in one.text)
    assert "*tokyo*: Sat 7 Mar, 00:00 JST to Mon 9 Mar, 00:00 JST (2 days)" in text


async def test_one_message_tells_of_all_schedules_of_a_person(
    house: House, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    await schedule(house, "one", "UTC", "carol")
    await schedule(house, "two", "UTC", "carol", "bob")
    clock.set(MONDAY + DAY)
    await engine.run_due()

    assert told(mailbox) == [("bob", "email"), ("bob", "slack"), ("carol", "email")]
    texts = {one.to: one.text for one in mailbox.notices if "Nobody is on call" in one.text}
    assert ("*one*" in texts["carol"], "*two*" in texts["carol"]) == (True, True)
    assert ("*one*" in texts["bob"], "*two*" in texts["bob"]) == (False, True)


async def test_where_nobody_of_them_can_be_reached_the_admins_hear_of_it(
    house: House, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    await people.save_person(house, "dora", name="Dora", email="dora@acme.example", rights=("admin",))
    await people.save_person(house, "erik", name="Erik")
    await schedule(house, "one", "UTC", "erik")
    clock.set(MONDAY + DAY)
    await engine.run_due()

    assert told(mailbox) == [("dora", "email")]


async def test_without_a_gap_nobody_hears_anything(
    house: House, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    clock.set(MONDAY + DAY)
    await engine.run_due()
    assert told(mailbox) == []


@pytest.mark.parametrize(("hours", "many"), [(23 + 10, 1), (24 + 15, 0), (24 + 25, 1)])
async def test_a_node_that_was_down_at_nine_reports_when_it_is_back_on_the_same_day(
    house: House,
    clock: HandClock,
    mailbox: Mailbox,
    engine: Engine,
    pool: asyncpg.Pool,
    hours: int,
    many: int,
) -> None:
    await schedule(house, "one", "UTC", "carol")
    await engine.run_due()
    clock.advance(
        timedelta(hours=hours)
    )  # Monday 09:00 and so many hours: Tuesday evening, midnight, the Wednesday after nine.
    await engine.run_due()
    reports = [one for one in mailbox.notices if "Nobody is on call" in one.text]
    assert len(reports) == many


async def test_a_report_that_is_late_is_in_the_words_of_now(
    house: House, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    """Given on Saturday at 20:00 UTC, which is Sunday morning where it is read: the gap began yesterday."""
    await people.save_person(house, "carol", name="Carol", email="carol@acme.example", zone="Asia/Tokyo")
    await schedule(house, "one", "UTC", "carol")
    clock.set(MONDAY + 4 * DAY + timedelta(hours=2))
    await engine.run_due()
    mailbox.notices.clear()

    clock.set(MONDAY + 5 * DAY + timedelta(hours=11))
    await engine.run_due()

    [text] = [one.text for one in mailbox.notices if "Nobody is on call" in one.text]
    assert "*one*: now, until tomorrow 09:00 JST (28 h); Sat 14 Mar, 09:00 JST to" in text


async def test_many_nodes_report_once(house: House, clock: HandClock, pool: asyncpg.Pool) -> None:
    import asyncio

    from tocsin.acts.oncall.clockwork import look_at_due
    from tocsin.acts.oncall.looking import LOOKS

    for n in range(5):
        await schedule(house, f"s{n}", "UTC", "carol")
    await look_at_due(house, LOOKS)
    clock.set(MONDAY + DAY)
    await asyncio.gather(*(look_at_due(house, LOOKS) for _ in range(4)))
    await pool.execute(
        "UPDATE schedule_timers SET seen = $1, next_at = $1", MONDAY
    )  # As if it had died before it was stored.
    await asyncio.gather(*(look_at_due(house, LOOKS) for _ in range(4)))

    assert await pool.fetchval("SELECT count(*) FROM works WHERE key LIKE 'gaps/%'") == 1


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "America/Santiago"]),
    st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: datetime(2011, 12, 20, tzinfo=UTC) + timedelta(minutes=minutes)),
)  # fmt: skip
def test_the_report_is_due_at_nine_once_each_day_that_there_is(zone: str, now: datetime) -> None:
    local = report_at(now, zone).astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute, local.date()) == (9, 0, now.astimezone(ZoneInfo(zone)).date())
    at, days = now, set()
    for _ in range(5):
        at = next_report(at, zone)
        if is_due(at - timedelta(seconds=1), at, zone):
            days.add(at.astimezone(ZoneInfo(zone)).date())
    assert len(days) >= 4
    assert next_report(now, zone) > now
