"""Calls that can't be taken are refused by name, and nothing of the inside shows."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import httpx2
import pytest

from tocsin.acts import access, looks, people
from tocsin.acts.house import House
from tocsin.core.facts import TOCSIN
from tocsin.doors.api import api

MakeCaller = Callable[..., Awaitable[httpx2.AsyncClient]]
JSON = {"Content-Type": "application/json"}


def said(answer: httpx2.Response) -> tuple[int, str, str | None]:
    body = answer.json()
    assert set(body) <= {"error", "message", "field", "problems"}
    return answer.status_code, body["error"], body["field"]


async def test_a_body_that_is_no_json_is_refused_with_the_place(alice: httpx2.AsyncClient) -> None:
    answer = await alice.post("/reports", content=b'{"text":\n  "x",,}', headers=JSON)

    assert said(answer) == (400, "Invalid", "body")
    assert "at line 2, column 7" in answer.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"text": "\xff\xfe"}', id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
async def test_a_body_that_can_not_be_read_at_all_is_refused(alice: httpx2.AsyncClient, body: bytes) -> None:
    assert said(await alice.post("/reports", content=body, headers=JSON)) == (400, "Invalid", "body")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b'{"text": "x"}', {"Content-Type": "application/x-www-form-urlencoded"}, id="a form"),
        pytest.param(b'{"text": "x"}', {}, id="no type"),
        pytest.param(b"[1]", JSON, id="a list"),
    ],
)
async def test_a_body_that_is_no_object_is_refused(
    alice: httpx2.AsyncClient, body: bytes, headers: dict[str, str]
) -> None:
    answer = await alice.post("/reports", content=body, headers=headers)

    assert said(answer) == (422, "Invalid", "body")
    assert "JSON object" in answer.json()["message"]


async def test_an_unknown_field_is_refused_with_those_that_are_known(alice: httpx2.AsyncClient) -> None:
    answer = await alice.post("/incidents/INC-1/notes", json={"text": "x", "colour": "red"})

    assert said(answer) == (422, "Invalid", "colour")
    assert "colour is unknown here; known are: text, url" in answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"null", b'{"text": "x", "colour": "red"}'])
async def test_nothing_that_is_missing_or_too_much_blocks_a_report(
    alice: httpx2.AsyncClient, body: bytes
) -> None:
    answer = await alice.post("/reports", content=body, headers=JSON)

    assert (answer.status_code, answer.json()["ref"]) == (201, "INC-1")


async def test_an_unknown_filter_is_refused_with_those_that_are_known(alice: httpx2.AsyncClient) -> None:
    answer = await alice.get("/incidents", params={"state": "open"})

    assert said(answer) == (422, "Invalid", "state")
    assert "known are: status, before, limit" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "known"), [("/inbox?page=2", "limit"), ("/incidents/{ref}?at=now", "none"), ("/alerts?page=2", "status, before, limit")]
)  # fmt: skip
async def test_what_means_nothing_in_the_address_is_refused_and_not_passed_over(
    alice: httpx2.AsyncClient, ref: str, path: str, known: str
) -> None:
    answer = await alice.get(path.format(ref=ref))

    name = path.partition("?")[2].partition("=")[0]
    assert said(answer) == (422, "Invalid", name)
    assert answer.json()["message"] == f"{name} is unknown here; known are: {known}"


async def test_who_has_no_key_is_told_that_and_not_what_is_wrong_with_the_address(
    alice: httpx2.AsyncClient,
) -> None:
    answer = await alice.get("/inbox?page=2", headers={"Authorization": "Bearer nothing"})

    assert answer.status_code == 401


async def test_every_field_that_is_wrong_is_named_at_once(alice: httpx2.AsyncClient, ref: str) -> None:
    answer = await alice.post(
        f"/incidents/{ref}/resolve", json={"evidence": 5, "rolled_back": "perhaps", "public": "x"}
    )

    assert said(answer) == (422, "Invalid", "how")
    assert answer.json()["problems"] == [
        {"field": "how", "message": "how is missing"},
        {"field": "evidence", "message": "evidence has to be a text"},
        {"field": "rolled_back", "message": "rolled_back has to be true or false"},
    ]


@pytest.mark.parametrize(
    ("deed", "body", "words"),
    [
        ("updates", {"text": "x", "next_in_minutes": 1.5}, "next_in_minutes has to be a whole number"),
        ("updates", {"text": "x", "next_in_minutes": 0}, "next_in_minutes: input should be greater"),
        ("updates", {"text": "  "}, "text is missing"),
        ("page", {"targets": []}, "targets is empty"),
        ("page", {"targets": [3]}, "targets.0 has to be a text"),
        ("severity", {"severity": "meh"}, "the handbook has high, moderate, low"),
        ("severity", {"severity": "low"}, "reason is missing"),
        ("notes", {"text": "x", "url": "x" * 2001}, "url has 2,001 characters; at most 2,000"),
        ("notes", {"text": "x" * 100_001}, "text has 100,001 characters"),
        ("page", {"targets": ["on-call"] * 101}, "targets has 101 entries; at most 100"),
    ],
)
async def test_a_field_that_can_not_be_taken_is_named(
    alice: httpx2.AsyncClient, ref: str, deed: str, body: dict[str, object], words: str
) -> None:
    await alice.post(f"/incidents/{ref}/own", json={})

    answer = await alice.post(f"/incidents/{ref}/{deed}", json=body)

    assert answer.status_code == 422
    assert words in answer.json()["message"]


async def test_a_body_over_a_mebibyte_is_refused_by_name(alice: httpx2.AsyncClient, house: House) -> None:
    answer = await alice.post("/reports", json={"text": "x" * 1024 * 1024})

    assert said(answer) == (413, "TooLarge", "body")
    assert await looks.incidents(house, TOCSIN) == []


async def test_a_body_over_a_mebibyte_that_did_not_say_so_is_refused(alice: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 64 * 1024

    assert said(await alice.post("/reports", content=pieces(), headers=JSON)) == (413, "TooLarge", "body")


async def test_an_unknown_address_is_not_found(alice: httpx2.AsyncClient) -> None:
    assert said(await alice.get("/nowhere")) == (404, "NotFound", None)


async def test_a_wrong_method_is_refused_with_those_that_are_right(alice: httpx2.AsyncClient) -> None:
    answer = await alice.post("/people/alice", json={})

    assert said(answer) == (405, "MethodNotAllowed", None)
    assert answer.headers["allow"] == "DELETE, GET, PUT"


@pytest.mark.parametrize("key", ["", "tocsin_wrong", "hunter2"])
async def test_without_a_key_that_is_known_nothing_is_told(nobody: httpx2.AsyncClient, key: str) -> None:
    answer = await nobody.get("/incidents", headers={"Authorization": f"Bearer {key}"} if key else {})

    assert said(answer) == (401, "Unauthenticated", None)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "tocsin key create" in answer.json()["message"]


@pytest.mark.parametrize(
    ("right", "method", "path"),
    [
        ("read", "POST", "/reports"),
        ("report", "POST", "/incidents/INC-1/acknowledge"),
        ("respond", "GET", "/people"),
        ("respond", "PUT", "/teams/ops_team"),
        ("respond", "POST", "/keys"),
        ("respond", "DELETE", "/people/alice"),
    ],
)
async def test_a_key_with_too_few_rights_is_told_which_it_needs(
    caller: MakeCaller, right: str, method: str, path: str
) -> None:
    client = await caller(right=right)

    body = {"members": [], "name": "x"} if "keys" not in path else {"name": "x"}
    answer = await client.request(method, path, json={} if "reports" in path else body)

    assert answer.status_code == 403
    assert "has no right to" in answer.json()["message"]


async def test_a_persons_key_may_no_more_than_the_person(caller: MakeCaller) -> None:
    client = await caller("alice", "admin")

    assert said(await client.get("/people")) == (403, "Forbidden", None)


async def test_a_session_reads_and_changes_things_only_from_our_own_pages(
    nobody: httpx2.AsyncClient, house: House
) -> None:
    await people.save_person(house, "alice", name="Alice")
    session = await access.sign_in(house, await access.sign_in_link(house, "alice"))
    cookie = {"Cookie": f"tocsin_session={session}"}
    ours = {**cookie, "Sec-Fetch-Site": "same-origin"}
    evil = {**cookie, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}

    assert (await nobody.get("/me", headers=cookie)).json()["person"] == "alice"
    assert (await nobody.post("/reports", json={}, headers=ours)).status_code == 201
    origin = {**cookie, "Origin": "http://tocsin.example"}
    assert (await nobody.post("/reports", json={}, headers=origin)).status_code == 201
    assert said(await nobody.post("/reports", json={}, headers=evil)) == (403, "Forbidden", None)
    assert said(await nobody.post("/reports", json={}, headers=cookie)) == (403, "Forbidden", None)


async def test_while_the_database_is_gone_callers_are_told_to_come_again(
    alice: httpx2.AsyncClient, house: House
) -> None:
    house.pool = await asyncpg.create_pool("postgresql://tocsin@127.0.0.1:1/tocsin", min_size=0)

    answer = await alice.post("/reports", json={"text": "down"})

    assert said(answer) == (503, "Unavailable", None)
    assert answer.headers["retry-after"] == "5"


async def test_while_we_leave_callers_are_told_to_come_again(alice: httpx2.AsyncClient, house: House) -> None:
    await house.pool.close()

    answer = await alice.post("/reports", json={"text": "down"})

    assert said(answer) == (503, "Unavailable", None)
    assert answer.headers["retry-after"] == "5"


async def test_a_bug_of_our_own_shows_nothing_of_the_inside(alice: httpx2.AsyncClient, house: House) -> None:
    house.clock = None  # type: ignore[assignment]  # a house that is broken beyond what we foresee

    answer = await alice.post("/reports", json={"text": "down"})

    assert said(answer) == (500, "Internal", None)
    assert not re.search("NoneType|Traceback", answer.text)


async def test_the_description_of_the_api_is_open_and_names_every_right(house: House) -> None:
    transport = httpx2.ASGITransport(app=api(house))
    async with httpx2.AsyncClient(transport=transport, base_url="http://tocsin.example") as nobody:
        schema = json.loads((await nobody.get("/openapi.json")).text)

    assert schema["paths"]["/reports"]["post"]["x-right"] == "report"
    assert schema["paths"]["/incidents"]["get"]["x-right"] == "read"
