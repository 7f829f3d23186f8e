"""Walks through the whole house on a hand-driven clock, one for each row of the process."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doubles import Mailbox
from tocsin.acts import incidents, learning, looks
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.duties import Duty
from tocsin.core.facts import TOCSIN
from tocsin.engine.loop import Engine
from tocsin.errors import Conflict, Forbidden, Invalid

ALICE, BOB = Actor("alice", "slack"), Actor("bob", "slack")
JANE = Actor("", "x", "@jane")
MINUTE = timedelta(minutes=1)


def tweet(text: str = "@acme sign-in is broken", n: str = "101") -> NewReport:
    return NewReport(
        "x", text, "@jane", outside=True, answer_via="x", address=n, url=f"https://x.com/jane/{n}", key=n
    )


async def duties(house: House, ref: str) -> dict[str, Duty]:
    return {duty.id: duty for duty in (await looks.case(house, ref, TOCSIN)).ledger}


async def declared(house: House, engine: Engine) -> str:
    """An incident from a stranger's post, with all done that is due at once."""
    declaration = await incidents.declare(house, JANE, tweet())
    await engine.run_due()
    return declaration.ref


async def test_whoever_says_that_something_may_be_broken_has_opened_an_incident(
    house: House, engine: Engine
) -> None:
    declaration = await incidents.declare(house, JANE, NewReport("x", "", "", outside=True))

    view = await looks.case(house, declaration.ref, TOCSIN)
    assert view.incident.status == "open"
    assert view.incident.severity == "high"
    assert view.incident.kind == "service"
    assert view.incident.title == "(nothing was said)"


async def test_a_stranger_is_answered_the_thread_opens_and_who_is_on_call_is_paged(
    house: House, engine: Engine, mailbox: Mailbox
) -> None:
    ref = await declared(house, engine)

    assert [one.to for one in mailbox.sent if one.does == "answer"] == ["R1"]
    assert mailbox.sent[0].does == "page", "pages go out before all else"
    assert mailbox.people() == ["bob"]
    ledger = await duties(house, ref)
    assert ledger["acknowledge-reporter-R1"].state == "met"
    assert ledger["acknowledge-reporter-R1"].evidence.startswith("https://outside.example/answer/")
    assert ledger["open-thread"].state == "met"
    assert ledger["own"].state == "owed"


async def test_the_whole_team_is_paged_when_nobody_acknowledges_in_ten_minutes(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> None:
    ref = await declared(house, engine)
    mailbox.take()

    clock.advance(timedelta(minutes=9, seconds=59))
    await engine.run_due()
    assert mailbox.people() == []

    clock.advance(timedelta(seconds=1))
    await engine.run_due()
    assert mailbox.people() == ["alice", "bob"]
    clock.advance(MINUTE)
    await incidents.acknowledge(house, ALICE, ref)
    clock.advance(timedelta(hours=1))
    await engine.run_due()
    assert (await duties(house, ref))["reach-on-call"].state == "late"


async def test_an_incident_is_owned_updated_made_public_resolved_logged_and_closed(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> None:
    ref = await declared(house, engine)
    clock.advance(2 * MINUTE)
    await incidents.own(house, ALICE, ref)
    clock.advance(2 * MINUTE)
    await incidents.state_next_steps(house, ALICE, ref, "I plan to look at the sign-in service", 15 * MINUTE)
    await incidents.answer_rollback(house, ALICE, ref, False, "nothing was deployed today")
    clock.advance(15 * MINUTE)
    await engine.run_due()
    assert mailbox.people("remind") == ["alice"]

    clock.advance(2 * MINUTE)
    await incidents.post_update(house, ALICE, ref, "The certificate ran out; renewing it")
    clock.advance(9 * MINUTE)
    await engine.run_due()
    view = await looks.case(house, ref, TOCSIN)
    assert view.incident.public.draft is not None
    await incidents.approve_public_words(house, ALICE, ref)
    await engine.run_due()
    assert "https://outside.example/issue.open/" in mailbox.take("post.publish")[0].text

    clock.advance(9 * MINUTE)
    await incidents.resolve(
        house, ALICE, ref, "renewed the certificate", "signed in myself; the check is green"
    )
    await engine.run_due()
    ledger = await duties(house, ref)
    assert ledger["update-1"].state == "late"
    assert (
        ledger["tell-reporter-R1"].state
        == ledger["close-issue"].state
        == ledger["answer-post"].state
        == "met"
    )
    with pytest.raises(Conflict, match="ops-log"):
        await incidents.close(house, ALICE, ref)
    await learning.no_follow_ups(house, ALICE, ref, "the renewal is automatic now")
    await learning.decline_retrospective(house, ALICE, ref, "known, and mended")

    incident = await incidents.write_ops_log(
        house,
        ALICE,
        ref,
        impact="nobody could sign in",
        detection="a post on X",
        cause="certificate",
        resolution="renewed",
    )
    assert incident.status == "closed"
    assert [entry.ref for entry in await looks.ops_log(house, "alice")] == [ref]


async def test_nobody_owns_for_another(house: House, engine: Engine) -> None:
    ref = await declared(house, engine)

    with pytest.raises(Forbidden, match="Only a person"):
        await incidents.own(house, Actor("", "api", "the key robot"), ref)


async def test_lowering_the_severity_needs_a_reason_and_a_name(house: House, engine: Engine) -> None:
    ref = await declared(house, engine)

    with pytest.raises(Invalid, match="reason is missing"):
        await incidents.change_severity(house, ALICE, ref, "low")
    incident = await incidents.change_severity(
        house, ALICE, ref, "low", "only one browser, with a way around"
    )
    assert incident.severity == "low"
