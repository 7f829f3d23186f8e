"""Alerts on plain pages: opened by a form, answered by buttons, with the escalation and every message to look at."""

from __future__ import annotations

import re
from html import unescape

import httpx2
import pytest
from web_browser import browser, signed_in

from alert_steps import BOB, Town, with_town
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.work import Refused
from tocsin.engine.loop import Engine

Browser = httpx2.AsyncClient


@pytest.fixture
def town(house: House, engine: Engine, clock: HandClock) -> Town:
    return with_town(house, engine, clock)


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def send(client: Browser, act: str, **data: str) -> str:
    return words(await client.post(f"/alerts/A-1/{act}", data=data, follow_redirects=True))


async def test_an_alert_is_opened_by_a_form_and_shows_its_escalation_and_messages(
    town: Town, bob: Browser
) -> None:
    form = await bob.get("/alerts/new")
    assert ("team:ops_team" in form.text, "P4, wakes nobody" in form.text) == (True, True)
    data = {"message": "The disk is full", "alias": "disk/1", "priority": "P1", "to": "person:carol"}
    opened = await bob.post("/alerts/new", data=data, follow_redirects=True)
    again = await bob.post("/alerts/new", data=data, follow_redirects=True)
    town.devices["email"].answers.append(Refused("mailbox full"))
    await town.engine.run_due()
    seen = words(await bob.get("/alerts/A-1"))

    assert "A-1 is open. " in words(opened)
    assert "It is open already; it came 2 times." in words(again)
    assert "A-1 P1 open 2 times" in seen
    assert "Nobody has acknowledged it yet" in seen
    assert "Step 3: Alice, Bob 2 Mar 2026, 09:20 UTC The last resort, every 10 min" in seen
    assert "Step 1 was passed over; the next one followed at once – no message went out: mailbox full" in seen
    assert "Carol Device failed planned 2 Mar 2026, 09:00 UTC mailbox full" in seen
    assert "Bob Device handed over sent 2 Mar 2026, 09:00 UTC" in seen
    assert seen.index("Alias disk/1") < seen.index("What was done")


async def test_each_button_does_what_it_says(town: Town, bob: Browser, alice: Browser) -> None:
    await town.opens()
    assert "You have acknowledged it." in await send(bob, "acknowledge")
    assert "Bob acknowledged it already" not in await send(alice, "take-over")
    assert "Alice took it over from Bob" in words(await bob.get("/alerts/A-1"))
    assert "its escalation starts anew" in await send(alice, "unacknowledge")
    assert "It is snoozed until Mon 2 Mar 13:00 UTC." in await send(bob, "snooze", about="4h")
    assert "It is snoozed until Tue 3 Mar 08:30 UTC." in await send(bob, "snooze", until="2026-03-03T08:30")
    assert "The next step is taken. " in await send(bob, "escalate")
    assert "Bob reassigned it to person:carol" in await send(bob, "reassign", to="person:carol")
    assert "They are paged too. " in await send(bob, "add", to="team:ops_team\r\nperson:carol")
    closed = await send(bob, "close", why="It has room again")
    assert "Bob closed it: It has room again" in closed
    assert ("What comes next" in closed, "Acknowledge" in closed) == (False, False)


async def test_the_second_one_is_told_who_was_first(town: Town, bob: Browser, alice: Browser) -> None:
    await town.opens()
    await send(bob, "acknowledge")
    late = await alice.post("/alerts/A-1/acknowledge")
    assert (late.status_code, "Bob acknowledged it at 09:00:00 UTC already" in words(late)) == (409, True)
    await send(bob, "close")
    late = await alice.post("/alerts/A-1/escalate")
    assert (late.status_code, "Bob closed it at 09:00:00 UTC; open a new alert" in words(late)) == (409, True)


