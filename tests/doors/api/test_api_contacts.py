"""How people are reached, by the API: devices, codes, rules, quiet hours, and what a page would do."""

from __future__ import annotations

import httpx2
import pytest

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.clock import HandClock
from walks.device_steps import NUMBER, Devices, with_devices

PHONE = {"via": "sms", "name": "phone", "fields": {"number": NUMBER}}
MINE = "/people/alice/contacts"


@pytest.fixture
def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    return with_devices(house, clock, mailbox)


async def test_channels_say_what_they_can_and_what_they_ask_for(
    devices: Devices, alice: httpx2.AsyncClient
) -> None:
    [sms, _] = (await alice.get("/channels")).json()["channels"]
    assert (sms["via"], sms["label"], sms["can"]["length"], sms["can"]["answers"]) == (
        "sms",
        "SMS",
        160,
        True,
    )
    assert [(one["id"], one["secret"]) for one in sms["fields"]] == [("number", False)]


async def test_a_device_is_added_verified_renamed_and_removed(
    devices: Devices, alice: httpx2.AsyncClient
) -> None:
    added = await alice.post(MINE, json=PHONE)
    assert (added.status_code, added.json()["address"], added.json()["verified"]) == (201, "+49…78", False)
    assert (await alice.post(f"{MINE}/phone/verify", json={"code": "12"})).status_code == 422
    verified = await alice.post(f"{MINE}/phone/verify", json={"code": await devices.code()})
    assert verified.json()["verified"] is True
    assert (await alice.put(f"{MINE}/phone", json={"name": "mobile"})).json()["name"] == "mobile"
    look = (await alice.delete(f"{MINE}/mobile", params={"preview": True})).json()
    assert look["warnings"] == ["Only slack and email is left to reach alice: add one that wakes them"]
    assert (await alice.delete(f"{MINE}/mobile")).status_code == 200
    assert [one["name"] for one in (await alice.get(MINE)).json()["methods"]] == ["slack", "email"]
    assert (await alice.delete(f"{MINE}/mobile")).status_code == 404


async def test_another_code_may_be_asked_for(devices: Devices, alice: httpx2.AsyncClient) -> None:
    await alice.post(MINE, json=PHONE)
    old = await devices.code()
    assert (await alice.post(f"{MINE}/phone/code")).status_code == 200
    new = await devices.code()
    refused = await alice.post(f"{MINE}/phone/verify", json={"code": old})
    assert (refused.status_code, refused.json()["field"]) == (422, "code")
    assert (await alice.post(f"{MINE}/phone/verify", json={"code": new})).status_code == 200


async def test_rules_and_quiet_hours_are_set_and_show_in_what_a_page_would_do(
    devices: Devices, alice: httpx2.AsyncClient
) -> None:
    await people.save_person(
        devices.house,
        "alice",
        name="Alice",
        email="alice@acme.example",
        slack_id="UALICE001",
        zone="Asia/Tokyo",
    )
    set_rules = await alice.put("/people/alice/rules", json={"high": ["slack", "email after 2m"]})
    assert set_rules.json()["rules"] == {"high": ["slack", "email after 2m"]}
    found = (await alice.put("/people/alice/quiet", json={"quiet": "17:00-23:00"})).json()
    high, low = found["ways"]
    assert [(one["method"], one["at"], one["waits"]) for one in high["planned"]] == [
        ("slack", "2026-03-02T09:00:00Z", ""),
        ("email", "2026-03-02T09:02:00Z", ""),
    ]
    assert [(one["method"], one["at"], one["waits"]) for one in low["planned"]] == [
        ("slack", "2026-03-02T14:00:00Z", "quiet hours (17:00-23:00)"),
        ("email", "2026-03-02T14:15:00Z", "quiet hours (17:00-23:00)"),
    ]
    assert (await alice.put("/people/alice/rules", json={"high": []})).json()["rules"] == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", MINE, {"via": "pigeon", "fields": {}}, 422, "'pigeon' is no way to reach people"),
        ("POST", MINE, {"via": "sms", "fields": {"number": "12"}}, 422, "'12' is no number"),
        ("PUT", "/people/alice/rules", {"high": ["pigeon"]}, 404, "alice has no contact method pigeon"),
        ("PUT", "/people/alice/quiet", {"quiet": "22-7"}, 422, "'22-7' are no quiet hours"),
        ("PUT", f"{MINE}/slack", {"name": "x"}, 422, "slack comes from the directory"),
        ("GET", "/people/bob/contacts", None, 403, "can't look at or change how bob is reached"),
        ("PUT", "/people/bob/quiet", {"quiet": ""}, 403, "can't look at or change how bob is reached"),
    ],
)
async def test_each_refusal_says_what_to_do(
    devices: Devices, alice: httpx2.AsyncClient, method: str, path: str, body: object, status: int, words: str
) -> None:
    answer = await alice.request(method, path, json=body)
    assert (answer.status_code, words in answer.json()["message"]) == (status, True)


async def test_an_admin_may_add_for_others_and_never_sees_the_address(
    devices: Devices, admin: httpx2.AsyncClient, alice: httpx2.AsyncClient
) -> None:
    await admin.post(MINE, json=PHONE)
    code = await devices.code()
    refused = await admin.post(f"{MINE}/phone/verify", json={"code": code})
    assert (refused.status_code, "Only alice can verify" in refused.json()["message"]) == (403, True)
    assert NUMBER not in (await admin.get(MINE)).text
    assert (await alice.post(f"{MINE}/phone/verify", json={"code": code})).status_code == 200


async def test_readiness_and_test_pages(
    devices: Devices, alice: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    assert (await alice.get("/people/alice/test-page")).status_code == 404
    made = await admin.post("/people/alice/test-page")
    assert (made.status_code, made.json()["asked_by"]) == (201, "dora")
    assert (await alice.post("/people/alice/test-page")).status_code == 409
    await devices.engine.run_due()
    found = (await alice.get("/people/alice/test-page")).json()
    assert [(one["contact"], one["state"]) for one in found["messages"]] == [
        ("email", "handed over"),
        ("slack", "handed over"),
    ]
    ready = {one["person"]: one for one in (await alice.get("/readiness")).json()["people"]}
    assert (ready["bob"]["is_reached"], ready["bob"]["ways"], ready["bob"]["tested"]) == (
        True,
        ["Slack", "e-mail"],
        None,
    )
    assert ready["alice"]["tested"]["answered_at"] is None


async def test_a_device_without_a_secret_has_none_to_change(
    devices: Devices, alice: httpx2.AsyncClient
) -> None:
    id = (await alice.post(MINE, json=PHONE)).json()["id"]
    refused = await alice.put(f"{MINE}/{id}/secret", json={"secret": "whsec_" + "A" * 32})

    assert (refused.status_code, refused.json()["message"]) == (422, "SMS has no secret to change")
