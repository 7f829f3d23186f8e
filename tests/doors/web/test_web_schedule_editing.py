"""Making, editing and deleting a schedule by a plain form: parts added and taken out, previews, refusals at their fields, stale edits."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import httpx2
import pytest

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.clock import HandClock
from tocsin.core.oncall.written import written_plan

Browser = httpx2.AsyncClient
ROTATION = {
    "l0-name": "base", "l0r0-id": "weekly", "l0r0-first_handoff": "2026-03-02T09:00", "l0r0-count": "1",
    "l0r0-unit": "weeks", "l0r0-participants": "bob\nalice", "l0r0-offset": "0",
}  # fmt: skip
NEW = {"id": "web", "name": "Website", "team": "ops_team", "zone": "Europe/Berlin", **ROTATION}
OPS = {"version": "1", "name": "ops", "team": "ops_team", "zone": "UTC", **ROTATION}


def words(answer: httpx2.Response) -> str:
    text = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def plan(house: House, id: str) -> dict[str, object]:
    _, kept = await looks.schedule(house, id)
    return written_plan(kept.schedule.plan)


async def test_a_new_schedule_starts_with_my_team_a_week_each(alice: Browser) -> None:
    page = (await alice.get("/new-schedule")).text

    assert '<option value="ops_team" selected>' in page
    assert '<option value="weeks" selected>' in page
    assert "alice\nbob</textarea>" in page
    assert 'value="2026-02-23T09:00"' in page


async def test_a_schedule_is_previewed_then_made(house: House, alice: Browser) -> None:
    seen = await alice.post("/new-schedule", data={**NEW, "do": "preview"})
    made = await alice.post("/new-schedule", data={**NEW, "do": "save"}, follow_redirects=True)

    assert "What it does Bob is on call Mon 2 Mar 10:00 – Mon 9 Mar 09:00" in words(seen)
    assert "<svg" in seen.text
    assert "The schedule Website is saved." in made.text
    assert await plan(house, "web") == {
        "zone": "Europe/Berlin",
        "layers": [{"name": "base", "rotations": [
            {"id": "weekly", "first_handoff": "2026-03-02 09:00", "every": "1 week", "participants": ["bob", "alice"]}
        ]}],
    }  # fmt: skip


def meant(asked: httpx2.Response) -> str:
    """What the button sends that says: all the same."""
    [found] = re.findall(r'name="meant" value="([^"]+)"', asked.text)
    return unescape(found)


async def test_all_that_a_rotation_can_be_is_typed(house: House, alice: Browser) -> None:
    more = {
        "l0r0-unit": "weekdays", "l0r0-weekdays": ["mon", "thu"], "l0r0-until": "2026-06-01T09:00",
        "l0r0-participants": "alice + bob\nteam:ops_team\nnobody", "l0r0-restrict": "Mon-Fri 09:00-17:00\nFri 17:00 - Mon 09:00",
        "l1-name": "night", "l1r0-id": "night", "l1r0-first_handoff": "2026-03-02T18:00", "l1r0-count": "12",
        "l1r0-unit": "hours", "l1r0-participants": "bob", "l1r0-offset": "",
    }  # fmt: skip

    asked = await alice.post("/new-schedule", data={**NEW, **more, "do": "save"})
    answer = await alice.post("/new-schedule", data={**NEW, **more, "meant": meant(asked)})

    assert answer.status_code == 303
    made = await plan(house, "web")
    assert made["layers"] == [
        {"name": "base", "rotations": [{
            "id": "weekly", "first_handoff": "2026-03-02 09:00", "every": ["mon", "thu"],
            "participants": [["alice", "bob"], "team:ops_team", "nobody"],
            "restrict": ["Mon-Fri 09:00-17:00", "Fri 17:00 - Mon 09:00"], "until": "2026-06-01 09:00",
        }]},
        {"name": "night", "rotations": [
            {"id": "night", "first_handoff": "2026-03-02 18:00", "every": "12 hours", "participants": ["bob"]}
        ]},
    ]  # fmt: skip
    again = await alice.get("/on-call/web/edit")
    assert "alice + bob\nteam:ops_team\nnobody</textarea>" in again.text
    assert 'value="mon" checked' in again.text


@pytest.mark.parametrize(
    ("button", "there", "gone"),
    [
        ("add-layer", 'name="l1-name" value="layer 2"', 'name="l2-name"'),
        ("add-rotation-0", 'name="l0r1-id" value="rotation-1"', 'name="l0r2-id"'),
        ("drop-rotation-0-0", 'name="l0-name"', 'name="l0r0-id"'),
        ("drop-layer-0", 'name="zone"', 'name="l0-name"'),
        ("drop-layer-9", 'name="l0-name"', 'name="l1-name"'),
        ("up-0", 'name="l0-name" value="base"', 'name="l1-name"'),
    ],
)
async def test_parts_are_added_and_taken_out_without_a_script(
    alice: Browser, button: str, there: str, gone: str
) -> None:
    answer = await alice.post("/new-schedule", data={**NEW, "do": button})

    assert answer.status_code == 200
    assert there in answer.text
    assert gone not in answer.text
    assert 'value="Website"' in answer.text


async def test_a_layer_is_moved_above_the_next(alice: Browser) -> None:
    answer = await alice.post("/new-schedule", data={**NEW, "l1-name": "night", "do": "up-0"})

    assert 'name="l0-name" value="night"' in answer.text
    assert 'name="l1-name" value="base"' in answer.text


@pytest.mark.parametrize(
    ("typed", "at", "why"),
    [
        ({"id": "Web Site"}, "id", "is no id for a schedule"),
        ({"id": "ops"}, "id", "There is a schedule ops already"),
        ({"team": "none"}, "team", "There is no team none"),
        ({"zone": "Mars/Base"}, "zone", "no time zone"),
        ({"since": "soon"}, "since", "'soon' is no time"),
        ({"name": "x" * 101}, "name", "name has 101 characters"),
        ({"l0r0-id": "We Ekly"}, "l0r0-id", "write small letters"),
        ({"l0r0-first_handoff": ""}, "l0r0-first_handoff", "first handoff is missing"),
        ({"l0r0-first_handoff": "soon"}, "l0r0-first_handoff", "write a local time"),
        ({"l0r0-count": "0"}, "l0r0-count", "a turn would never end"),
        ({"l0r0-count": "x"}, "l0r0-count", "write 12 hours, 1 day"),
        ({"l0r0-unit": "weekdays"}, "l0r0-count", "names no day: a turn would never end"),
        ({"l0r0-participants": ""}, "l0r0-participants", "is empty: name who takes turns"),
        ({"l0r0-participants": "alice\nzoe"}, "l0r0-participants", "line 2: nobody is called zoe"),
        ({"l0r0-participants": "team:none"}, "l0r0-participants", "there is no team none"),
        ({"l0r0-participants": "+"}, "l0r0-participants", "is empty: write a handle"),
        ({"l0r0-restrict": "in the morning"}, "l0r0-restrict", "write 09:00-17:00"),
        ({"l0r0-restrict": "Xyz 09:00-17:00"}, "l0r0-restrict", "is no day"),
        ({"l0r0-until": "2026-01-01T09:00"}, "l0r0-until", "is not after first handoff"),
        ({"l0-calendar": "leave"}, "l0-calendar", "there is no calendar leave"),
        ({"l1-name": "base"}, "", "the name base is there twice"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "save"])
async def test_what_can_not_be_is_refused_at_its_field_and_nothing_is_lost(
    alice: Browser, typed: dict[str, str], at: str, why: str, do: str
) -> None:
    answer = await alice.post("/new-schedule", data={**NEW, **typed, "do": do})

    assert answer.status_code in (404, 409, 422)
    assert why in unescape(answer.text)
    assert "ops_team" in answer.text
    place = f'class="question wrong">\\s*<label for="{at}"' if at else 'class="refused" role="alert"><p>'
    assert re.search(place, answer.text)
    assert unescape(answer.text).count(typed.get("l0r0-participants", "bob\nalice")) > 0


async def test_an_edit_says_what_is_different_and_whose_shifts_move(house: House, alice: Browser) -> None:
    form = {**OPS, "l0r0-participants": "bob\ncarol"}

    seen = words(await alice.post("/on-call/ops/edit", data={**form, "do": "preview"}))
    await alice.post("/on-call/ops/edit", data={**form, "do": "save"})

    assert "participants: bob, alice is now bob, carol" in seen
    assert "Alice is no longer on call Mon 9 Mar 09:00 – Mon 16 Mar 09:00" in seen
    assert "Carol is on call Mon 9 Mar 09:00 – Mon 16 Mar 09:00" in seen
    assert "participants" in str(await plan(house, "ops"))


@pytest.mark.parametrize("to", ["/new-schedule", "/on-call/ops/edit"])
async def test_save_of_what_opens_a_gap_shows_it_and_asks_first(
    house: House, alice: Browser, to: str
) -> None:
    form = {**(NEW if to == "/new-schedule" else OPS), "l0r0-restrict": "Mon-Fri 09:00-17:00"}
    asked = await alice.post(to, data={**form, "do": "save"})
    there = {one.id: str(written_plan(one.plan)) for one in (await people.everybody(house)).schedules}
    saved = await alice.post(to, data={**form, "meant": meant(asked)}, follow_redirects=True)

    assert (asked.status_code, "Nothing is saved yet." in words(asked)) == (200, True)
    assert "This leaves nobody on call who can be reached: Mon 2 Mar 17:00 – Tue 3 Mar 09:00" in words(asked)
    assert "Save all the same" in words(asked)
    assert "web" not in there
    assert "restrict" not in there["ops"]
    assert "is saved." in saved.text


async def test_who_is_asked_for_one_gap_has_not_agreed_to_another(house: House, alice: Browser) -> None:
    form = {**OPS, "l0r0-restrict": "Mon-Fri 09:00-17:00"}
    asked = await alice.post("/on-call/ops/edit", data={**form, "do": "save"})
    larger = {**OPS, "l0r0-restrict": "Mon-Thu 09:00-17:00", "meant": meant(asked)}

    again = await alice.post("/on-call/ops/edit", data=larger)

    assert (again.status_code, "Nothing is saved yet." in words(again)) == (200, True)
    assert "restrict" not in str(await plan(house, "ops"))
    assert (await alice.post("/on-call/ops/edit", data={**larger, "meant": meant(again)})).status_code == 303


async def test_an_edit_that_opens_a_gap_says_so_first(alice: Browser) -> None:
    seen = await alice.post(
        "/on-call/ops/edit", data={**OPS, "l0r0-restrict": "09:00-17:00", "do": "preview"}
    )

    assert "This leaves nobody on call who can be reached: Mon 2 Mar 17:00 – Tue 3 Mar 09:00" in words(seen)


async def test_an_edit_that_changes_nothing_says_so(alice: Browser) -> None:
    form = {**OPS, "l0-name": "weekly"}

    seen = await alice.post("/on-call/ops/edit", data={**form, "do": "preview"})
    saved = await alice.post("/on-call/ops/edit", data={**form, "do": "save"}, follow_redirects=True)

    assert "Nothing would change." in seen.text
    assert "The schedule ops is as it was." in saved.text


async def test_a_stale_edit_says_who_changed_what_and_keeps_what_was_typed(
    clock: HandClock, alice: Browser, bob: Browser
) -> None:
    clock.advance(timedelta(minutes=1))
    await bob.post("/on-call/ops/edit", data={**OPS, "l0r0-participants": "alice\nbob\ncarol", "do": "save"})

    stale = await alice.post(
        "/on-call/ops/edit", data={**OPS, "l0r0-participants": "alice\ncarol", "do": "save"}
    )
    again = re.search(r'name="version" value="(\d+)"', stale.text)
    after = await alice.post(
        "/on-call/ops/edit",
        data={**OPS, "version": again[1] if again else "", "l0r0-participants": "alice\ncarol", "do": "save"},
    )

    assert stale.status_code == 409
    assert "ops is at version 2, and you saw 1: bob changed the schedule ops" in words(stale)
    assert "participants: bob, alice is now alice, bob, carol" in words(stale)
    assert "alice\ncarol</textarea>" in stale.text
    assert after.status_code == 303


async def test_an_edit_without_a_version_is_refused(alice: Browser) -> None:
    form = {name: value for name, value in OPS.items() if name != "version"}

    answer = await alice.post("/on-call/ops/edit", data={**form, "do": "save"})

    assert answer.status_code == 422
    assert "expected_version is missing" in answer.text


async def test_a_plan_for_later_is_in_the_way_unless_it_is_dropped(alice: Browser) -> None:
    later = {**OPS, "l0r0-participants": "alice", "since": "2026-04-06T09:00", "do": "save"}
    await alice.post("/on-call/ops/edit", data=later)
    now = {**OPS, "version": "2", "l0r0-participants": "bob\ncarol", "do": "save"}

    refused = await alice.post("/on-call/ops/edit", data=now)
    page = words(await alice.get("/on-call/ops"))
    form = words(await alice.get("/on-call/ops/edit"))
    done = await alice.post("/on-call/ops/edit", data={**now, "drop_planned": "yes"})

    assert refused.status_code == 409
    assert "is to hold from 2026-04-06 09:00 UTC on" in refused.text
    assert "A new plan holds from Mon 6 Apr 09:00 UTC on" in page
    assert "This plan begins Mon 6 Apr 09:00 (UTC); until then another one holds." in form
    assert done.status_code == 303
    assert "This plan begins" not in words(await alice.get("/on-call/ops/edit"))


async def test_who_is_not_of_its_team_can_not_edit_it(house: House, bob: Browser) -> None:
    await people.save_team(house, "ops_team", ["alice"])

    page, opened = await bob.get("/on-call/ops"), await bob.get("/on-call/ops/edit")
    sent = await bob.post("/on-call/ops/edit", data={**OPS, "do": "save"})
    deleted = await bob.get("/on-call/ops/delete")

    assert "/on-call/ops/edit" not in page.text
    assert (opened.status_code, sent.status_code, deleted.status_code) == (403, 403, 403)
    assert "can't change the schedule ops: ask somebody of ops_team or an admin" in unescape(opened.text)


async def test_a_schedule_is_deleted_with_its_preview(house: House, alice: Browser) -> None:
    page = await alice.get("/on-call/ops/delete")
    stale = await alice.post("/on-call/ops/delete", data={"version": "7"})
    gone = await alice.post("/on-call/ops/delete", data={"version": "1"}, follow_redirects=True)

    assert "This leaves nobody on call who can be reached: Mon 2 Mar 09:00" in words(page)
    assert stale.status_code == 409
    assert "The schedule ops is deleted." in gone.text
    assert (await alice.get("/on-call/ops")).status_code == 404