@pytest.mark.parametrize(
    ("path", "data", "status", "said"),
    [
        ("/alerts/new", {"message": ""}, 422, "message is missing"),
        ("/alerts/new", {"message": "x", "to": "bob"}, 422, "write person:HANDLE"),
        ("/alerts/new", {"message": "x", "link": "ftp://x"}, 422, "link is no address"),
        ("/alerts/A-1/reassign", {"to": "person:zed"}, 422, "there is no person zed"),
        ("/alerts/A-1/reassign", {"to": ""}, 422, "Name to whom it goes"),
        ("/alerts/A-1/snooze", {"until": ""}, 422, "until is missing: say until when"),
        ("/alerts/A-1/snooze", {"until": "2026-03-01T08:00"}, 422, "that is past"),
        ("/alerts/A-1/snooze", {"about": "9h"}, 422, "It can be snoozed for 1h or 4h"),
        ("/alerts/A-1/explode", {}, 404, "There is no form explode"),
        ("/alerts/A-9/close", {}, 404, "There is no alert A-9"),
    ],
)
async def test_what_is_wrong_stands_beside_what_was_typed(
    town: Town, bob: Browser, path: str, data: dict[str, str], status: int, said: str
) -> None:
    await town.opens()
    answer = await bob.post(path, data=data)
    assert (answer.status_code, said in words(answer)) == (status, True), words(answer)


async def test_the_list_is_by_status_with_the_newest_first(town: Town, bob: Browser) -> None:
    for n in range(51):
        await town.opens(f"Disk {n} is full")
    await send(bob, "close")
    await bob.post("/alerts/A-2/acknowledge")
    every = words(await bob.get("/alerts"))
    assert (every.index("A-51") < every.index("A-2"), "A-1 P3" in every, "Older ones" in every) == (
        True,
        False,
        True,
    )
    assert "Disk 0 is full" in words(await bob.get("/alerts?status=all&before=A-2"))
    assert "Bob has it" in words(await bob.get("/alerts?status=acknowledged"))
    assert "A-1 P3 closed Disk 0 is full" in words(await bob.get("/alerts?status=closed"))
    assert "There is none that is snoozed" in words(await bob.get("/alerts?status=snoozed"))
    assert (await bob.get("/alerts?status=new")).status_code == 422
    assert (await bob.get("/alerts?before=x")).status_code == 422


async def test_the_list_tells_whether_anything_in_it_changed(town: Town, bob: Browser) -> None:
    async def state() -> str:
        return (await bob.head("/alerts?status=all")).headers["ETag"]

    await town.opens()
    first = await state()
    same = await state()
    await town.does("acknowledge", BOB, "A-1")

    assert (same, (await state()) != first) == (first, True)
    assert f'data-state="{first[1:-1]}"' not in (await bob.get("/alerts")).text


async def test_whoever_may_only_report_closes_and_does_not_acknowledge(town: Town) -> None:
    await people.save_person(town.house, "rita", name="Rita", rights=("report",))
    await town.opens()
    async with browser(town.house) as rita:
        await signed_in(town.house, rita, "rita")
        seen = words(await rita.get("/alerts/A-1"))
        assert ("Close it" in seen, "Acknowledge" in seen) == (True, False)
        assert (await rita.post("/alerts/A-1/acknowledge")).status_code == 403
        assert "Rita closed it" in await send(rita, "close")


async def test_addresses_are_shown_to_nobody_and_words_are_escaped(town: Town, bob: Browser) -> None:
    await town.opens("<b>down</b>", description="see https://wiki.example/db")
    seen = (await bob.get("/alerts/A-1")).text
    assert ("&lt;b&gt;down" in seen, "<b>down" in seen, "@acme.example" in seen) == (True, False, False)
    assert '<a href="https://wiki.example/db"' in seen


async def test_where_all_have_to_acknowledge_it_is_shown_who_has_and_who_is_awaited(
    town: Town, bob: Browser
) -> None:
    both = {"id": "both", "steps": [{"to": ["team:ops_team"]}], "acknowledged_by": "all"}
    await save_policy(town.house, OPERATOR, both)
    await town.opens(policy="both")
    await send(bob, "acknowledge")

    assert "Bob acknowledged it; awaited are Alice" in words(await bob.get("/alerts/A-1"))
