"""The handbook over time, over the API."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tocsin.acts.building import handbook_text
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.score_text import COLUMNS
from walks.walk_steps import MINUTE

MakeCaller = Callable[..., Awaitable[httpx2.AsyncClient]]
SHIPPED = handbook_text(None)
SECOND = SHIPPED.replace('version = "1"', 'version = "2"', 1)


async def test_an_admin_saves_a_handbook_and_new_incidents_go_by_it(
    admin: httpx2.AsyncClient, ref: str
) -> None:
    saved = await admin.put("/handbook", json={"text": SECOND, "reason": "updates were too rare"})

    assert saved.status_code == 200
    assert (saved.json()["author"], saved.json()["is_in_force"]) == ("dora", True)
    assert (await admin.get("/handbook")).json()["version"] == "2"
    new = (await admin.post("/reports", json={"text": "search is down"})).json()["ref"]
    stamped = [(await admin.get(f"/incidents/{one}")).json()["handbook"] for one in (ref, new)]
    versions = (await admin.get("/handbook/versions")).json()["versions"]
    assert [version["hash"] for version in versions] == stamped[::-1]
    assert [
        (one["origin"], one["reason"], one["open_incidents"], one["is_in_force"]) for one in versions
    ] == [
        ("saved", "updates were too rare", 1, True),
        ("shipped", "", 1, False),
    ]


async def test_the_text_of_a_version_is_told_to_be_edited(admin: httpx2.AsyncClient) -> None:
    number = (await admin.put("/handbook", json={"text": SECOND, "reason": "why"})).json()["number"]

    answer = await admin.get(f"/handbook/versions/{number}")

    assert (answer.text, answer.headers["content-type"]) == (SECOND, "application/toml")


async def test_a_trial_changes_nothing(alice: httpx2.AsyncClient, ref: str, clock: HandClock) -> None:
    clock.advance(30 * MINUTE)
    patient = SECOND.replace('within = "10m"', 'within = "2h"')

    told = (await alice.post("/handbook/try", json={"text": patient})).json()

    assert (told["version"], told["incidents"], told["left_out"]) == ("2", 1, 0)
    assert told["changed"][0]["ref"] == ref
    own = next(one for one in told["changed"][0]["changes"] if one["rule"] == "own")
    assert (own["was"]["outcome"], own["would"]["outcome"]) == ("overdue", "owed")
    assert [one["version"] for one in (await alice.get("/handbook/versions")).json()["versions"]] == ["1"]
    later = (await alice.post("/handbook/try", json={"text": patient, "since": "2026-03-03"})).json()
    assert later["incidents"] == 0


async def test_the_score_is_told_as_json_and_csv(
    alice: httpx2.AsyncClient, ref: str, clock: HandClock
) -> None:
    clock.advance(30 * MINUTE)
    window = {"start": "2026-03-02T00:00:00", "end": "2026-03-03T01:00:00+01:00"}

    told = (await alice.get("/handbook/score", params=window)).json()
    table = list(csv.DictReader(io.StringIO((await alice.get("/handbook/score.csv", params=window)).text)))

    assert (told["start"], told["end"]) == ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")
    own = next(duty for duty in told["duties"] if duty["rule"] == "own")
    assert (own["due"], own["overdue"], own["worst_late_seconds"]) == (1, 1, 1200)
    assert told["total"]["silence"] == {"ref": ref, "start": "2026-03-02T09:00:00Z", "seconds": 1800}
    assert tuple(table[0]) == COLUMNS
    assert {row["due"] for row in table if row["name"] == "own"} == {"1"}


async def test_without_a_window_the_score_is_of_the_last_30_days(alice: httpx2.AsyncClient) -> None:
    told = (await alice.get("/handbook/score")).json()

    assert (told["start"], told["end"]) == ("2026-01-31T09:00:00Z", "2026-03-02T09:00:00Z")
    assert told["total"]["share_met"] is None


@pytest.mark.parametrize(
    ("method", "path", "sent", "field"),
    [
        ("GET", "/handbook/score", {"start": "yesterday"}, "start"),
        ("GET", "/handbook/score", {"start": "2026-03-02", "end": "2026-03-01"}, "start"),
        ("GET", "/handbook/score", {"end": "9999-12-31T23:59:59-12:00"}, "end"),
        ("GET", "/handbook/score", {"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ("GET", "/handbook/score", {"from": "2026-03-01"}, "from"),
        ("GET", "/handbook/score.csv", {"end": "soon"}, "end"),
        ("POST", "/handbook/try", {}, "text"),
        ("POST", "/handbook/try", {"text": ""}, "text"),
        ("POST", "/handbook/try", {"text": "x = "}, "text"),
        ("POST", "/handbook/try", {"text": "a = " + "[" * 20_000}, "text"),
        ("POST", "/handbook/try", {"text": SECOND, "since": "0001-01-01"}, "since"),
        ("PUT", "/handbook", {"text": SECOND}, "reason"),
        ("PUT", "/handbook", {"text": SECOND, "reason": " "}, "reason"),
        ("PUT", "/handbook", {"text": "\x00", "reason": "why"}, "text"),
        ("PUT", "/handbook", {"text": SECOND.replace("[[kind]]", "[[sort]]"), "reason": "why"}, "text"),
    ],
)
async def test_what_can_not_be_taken_is_refused_by_name(
    admin: httpx2.AsyncClient, method: str, path: str, sent: dict[str, str], field: str
) -> None:
    parts = {"params": sent} if method == "GET" else {"json": sent}

    answer = await admin.request(method, path, **parts)  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_lone_surrogate_is_refused(admin: httpx2.AsyncClient) -> None:
    body = b'{"text": "[handbook]\\nname = \\"\\ud800\\"", "reason": "why"}'

    answer = await admin.put("/handbook", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)


async def test_a_problem_of_a_handbook_is_told_with_its_line(admin: httpx2.AsyncClient) -> None:
    text = SECOND.replace('id = "security"', 'id = "se curity"', 1)

    answer = await admin.put("/handbook", json={"text": text, "reason": "why"})

    line = text.splitlines().index('id = "se curity"') + 1
    assert f"line {line}: kind.id" in answer.json()["message"]


async def test_the_same_handbook_again_is_a_conflict(admin: httpx2.AsyncClient) -> None:
    answer = await admin.put("/handbook", json={"text": SHIPPED, "reason": "why"})

    assert (answer.status_code, answer.json()["error"], answer.json()["field"]) == (409, "Conflict", "text")


@pytest.mark.parametrize("number", ["0", "-1", "99", "9" * 30])
async def test_a_version_that_there_is_not_is_not_found(admin: httpx2.AsyncClient, number: str) -> None:
    answer = await admin.get(f"/handbook/versions/{number}")

    assert (answer.status_code, answer.json()["field"]) == (404, "number")


@pytest.mark.parametrize(
    ("method", "path", "right", "status"),
    [
        ("GET", "/handbook/score", "read", 200),
        ("GET", "/handbook/versions", "read", 200),
        ("POST", "/handbook/try", "read", 403),
        ("POST", "/handbook/try", "respond", 200),
        ("PUT", "/handbook", "respond", 403),
        ("PUT", "/handbook", "admin", 200),
    ],
)
async def test_who_may_do_what(caller: MakeCaller, method: str, path: str, right: str, status: int) -> None:
    robot = await caller("", right)
    sent = {"text": SECOND, "reason": "why"} if method == "PUT" else {"text": SECOND}

    answer = await (robot.get(path) if method == "GET" else robot.request(method, path, json=sent))

    assert answer.status_code == status


async def test_a_version_of_nobodys_key_says_which_key(caller: MakeCaller, house: House) -> None:
    robot = await caller("", "admin")

    saved = await robot.put("/handbook", json={"text": SECOND, "reason": "why"})

    assert saved.json()["author"] == "the key robot-admin"
