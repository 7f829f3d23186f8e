"""How an incident is learned from, over the API: follow-ups and the retrospective."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tocsin.acts.house import House

MakeCaller = Callable[..., Awaitable[httpx2.AsyncClient]]
AHEAD = {"starts_at": "2026-03-05T15:00:00+01:00", "minutes": 90, "reason": "it was the third"}


@pytest.fixture
async def over(alice: httpx2.AsyncClient, ref: str) -> str:
    """An incident that Alice owned and resolved."""
    await does(alice, f"{ref}/own")
    await does(
        alice, f"{ref}/resolve", how="renewed the certificate", evidence="signed in", rolled_back=False
    )
    return ref


async def does(
    client: httpx2.AsyncClient, path: str, *, by: str = "POST", **body: object
) -> dict[str, object]:
    answer = await client.request(by, f"/incidents/{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_a_follow_up_is_filed_done_and_reopened(alice: httpx2.AsyncClient, over: str) -> None:
    told = await does(alice, f"{over}/follow-ups", title="Watch the certificate", to="carol")
    assert told["follow_ups"] == [
        {
            "id": "F1",
            "title": "Watch the certificate",
            "text": "",
            "to": "carol",
            "repository": None,
            "number": None,
            "url": None,
            "done_at": None,
            "how": None,
        }
    ]

    done = await does(alice, f"{over}/follow-ups/F1/done", how="there is an alarm now")
    again = await does(alice, f"{over}/follow-ups/F1/reopen", reason="it does not ring")

    assert [one["how"] for one in done["follow_ups"]] == ["there is an alarm now"]  # type: ignore[attr-defined]
    assert [one["done_at"] for one in again["follow_ups"]] == [None]  # type: ignore[attr-defined]


async def test_nothing_follows_with_a_reason(alice: httpx2.AsyncClient, over: str) -> None:
    await does(alice, f"{over}/no-follow-ups", reason="the alarm was there, and rang")

    ledger = {duty["id"]: duty for duty in (await alice.get(f"/incidents/{over}")).json()["ledger"]}
    assert [one["state"] for id, one in ledger.items() if "follow" in id] == ["met"]


async def test_a_retrospective_is_planned_moved_written_for_and_held(
    alice: httpx2.AsyncClient, over: str, house: House
) -> None:
    told = await does(alice, f"{over}/retrospective", by="PUT", **AHEAD, people=["carol"])
    assert told["retrospective"]["planned"] == {  # type: ignore[index]
        "starts_at": "2026-03-05T14:00:00Z",
        "minutes": 90,
        "people": ["carol", "alice"],
        "reason": "it was the third",
        "version": 0,
    }
    moved = await does(alice, f"{over}/retrospective", by="PUT", **{**AHEAD, "minutes": 30})
    assert moved["retrospective"]["planned"]["version"] == 1  # type: ignore[index]
    await does(alice, f"{over}/retrospective/feedback", section="well", text="we rolled back at once")
    await does(alice, f"{over}/follow-ups", title="Watch the certificate", to="carol")
    await does(alice, f"{over}/retrospective/held", text="one action, Carol's")

    page = (await alice.get(f"/incidents/{over}/retrospective")).json()
    text = await alice.get(f"/incidents/{over}/retrospective.md")

    assert (page["held"], page["url"]) == ("one action, Carol's", house.places.retrospective(over))
    assert page["feedback"] == [{"by": "alice", "section": "well", "text": "we rolled back at once"}]
    assert (text.text, text.headers["content-type"]) == (page["document"], "text/markdown; charset=utf-8")
    for words in (
        f"# Retrospective: {over} sign-in is broken",
        "- Alice: we rolled back at once",
        "- [ ] Watch the certificate (Carol)",
        "2026-03-02 09:00 UTC Alice resolved it\n  How: renewed the certificate",
        "**Previous retrospective:** none",
    ):
        assert words in text.text
    assert text.text.count("we rolled back at once") == 1


async def test_the_next_document_names_the_retrospective_before_it(
    alice: httpx2.AsyncClient, over: str, house: House
) -> None:
    await does(alice, f"{over}/retrospective", by="PUT", **AHEAD)
    await does(alice, f"{over}/retrospective/held", text="all said")
    other = (await alice.post("/reports", json={"text": "the disk is full"})).json()["ref"]

    text = (await alice.get(f"/incidents/{other}/retrospective.md")).text

    assert f"**Previous retrospective:** {over} {house.places.retrospective(over)}" in text
    assert "**Previous retrospective:** none" in (await alice.get(f"/incidents/{over}/retrospective.md")).text


async def test_a_retrospective_that_is_not_worth_it_is_declined_with_a_reason(
    alice: httpx2.AsyncClient, over: str
) -> None:
    await does(alice, f"{over}/retrospective", by="PUT", **AHEAD)

    told = await does(alice, f"{over}/retrospective/decline", reason="known, and mended for good")

    assert told["retrospective"]["planned"] is None  # type: ignore[index]
    assert told["retrospective"]["declined"] == "known, and mended for good"  # type: ignore[index]


@pytest.mark.parametrize(
    ("by", "deed", "body", "status", "field"),
    [
        ("POST", "follow-ups", {"title": "x", "to": ""}, 422, "to"),
        ("POST", "follow-ups", {"title": "x", "to": "zoe"}, 404, "to"),
        ("POST", "follow-ups", {"title": "", "to": "carol"}, 422, "title"),
        ("POST", "follow-ups/F9/done", {"how": "x"}, 404, "follow_up"),
        ("POST", "follow-ups/F9/reopen", {"reason": "x"}, 404, "follow_up"),
        ("POST", "no-follow-ups", {"reason": ""}, 422, "reason"),
        ("PUT", "retrospective", {"starts_at": "2026-03-05T15:00:00"}, 422, "starts_at"),
        ("PUT", "retrospective", {"starts_at": "2026-03-01T15:00:00Z"}, 422, "starts_at"),
        ("PUT", "retrospective", {"starts_at": "9999-12-31T23:59:59-12:00"}, 422, "starts_at"),
        ("PUT", "retrospective", {"starts_at": "0001-01-01T00:00:00+14:00"}, 422, "starts_at"),
        ("PUT", "retrospective", {**AHEAD, "minutes": 5}, 422, "minutes"),
        ("PUT", "retrospective", {**AHEAD, "people": ["zoe"]}, 404, "people"),
        ("POST", "retrospective/decline", {"reason": " "}, 422, "reason"),
        ("POST", "retrospective/feedback", {"section": "blame", "text": "x"}, 422, "section"),
        ("POST", "retrospective/feedback", {"section": "well", "text": "x"}, 409, None),
        ("POST", "retrospective/held", {"text": "x"}, 409, None),
    ],
)
async def test_what_can_not_be_done_is_refused_by_name(
    alice: httpx2.AsyncClient,
    over: str,
    by: str,
    deed: str,
    body: dict[str, object],
    status: int,
    field: str | None,
) -> None:
    answer = await alice.request(by, f"/incidents/{over}/{deed}", json=body)

    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text


async def test_nothing_is_learned_of_an_incident_that_is_still_open(
    alice: httpx2.AsyncClient, ref: str
) -> None:
    for by, deed, body in (
        ("PUT", "retrospective", AHEAD),
        ("POST", "no-follow-ups", {"reason": "x"}),
        ("POST", "retrospective/decline", {"reason": "x"}),
    ):
        answer = await alice.request(by, f"/incidents/{ref}/{deed}", json=body)
        assert (answer.status_code, answer.json()["error"]) == (409, "Conflict")


async def test_a_private_retrospective_is_nobody_elses(alice: httpx2.AsyncClient, caller: MakeCaller) -> None:
    carol = await caller("carol")
    made = (await alice.post("/reports", json={"text": "stolen keys", "kind": "security"})).json()
    for form in ("retrospective", "retrospective.md"):
        assert (await alice.get(f"/incidents/{made['ref']}/{form}")).status_code == 200
        assert (await carol.get(f"/incidents/{made['ref']}/{form}")).status_code == 404
