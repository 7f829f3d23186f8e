"""People, teams and keys over the API."""

from __future__ import annotations

import httpx2


async def test_a_person_is_added_changed_and_removed(admin: httpx2.AsyncClient) -> None:
    added = await admin.put("/people/Erin", json={"name": "Erin", "email": "erin@acme.example"})
    assert added.json() == {
        "handle": "erin",
        "name": "Erin",
        "email": "erin@acme.example",
        "slack_id": "",
        "rights": ["respond"],
        "github": "",
        "zone": "",
        "hours": "",
        "notices": ["24h", "now"],
        "version": 660798899,
        "effect": {"moves": [], "opens": [], "until": None, "policies": []},
    }
    await admin.put("/people/erin", json={"name": "Erin Two", "rights": ["read"]})
    assert (await admin.get("/people/erin")).json()["name"] == "Erin Two"
    assert (await admin.delete("/people/erin")).status_code == 204
    assert "erin" not in [one["handle"] for one in (await admin.get("/people")).json()["people"]]
    assert (await admin.get("/people/erin")).status_code == 404


async def test_an_edit_of_a_person_that_others_changed_meanwhile_is_refused(
    admin: httpx2.AsyncClient,
) -> None:
    seen = (await admin.put("/people/erin", json={"name": "Erin"})).json()["version"]
    other = await admin.put("/people/erin", json={"name": "Erin Two", "expected_version": seen})
    now = other.json()["version"]

    stale = [
        await admin.put("/people/erin", json={"name": "Erin", "expected_version": seen}),
        await admin.put("/people/erin", json={"name": "Erin"}, headers={"If-Match": f'"{seen}"'}),
        await admin.put("/people/erin/notices", json={"notices": [], "expected_version": seen}),
        await admin.delete(f"/people/erin?expected_version={seen}"),
        await admin.put("/people/frank", json={"expected_version": seen}),
    ]

    assert [(one.status_code, one.json()["field"]) for one in stale] == [(409, "expected_version")] * 5
    assert f"erin is at version {now}, and you saw {seen}" in stale[0].json()["message"]
    assert "frank is not there" in stale[4].json()["message"]
    kept = (await admin.get("/people/erin")).json()
    assert (kept["name"], kept["notices"]) == ("Erin Two", ["24h", "now"])
    assert (await admin.delete(f"/people/erin?expected_version={now}")).status_code == 204


async def test_whom_nothing_reaches_any_more_opens_a_gap_where_they_are_on_call(
    admin: httpx2.AsyncClient,
) -> None:
    would = (await admin.put("/people/bob", json={"name": "Bob", "preview": True})).json()
    kept = (await admin.get("/people/bob")).json()["email"]
    saved = (await admin.put("/people/bob", json={"name": "Bob"})).json()
    again = (await admin.put("/people/bob", json={"name": "Bob"})).json()

    first = {"schedule": "ops", "start": "2026-03-02T09:00:00Z", "end": "2026-03-09T09:00:00Z"}
    assert (would["effect"]["opens"][0], kept) == (first, "bob@acme.example")
    assert (saved["email"], saved["effect"]["opens"][0]) == ("", first)
    assert again["effect"]["opens"] == []


async def test_a_team_keeps_no_pager_that_is_not_linked(admin: httpx2.AsyncClient) -> None:
    answer = await admin.put("/teams/web", json={"members": ["carol"], "pager": "splunk"})

    assert answer.status_code == 422
    assert answer.json()["field"] == "pager"
    assert "splunk is no pager that is linked here" in answer.text


async def test_a_team_says_that_tocsin_pages_it(admin: httpx2.AsyncClient) -> None:
    saved = await admin.put("/teams/web", json={"members": ["carol"], "pager": "own"})
    files = (await admin.get("/configuration")).json()["teams"]
    applied = await admin.post("/apply", json={"teams": {"web": {"pager": ""}}})

    assert saved.json()["pager"] == "own"
    assert files["web"] == {"members": ["carol"], "pager": "own"}
    assert [one["words"] for one in applied.json()["steps"] if one["id"] == "web"] == [
        ["pager: own is now nothing"]
    ]


