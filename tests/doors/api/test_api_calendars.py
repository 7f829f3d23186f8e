"""Calendars over the API: imported as a layer of a schedule, and schedules read as calendars under a secret link."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from icalendar import Calendar
from starlette.applications import Starlette

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.reading import Answer, CantRead
from tocsin.clock import HandClock
from tocsin.doors import feeds

KIND = {"Content-Type": "text/calendar"}
PLAN = {"zone": "UTC", "layers": [{"name": "leave", "calendar": "extra"}]}
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def calendar(*events: tuple[str, str, str]) -> bytes:
    """An iCalendar file of (title, first day, day after the last)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for n, (title, start, end) in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{n}@test", f"DTSTART;VALUE=DATE:{start}", f"DTEND;VALUE=DATE:{end}", f"SUMMARY:{title}", "END:VEVENT"]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


async def shifts(client: httpx2.AsyncClient) -> list[tuple[str, str, str]]:
    window = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-20T00:00:00Z"}
    found = (await client.get("/schedules/extra/shifts", params=window)).json()["shifts"]
    return [(one["person"], one["start"][:10], one["end"][:10]) for one in found]


async def test_a_calendar_is_a_layer_of_a_schedule(admin: httpx2.AsyncClient) -> None:
    sent = calendar(
        ("Carol", "20260303", "20260305"), ("Bob", "20260305", "20260306"), ("Lunch", "20260306", "20260307")
    )

    made = (await admin.put("/calendars/extra", content=sent, headers=KIND)).json()
    saved = await admin.put("/schedules/extra", json={"plan": PLAN, "since": "2026-03-02T00:00:00Z"})

    assert (made["calendar"]["version"], made["calendar"]["events"]) == (1, 2)
    assert made["unknown"] == ["'Lunch' on 2026-03-06 names nobody that Tocsin knows: left out"]
    assert saved.status_code == 200
    assert await shifts(admin) == [("carol", "2026-03-03", "2026-03-05"), ("bob", "2026-03-05", "2026-03-06")]
    assert [one["name"] for one in (await admin.get("/calendars")).json()["calendars"]] == ["extra"]


async def test_a_calendar_that_is_read_again_moves_nothing_that_was(
    admin: httpx2.AsyncClient, clock: HandClock
) -> None:
    first = calendar(("Carol", "20260303", "20260305"), ("Carol", "20260309", "20260312"))
    await admin.put("/calendars/extra", content=first, headers=KIND)
    await admin.put("/schedules/extra", json={"plan": PLAN, "since": "2026-03-02T00:00:00Z"})
    clock.set(MONDAY + 8 * DAY)

    second = calendar(("Bob", "20260303", "20260305"), ("Alice", "20260309", "20260312"))
    stale = await admin.put("/calendars/extra", content=second, headers={**KIND, "If-Match": '"7"'})
    again = await admin.put("/calendars/extra", content=second, headers={**KIND, "If-Match": '"1"'})

    assert stale.status_code == 409
    assert {one["person"] for one in again.json()["effect"]["moves"]} == {"carol", "alice"}
    assert await shifts(admin) == [
        ("carol", "2026-03-03", "2026-03-05"),
        ("carol", "2026-03-09", "2026-03-10"),
        ("alice", "2026-03-10", "2026-03-12"),
    ]


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (b"hello", 422, "This is no iCalendar file"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", 422, "The calendar can't be read"),
        (
            b"BEGIN:VCALENDAR\r\n" + b"X-A:b\r\n" * 1_500_000,
            422,
            "The calendar has 10.5 MB; at most 2 MB are taken",
        ),
        ("BEGIN:VCALENDAR\r\nX:ä".encode("latin-1"), 422, "is not UTF-8"),
    ],
    ids=["no calendar", "broken", "10 MB", "not UTF-8"],
)
async def test_a_broken_calendar_is_refused_by_name(
    admin: httpx2.AsyncClient, sent: bytes, status: int, words: str
) -> None:
    answer = await admin.put("/calendars/extra", content=sent, headers=KIND)

    assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text


