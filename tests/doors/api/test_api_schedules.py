"""Schedules over the API: an expected version on every write, previews, and what each schedule says of a span of time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall.showing import UNCONNECTED
from tocsin.clock import HandClock
from tocsin.core.work import SHOWS_ON_CALL

PLAN = {
    "zone": "Europe/Berlin",
    "layers": [
        {
            "name": "base",
            "rotations": [
                {
                    "id": "weekly",
                    "first_handoff": "2026-03-02 10:00",
                    "every": "1 week",
                    "participants": ["alice", ["bob", "carol"], "nobody", "team:ops_team"],
                    "restrict": ["Mon-Fri 09:00-17:00"],
                }
            ],
        }
    ],
}
WINDOW = {"from": "2026-03-02T09:00:00Z", "to": "2026-03-16T09:00:00Z"}


async def test_a_schedule_is_made_read_and_written_back_the_same(admin: httpx2.AsyncClient) -> None:
    made = await admin.put("/schedules/night", json={"plan": PLAN, "name": "Nights", "team": "ops_team"})

    assert made.status_code == 200
    assert (made.json()["is_new"], made.json()["schedule"]["version"]) == (True, 1)
    read = await admin.get("/schedules/night")
    assert read.headers["ETag"] == '"1"'
    assert (read.json()["name"], read.json()["team"], read.json()["plan"]) == ("Nights", "ops_team", PLAN)
    listed = (await admin.get("/schedules")).json()["schedules"]
    assert [one["id"] for one in listed] == ["night", "ops"]
    again = await admin.put("/schedules/night", json={"plan": read.json()["plan"], "expected_version": 1})
    assert again.json()["is_changed"] is False


async def test_what_would_open_a_gap_is_said_of_a_new_schedule_too_and_is_refused_where_that_is_asked_for(
    admin: httpx2.AsyncClient,
) -> None:
    seen = (await admin.post("/schedules/night/preview", json={"plan": PLAN})).json()["effect"]["opens"]
    refused = await admin.put("/schedules/night", json={"plan": PLAN}, params={"gaps": "refuse"})
    missing = await admin.get("/schedules/night")
    made = (await admin.put("/schedules/night", json={"plan": PLAN})).json()["effect"]["opens"]
    wrong = await admin.put("/schedules/night", json={"plan": PLAN}, params={"gaps": "never"})

    assert seen[0] == {"schedule": "night", "start": "2026-03-02T16:00:00Z", "end": "2026-03-03T08:00:00Z"}
    assert refused.status_code == 409
    assert "night would have nobody on call from 2026-03-02 16:00 to 2026-03-03 08:00 UTC" in refused.text
    assert missing.status_code == 404
    assert made == seen
    assert wrong.status_code == 422


async def test_a_schedule_that_was_deleted_says_since_when(admin: httpx2.AsyncClient) -> None:
    live = (await admin.get("/schedules/ops")).json()
    await admin.delete("/schedules/ops", headers={"If-Match": '"1"'})
    gone = (await admin.get("/schedules/ops")).json()

    assert (live["ended_at"], gone["ended_at"]) == (None, "2026-03-02T09:00:00Z")


@pytest.mark.parametrize("called", ["ops", "ops_team"])
async def test_the_hours_of_a_schedule_that_was_deleted_are_told(
    admin: httpx2.AsyncClient, clock: HandClock, called: str
) -> None:
    clock.advance(timedelta(hours=3))
    await admin.delete("/schedules/ops", headers={"If-Match": '"1"'})

    query = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "schedule": called}
    told = await admin.get("/hours", params=query)
    none = await admin.get("/hours", params={**query, "schedule": "nosuch"})

    assert [(one["person"], one["seconds"]) for one in told.json()["hours"]] == [("bob", 3 * 3600)]
    assert none.status_code == 404


@pytest.mark.parametrize("at", ["2026-03-02T09:00", "tomorrow"])
async def test_the_time_that_a_refusal_suggests_is_taken(admin: httpx2.AsyncClient, at: str) -> None:
    refused = await admin.get("/schedules/ops/on-call", params={"at": at})
    suggested = refused.json()["message"].rpartition("such as ")[2]
    taken = await admin.get("/schedules/ops/on-call", params={"at": suggested})

    assert (refused.status_code, suggested, taken.status_code) == (422, "2026-03-02T09:00:00Z", 200)


async def test_where_slack_does_not_show_who_is_on_call_the_answer_says_why(
    house: House, admin: httpx2.AsyncClient
) -> None:
    body = {"plan": PLAN, "slack_group": "@nights", "slack_channel": "#nights"}
    await admin.put("/schedules/night", json=body)
    assert (await admin.get("/schedules/night")).json()["slack_problem"] == UNCONNECTED
    assert [one["slack_problem"] for one in (await admin.get("/schedules")).json()["schedules"]] == [
        UNCONNECTED,
        "",
    ]
    house.abilities |= {SHOWS_ON_CALL}
    assert (await admin.get("/schedules/night")).json()["slack_problem"] == ""
    await house.pool.execute(
        "INSERT INTO works (does, via, lane, key, urgency, payload, due_at, planned_at, state, last_why) VALUES"
        " ('group.set', 'slack', 'group.set/nights', 'a', 3, '{}', now(), now(), 'refused', 'no such group'),"
        " ('topic.set', 'slack', 'topic.set/nights', 'b', 3, '{}', now(), now(), 'refused', 'too long')"
    )
    assert (await admin.get("/schedules/night")).json()["slack_problem"] == "no such group; too long"


async def test_a_stale_edit_is_409_and_names_who_was_first(
    admin: httpx2.AsyncClient, alice: httpx2.AsyncClient
) -> None:
    await alice.put("/schedules/ops", json={"plan": PLAN}, headers={"If-Match": '"1"'})

    answer = await admin.put("/schedules/ops", json={"plan": PLAN, "expected_version": 1})

    assert (answer.status_code, answer.json()["field"]) == (409, "expected_version")
    assert "ops is at version 2, and you saw 1: alice changed the schedule ops" in answer.json()["message"]


WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "/schedules/ops", {"json": {"plan": PLAN}}),
    ("DELETE", "/schedules/ops", {}),
    ("DELETE", "/overrides/1", {}),
    ("DELETE", "/shadows/1", {}),
    ("DELETE", "/absences/1", {}),
    ("DELETE", "/cover-requests/1", {}),
]


@pytest.fixture
async def busy(alice: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """Alice, with an override, a shadow shift, an absence and a request for cover of each number one."""
    span = {"start": "2026-03-03T09:00:00Z", "end": "2026-03-04T09:00:00Z"}
    await alice.post("/schedules/ops/overrides", json={"change": "add", "people": ["carol"], **span})
    await alice.post("/schedules/ops/shadows", json=span)
    await alice.post("/absences", json=span)
    await alice.post("/cover-requests", json={"schedule": "ops", "person": "bob", "asked": ["carol"], **span})
    return alice


@pytest.mark.parametrize(("method", "path", "sent"), WRITES)
async def test_each_write_needs_the_version_that_was_seen(
    busy: httpx2.AsyncClient, method: str, path: str, sent: dict[str, Any]
) -> None:
    missing = await busy.request(method, path, **sent)
    stale = await busy.request(method, path, **sent, headers={"If-Match": '"9"'})
    right = await busy.request(method, path, **sent, headers={"If-Match": '"1"'})

    assert (missing.status_code, missing.json()["field"]) == (422, "expected_version")
    assert (stale.status_code, stale.json()["field"]) == (409, "expected_version")
    assert "at version 1, and you saw 9" in stale.json()["message"]
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"If-Match": "newest"}, "If-Match is 'newest': write the version that you saw"),
        ({"If-Match": '"2"'}, "If-Match says 2, and expected_version 1: send one"),
    ],
)
async def test_a_version_that_is_none_is_refused(
    alice: httpx2.AsyncClient, headers: dict[str, str], words: str
) -> None:
    answer = await alice.put("/schedules/ops", json={"plan": PLAN, "expected_version": 1}, headers=headers)

    assert (answer.status_code, words in answer.json()["message"]) == (422, True)


async def test_a_preview_says_what_would_move_and_changes_nothing(alice: httpx2.AsyncClient) -> None:
    answer = await alice.post("/schedules/ops/preview", json={"plan": PLAN, "expected_version": 1})

    effect = answer.json()["effect"]
    assert effect["moves"][0] == {
        "schedule": "ops",
        "person": "alice",
        "gains": True,
        "start": "2026-03-02T09:00:00Z",
        "end": "2026-03-02T16:00:00Z",
    }
    assert effect["opens"][0]["start"] == "2026-03-02T16:00:00Z"
    assert (await alice.get("/schedules/ops")).json()["version"] == 1


async def test_a_schedule_says_who_when_and_where_nobody_is(alice: httpx2.AsyncClient) -> None:
    now = (await alice.get("/schedules/ops/on-call")).json()["on_call"]
    then = (await alice.get("/schedules/ops/on-call", params={"at": "2026-03-10T00:00:00Z"})).json()[
        "on_call"
    ]
    shifts = (await alice.get("/schedules/ops/shifts", params=WINDOW)).json()["shifts"]
    mine = (await alice.get("/shifts", params={**WINDOW, "person": "alice"})).json()["shifts"]
    gaps = (await alice.get("/schedules/ops/gaps", params={"from": "2026-03-01T09:00:00Z"})).json()["gaps"]

    assert [one["people"][0]["handle"] for one in (*now, *then)] == ["bob", "alice"]
    assert [(one["person"], one["name"], one["end"]) for one in shifts] == [
        ("bob", "Bob", "2026-03-09T09:00:00Z"),
        ("alice", "Alice", "2026-03-16T09:00:00Z"),
    ]
    assert shifts[0]["because"]["rotation"] == "weekly"
    assert mine == shifts[1:]
    assert gaps == [{"start": "2026-03-01T09:00:00Z", "end": "2026-03-02T09:00:00Z"}]


@pytest.mark.parametrize(
    ("path", "params", "status", "field"),
    [
        ("/schedules/ops/shifts", {"from": WINDOW["to"], "to": WINDOW["from"]}, 422, "end"),
        ("/schedules/ops/shifts", {"from": "2026-03-02T09:00:00"}, 422, "from"),
        ("/schedules/ops/shifts", {"from": WINDOW["from"], "to": "2046-03-02T09:00:00Z"}, 422, "end"),
        ("/schedules/night/shifts", {}, 404, "schedule"),
        ("/schedules/night/on-call", {}, 404, "schedule"),
        ("/schedules/ops/shifts", {"form": "x"}, 422, "form"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    alice: httpx2.AsyncClient, path: str, params: dict[str, str], status: int, field: str
) -> None:
    answer = await alice.get(path, params=params)

    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_an_override_is_made_listed_and_ended(alice: httpx2.AsyncClient) -> None:
    sent = {"change": "replace", "people": ["carol"], "instead_of": "bob", "end": "2026-03-03T09:00:00Z"}
    made = await alice.post("/schedules/ops/overrides", json=sent)

    assert made.status_code == 201
    id, version = made.json()["override"]["id"], made.json()["override"]["version"]
    [now] = (await alice.get("/schedules/ops/on-call")).json()["on_call"]
    assert (now["people"][0]["handle"], now["instead_of"]["handle"]) == ("carol", "bob")
    assert [one["id"] for one in (await alice.get("/schedules/ops/overrides")).json()["overrides"]] == [id]
    ended = await alice.delete(f"/overrides/{id}", params={"expected_version": version})
    assert ended.status_code == 200
    assert (await alice.get("/schedules/ops/on-call")).json()["on_call"][0]["people"][0]["handle"] == "bob"


async def test_an_absence_of_whole_days_stays_dates(alice: httpx2.AsyncClient) -> None:
    made = await alice.post("/absences", json={"start": "2026-03-09", "end": "2026-03-11", "reason": "leave"})

    absence = made.json()["absence"]
    assert (absence["person"], absence["start"], absence["end"]) == ("alice", "2026-03-09", "2026-03-11")
    assert {one["person"] for one in made.json()["effect"]["moves"]} == {"alice", "bob"}
    assert (await alice.get("/absences")).json()["absences"] == [absence]


async def test_cover_is_asked_for_and_taken(alice: httpx2.AsyncClient, caller: Any) -> None:
    bob = await caller("bob")
    span = {"start": "2026-03-03T09:00:00Z", "end": "2026-03-04T09:00:00Z"}
    asked = (await bob.post("/cover-requests", json={"schedule": "ops", **span})).json()

    taken = await alice.post(f"/cover-requests/{asked['id']}/accept", json={})

    assert (asked["state"], taken.json()["state"], taken.json()["taken_by"]) == ("open", "taken", "alice")
    assert (await bob.get(f"/cover-requests/{asked['id']}")).json()["overrides"] == taken.json()["overrides"]
    assert len((await bob.get("/cover-requests")).json()["cover_requests"]) == 1
    second = await alice.post(f"/cover-requests/{asked['id']}/accept", json={})
    assert (second.status_code, "alice was first" in second.json()["message"]) == (409, True)


async def test_the_log_says_who_moved_my_shifts(alice: httpx2.AsyncClient) -> None:
    await alice.put("/schedules/ops", json={"plan": PLAN, "expected_version": 1})

    newest = (await alice.get("/on-call/changes", params={"person": "bob"})).json()["changes"][0]

    assert (newest["by"], newest["door"], newest["schedule"]) == ("alice", "api", "ops")
    assert {one["person"] for one in newest["moves"]} >= {"bob"}


async def test_what_a_removal_would_open_is_told_before(admin: httpx2.AsyncClient) -> None:
    await admin.put(
        "/schedules/night",
        json={
            "plan": {
                **PLAN,
                "layers": [
                    {
                        **PLAN["layers"][0],
                        "rotations": [{**PLAN["layers"][0]["rotations"][0], "participants": ["bob"]}],
                    }
                ],
            }
        },
    )  # type: ignore[dict-item, index]

    told = (await admin.get("/people/bob/removal")).json()

    assert (told["person"], told["teams"], told["schedules"]) == ("bob", ["ops_team"], ["night", "ops"])
    assert {one["schedule"] for one in told["effect"]["opens"]} == {"night"}
    assert (await admin.get("/people/bob")).status_code == 200


async def test_a_key_that_is_nobodys_names_whom_it_speaks_of(robot: httpx2.AsyncClient) -> None:
    answer = await robot.post("/absences", json={"start": "2026-03-09", "end": "2026-03-11"})

    assert (answer.status_code, "name a person" in answer.json()["message"]) == (403, True)


async def test_a_schedule_says_why_in_words(alice: httpx2.AsyncClient) -> None:
    told = (await alice.get("/schedules/ops/explain", params={"at": "2026-03-10T00:00:00Z"})).json()

    assert (told["people"], told["until"]) == (["alice"], "2026-03-16T09:00:00Z")
    assert told["words"][0].startswith(
        "Alice is on call until Mon 16 Mar 2026 09:00 (UTC): turn 2 of rotation weekly"
    )


async def test_hours_are_told_by_the_clock_where_each_lives_as_json_and_as_a_table(
    alice: httpx2.AsyncClient, house: House
) -> None:
    await people.save_person(house, "bob", name="=Bob", email="bob@acme.example", zone="Asia/Kathmandu")

    told = (await alice.get("/hours", params=WINDOW)).json()
    table = (await alice.get("/hours.csv", params=WINDOW)).text.splitlines()

    week = 7 * 24 * 3600
    assert [(one["person"], one["zone"], one["seconds"]) for one in told["hours"]] == [
        ("alice", "UTC", week),
        ("bob", "Asia/Kathmandu", week),
    ]
    assert {one["night_seconds"] for one in told["hours"]} == {week // 3}
    assert {one["weekend_seconds"] for one in told["hours"]} == {2 * 24 * 3600}
    assert table[0] == "person,name,zone,seconds,night_seconds,weekend_seconds,pages,night_pages"
    assert table[2].startswith("bob,'=Bob,Asia/Kathmandu,")


async def test_who_is_on_call_keeps_their_turn_when_somebody_joins(alice: httpx2.AsyncClient) -> None:
    plan = (await alice.get("/schedules/ops")).json()["plan"]
    plan["layers"][0]["rotations"][0]["participants"] = ["carol", "bob", "alice"]

    answer = await alice.put("/schedules/ops", json={"plan": plan, "expected_version": 1})

    first = next(one for one in answer.json()["effect"]["moves"] if one["person"] == "bob")
    assert first["start"] > "2026-03-09"
    assert (await alice.get("/schedules/ops/on-call")).json()["on_call"][0]["people"][0]["handle"] == "bob"


async def test_the_gaps_of_all_schedules_are_told_together(admin: httpx2.AsyncClient) -> None:
    nights = {**PLAN, "layers": [{"name": "nobody yet"}]}
    await admin.put("/schedules/night", json={"plan": nights, "team": "ops_team"})
    await admin.put("/schedules/gone", json={"plan": nights})
    await admin.delete("/schedules/gone", headers={"If-Match": '"1"'})

    window = {"from": "2026-03-01T09:00:00Z", "to": "2026-03-10T09:00:00Z"}
    gaps = (await admin.get("/gaps", params=window)).json()["gaps"]
    of_night = (await admin.get("/gaps", params={**window, "schedule": "night"})).json()["gaps"]

    assert gaps == [
        {"start": window["from"], "end": window["to"], "schedule": "night"},
        {"start": window["from"], "end": "2026-03-02T09:00:00Z", "schedule": "ops"},
    ]
    assert of_night == gaps[:1]


async def test_a_window_is_drawn_and_written_out_by_the_schedules_wall_clock(
    admin: httpx2.AsyncClient,
) -> None:
    await admin.put("/schedules/night", json={"plan": PLAN, "name": "Nights", "team": "ops_team"})

    picture = await admin.get("/schedules/night/shifts.svg", params={**WINDOW, "width": 360})
    text = await admin.get("/schedules/night/shifts.txt", params=WINDOW)

    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert ElementTree.fromstring(picture.text).get("width") == "360"
    assert "Alice: Tue 2026-03-03 09:00 CET to Tue 2026-03-03 17:00 CET" in picture.text
    assert "Tue 2026-03-03 09:00 CET  Tue 2026-03-03 17:00 CET  Alice" in text.text.splitlines()
    assert "NOBODY" in text.text


async def test_a_picture_of_no_width_and_a_window_that_ends_before_it_begins_are_refused_by_name(
    admin: httpx2.AsyncClient,
) -> None:
    narrow = await admin.get("/schedules/ops/shifts.svg", params={"width": 3})
    turned = await admin.get("/schedules/ops/shifts.txt", params={"from": WINDOW["to"], "to": WINDOW["from"]})

    assert (narrow.status_code, turned.status_code) == (422, 422)
    assert "width" in narrow.json()["message"]
    assert "before it begins" in turned.json()["message"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("explain", {"at": "0001-01-01T00:00:00+14:00"}),
        ("explain", {"at": "9999-12-31T23:59:59-12:00"}),
        ("on-call", {"at": "0001-01-01T00:00:00+14:00"}),
        ("shifts", {"from": "0001-01-01T00:00:00+14:00", "to": "0001-02-01T00:00:00Z"}),
        ("gaps", {"from": "9999-12-01T00:00:00Z", "to": "9999-12-31T23:59:59-12:00"}),
        ("shifts.svg", {"from": "9999-12-01T00:00:00Z", "to": "9999-12-31T00:00:00Z"}),
        ("shifts.svg", {"from": "0001-01-01T00:00:00Z", "to": "0001-01-05T00:00:00Z"}),
        ("shifts.txt", {"from": "0001-01-01T00:00:00Z", "to": "0001-02-01T00:00:00Z"}),
        ("shifts.txt", {"from": "9999-12-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}),
    ],
)
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Apia"])
async def test_both_ends_of_all_time_are_answered(
    admin: httpx2.AsyncClient, zone: str, path: str, asked: dict[str, str]
) -> None:
    await admin.put("/schedules/far", json={"plan": {**PLAN, "zone": zone}})

    assert (await admin.get(f"/schedules/far/{path}", params=asked)).status_code == 200