async def test_a_team_is_set(admin: httpx2.AsyncClient) -> None:
    await admin.put("/teams/web", json={"members": ["carol", "alice", "carol"]})

    teams = (await admin.get("/teams")).json()["teams"]
    assert {"name": "web", "members": ["carol", "alice"], "pager": ""} in teams


async def test_a_team_says_whose_shifts_move_and_refuses_what_is_stale(admin: httpx2.AsyncClient) -> None:
    plan = {"zone": "UTC", "layers": [{"name": "all", "rotations": [
        {"id": "all", "first_handoff": "2026-03-02 09:00", "every": "1 week", "participants": ["team:ops_team"]}
    ]}]}  # fmt: skip
    await admin.put("/schedules/web", json={"plan": plan})
    wanted = {"members": ["alice", "carol"], "expected_members": ["bob", "alice"]}

    would = await admin.put("/teams/ops_team", json={**wanted, "preview": True})
    done = await admin.put("/teams/ops_team", json=wanted)
    stale = await admin.put("/teams/ops_team", json=wanted)

    assert would.json() == done.json()
    moves = {(one["schedule"], one["person"], one["gains"]) for one in done.json()["effect"]["moves"]}
    assert moves == {("web", "bob", False), ("web", "carol", True)}
    assert (stale.status_code, stale.json()["field"]) == (409, "expected_members")
    assert "ops_team has other members than you saw: now alice, carol" in stale.json()["message"]


async def test_a_team_of_unknown_people_is_refused_by_name(admin: httpx2.AsyncClient) -> None:
    answer = await admin.put("/teams/web", json={"members": ["zoe", "alice"]})

    assert (answer.status_code, answer.json()["field"]) == (404, "people")
    assert "Nobody is called zoe" in answer.json()["message"]


async def test_a_key_is_shown_once_and_opens_nothing_once_revoked(
    admin: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    made = await admin.post("/keys", json={"name": "monitor", "rights": ["report"]})
    headers = {"X-API-Key": made.json()["key"]}
    assert (await nobody.post("/reports", json={}, headers=headers)).status_code == 201

    assert (await admin.delete("/keys/monitor")).status_code == 204

    assert (await nobody.post("/reports", json={}, headers=headers)).status_code == 401
    listed = {key["name"]: key for key in (await admin.get("/keys")).json()["keys"]}
    assert listed["monitor"]["revoked_at"] is not None
    assert "key" not in listed["monitor"]


async def test_a_key_of_a_taken_name_or_an_unknown_right_is_refused(admin: httpx2.AsyncClient) -> None:
    await admin.post("/keys", json={"name": "monitor"})

    taken = await admin.post("/keys", json={"name": "monitor"})
    unknown = await admin.post("/keys", json={"name": "other", "rights": ["rule"]})
    stranger = await admin.post("/keys", json={"name": "other", "person": "zoe"})

    assert (taken.status_code, taken.json()["error"]) == (409, "Conflict")
    assert (unknown.status_code, unknown.json()["field"]) == (422, "rights")
    assert (stranger.status_code, stranger.json()["field"]) == (404, "person")


async def test_who_is_on_call_chooses_how_long_before_they_hear_of_it_and_nobody_else_does(
    admin: httpx2.AsyncClient, alice: httpx2.AsyncClient
) -> None:
    mine = await alice.put("/people/alice/notices", json={"notices": ["now", "1h"]})
    assert mine.json()["notices"] == ["1h", "now"]
    other = await alice.put("/people/bob/notices", json={"notices": []})
    assert (other.status_code, other.json()["error"]) == (403, "Forbidden")
    wrong = await alice.put("/people/alice/notices", json={"notices": ["2h"]})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "notices")
    assert (await admin.put("/people/bob/notices", json={"notices": []})).json()["notices"] == []
    assert (await admin.get("/people/alice")).json()["notices"] == ["1h", "now"]