async def test_a_calendar_is_kept_while_a_schedule_names_it_and_by_who_keeps_that(
    admin: httpx2.AsyncClient, alice: httpx2.AsyncClient
) -> None:
    sent = calendar(("Carol", "20260303", "20260305"))
    await alice.put("/calendars/extra", content=sent, headers=KIND)
    await alice.put("/calendars/idle", content=sent, headers=KIND)
    await admin.put("/schedules/extra", json={"plan": PLAN})

    refused = await admin.delete("/calendars/extra", headers={"If-Match": '"1"'})
    foreign = await alice.put("/calendars/extra", content=sent, headers={**KIND, "If-Match": '"1"'})
    gone = await alice.delete("/calendars/idle", headers={"If-Match": '"1"'})

    assert (refused.status_code, "extra names the calendar extra" in refused.json()["message"]) == (409, True)
    assert (foreign.status_code, gone.status_code) == (403, 204)


OFF = {"kind": "days-off", "who": ["team:ops_team"]}


async def away(client: httpx2.AsyncClient) -> list[tuple[str, str, str]]:
    window = {"from": "2026-03-02T00:00:00Z", "to": "2026-12-31T00:00:00Z"}
    found = (await client.get("/absences", params=window)).json()["absences"]
    return sorted((one["person"], one["start"][:10], one["reason"]) for one in found)


async def test_public_holidays_are_absences_of_a_team_and_change_with_their_calendar(
    house: House, alice: httpx2.AsyncClient, clock: HandClock
) -> None:
    await people.save_team(house, "ops_team", ["alice", "bob"])
    sent = calendar(
        ("Easter", "20260406", "20260407"),
        ("May Day", "20260501", "20260502"),
        ("Old", "20250501", "20250502"),
    )

    made = (await alice.put("/calendars/holidays", params=OFF, content=sent, headers=KIND)).json()
    assert (made["calendar"]["kind"], made["calendar"]["who"]) == ("days-off", ["team:ops_team"])
    assert await away(alice) == [
        ("alice", "2026-04-06", "Easter"),
        ("alice", "2026-05-01", "May Day"),
        ("bob", "2026-04-06", "Easter"),
        ("bob", "2026-05-01", "May Day"),
    ]
    clock.set(MONDAY + 40 * DAY)
    later = calendar(("May Day", "20260501", "20260502"), ("Unity", "20261003", "20261004"))
    await alice.put(
        "/calendars/holidays",
        params={**OFF, "who": ["bob"]},
        content=later,
        headers={**KIND, "If-Match": '"1"'},
    )

    assert await away(alice) == [
        ("alice", "2026-04-06", "Easter"),
        ("bob", "2026-04-06", "Easter"),
        ("bob", "2026-05-01", "May Day"),
        ("bob", "2026-10-03", "Unity"),
    ]
    assert (await alice.delete("/calendars/holidays", headers={"If-Match": '"2"'})).status_code == 204
    assert [one[0] for one in await away(alice)] == ["alice", "bob"], "what was, stays"


async def test_on_a_holiday_of_ones_own_somebody_else_stands_in(alice: httpx2.AsyncClient) -> None:
    sent = calendar(("Carnival", "20260303", "20260304"))

    made = await alice.put(
        "/calendars/rhine", params={"kind": "days-off", "who": ["bob"]}, content=sent, headers=KIND
    )

    moves = [(one["person"], one["gains"], one["start"][:10]) for one in made.json()["effect"]["moves"]]
    assert moves == [("alice", True, "2026-03-03"), ("bob", False, "2026-03-03")]
    then = await alice.get("/schedules/ops/on-call", params={"at": "2026-03-03T12:00:00Z"})
    assert then.json()["on_call"][0]["people"][0]["handle"] == "alice"


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({"kind": "days-off"}, 422, "who is empty: say whose days off these are"),
        ({"kind": "days-off", "who": ["carol"]}, 403, "can't tell of days off of carol"),
        ({"kind": "days-off", "who": ["team:zebras"]}, 404, "There is no team zebras"),
        ({"kind": "holidays"}, 422, "kind"),
    ],
)
async def test_days_off_that_can_not_be_are_refused_by_name(
    alice: httpx2.AsyncClient, params: dict[str, object], status: int, words: str
) -> None:
    sent = calendar(("Carnival", "20260303", "20260304"))

    answer = await alice.put("/calendars/rhine", params=params, content=sent, headers=KIND)  # type: ignore[arg-type]

    assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text


