"""Who of those that may be paged can be reached now; the weekly digest of those who can't; and the test pages that go out by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from tocsin.acts.contacts.looks import label_of
from tocsin.acts.contacts.testing import plan_test, testable
from tocsin.acts.house import House
from tocsin.acts.oncall.troubles import admins_of
from tocsin.acts.roster import directory
from tocsin.core.escalation.policy import PERSON
from tocsin.core.notices import Notice, in_order, works_for
from tocsin.core.oncall.named import people_in
from tocsin.core.oncall.reports import is_due, report_at
from tocsin.core.oncall.wall import wall
from tocsin.core.people import Person, Roster, is_at_work
from tocsin.core.readiness import Ready, Tested, digest_words, readiness
from tocsin.store import test_pages as rows
from tocsin.store import works as work_rows
from tocsin.store.people import Directory
from tocsin.store.pool import Connection
from tocsin.store.test_pages import TestPage

EACH: Final = timedelta(minutes=15)
"""How often it is looked: zones differ by quarters of an hour."""
MONTH: Final = timedelta(days=30)
TESTS_AT_ONCE: Final = 20
"""How many go out by themselves at one look, so that no provider is flooded."""
USUAL_HOURS: Final = "Mon-Fri 10:00-16:00"
"""When those are tested who say nothing of their hours."""


async def ready_people(house: House) -> list[Ready]:
    """Everybody in any schedule, team or step of the escalation: those at risk first."""
    async with house.pool.acquire() as conn:
        return await _all(house, conn, await directory(house, conn), house.clock.now())


async def look_after_readiness(house: House) -> bool:
    """Do what fell due since the last look; False if it is not time. The first look only begins to count."""
    now = house.clock.now()
    async with house.pool.acquire() as conn:
        at = await rows.next_at(conn)
        if at is None or at > now:
            return False  # As nearly always: no transaction for that.
        async with conn.transaction():
            due = await rows.due(conn, now)
            if due is None:
                return False
            await _look(house, conn, due.seen, now)
    house.wake()
    return True


async def _look(house: House, conn: Connection, seen: datetime | None, now: datetime) -> None:
    if seen is not None:
        known = await directory(house, conn)
        await _digest(house, conn, known, seen, now)
        if house.monthly_tests:
            await _monthly(house, conn, known, now)
    await conn.execute(rows.SQL["seen"], rows.READINESS, now, _next(now))


async def put_off(house: House, until: datetime) -> None:
    """Look again then: something is amiss with the look itself."""
    async with house.pool.acquire() as conn:
        await conn.execute(rows.SQL["put_off"], rows.READINESS, until)


async def _all(house: House, conn: Connection, known: Directory, now: datetime) -> list[Ready]:
    because = _because(house, known)
    tests = await rows.last(conn, list(because))
    label = partial(label_of, house)
    wakes = {via for via, channel in house.channels.items() if channel.can.interrupts}
    found = [
        readiness(known.people[one], why, now, house.abilities, wakes, _tested(house, tests.get(one)), label)
        for one, why in because.items()
    ]
    return sorted(found, key=lambda one: (one.is_reached, not one.is_at_risk, one.name))


def _because(house: House, known: Directory) -> dict[str, list[str]]:
    """Why each has to be reachable."""
    found: dict[str, list[str]] = {}
    for schedule in known.schedules:
        named = {one for version in schedule.versions for one in people_in(version.plan)}
        for one in sorted(named):
            found.setdefault(one, []).append(f"schedule {schedule.name or schedule.id}")
    for name, members in known.teams.items():
        for one in members:
            found.setdefault(one, []).append(f"team {name}")
    for step in house.handbook.policy:
        for target in step.to:
            kind, _, name = target.partition(":")
            if kind == "person":
                found.setdefault(name, []).append("escalation")
    for id, kept in known.policies.items():
        reached = [*kept.policy.last_resort, *(to for stage in kept.policy.steps for to in stage.to)]
        for whom in reached:
            if whom.kind == PERSON:
                found.setdefault(whom.name, []).append(f"policy {id}")
    return {one: list(dict.fromkeys(why)) for one, why in sorted(found.items()) if one in known.people}


def _tested(house: House, page: TestPage | None) -> Tested | None:
    if page is None:
        return None
    failed = tuple((label_of(house, one.via), one.words) for one in page.messages if one.state == "failed")
    return Tested(page.asked_at, page.answered_at, failed)


async def _digest(house: House, conn: Connection, known: Directory, seen: datetime, now: datetime) -> None:
    """On Mondays at 09:00 of their zone each admin hears who can't be reached; nothing where all is well."""
    roster = Roster(known.people, known.teams)
    told = {one: at for one in admins_of(roster) if (at := _monday(known.people[one], seen, now))}
    found = [one for one in await _all(house, conn, known, now) if one.is_at_risk] if told else []
    if not found:
        return
    words = digest_words(found, house.places.readiness)
    notices = (
        Notice(one, f"readiness/{at.isoformat()}", words, until=at + timedelta(days=1))
        for one, at in told.items()
    )
    works = in_order(one for notice in notices for one in works_for(notice, roster, house.abilities))
    await work_rows.plan(conn, None, works, now)


def _monday(admin: Person, seen: datetime, now: datetime) -> datetime | None:
    """The Monday 09:00 of theirs that came since the last look; None where none did."""
    zone = admin.zone or "UTC"
    is_monday = wall(zone).reading(now).weekday() == 0
    return report_at(now, zone) if is_monday and is_due(seen, now, zone) else None


async def _monthly(house: House, conn: Connection, known: Directory, now: datetime) -> None:
    """Once a month, in their working hours, whoever has devices of their own is paged to try them."""
    at_work = [
        known.people[one] for one in _because(house, known) if _is_tested_now(house, known.people[one], now)
    ]
    tests = await rows.last(conn, [one.handle for one in at_work])
    due = [one for one in at_work if _is_month_ago(tests, one.handle, now)]
    for one in due[:TESTS_AT_ONCE]:
        await plan_test(house, conn, one, "tocsin", now, by_itself=True)


def _is_tested_now(house: House, person: Person, now: datetime) -> bool:
    if not any(not one.is_given for one in testable(house, person)):
        return False
    at_work = is_at_work(person, now)
    if at_work is None:
        return bool(is_at_work(replace(person, hours=USUAL_HOURS, zone=person.zone or "UTC"), now))
    return at_work


def _is_month_ago(tests: Mapping[str, TestPage], person: str, now: datetime) -> bool:
    return person not in tests or now - tests[person].asked_at >= MONTH


def _next(now: datetime) -> datetime:
    """The next quarter of an hour."""
    begun = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return begun + EACH
