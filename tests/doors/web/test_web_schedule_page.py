"""A schedule's page: its week and month, why somebody is on call, who changed what, and its calendar's link."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import asyncpg
import httpx2
import pytest

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import calendars, cover, overrides, shadows
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.looks import schedule
from tocsin.acts.oncall.overrides import Wish
from tocsin.acts.oncall.schedules import Head, end_schedule, save_schedule
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.core.oncall.written import written_plan

Browser = httpx2.AsyncClient
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADMIN = By(Actor("", "web", "ada"), is_admin=True)
BOB = By(Actor("bob", "web", "bob"))


def words(answer: httpx2.Response) -> str:
    text = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def day_schedule(house: House, zone: str = "UTC") -> None:
    rotation = {
        "id": "day", "first_handoff": "2026-03-02 00:00", "every": "1 day", "participants": ["alice", "bob"],
        "restrict": ["09:00-17:00"],
    }  # fmt: skip
    plan = {"zone": zone, "layers": [{"name": "day", "rotations": [rotation]}]}
    await save_schedule(house, ADMIN, "web", plan, head=Head("Website", "ops_team"))


async def test_the_overview_tells_who_is_next_and_when_nobody_is(house: House, alice: Browser) -> None:
    await day_schedule(house)

    page = words(await alice.get("/on-call"))

    assert "Bob ops (ops_team) · until Mon 9 Mar 09:00 (in 7 days) Then Alice" in page
    assert "Then nobody 14 gaps within 14 days nobody Mon 2 Mar 17:00 – Tue 3 Mar 09:00 UTC" in page


async def test_the_overview_is_in_one_clock_which_no_browser_rewrites(house: House, alice: Browser) -> None:
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", zone="Asia/Tokyo")
    await day_schedule(house)

    page = await alice.get("/on-call")

    assert "Alice Website (ops_team) · until Tue 3 Mar 02:00 (in 8 h)" in words(page)
    assert "Times in Asia/Tokyo." in words(page)
    main = page.text.partition("<main")[2]
    assert re.findall(r"<time(?![^>]*data-zone)[^>]*>", main) == []


async def test_my_shifts_have_their_own_ends_and_not_those_of_the_look(house: House, alice: Browser) -> None:
    first = datetime.fromisoformat("2026-03-02 09:00")
    await save_weekly(
        house, "ops", team="ops_team", zone="UTC", first_handoff=first, participants=["bob", "alice", "carol"],
        expected=1,
    )  # fmt: skip
    await save_weekly(
        house, "far", team="ops_team", zone="UTC", first_handoff=first + timedelta(days=57), participants=["alice"]
    )  # fmt: skip

    page = words(await alice.get("/on-call"))

    assert "Tue 28 Apr 09:00 – Tue 5 May 09:00 far" in page


async def test_a_calendar_that_can_not_be_read_stands_in_the_overview(
    house: House, alice: Browser, pool: asyncpg.Pool
) -> None:
    file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
    await calendars.save_calendar(house, ADMIN, "rota", file.encode())
    await save_schedule(
        house, ADMIN, "cal", {"zone": "UTC", "layers": [{"name": "rota", "calendar": "rota"}]}
    )
    assert "can't be read" not in words(await alice.get("/on-call"))
    await pool.execute("UPDATE calendars SET problem = 'it answered 404'")

    assert "can't be read the calendar rota; what it said last counts" in words(await alice.get("/on-call"))


async def test_the_overview_tells_my_shifts_and_what_i_can_take(house: House, alice: Browser) -> None:
    await cover.ask_cover(house, BOB, "ops", end=MONDAY + timedelta(hours=3), reason="dentist")

    page = words(await alice.get("/on-call"))

    assert "You are asked to take over 1 Bob: ops Mon 2 Mar 09:00 – 12:00 UTC · dentist" in page
    assert "My next shifts Mon 9 Mar 09:00 – Mon 16 Mar 09:00" in page


async def test_why_slack_does_not_show_who_is_on_call_stands_there(house: House, alice: Browser) -> None:
    await day_schedule(house)
    assert "Slack does not show" not in words(await alice.get("/on-call/web"))
    kept = (await schedule(house, "web"))[1]
    head = Head(slack_group="@website")
    await save_schedule(house, ADMIN, "web", written_plan(kept.schedule.plan), head=head, expected=1)

    assert "Slack does not show who is on call: Slack is not connected" in words(
        await alice.get("/on-call/web")
    )


async def test_schedules_are_found_by_their_name_or_team(house: House, alice: Browser) -> None:
    await day_schedule(house)

    found, nothing = await alice.get("/on-call?name=webs"), await alice.get("/on-call?name=xyz")

    assert 'href="/on-call/web"' in found.text
    assert 'href="/on-call/ops"><b>' not in found.text
    assert "No schedule is called “xyz”" in nothing.text


async def test_where_a_pager_says_who_is_on_call_nothing_is_offered(house: House, alice: Browser) -> None:
    house.abilities = house.abilities | {"pager:opsgenie"}
    await people.save_on_call_outside(house, "ops_pager", ["bob@acme.example"])

    page = words(await alice.get("/on-call"))

    assert house.has_pager
    assert "The pager that this organisation keeps says who is on call: change it there." in page
    assert "Take over for a while" not in page


async def test_a_week_lists_each_day_with_its_shifts_and_its_gaps_in_words(
    house: House, alice: Browser
) -> None:
    await day_schedule(house)

    answer = await alice.get("/on-call/web")
    page = words(answer)

    assert "2 – 8 Mar 2026 Nobody is on call who can be reached:" in page
    assert "Mon 2 Mar today Nobody until 09:00 why? Alice 09:00 – 17:00 why? Nobody from 17:00 why?" in page
    assert "Tue 3 Mar Nobody until 09:00 why? Bob 09:00 – 17:00" in page
    assert '<li class="alarming"><b>Nobody</b>' in answer.text
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in answer.text
    assert "?week=2026-02-23" in answer.text
    assert "?week=2026-03-09" in answer.text


async def test_a_month_lists_all_its_days(alice: Browser) -> None:
    answer = await alice.get("/on-call/ops?month=2026-02")

    assert answer.text.count('<li class="day') == 28
    assert "February 2026" in answer.text
    assert "?month=2026-01" in answer.text
    assert "?month=2026-03" in answer.text


async def test_a_week_with_a_change_of_the_clocks_goes_from_midnight_to_midnight(
    house: House, alice: Browser
) -> None:
    await day_schedule(house, "Europe/Berlin")

    page = words(await alice.get("/on-call/web?week=2026-03-29"))

    assert "Sun 29 Mar Nobody until 09:00 why? Bob 09:00 – 17:00" in page
    assert "23 – 29 Mar 2026" in page


async def test_times_are_told_by_the_schedules_clock_and_by_mine(house: House, alice: Browser) -> None:
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", zone="Asia/Tokyo")

    page = words(await alice.get("/on-call/ops"))

    assert "from 09:00 ( 18:00 yours)" in page
    assert "Times in UTC, yours in Asia/Tokyo." in page


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("week=soon", "week is 'soon': write a day of it, such as 2026-03-02"),
        ("week=0001-01-01", "week is in the year 1"),
        ("month=2026-13", "month is '2026-13': write one such as 2026-03"),
        ("month=٢٠٢٦-٠٣", "write one such as 2026-03"),
    ],
)
async def test_a_week_or_month_that_is_none_is_refused_by_name(alice: Browser, query: str, why: str) -> None:
    answer = await alice.get(f"/on-call/ops?{query}")

    assert answer.status_code == 422
    assert why in unescape(answer.text)


async def test_an_unknown_schedule_is_answered_with_those_there_are(alice: Browser) -> None:
    answer = await alice.get("/on-call/opps")

    assert answer.status_code == 404
    assert "There is no schedule opps; there are: ops" in answer.text


async def test_why_is_answered_in_words(house: House, alice: Browser) -> None:
    made = await overrides.add_override(
        house, BOB, "ops", Wish(Change.REPLACE, MONDAY + timedelta(hours=2), ("alice",), "bob", reason="dentist")
    )  # fmt: skip

    page = words(await alice.get("/on-call/ops/why?at=2026-03-02T10:00:00Z"))

    assert "Alice at Mon 2 Mar 10:00 UTC Alice is on call until Mon 2 Mar 2026 11:00 (UTC)" in page
    assert f"override {made.override.id} by Bob, for the reason: dentist" in page
    assert "Replace Alice" in page


@pytest.mark.parametrize(
    ("at", "why"), [("soon", "at is 'soon'"), ("2026-03-02T10:00", "without an offset: say in which zone")]
)
async def test_why_at_no_instant_is_refused(alice: Browser, at: str, why: str) -> None:
    answer = await alice.get(f"/on-call/ops/why?at={at}")

    assert answer.status_code == 422
    assert why in unescape(answer.text)


async def test_what_changes_it_for_a_while_stands_below(house: House, alice: Browser) -> None:
    until = MONDAY + timedelta(hours=2)
    await overrides.add_override(house, BOB, "ops", Wish(Change.REMOVE, until, instead_of="bob"))
    await shadows.add_shadow(house, BOB, "ops", "alice", end=until)
    await alice.post("/away", data={"start": "2026-03-10", "end": "2026-03-11", "reason": "leave"})

    page = words(await alice.get("/on-call/ops"))

    assert "Without Bob Mon 2 Mar 09:00 – 11:00 UTC · by Bob · end it …" in page
    assert "Alice shadows whoever is on call Mon 2 Mar 09:00 – 11:00 UTC" in page
    assert "Alice is away Tue 10 Mar 2026 – Wed 11 Mar 2026 · leave" in page


async def test_the_log_says_who_changed_what_and_whose_shifts_moved(house: House, alice: Browser) -> None:
    await overrides.add_override(
        house, BOB, "ops", Wish(Change.TAKE, MONDAY + timedelta(hours=2), ("alice",))
    )

    short, whole = words(await alice.get("/on-call/ops")), words(await alice.get("/on-call/ops/changes"))

    assert "Bob put alice on call instead of anybody in ops" in short
    assert "Moves shifts of Alice, Bob" in short
    assert "Alice is on call Mon 2 Mar 09:00 – 11:00" in whole
    assert "Bob is no longer on call Mon 2 Mar 09:00 – 11:00" in whole


async def test_the_log_goes_on_from_an_entry_that_is_a_number(alice: Browser) -> None:
    assert (await alice.get("/on-call/ops/changes?before=1")).status_code == 200
    assert (await alice.get("/on-call/ops/changes?before=x")).status_code == 422


@pytest.mark.parametrize(
    ("place", "back"), [("/on-call-link", "/on-call"), ("/on-call/ops/link", "/on-call/ops")]
)
async def test_a_calendars_secret_link_is_shown_once_and_can_be_revoked(
    alice: Browser, place: str, back: str
) -> None:
    made = await alice.post(place, data={"do": "make"})
    again = await alice.get(back)
    revoked = await alice.post(place, data={"do": "revoke"}, follow_redirects=True)

    assert re.search(r"http://127\.0\.0\.1:8008/calendars/[\w-]{20,}\.ics", made.text)
    assert "/calendars/" not in again.text
    assert "is revoked" in revoked.text


async def test_a_picture_may_bring_its_own_colours_into_the_page(alice: Browser) -> None:
    answer = await alice.get("/on-call/ops")

    assert "style-src 'self' 'sha256-" in answer.headers["content-security-policy"]
    assert "style=" not in answer.text


async def test_a_schedule_that_was_deleted_is_told_so(house: House, clock: HandClock, alice: Browser) -> None:
    await end_schedule(house, ADMIN, "ops", expected=1)

    answer = await alice.get("/on-call/ops")

    assert answer.status_code == 404
    assert "The schedule ops was deleted; there are: none" in answer.text