async def test_a_calendar_is_of_one_kind_and_only_one_of_shifts_is_a_layer(admin: httpx2.AsyncClient) -> None:
    sent = calendar(("Carol", "20260303", "20260304"))
    await admin.put("/calendars/off", params={"kind": "days-off", "who": ["bob"]}, content=sent, headers=KIND)

    other = await admin.put("/calendars/off", content=sent, headers={**KIND, "If-Match": '"1"'})
    layer = await admin.put(
        "/schedules/extra", json={"plan": {"zone": "UTC", "layers": [{"name": "x", "calendar": "off"}]}}
    )

    assert (other.status_code, layer.status_code) == (409, 422)
    assert "there is no calendar off" in layer.json()["message"]


@pytest.fixture
async def reader(house: House) -> httpx2.AsyncClient:
    """A calendar program: no key."""
    transport = httpx2.ASGITransport(app=Starlette(routes=list(feeds.routes(house))))
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8008")


async def link(client: httpx2.AsyncClient, kind: str, subject: str) -> str:
    url: str = (await client.post("/calendar-links", json={"kind": kind, "subject": subject})).json()["url"]
    return url


async def test_a_schedule_and_a_person_are_read_as_calendars(
    alice: httpx2.AsyncClient, reader: httpx2.AsyncClient
) -> None:
    ops = await reader.get(await link(alice, "schedule", "ops"))
    mine = await reader.get(await link(alice, "person", "alice"))

    assert ops.headers["content-type"] == "text/calendar; charset=utf-8"
    titles = [str(one["SUMMARY"]) for one in Calendar.from_ical(ops.content).walk("VEVENT")]
    assert titles[:2] == ["Bob on call (ops)", "Alice on call (ops)"]
    own = Calendar.from_ical(mine.content).walk("VEVENT")
    assert {str(one["SUMMARY"]) for one in own} == {"On call: ops"}
    assert own[0]["DTSTART"].dt == MONDAY + 7 * DAY + timedelta(hours=9)


async def test_a_feed_has_whole_shifts_so_that_an_event_stays_itself_from_read_to_read(
    alice: httpx2.AsyncClient, reader: httpx2.AsyncClient, clock: HandClock
) -> None:
    url = await link(alice, "schedule", "ops")
    clock.set(MONDAY + 40 * DAY + timedelta(minutes=1))
    first = Calendar.from_ical((await reader.get(url)).content)
    clock.advance(timedelta(minutes=7))
    again = Calendar.from_ical((await reader.get(url)).content)

    told = [
        [(str(one["UID"]), one["DTSTART"].dt, one["DTEND"].dt) for one in read.walk("VEVENT")]
        for read in (first, again)
    ]
    assert told[0] == told[1]
    assert {(start - end) for _, end, start in told[0]} == {7 * DAY}
    assert str(first["X-PUBLISHED-TTL"]) == "PT1H"


async def test_a_schedule_s_own_feed_is_a_calendar_that_can_be_imported(
    admin: httpx2.AsyncClient, alice: httpx2.AsyncClient, reader: httpx2.AsyncClient, house: House
) -> None:
    await people.save_person(house, "quiet", name="Quiet: one")  # without an address of their own
    plan = {"zone": "UTC", "layers": [{"name": "all", "rotations": [
        {"id": "all", "first_handoff": "2026-03-02 09:00", "every": "1 week", "participants": ["bob", "quiet"]}
    ]}]}  # fmt: skip
    await admin.put("/schedules/web", json={"plan": plan})
    fed = (await reader.get(await link(alice, "schedule", "web"))).content

    made = (await admin.put("/calendars/extra", content=fed, headers=KIND)).json()
    await admin.put("/schedules/extra", json={"plan": PLAN})

    assert made["unknown"] == []
    window = {"from": "2026-03-04T00:00:00Z", "to": "2026-05-20T00:00:00Z"}
    told = [
        [(one["person"], one["start"], one["end"])
         for one in (await alice.get(f"/schedules/{id}/shifts", params=window)).json()["shifts"]]
        for id in ("web", "extra")
    ]  # fmt: skip
    assert told[0] == told[1]


