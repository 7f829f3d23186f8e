"""Overrides, cover requests, absences and shadow shifts by plain forms: with previews, and each refusal beside what was typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx2
import pytest
from web_browser import browser, signed_in

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import absences, cover, overrides
from tocsin.acts.oncall import looks as oncall
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.overrides import Wish
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change

Browser = httpx2.AsyncClient
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOB = By(Actor("bob", "web", "bob"))
TAKE = {"change": "take", "people": "alice", "end": "2026-03-02T12:00"}


def words(answer: httpx2.Response) -> str:
    text = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def who(house: House, at: datetime = MONDAY) -> tuple[str, ...]:
    return (await oncall.explain(house, "ops", at)).people


async def changes(house: House) -> int:
    """How many overrides and absences there are."""
    later = MONDAY + timedelta(days=30)
    made = await overrides.overrides_of(house, "ops", MONDAY, later)
    return len(made) + len(await absences.absences_of(house, MONDAY, later))


async def test_the_forms_are_shown_as_they_are_opened(house: House, alice: Browser) -> None:
    await alice.post("/away", data={"person": "alice", "start": "2026-03-04", "end": "2026-03-04"})

    pages = {
        to: await alice.get(to)
        for to in ("/away", "/away/1", "/on-call/ops/override", "/on-call/ops/cover", "/on-call/ops/shadow",
                   "/on-call/ops/delete", "/on-call/ops/edit", "/new-schedule")
    }  # fmt: skip

    assert {to: page.status_code for to, page in pages.items()} == dict.fromkeys(pages, 200)
    assert '<a href="/on-call">On call</a>' in pages["/away"].text


async def test_an_override_is_previewed_then_done(house: House, alice: Browser) -> None:
    seen = await alice.post("/on-call/ops/override", data={**TAKE, "do": "preview"})
    before = await who(house)
    done = await alice.post("/on-call/ops/override", data=TAKE, follow_redirects=True)

    assert "What it does Alice is on call Mon 2 Mar 09:00 – 12:00 Bob is no longer on call" in words(seen)
    assert 'value="2026-03-02T12:00"' in seen.text
    assert before == ("bob",)
    assert "Alice instead of anybody: it is so from Mon 2 Mar 09:00 – 12:00 UTC." in words(done)
    assert await who(house) == ("alice",)


async def test_an_override_that_leaves_nobody_says_so_first(alice: Browser) -> None:
    seen = await alice.post(
        "/on-call/ops/override",
        data={"change": "remove", "instead_of": "bob", "end": "2026-03-02T12:00", "do": "preview"},
    )

    assert "This leaves nobody on call who can be reached: Mon 2 Mar 09:00 – 12:00" in words(seen)


@pytest.mark.parametrize(
    ("to", "typed", "longer"),
    [
        ("/on-call/ops/override", {"change": "remove", "instead_of": "bob", "end": "2026-03-02T12:00"}, {"end": "2026-03-02T13:00"}),
        ("/away", {"person": "bob", "start": "2026-03-04", "end": "2026-03-04"}, {"end": "2026-03-05"}),
    ],
)  # fmt: skip
async def test_what_opens_a_gap_is_done_only_when_it_was_shown_and_is_meant(
    house: House, alice: Browser, to: str, typed: dict[str, str], longer: dict[str, str]
) -> None:
    await save_weekly(
        house, "ops", team="ops_team", zone="UTC", first_handoff=MONDAY.replace(tzinfo=None), participants=["bob"], expected=1
    )  # fmt: skip
    asked = await alice.post(to, data=typed)
    [meant] = re.findall(r'name="meant" value="([^"]+)"', asked.text)
    again = await alice.post(to, data={**typed, **longer, "meant": meant})
    before = await changes(house)
    done = await alice.post(to, data={**typed, "meant": meant})

    for one in (asked, again):
        assert (one.status_code, "Nothing is saved yet." in words(one)) == (200, True)
        assert "This leaves nobody on call who can be reached:" in words(one)
        assert "all the same" in words(one)
    assert (before, done.status_code, await changes(house)) == (0, 303, 1)


async def test_times_are_typed_in_ones_own_zone(house: House, alice: Browser) -> None:
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", zone="Asia/Tokyo")

    form = await alice.get("/on-call/ops/override")
    await alice.post("/on-call/ops/override", data={**TAKE, "end": "2026-03-02T20:00"})

    assert "Until (Asia/Tokyo)" in form.text
    [(made, _)] = await overrides.overrides_of(house, "ops", MONDAY, MONDAY + timedelta(days=1))
    assert made.end == datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


async def test_a_shift_fills_in_the_form(alice: Browser) -> None:
    query = "instead_of=bob&start=2026-03-03T09:00:00%2B00:00&end=2026-03-04T09:00:00%2B00:00"

    form = (await alice.get(f"/on-call/ops/override?{query}")).text

    assert 'value="2026-03-03T09:00"' in form
    assert 'value="2026-03-04T09:00"' in form
    assert '<option value="bob" selected>' in form
    assert '<option value="replace" selected>' in form


@pytest.mark.parametrize(
    ("typed", "why", "field"),
    [
        ({"end": ""}, "end is missing: say until when", "end"),
        ({"end": "soon"}, "'soon' is no time", "end"),
        ({"end": "0001-01-01T00:00"}, "is in no year of ours", "end"),
        ({"end": "2026-03-02T08:00"}, "It ends (2026-03-02 08:00) before it begins", "end"),
        ({"start": "2026-03-01T08:00"}, "It begins in the past", "start"),
        ({"people": "zoe"}, "Nobody is called zoe", "people"),
        ({"change": "replace"}, "instead_of is missing", "instead_of"),
        ({"change": "add", "people": ""}, "people is missing", "people"),
        ({"change": "swap"}, "change is 'swap'; there are take, replace, add, remove", "change"),
        ({"reason": "x" * 501}, "reason has 501 characters", "reason"),
    ],
)
async def test_an_override_that_can_not_be_is_refused_at_its_field(
    alice: Browser, typed: dict[str, str], why: str, field: str
) -> None:
    answer = await alice.post("/on-call/ops/override", data={"reason": "dentist", **TAKE, **typed})

    assert answer.status_code in (404, 422)
    assert why in unescape(answer.text)
    assert re.search(r'class="(question )?wrong"[^§]*?name="' + field + '"', answer.text)
    assert ("dentist" in answer.text) == ("reason" not in typed)


async def test_an_override_is_ended_with_its_preview(house: House, alice: Browser) -> None:
    await alice.post("/on-call/ops/override", data=TAKE)

    page = await alice.get("/on-call/ops/override/1")
    done = await alice.post("/on-call/ops/override/1", data={"version": "1"}, follow_redirects=True)

    assert "What ending it does Alice is no longer on call Mon 2 Mar 09:00 – 12:00 Bob is on call" in words(
        page
    )
    assert "The override is ended." in done.text
    assert await who(house) == ("bob",)


@pytest.mark.parametrize(
    ("version", "status", "why"),
    [("", 422, "expected_version is missing"), ("7", 409, "is at version 1, and you saw 7: alice put alice")],
)
async def test_an_override_that_somebody_changed_meanwhile_is_not_ended(
    alice: Browser, version: str, status: int, why: str
) -> None:
    await alice.post("/on-call/ops/override", data=TAKE)

    answer = await alice.post("/on-call/ops/override/1", data={"version": version})

    assert answer.status_code == status
    assert why in words(answer)


@pytest.mark.parametrize("number", ["99", "x", "0000000000000000001"])
async def test_an_override_that_is_not_there_is_not_found(alice: Browser, number: str) -> None:
    answer = await alice.get(f"/on-call/ops/override/{number}")

    assert answer.status_code in (404, 422)
    assert "override" in answer.text


async def test_cover_is_asked_for_and_taken(house: House, bob: Browser, alice: Browser) -> None:
    asked = await bob.post(
        "/on-call/ops/cover",
        data={"person": "bob", "end": "2026-03-02T12:00", "asked": "team:ops_team", "reason": "dentist"},
        follow_redirects=True,
    )
    theirs = words(await alice.get("/cover/1"))
    taken = await alice.post("/cover/1/take", data={"version": "1"}, follow_redirects=True)

    assert "Asked: Alice. The first who takes it is on call." in words(asked)
    assert "nobody has taken it yet When Mon 2 Mar 09:00 – 12:00 UTC" in theirs
    assert "You are on call Mon 2 Mar 09:00 – 12:00 UTC." in words(taken)
    assert "taken" in words(taken)
    assert await who(house) == ("alice",)


async def test_a_part_of_a_shift_is_taken(house: House, alice: Browser) -> None:
    await cover.ask_cover(house, BOB, "ops", end=MONDAY + timedelta(hours=3))

    await alice.post("/cover/1/take", data={"version": "1", "start": "2026-03-02T10:00", "end": "2026-03-02T11:00"})  # fmt: skip

    assert await who(house) == ("bob",)
    assert await who(house, MONDAY + timedelta(minutes=90)) == ("alice",)


async def test_a_request_is_withdrawn(house: House, bob: Browser, alice: Browser) -> None:
    await cover.ask_cover(house, BOB, "ops", end=MONDAY + timedelta(hours=3))

    gone = await bob.post("/cover/1/withdraw", data={"version": "1"}, follow_redirects=True)
    late = await alice.post("/cover/1/take", data={"version": "1"})

    assert "The request is withdrawn." in gone.text
    assert late.status_code == 409
    assert "The request 1 was withdrawn" in late.text


async def test_only_who_was_asked_can_take_it(house: House) -> None:
    await cover.ask_cover(house, BOB, "ops", end=MONDAY + timedelta(hours=3))
    async with browser(house) as carol:
        await signed_in(house, carol, "carol")

        page = await carol.get("/cover/1")
        answer = await carol.post("/cover/1/take", data={"version": "1"})

    assert "Take it" not in page.text
    assert "Withdraw" not in page.text
    assert answer.status_code == 403
    assert "was not asked to cover this shift; asked are alice" in answer.text


@pytest.mark.parametrize(
    ("typed", "status", "why"),
    [
        ({"end": ""}, 422, "end is missing"),
        ({"person": "alice"}, 409, "alice is not on call in ops"),
        ({"asked": "bob"}, 422, "There is nobody else to ask"),
        ({"asked": "zoe"}, 404, "Nobody is called zoe"),
        ({"asked": "team:none"}, 404, "There is no team none"),
    ],
)
async def test_a_request_for_cover_that_can_not_be_is_refused(
    bob: Browser, typed: dict[str, str], status: int, why: str
) -> None:
    form = {"person": "bob", "end": "2026-03-02T12:00", "reason": "dentist", **typed}

    answer = await bob.post("/on-call/ops/cover", data=form)

    assert answer.status_code == status
    assert why in answer.text
    assert "dentist" in answer.text


@pytest.mark.parametrize(("path", "status"), [("/cover/9", 404), ("/cover/x", 422)])
async def test_a_request_that_is_not_there_is_refused(bob: Browser, path: str, status: int) -> None:
    assert (await bob.get(path)).status_code == status


async def test_an_unknown_act_on_a_request_is_refused(house: House, alice: Browser) -> None:
    await cover.ask_cover(house, BOB, "ops", end=MONDAY + timedelta(hours=3))

    answer = await alice.post("/cover/1/steal", data={"version": "1"})

    assert "There is no form steal on this page" in answer.text


async def test_an_absence_is_previewed_told_and_ended(house: House, bob: Browser) -> None:
    form = {"start": "2026-03-03", "end": "2026-03-04", "reason": "leave"}

    seen = await bob.post("/away", data={**form, "do": "preview"})
    told = await bob.post("/away", data=form, follow_redirects=True)
    away = await who(house, MONDAY + timedelta(days=1))
    page = await bob.get("/away/1")
    await bob.post("/away/1", data={"version": "1"})

    assert "Alice is on call Tue 3 Mar 00:00 – Thu 5 Mar 00:00 Bob is no longer on call" in words(seen)
    assert "Bob is away: Tue 3 Mar 2026 – Wed 4 Mar 2026." in words(told)
    assert away == ("alice",)
    assert "What ending it does Alice is no longer on call" in words(page)
    assert await who(house, MONDAY + timedelta(days=1)) == ("bob",)


async def test_an_absence_of_hours_is_told_in_ones_own_zone(house: House, bob: Browser) -> None:
    await people.save_person(house, "bob", name="Bob", email="bob@acme.example", zone="Europe/Berlin")

    await bob.post("/away", data={"start": "2026-03-03", "end": "2026-03-03", "start_time": "13:00", "end_time": "15:00"})  # fmt: skip

    [found] = await absences.absences_of(house, MONDAY, MONDAY + timedelta(days=9))
    assert found.absence.start == datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "status", "why"),
    [
        ({"end": "2026-03-02"}, 422, "The last day (2026-03-02) is before the first (2026-03-03)"),
        ({"start": ""}, 422, "nothing is no day"),
        ({"start": "0001-01-01"}, 422, "is in no year of ours"),
        ({"start_time": "13:00"}, 422, "Write both times, or none for whole days"),
        ({"start_time": "13", "end_time": "late"}, 422, "'late' is no time of the day"),
        ({"person": "zoe"}, 404, "Nobody is called zoe"),
        ({"person": "carol"}, 403, "they do it themselves, somebody of their team, or an admin"),
    ],
)
async def test_an_absence_that_can_not_be_is_refused(
    bob: Browser, typed: dict[str, str], status: int, why: str
) -> None:
    answer = await bob.post("/away", data={"start": "2026-03-03", "end": "2026-03-04", "reason": "leave", **typed})  # fmt: skip

    assert answer.status_code == status
    assert why in unescape(answer.text)
    assert 'value="leave"' in answer.text


async def test_an_absence_that_is_over_or_stale_is_not_ended(bob: Browser) -> None:
    await bob.post("/away", data={"start": "2026-03-03", "end": "2026-03-04"})

    stale = await bob.post("/away/1", data={"version": "4"})

    assert stale.status_code == 409
    assert "The absence 1 is at version 1, and you saw 4" in stale.text
    assert "There is no absence 9" in (await bob.get("/away/9")).text


async def test_somebody_shadows_until_that_is_ended(bob: Browser) -> None:
    made = await bob.post(
        "/on-call/ops/shadow", data={"person": "alice", "end": "2026-03-09T09:00"}, follow_redirects=True
    )
    ended = await bob.post(
        "/on-call/ops/end-shadow", data={"about": "1", "version": "1"}, follow_redirects=True
    )

    assert "Alice shadows whoever is on call" in words(made)
    assert "Alice shadows" not in words(ended)


@pytest.mark.parametrize(
    ("typed", "status", "why"),
    [
        ({"of": "alice"}, 422, "alice can't shadow themselves"),
        ({"end": ""}, 422, "end is missing: say until when"),
        ({"person": "carol"}, 403, "bob can't make a shadow of carol"),
    ],
)
async def test_a_shadow_shift_that_can_not_be_is_refused(
    bob: Browser, typed: dict[str, str], status: int, why: str
) -> None:
    form = {"person": "alice", "end": "2026-03-09T09:00", **typed}

    answer = await bob.post("/on-call/ops/shadow", data=form)

    assert answer.status_code == status
    assert why.lower() in unescape(answer.text).lower()


async def test_whoever_may_only_look_is_offered_nothing_to_change(house: House) -> None:
    await people.save_person(house, "carol", name="Carol", email="carol@acme.example", rights=("read",))
    async with browser(house) as carol:
        await signed_in(house, carol, "carol")

        page = await carol.get("/on-call/ops")
        refused = await carol.get("/on-call/ops/override")

    assert "/override" not in page.text
    assert refused.status_code == 403


async def test_a_name_with_marks_in_it_is_shown_as_it_is(house: House, alice: Browser) -> None:
    await people.save_person(house, "bob", name="<b>Bob</b>", email="bob@acme.example")
    await overrides.add_override(house, BOB, "ops", Wish(Change.ADD, MONDAY + timedelta(hours=1), ("alice",), reason="<i>x</i>"))  # fmt: skip

    page = (await alice.get("/on-call/ops")).text

    assert "<b>Bob</b></" not in page.replace("&lt;b&gt;Bob&lt;/b&gt;", "")
    assert "<i>x</i>" not in page
