"""Escalation policies on the web: whom one would reach now, made and edited with a preview, refusals at their fields, deleted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape

import httpx2
import pytest

from alert_steps import Device
from tocsin.acts import people, policies
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.escalation.written import written_policy
from tocsin.errors import Invalid

Browser = httpx2.AsyncClient
NEW = {
    "id": "pay", "name": "Payments", "team": "ops_team", "repeat": "", "again_after": "", "acknowledged_by": "one",
    "forgotten_after": "", "last_resort": "", "s0-to": "schedule:ops", "s0-after": "", "s1-to": "team:ops_team", "s1-after": "5 min",
}  # fmt: skip
EDIT = {**NEW, "version": "1"}


def words(answer: httpx2.Response) -> str:
    text = re.sub(r"<title>.*?</title>|<datalist.*?</datalist>", "", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def meant(asked: httpx2.Response) -> str:
    """What the button sends that says: all the same."""
    [found] = re.findall(r'name="meant" value="([^"]+)"', asked.text)
    return unescape(found)


async def kept(house: House, id: str = "pay") -> dict[str, object]:
    return written_policy((await policies.policy(house, id)).kept.policy)


async def saved(house: House, **more: object) -> None:
    steps = [{"to": "schedule:ops"}, {"to": "team:ops_team", "after": "5m"}]
    await save_policy(
        house, OPERATOR, {"id": "pay", "name": "Payments", "team": "ops_team", "steps": steps, **more}
    )


async def test_all_are_listed_with_whom_they_name_the_handbooks_too(house: House, alice: Browser) -> None:
    await saved(house)

    seen = await alice.get("/on-call/policies")

    assert "As the handbook says default · no team For alerts that name none; nobody has saved it" in words(
        seen
    )
    assert "Payments pay · ops_team at once: schedule:ops 5 min after that: team:ops_team Who can" in words(
        seen
    )
    assert '<a href="/on-call/ops">schedule:ops</a>' in seen.text
    assert "New policy" in seen.text


async def test_one_is_drawn_with_whom_it_reaches_now_and_when(house: House, alice: Browser) -> None:
    await people.save_person(house, "mute", name="Mute")
    await saved(house, last_resort=["person:mute"], repeat=1, forgotten_after="4h")

    seen = words(await alice.get("/on-call/policies/pay"))

    assert "at once 09:00 Step 1 Bob after 5 min 09:05 Step 2 Alice Bob after 15 min 09:15 All steps" in seen
    assert (
        "The last resort reaches nobody now: Mute: there is no way to page them (they have no contact" in seen
    )
    assert "Taken anew once, 10 min after the last step Last resort person:mute, every 10 min" in seen
    assert "An acknowledgement counts 4 h" in seen
    assert "Who changed what whoever runs Tocsin made the policy pay" in seen


@dataclass
class Slow(Device):
    """A channel of which it takes a while to say whether its places are there."""

    clock: HandClock = field(kw_only=True)

    async def amiss(self, places: Collection[str]) -> Mapping[str, str]:
        self.clock.advance(timedelta(seconds=2))
        return dict.fromkeys(places, "nobody answers there")


async def test_how_long_a_place_takes_to_be_looked_for_moves_no_time_of_what_follows(
    house: House, clock: HandClock, alice: Browser
) -> None:
    steps = [{"to": ["schedule:ops", "channel:#pay"]}, {"to": "team:ops_team", "after": "5m"}]
    await save_policy(house, OPERATOR, {"id": "pay", "steps": steps})
    house.given = {"channel": Slow("channel", clock=clock)}

    seen = words(await alice.get("/on-call/policies/pay"))

    assert "channel:#pay hears nothing: nobody answers there" in seen
    assert "at once 09:00 Step 1" in seen
    assert "after 5 min 09:05 Step 2" in seen


async def test_who_would_be_reached_is_asked_for_each_priority(house: House, alice: Browser) -> None:
    night = {"between": ["22:00-06:00"], "zone": "UTC"}
    await saved(house, steps=[{"to": "person:carol", "priorities": ["P1"]}, {"to": "on-call", **night}])

    grave, usual = [words(await alice.get(f"/on-call/policies/pay{query}")) for query in ("?priority=P1", "")]
    drawn = (await alice.get("/on-call/policies/pay")).text
    wrong = await alice.get("/on-call/policies/pay?priority=P9")

    assert "at once 09:00 Step 1 Carol" in grave
    assert "Step 1 is passed over it is for P1 only, and this is P3" in usual
    assert "Step 2 is passed over it is outside its times (22:00-06:00, UTC)" in usual
    assert (drawn.count('<li class="skipped">'), drawn.count('<li class="missed">')) == (2, 0)
    assert "at once: person:carol · P1 only with it: on-call · 22:00-06:00 (UTC) only" in usual
    assert (wrong.status_code, "There is no priority P9; there are P1, P2" in words(wrong)) == (422, True)
    with pytest.raises(Invalid, match="There is no priority P0"):
        await policies.policy(house, "pay", "P0")


async def test_a_new_policy_starts_with_who_is_on_call_and_my_team(alice: Browser) -> None:
    page = (await alice.get("/new-policy")).text

    assert '<option value="ops_team" selected>' in page
    assert 'name="s0-to" rows="3">\non-call</textarea>' in page
    assert 'name="s1-to" rows="3">\nteam:ops_team</textarea>' in page


async def test_a_policy_is_previewed_then_made(house: House, alice: Browser) -> None:
    seen = await alice.post("/new-policy", data={**NEW, "do": "preview"})
    there = [one.id for one in await policies.all_policies(house)]
    made = await alice.post("/new-policy", data={**NEW, "do": "save"}, follow_redirects=True)

    assert "What it does If an alert of P3 began now, and nobody answered: at once 09:00 Step 1 Bob" in words(
        seen
    )
    assert there == ["default"]
    assert "The policy Payments is saved." in made.text
    assert await kept(house) == {
        "id": "pay", "name": "Payments", "team": "ops_team",
        "steps": [{"to": ["schedule:ops"]}, {"to": ["team:ops_team"], "after": "5m"}],
    }  # fmt: skip


async def test_all_that_a_policy_can_be_is_typed_and_stands_in_the_form_again(
    house: House, alice: Browser
) -> None:
    more = {
        "repeat": "2", "again_after": "15m", "acknowledged_by": "all", "forgotten_after": "4h", "last_resort": "person:carol\nadmins",
        "s0-priorities": ["P1", "P2"], "s0-between": "Mon-Fri 09:00-17:00", "s0-zone": "Europe/Berlin", "s0-turn": "yes",
        "s1-when": "not-closed",
    }  # fmt: skip

    answer = await alice.post("/new-policy", data={**NEW, **more, "do": "save"})
    form = (await alice.get("/on-call/policies/pay/edit")).text
    again = await alice.post("/on-call/policies/pay/edit", data={**EDIT, **more, "do": "save"})
    after = await alice.get(again.headers["location"], follow_redirects=True)

    assert answer.status_code == 303
    assert await kept(house) == {
        "id": "pay", "name": "Payments", "team": "ops_team", "repeat": 2, "again_after": "15m", "acknowledged_by": "all",
        "forgotten_after": "4h", "last_resort": ["person:carol", "admins"],
        "steps": [
            {"to": ["schedule:ops"], "between": ["Mon-Fri 09:00-17:00"], "zone": "Europe/Berlin", "priorities": ["P1", "P2"], "turn": True},
            {"to": ["team:ops_team"], "after": "5m", "when": "not-closed"},
        ],
    }  # fmt: skip
    assert 'value="P2" checked' in form
    assert "Mon-Fri 09:00-17:00</textarea>" in form
    assert '<option value="not-closed" selected>' in form
    assert "The policy Payments is as it was." in after.text


@pytest.mark.parametrize(
    ("button", "there", "gone"),
    [
        ("add-step", 'name="s2-to"', 'name="s3-to"'),
        ("drop-step-0", "team:ops_team</textarea>", 'name="s1-to"'),
        ("up-1", 'name="s0-to" rows="3">\nteam:ops_team</textarea>', 'name="s2-to"'),
        ("up-9", 'name="s0-to" rows="3">\nschedule:ops</textarea>', 'name="s2-to"'),
    ],
)
async def test_steps_are_added_taken_out_and_moved_without_a_script(
    alice: Browser, button: str, there: str, gone: str
) -> None:
    answer = await alice.post("/new-policy", data={**NEW, "do": button})

    assert answer.status_code == 200
    assert there in answer.text
    assert gone not in answer.text
    assert 'value="Payments"' in answer.text


@pytest.mark.parametrize(
    ("typed", "at", "why"),
    [
        ({"id": "Pay Me"}, "id", "write small letters"),
        ({"id": "web"}, "id", "There is a policy web already: edit that one"),
        ({"team": "none"}, "team", "there is no team none"),
        ({"name": "x" * 101}, "name", "name has 101 characters"),
        ({"repeat": "often"}, "repeat", "write a number from 0 to 20"),
        ({"again_after": "5s"}, "again_after", "it lies between 1 min and 7 days"),
        ({"forgotten_after": "soon"}, "forgotten_after", "write a span such as 30s"),
        ({"acknowledged_by": "none"}, "acknowledged_by", "write one or all"),
        ({"last_resort": "admins\nperson:zed"}, "last_resort", "line 2 there is no person zed"),
        ({"s0-to": ""}, "s0-to", "to is empty: the step reaches nobody"),
        ({"s1-to": "on-call\nteam:none"}, "s1-to", "line 2 there is no team none"),
        ({"s1-to": "policy:pay"}, "", "The policy pay refers to itself: pay → pay"),
        ({"s1-after": "later"}, "s1-after", "write a span such as 30s"),
        ({"s0-between": "in the morning", "s0-zone": "UTC"}, "s0-between", "write 09:00-17:00"),
        ({"s0-between": "09:00-17:00", "s0-zone": "Mars"}, "s0-zone", "no time zone"),
        ({"s0-between": "09:00-17:00", "s0-zone": ""}, "s0-zone", "zone is missing"),
    ],
)  # fmt: skip
async def test_what_can_not_be_is_refused_at_its_field_and_nothing_is_lost(
    house: House, alice: Browser, typed: dict[str, str], at: str, why: str
) -> None:
    await save_policy(house, OPERATOR, {"id": "web", "steps": [{"to": "on-call"}]})

    answer = await alice.post("/new-policy", data={**NEW, **typed, "do": "save"})

    assert answer.status_code in (409, 422)
    assert why in unescape(answer.text)
    place = f'class="question wrong">\\s*<label for="{at}"' if at else 'class="refused" role="alert"><p>'
    assert re.search(place, answer.text)
    assert 'value="P' in answer.text
    assert [one.id for one in await policies.all_policies(house)] == ["default", "web"]


async def test_a_priority_that_is_none_is_refused_beside_those_there_are(alice: Browser) -> None:
    answer = await alice.post("/new-policy", data={**NEW, "s1-priorities": ["P1", "P9"], "do": "save"})

    assert answer.status_code == 422
    assert "P5 priorities : there is no P9; there are P1" in words(answer).replace(
        "priorities there", "priorities : there"
    )


async def test_save_of_what_reaches_nobody_shows_it_and_asks_first(house: House, alice: Browser) -> None:
    await people.save_team(house, "empty", [])
    form = {**NEW, "s1-to": "team:empty"}

    asked = await alice.post("/new-policy", data={**form, "do": "save"})
    other = await alice.post("/new-policy", data={**form, "s0-to": "team:empty", "meant": meant(asked)})
    there = [one.id for one in await policies.all_policies(house)]
    done = await alice.post("/new-policy", data={**form, "meant": meant(asked)})

    assert '<li class="missed">' in asked.text
    assert "Nothing is saved yet. Step 2 reaches nobody now: team:empty is nobody at the moment" in words(
        asked
    )
    assert (other.status_code, "Nothing is saved yet." in words(other), there) == (200, True, ["default"])
    assert done.status_code == 303


async def test_an_edit_says_what_is_different(house: House, alice: Browser) -> None:
    await saved(house)
    form = {**EDIT, "s0-to": "person:carol", "s2-to": "admins\non-call", "s2-after": "1h", "repeat": "1"}

    seen = words(await alice.post("/on-call/policies/pay/edit", data={**form, "do": "preview"}))

    assert (
        "repeat: nothing is now 1 step 1: to: schedule:ops is now person:carol step 3 is new: admins, on-call"
        in seen
    )
    assert "step 2" not in seen.split("What it does")[1].split("If an alert")[0]


async def test_a_stale_edit_says_who_changed_what_and_keeps_what_was_typed(
    house: House, clock: HandClock, alice: Browser, bob: Browser
) -> None:
    await saved(house)
    clock.advance(timedelta(minutes=1))
    await bob.post("/on-call/policies/pay/edit", data={**EDIT, "repeat": "3", "do": "save"})

    stale = await alice.post(
        "/on-call/policies/pay/edit", data={**EDIT, "s0-to": "person:carol", "do": "save"}
    )
    version = re.search(r'name="version" value="(\d+)"', stale.text)
    after = await alice.post(
        "/on-call/policies/pay/edit",
        data={**EDIT, "version": version[1] if version else "", "s0-to": "person:carol", "do": "save"},
    )
    lost = await alice.post("/on-call/policies/pay/edit", data={**NEW, "do": "save"})

    assert stale.status_code == 409
    assert "The policy pay is at version 2, and you saw 1: bob changed the policy pay" in words(stale)
    assert "Bob changed the policy pay, 2 Mar 2026, 09:01 UTC What you typed stands below" in words(stale)
    assert "person:carol</textarea>" in stale.text
    assert after.status_code == 303
    assert (lost.status_code, "expected_version is missing" in lost.text) == (422, True)


async def test_who_is_not_of_its_team_can_not_edit_it(house: House, alice: Browser, bob: Browser) -> None:
    await saved(house)
    await people.save_team(house, "ops_team", ["alice"])

    page, opened = await bob.get("/on-call/policies/pay"), await bob.get("/on-call/policies/pay/edit")
    sent = await bob.post("/on-call/policies/pay/edit", data={**EDIT, "do": "save"})

    assert "/on-call/policies/pay/edit" not in page.text
    assert (opened.status_code, sent.status_code) == (403, 403)
    assert "can't change the policy pay: ask somebody of ops_team or an admin" in unescape(opened.text)
    assert "/on-call/policies/pay/edit" in (await alice.get("/on-call/policies/pay")).text


async def test_the_handbooks_policy_is_saved_as_ones_own_by_an_admin(house: House, alice: Browser) -> None:
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", rights=["admin"])
    form = {**NEW, "team": "", "version": "0", "do": "save"}

    opened = await alice.get("/on-call/policies/default/edit")
    made = await alice.post("/on-call/policies/default/edit", data=form)

    assert "on-call</textarea>" in opened.text
    assert made.headers["location"] == "/on-call/policies/default"
    assert (await policies.policy(house, "default")).kept.version == 1


async def test_one_is_deleted_but_not_while_others_refer_to_it(house: House, alice: Browser) -> None:
    await saved(house)
    await save_policy(
        house, OPERATOR, {"id": "web", "team": "ops_team", "steps": [{"to": "policy:pay", "after": "1m"}]}
    )

    asked = await alice.get("/on-call/policies/pay/delete")
    unseen = await alice.post("/on-call/policies/pay/delete", data={"version": "1"})
    empty = await alice.post("/on-call/policies/pay/delete", data={"version": "1", "meant": meant(asked)})
    stale = await alice.post("/on-call/policies/web/delete", data={"version": "7"})
    await alice.post("/on-call/policies/web/delete", data={"version": "1"})
    gone = await alice.post("/on-call/policies/pay/delete", data={"version": "1"}, follow_redirects=True)

    assert "It is taken out of the policies that name it: web : step 1" in words(asked)
    assert (unseen.status_code, "The policy pay can't go: web (step 1) names it" in words(unseen)) == (
        409,
        True,
    )
    assert (empty.status_code, "The policy web would reach nobody without policy:pay" in words(empty)) == (
        409,
        True,
    )
    assert stale.status_code == 409
    assert "The policy pay is deleted; alerts that have begun go on by it." in words(gone)
    assert (await alice.get("/on-call/policies/pay")).status_code == 404


async def test_a_schedule_and_a_person_are_deleted_after_it_was_shown_which_policies_name_them(
    house: House, alice: Browser
) -> None:
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", rights=["admin"])
    await saved(house, last_resort=["person:carol"])

    asked = await alice.get("/on-call/ops/delete")
    unseen = await alice.post("/on-call/ops/delete", data={"version": "1"})
    done = await alice.post("/on-call/ops/delete", data={"version": "1", "meant": meant(asked)})
    person = await alice.post("/people/remove-person", data={"about": "carol"})
    gone = await alice.post("/people/remove-person", data={"about": "carol", "meant": meant(person)})

    assert "It is taken out of the policies that name it: pay : step 1" in words(asked)
    assert "It is taken out of the policies that name it: pay : step 1" in words(unseen)
    assert "It is taken out of the policies that name it: pay : the last resort" in words(person)
    assert (unseen.status_code, done.status_code, gone.status_code) == (200, 303, 303)
    assert await kept(house) == {
        "id": "pay", "name": "Payments", "team": "ops_team", "steps": [{"to": ["team:ops_team"], "after": "5m"}],
    }  # fmt: skip


async def test_what_nobody_has_saved_can_not_be_deleted(alice: Browser) -> None:
    answer = await alice.get("/on-call/policies/default/delete")

    assert answer.status_code == 404
    assert "Nobody has saved the policy default: it is what the handbook says" in unescape(answer.text)


async def test_no_schedule_takes_the_place_of_the_pages_about_policies(house: House) -> None:
    with pytest.raises(Invalid, match="policies is the name of a page about all that is on call"):
        await save_weekly(
            house, "policies", team="ops_team", zone="UTC",
            first_handoff=(house.clock.now()).replace(tzinfo=None), participants=["bob"],
        )  # fmt: skip