async def test_a_link_opens_nothing_once_it_was_made_anew_or_revoked_or_who_it_is_about_left(
    house: House, alice: httpx2.AsyncClient, reader: httpx2.AsyncClient
) -> None:
    first, second = await link(alice, "person", "bob"), await link(alice, "person", "bob")
    assert (await reader.get(first)).status_code == 404
    assert (await reader.get(second)).status_code == 200

    await alice.delete("/calendar-links", params={"kind": "person", "subject": "bob"})
    third = await link(alice, "schedule", "ops")
    fourth = await link(alice, "person", "bob")
    await people.remove_person(house, "bob")

    assert (await reader.get(second)).status_code == 404
    assert (await reader.get(third)).status_code == 200
    assert (await reader.get(fourth)).status_code == 404


async def test_whose_calendar_it_is_not_makes_no_link_to_it(
    caller: object, admin: httpx2.AsyncClient
) -> None:
    carol = await caller("carol")  # type: ignore[operator]

    answer = await carol.post("/calendar-links", json={"kind": "person", "subject": "bob"})

    assert (answer.status_code, "can't make a calendar of bob" in answer.json()["message"]) == (403, True)


async def test_a_calendar_is_read_from_its_address_when_it_is_saved_and_at_will(
    house: House, admin: httpx2.AsyncClient
) -> None:
    said: list[str] = []

    async def reads(url: str, etag: str, last_modified: str) -> Answer:
        said.append(url)
        if "gone" in url:
            raise CantRead("its address answers 404", passes=False)
        return Answer(calendar(("Carol", "20260303", "20260305")))

    house.read_address = reads
    url = {"url": "https://cal.example/rota.ics"}

    refused = await admin.put("/calendars/rota", params={"url": "https://cal.example/gone"}, headers=KIND)
    made = (await admin.put("/calendars/rota", params=url, headers=KIND)).json()["calendar"]
    again = (await admin.post("/calendars/rota/fetch")).json()["calendar"]

    assert (refused.status_code, refused.json()["message"]) == (422, "its address answers 404")
    assert (made["events"], made["url"], made["next_at"][:13]) == (1, url["url"], "2026-03-02T10")
    assert (again["events"], again["version"], again["problem"]) == (1, 1, "")
    await admin.put(
        "/calendars/rota",
        params={"url": "https://cal.example/gone"},
        content=calendar(),
        headers={**KIND, "If-Match": '"1"'},
    )
    failed = await admin.post("/calendars/rota/fetch")
    [shown] = (await admin.get("/calendars")).json()["calendars"]
    assert (failed.status_code, shown["problem"]) == (422, "its address answers 404")


async def test_a_calendar_without_a_file_is_refused_as_what_it_is(admin: httpx2.AsyncClient) -> None:
    for sent in ({}, {"headers": {"Content-Type": "application/json"}, "content": b"{}"}):
        answer = await admin.put("/calendars/extra", **sent)

        assert answer.status_code in (400, 422)
        assert "iCalendar file" in answer.text


async def test_who_is_no_admin_sees_only_the_host_of_a_secret_address_and_may_send_it_back(
    house: House, admin: httpx2.AsyncClient, alice: httpx2.AsyncClient
) -> None:
    secret = "https://cal.example/private-0123456789/basic.ics"
    read: list[str] = []

    async def reads(url: str, etag: str, last_modified: str) -> Answer:
        read.append(url)
        return Answer(calendar(("Carol", "20260303", "20260305")))

    house.read_address = reads
    await admin.put("/calendars/rota", params={"url": secret}, headers=KIND)

    [shown] = (await alice.get("/calendars")).json()["calendars"]
    files = (await alice.get("/configuration")).json()
    fetched = (await alice.post("/calendars/rota/fetch")).json()["calendar"]
    same = await alice.put(
        "/calendars/rota", params={"url": shown["url"], "expected_version": 1}, headers=KIND
    )
    plan = await alice.post("/apply", json={"calendars": files["calendars"], "dry_run": True})

    assert (shown["url"], fetched["url"]) == ("https://cal.example/…", "https://cal.example/…")
    assert files["calendars"]["rota"]["url"] == "https://cal.example/…"
    assert (same.status_code, same.json()["calendar"]["url"]) == (200, "https://cal.example/…")
    assert (plan.status_code, "private-0123456789" in plan.text) == (200, False), plan.text
    assert set(read) == {secret}
    [whole] = (await admin.get("/calendars")).json()["calendars"]
    assert whole["url"] == secret
