"""An incident's page: what it shows, and every form on it, through real acts and PostgreSQL."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx2
import pytest

from doubles import Mailbox
from tocsin.acts import incidents, looks, people
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.work import Later, Refused
from tocsin.doors.web.incident_acts import ACTS
from tocsin.engine.loop import Engine

Browser = httpx2.AsyncClient
BOB = Actor("bob", "web")
MINUTE = timedelta(minutes=1)


async def page(client: Browser, ref: str) -> str:
    answer = await client.get(f"/incidents/{ref}")
    assert answer.status_code == 200
    return answer.text


async def sent(client: Browser, ref: str, act: str, **form: str) -> httpx2.Response:
    return await client.post(f"/incidents/{ref}/{act}", data=form)


async def state(house: House, ref: str) -> dict[str, str]:
    return {duty.id: duty.state for duty in (await looks.case(house, ref, TOCSIN)).ledger}


async def owned(house: House, ref: str) -> None:
    await incidents.own(house, BOB, ref)


def offered(html: str) -> set[str]:
    """The forms for the incident as a whole that the page offers."""
    return set(re.findall(r'action="/incidents/INC-\d+/([\w-]+)"', html))


async def test_a_new_incident_offers_what_makes_sense_and_nothing_else(bob: Browser, ref: str) -> None:
    html = await page(bob, ref)

    assert offered(html) == {
        "own", "acknowledge", "resolve", "dismiss", "severity", "kind", "title", "tag", "page", "escalate", "note",
        "snooze", "vouch", "waive", "snooze-pages", "reassign",
    }  # fmt: skip
    assert "nobody yet" in html
    assert "not acknowledged" in html


async def test_the_page_says_who_is_paged_and_when_it_was_acknowledged(bob: Browser, ref: str) -> None:
    answer = await sent(bob, ref, "acknowledge")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{ref}")
    html = await page(bob, ref)
    assert "Acknowledged. Nobody owns it by that alone." in html
    assert "acknowledged by Bob" in html
    assert "acknowledge" not in offered(html)


async def test_what_was_done_is_said_once(bob: Browser, ref: str) -> None:
    await sent(bob, ref, "own")

    assert "You own INC-1 now" in await page(bob, ref)
    assert "You own INC-1 now" not in await page(bob, ref)


async def test_im_on_it_makes_the_person_the_owner_and_opens_what_they_owe_then(
    house: House, bob: Browser, ref: str
) -> None:
    await sent(bob, ref, "own")

    html = await page(bob, ref)
    assert (await looks.case(house, ref, TOCSIN)).incident.owner == "bob"
    assert '<details class="sheet owed" id="next-steps" open>' in html
    assert '<details class="sheet owed" id="rollback" open>' in html
    assert '<details class="sheet" id="resolve">' in html


async def test_a_second_owner_is_asked_to_take_over_in_so_many_words(
    house: House, bob: Browser, alice: Browser, ref: str
) -> None:
    await sent(bob, ref, "own")

    refused = await sent(alice, ref, "own")

    assert refused.status_code == 409
    assert "Bob has owned INC-1 since 09:00 UTC" in refused.text
    assert "I take over" in refused.text
    assert (await sent(alice, ref, "own", take_over="yes")).status_code == 303
    assert (await looks.case(house, ref, TOCSIN)).incident.owner == "alice"


async def test_next_steps_and_updates_say_when_the_next_is_due(house: House, bob: Browser, ref: str) -> None:
    await owned(house, ref)

    await sent(bob, ref, "next-steps", text="looking at the deploy", next_in="15m")
    await sent(bob, ref, "update", text="rolled back <b>half</b>", next_in="")

    html = await page(bob, ref)
    assert '<time datetime="2026-03-02T09:30:00+00:00" data-due>' in html
    assert "rolled back &lt;b&gt;half&lt;/b&gt;" in html
    assert "<b>half" not in html


async def test_a_silence_longer_than_the_handbooks_is_refused_and_nothing_typed_is_lost(
    house: House, bob: Browser, ref: str
) -> None:
    await owned(house, ref)

    refused = await sent(bob, ref, "update", text="halfway there", next_in="4h")

    assert refused.status_code == 422
    assert "an update is due at least every 30 min" in refused.text
    assert "halfway there</textarea>" in refused.text


async def test_a_text_that_is_too_long_is_refused_by_name_and_kept(bob: Browser, ref: str) -> None:
    text = "x" * 100_001

    refused = await sent(bob, ref, "note", text=text)

    assert refused.status_code == 422
    assert "text has 100,001 characters; at most 100,000 are taken" in refused.text
    assert text in refused.text


async def test_more_than_any_form_holds_is_not_even_read(bob: Browser, ref: str) -> None:
    refused = await sent(bob, ref, "note", text="x" * 2_000_001)

    assert refused.status_code == 422
    assert "more than 2,000,000 bytes" in refused.text


async def test_words_for_a_form_that_is_gone_meanwhile_are_shown_to_be_copied(
    house: House, bob: Browser, ref: str
) -> None:
    await owned(house, ref)
    await incidents.resolve(house, BOB, ref, "rolled back", "the check is green")

    refused = await sent(bob, ref, "update", text="my long update", next_in="")

    assert refused.status_code == 409
    assert "reopen it first" in refused.text
    assert "<pre>my long update</pre>" in refused.text


async def test_lowering_the_severity_has_to_be_argued(house: House, bob: Browser, ref: str) -> None:
    refused = await sent(bob, ref, "severity", severity="low", reason="")
    await sent(bob, ref, "severity", severity="moderate", reason="one browser only")

    assert refused.status_code == 422
    assert "lowering from high to low has to be argued" in refused.text
    assert '<option value="low" selected>' in refused.text
    assert (await looks.case(house, ref, TOCSIN)).incident.severity == "moderate"


async def test_the_question_of_a_rollback_is_answered_yes_or_no(house: House, bob: Browser, ref: str) -> None:
    await owned(house, ref)

    refused = await sent(bob, ref, "rollback", rolled_back="", text="nothing deployed")
    await sent(bob, ref, "rollback", rolled_back="no", text="nothing deployed")

    assert "Say yes or no" in refused.text
    assert (await state(house, ref))["rolled-back"] == "met"


async def test_public_words_are_drafted_counted_and_approved_by_the_owner(
    house: House, bob: Browser, alice: Browser, ref: str
) -> None:
    await owned(house, ref)

    html = await page(bob, ref)
    too_long = await sent(bob, ref, "public", title="t", body="b", post="x" * 281)
    await sent(bob, ref, "public", title="Sign-in", body="We know.", post="Sign-in is broken {issue}")

    assert "of 280 characters, as X counts them" in html
    assert "public" not in offered(await page(alice, ref))
    assert "post counts 305 characters" in too_long.text
    approved = (await looks.case(house, ref, TOCSIN)).incident.public.approved
    assert approved is not None
    assert approved.post == "Sign-in is broken {issue}"


async def test_a_private_kind_offers_no_public_words(house: House, bob: Browser) -> None:
    leak = NewReport("web", "a leak", "Bob", outside=False)
    secret = (await incidents.declare(house, BOB, leak, kind="security")).ref
    await owned(house, secret)

    html = await page(bob, secret)
    refused = await sent(bob, secret, "public", title="t", body="b", post="p")

    assert "public" not in offered(html)
    assert refused.status_code == 403


async def test_resolving_answers_for_the_rollback_and_offers_the_ops_log(
    house: House, bob: Browser, ref: str
) -> None:
    await owned(house, ref)

    await sent(
        bob,
        ref,
        "resolve",
        how="rolled back to 41",
        evidence="signed in myself",
        public="",
        rolled_back="yes",
        follow_ups="@alice renew by machine",
    )

    [follow_up] = (await looks.case(house, ref, "bob")).incident.asked.follow_ups
    assert (follow_up.title, follow_up.to) == ("renew by machine", "alice")
    html = await page(bob, ref)
    assert (await state(house, ref))["rolled-back"] == "met"
    assert {"log", "reopen", "note"} <= offered(html)
    assert not {"own", "update", "resolve", "page"} & offered(html)
    assert '<details class="sheet owed" id="log" open>' in html
    assert "sign-in is broken</textarea>" in html
    assert "@jane (x), 2026-03-02 09:00 UTC</textarea>" in html
    assert "rolled back to 41</textarea>" in html


async def test_the_ops_log_is_written_from_the_page_with_web_links_only(
    house: House, bob: Browser, ref: str
) -> None:
    await owned(house, ref)
    await incidents.resolve(house, BOB, ref, "rolled back", "green", rolled_back=True)
    words = {"impact": "all", "detection": "a post", "cause": "a deploy", "resolution": "rolled back"}

    refused = await sent(bob, ref, "log", **words, links="javascript:alert(1)")
    await sent(bob, ref, "log", **words, links="https://ci.example/1\n\nhttps://ci.example/2")

    assert "javascript:alert(1) is no web link" in refused.text
    log = (await looks.case(house, ref, TOCSIN)).incident.ops_log
    assert log is not None
    assert log.links == ("https://ci.example/1", "https://ci.example/2")
    assert 'id="ops-log"' in await page(bob, ref)


async def test_no_incident_needs_how_it_was_verified_and_can_be_opened_again(
    house: House, bob: Browser, ref: str
) -> None:
    refused = await sent(bob, ref, "dismiss", reason="a typo", verified="")
    await sent(bob, ref, "dismiss", reason="a typo", verified="we signed in ourselves")
    dismissed = await page(bob, ref)
    await sent(bob, ref, "reopen", reason="two more reports")

    assert "verified is missing" in refused.text
    assert "log" not in offered(dismissed)
    assert (await looks.case(house, ref, TOCSIN)).incident.is_open


async def test_more_people_are_paged_from_the_page(
    house: House, bob: Browser, engine: Engine, mailbox: Mailbox, ref: str
) -> None:
    await engine.run_due()
    mailbox.take()

    refused = await sent(bob, ref, "page")
    await bob.post(f"/incidents/{ref}/page", data={"targets": ["person:carol", "team:ops_team"]})
    await engine.run_due()

    assert "Mark whom to page" in refused.text
    assert mailbox.people() == ["alice", "carol"], "Bob was paged this very minute"


async def test_an_incident_is_joined_into_another_and_a_report_split_off_again(
    house: House, bob: Browser, ref: str
) -> None:
    other = (
        await incidents.declare(house, BOB, NewReport("web", "search is slow", "Bob", outside=False))
    ).ref

    joined = await sent(bob, other, "join", into=ref)
    html = await page(bob, ref)
    split = await sent(bob, ref, "split", about="R2")

    assert joined.headers["location"] == f"/incidents/{ref}"
    assert "It tells of something else" in html
    assert split.headers["location"] == "/incidents/INC-3"
    assert 'moved to <a href="/incidents/INC-3">' in await page(bob, ref)


async def test_a_duty_is_waived_with_a_reason_or_vouched_for_with_evidence(
    house: House, bob: Browser, ref: str
) -> None:
    refused = await sent(bob, ref, "waive", about="own", reason="")
    await sent(bob, ref, "waive", about="own", reason="a fire drill")
    await sent(bob, ref, "vouch", about="acknowledge-reporter-R1", evidence="told them: https://x.com/2")

    html = await page(bob, ref)
    assert "a waiver needs a reason" in refused.text
    assert '<details class="sheet" id="waive-own" open>' in refused.text
    assert "Reason: a fire drill" in html
    assert 'told them: <a href="https://x.com/2"' in html


async def test_a_while_is_asked_for_once_with_a_reason(bob: Browser, ref: str) -> None:
    refused = await sent(bob, ref, "snooze", about="own", reason="")
    await sent(bob, ref, "snooze", about="own", reason="on the phone with <Jane>")

    html = await page(bob, ref)
    assert 'id="snooze-own" open' in refused.text
    assert "say why it takes longer" in refused.text
    assert "The reminders wait. When it is due stays as it was." in html
    assert "on the phone with &lt;Jane&gt;" in html
    assert 'id="snooze-own"' not in html


async def test_a_page_is_handed_up_once_for_each_step(bob: Browser, ref: str) -> None:
    await sent(bob, ref, "escalate")

    html = await page(bob, ref)
    assert "The next people are paged." in html
    assert "escalate" not in offered(html)
    assert "Every step of the escalation" in (await sent(bob, ref, "escalate")).text


async def test_what_is_on_its_way_is_offered_no_second_time(bob: Browser, ref: str) -> None:
    html = await page(bob, ref)

    assert "on its way" in html
    assert "send" not in offered(html)


async def test_words_that_a_service_refused_are_shown_edited_and_sent_again(
    bob: Browser, engine: Engine, mailbox: Mailbox, ref: str
) -> None:
    mailbox.answers["answer"] = [Refused("X says 403: you are not allowed to do that")]
    await engine.run_due()

    html = await page(bob, ref)
    await sent(bob, ref, "send", about="acknowledge-reporter-R1", text="We are on it, Jane")
    await engine.run_due()

    assert "x refused to answer the reporter: X says 403" in html
    assert "Thanks for telling us. We are looking into it right now" in html
    assert [one.text for one in mailbox.sent if one.does == "answer"] == ["We are on it, Jane"]


async def test_evidence_links_to_the_outside_or_to_its_entry_in_the_timeline(
    house: House, bob: Browser, engine: Engine, ref: str
) -> None:
    await engine.run_due()
    await owned(house, ref)

    html = await page(bob, ref)

    assert re.search(r'Evidence: <a href="https://outside\.example/answer/\d+"', html)
    entry = re.search(r'Evidence: <a href="#fact-(\d+)">', html)
    assert entry
    assert f'id="fact-{entry[1]}"' in html


async def test_what_waits_to_go_out_says_why(
    bob: Browser, engine: Engine, mailbox: Mailbox, ref: str
) -> None:
    mailbox.answers["thread.open"] = [Later("Slack answers 503")]
    await engine.run_due()

    html = await page(bob, ref)

    assert "open the thread" in html
    assert "1 try so far: Slack answers 503" in html


async def test_a_late_duty_reads_overdue_then_done_late(
    house: House, bob: Browser, clock: HandClock, ref: str
) -> None:
    clock.advance(11 * MINUTE)
    before = await page(bob, ref)
    await owned(house, ref)
    after = await page(bob, ref)

    assert '<span class="tag overdue">overdue</span>' in before
    assert '<span class="tag late">done late</span>' in after
    assert "was due <time" in after


async def test_html_in_a_report_is_shown_as_text_everywhere(house: House, bob: Browser) -> None:
    nasty = '<script>alert("x")</script>'
    link = "javascript:alert(1)"
    report = NewReport("x", nasty, "<b>jane</b>", outside=True, answer_via="page", url=link)
    declared = await incidents.declare(house, Actor("", "x", "tocsin"), report)

    pages = [
        (await bob.get(path)).text
        for path in (f"/incidents/{declared.ref}", "/", "/incidents", f"/status/{declared.token}")
    ]

    assert all("&lt;script&gt;alert(&#34;x&#34;)" in html for html in pages)
    assert not any("<script>alert" in html or "<b>jane" in html or link in html for html in pages)


async def test_the_pages_state_changes_when_something_happened_or_came_due(
    house: House, bob: Browser, clock: HandClock, ref: str
) -> None:
    first = (await bob.head(f"/incidents/{ref}")).headers["etag"]
    same = (await bob.get(f"/incidents/{ref}")).headers["etag"]
    await incidents.add_note(house, BOB, ref, "a note")
    noted = (await bob.head(f"/incidents/{ref}")).headers["etag"]
    clock.advance(11 * MINUTE)
    late = (await bob.head(f"/incidents/{ref}")).headers["etag"]

    assert first == same
    assert len({first, noted, late}) == 3


async def test_whoever_may_only_read_sees_no_forms(house: House, bob: Browser, ref: str) -> None:
    await people.save_person(house, "bob", name="Bob", rights=("read",))

    html = await page(bob, ref)
    refused = await sent(bob, ref, "own")

    assert offered(html) == set()
    assert refused.status_code == 403
    assert "has no right to respond" in refused.text


@pytest.mark.parametrize("path", ["/incidents/INC-99", "/incidents/%00", "/incidents/a%20b", "/nothing/here"])
async def test_what_is_not_there_is_not_found_in_words(bob: Browser, path: str) -> None:
    answer = await bob.get(path)

    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


async def test_a_form_that_no_page_has_is_not_found(bob: Browser, ref: str) -> None:
    assert (await sent(bob, ref, "explode")).status_code == 404


async def test_every_form_of_the_page_answers_an_empty_sending_with_words(bob: Browser, ref: str) -> None:
    answers = [(act, await sent(bob, "INC-99", act)) for act in ACTS]

    assert {answer.status_code for _, answer in answers} <= {404, 422}


async def test_the_page_says_whom_it_pages_next_and_lets_that_be_changed(bob: Browser, ref: str) -> None:
    html = await page(bob, ref)
    assert "by the policy default" in html
    assert "Step 2: Alice, Bob" in html

    await sent(bob, ref, "acknowledge")
    await sent(bob, ref, "unacknowledge")
    assert "The acknowledgement is taken back: paging starts anew." in await page(bob, ref)
    await sent(bob, ref, "snooze-pages", **{"for": "4h"})
    assert "Nobody is paged until 2026-03-02 13:00 UTC." in await page(bob, ref)
    assert "nobody is paged until" in await page(bob, ref)
    refused = await sent(bob, ref, "snooze-pages", **{"for": "a year"})
    assert (refused.status_code, "Choose for how long nobody is to be paged" in refused.text) == (422, True)
    await sent(bob, ref, "reassign", to="person:carol")
    assert "Bob reassigned it to person:carol" in await page(bob, ref)


async def test_where_all_have_to_acknowledge_the_page_names_who_is_awaited(
    bob: Browser, house: House, ref: str
) -> None:
    both = {"id": "both", "steps": [{"to": ["team:ops_team"]}], "acknowledged_by": "all"}
    await save_policy(house, OPERATOR, both)
    await sent(bob, ref, "reassign", to="policy:both")
    await sent(bob, ref, "acknowledge")

    html = await page(bob, ref)
    assert "acknowledged by Bob, awaited are Alice" in html
    assert "acknowledge" not in offered(html)
