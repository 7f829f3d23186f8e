"""Walks: anything that could be an incident is one; the reporter hears, the thread opens, somebody is paged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from walk_steps import ALICE, BOB, CAROL, JANE, MINUTE, Walk, letter, tweet, under_handbook

from tocsin.acts import incidents, looks
from tocsin.acts.incidents import NewReport
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.work import Later, Refused
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound

# --- declaring is never blocked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "report",
    [
        NewReport("", "", "", outside=False),
        NewReport("x\x00", "\x00", "\x00", True, "x", "\x00", "u\x00", "k\x00"),
        NewReport("x", "\ud800 broken", "🔥" * 500, outside=True),
        NewReport("pigeon", "line\r\n" * 900, "somebody", True, answer_via="smoke"),
    ],
)
async def test_nothing_that_is_missing_or_strange_blocks_declaring(walk: Walk, report: NewReport) -> None:
    declared = await incidents.declare(
        walk.house, Actor("", "api"), report, title="\x00", kind="?", severity="?"
    )

    incident = (await looks.case(walk.house, declared.ref, TOCSIN)).incident
    assert (incident.status, incident.severity, incident.kind) == ("open", "high", "service")


async def test_only_who_puts_their_name_and_a_reason_to_it_declares_at_a_lower_severity(walk: Walk) -> None:
    robot = Actor("", "api", "the key robot")
    nameless = await incidents.declare(walk.house, robot, tweet(), severity="low", reason="it is small")
    unreasoned = await incidents.declare(walk.house, CAROL, tweet(n="9"), severity="low")
    named = await incidents.declare(walk.house, CAROL, letter(), severity="low", reason="one button is grey")

    assert (await looks.case(walk.house, nameless.ref, TOCSIN)).incident.severity == "high"
    assert (await looks.case(walk.house, unreasoned.ref, TOCSIN)).incident.severity == "high"
    lowered = (await looks.case(walk.house, named.ref, TOCSIN)).incident
    assert lowered.severity == "low"
    assert [fact.what.reason for fact in lowered.facts if fact.kind == "severity_changed"] == [
        "one button is grey"
    ]  # type: ignore[attr-defined]


async def test_a_text_too_long_to_be_kept_is_refused_by_name(walk: Walk) -> None:
    with pytest.raises(Invalid, match="text has 100,001 characters") as caught:
        await incidents.declare(walk.house, JANE, tweet("x" * 100_001))

    assert caught.value.field == "text"


async def test_a_similar_open_incident_is_offered_as_a_link_and_never_joined(walk: Walk) -> None:
    await walk.begin()

    again = await incidents.declare(walk.house, CAROL, letter("sign-in does not work"))

    assert again.ref != walk.ref
    assert again.similar == (walk.ref,)
    assert (await looks.case(walk.house, again.ref, TOCSIN)).incident.similar == (walk.ref,)


async def test_lowering_and_dismissing_need_a_reason_a_name_and_how_it_was_verified(walk: Walk) -> None:
    await walk.begin()

    with pytest.raises(Invalid, match="reason is missing"):
        await incidents.change_severity(walk.house, ALICE, walk.ref, "low")
    with pytest.raises(Forbidden, match="Only a person"):
        await incidents.change_severity(walk.house, JANE, walk.ref, "low", "few")
    with pytest.raises(Invalid, match="verified is missing"):
        await incidents.dismiss(walk.house, ALICE, walk.ref, "none", "")
    assert (await walk.incident()).status == "open"


# --- further reports ----------------------------------------------------------------------------------------------------------


async def test_a_further_report_joins_and_its_reporter_is_answered_and_told(walk: Walk) -> None:
    await walk.begin()

    joined = await incidents.declare(walk.house, JANE, letter(), joins=walk.ref.lower())
    await walk.engine.run_due()
    await walk.resolved()

    assert (joined.ref, joined.report) == (walk.ref, "R2")
    assert [one.to for one in walk.mailbox.take("answer")] == ["R1", "R2"]
    assert sorted(one.to for one in walk.mailbox.take("tell")) == ["R1", "R2"]


async def test_a_report_that_would_join_what_is_over_opens_an_incident(walk: Walk) -> None:
    await walk.begin()
    await walk.resolved()

    declared = await incidents.declare(walk.house, JANE, letter(), joins=walk.ref)
    elsewhere = await incidents.declare(walk.house, JANE, letter(), joins="INC-999")

    assert len({walk.ref, declared.ref, elsewhere.ref}) == 3


async def test_joined_incidents_answer_and_tell_each_reporter_once(walk: Walk) -> None:
    await walk.begin()
    other = (await incidents.declare(walk.house, JANE, letter())).ref
    await walk.engine.run_due()

    await incidents.join(walk.house, ALICE, other, walk.ref)
    await walk.engine.run_due()
    await walk.resolved()

    assert sorted(one.to for one in walk.mailbox.take("answer")) == ["R1", "R2"]
    assert sorted(one.to for one in walk.mailbox.take("tell")) == ["R1", "R2"]
    left = (await looks.case(walk.house, other, TOCSIN)).incident
    assert (left.status, left.dismissed.same_as if left.dismissed else "") == ("closed", walk.ref)


async def test_a_report_that_moved_before_its_answer_went_out_is_answered_once(walk: Walk) -> None:
    await walk.begin()
    walk.mailbox.take()
    walk.mailbox.answers["answer"] = [Later("X is slow", timedelta(minutes=1))]
    other = (await incidents.declare(walk.house, JANE, letter())).ref
    await walk.engine.run_due()

    await incidents.join(walk.house, ALICE, other, walk.ref)
    await walk.engine.run_due()
    await walk.wait(10)

    assert [one.to for one in walk.mailbox.take("answer")] == ["R2"]
    assert (await walk.duty("acknowledge-reporter-R2")).state == "met"


async def test_a_report_of_something_else_is_split_off_and_told_in_its_own_incident(walk: Walk) -> None:
    await walk.begin()
    await incidents.declare(walk.house, JANE, letter(), joins=walk.ref)
    await walk.engine.run_due()

    split = await incidents.split(walk.house, ALICE, walk.ref, "r2")
    await walk.engine.run_due()
    await walk.resolved()

    assert [one.to for one in walk.mailbox.take("tell")] == ["R1"], "the other is still open"
    assert len(walk.mailbox.take("answer")) == 2, "answered before it moved: not again"
    other = (await looks.case(walk.house, split.ref, TOCSIN)).incident
    assert (other.status, other.severity, [report.id for report in other.reports]) == ("open", "high", ["R2"])
    assert (await looks.report_of_token(walk.house, split.token)) == (split.ref, "R2")


async def test_reports_that_came_back_are_told_the_end(walk: Walk) -> None:
    await walk.begin()
    other = (await incidents.declare(walk.house, JANE, letter())).ref
    await incidents.join(walk.house, ALICE, walk.ref, other)
    await incidents.reopen(walk.house, ALICE, walk.ref, "two things after all")
    await incidents.join(walk.house, ALICE, other, walk.ref)

    await walk.resolved()

    assert sorted(one.to for one in walk.mailbox.take("tell")) == ["R1", "R2"]


@pytest.mark.parametrize(
    ("ref", "into", "error", "words"),
    [
        ("INC-1", "inc-1", Conflict, "INC-1 can't join itself"),
        ("INC-1", "INC-9", NotFound, "There is no incident INC-9"),
        ("INC-\x00", "INC-1", NotFound, "There is no incident"),
    ],
)
async def test_joining_what_can_not_be_joined_is_refused_by_name(
    walk: Walk, ref: str, into: str, error: type[Exception], words: str
) -> None:
    await walk.begin()

    with pytest.raises(error, match=words):
        await incidents.join(walk.house, ALICE, ref, into)


@pytest.mark.parametrize(
    ("report", "error", "words"),
    [
        ("R1", Conflict, "R1 is the only report of INC-1"),
        ("R9", NotFound, "INC-1 has no report R9; it has R1"),
    ],
)
async def test_splitting_what_can_not_be_split_is_refused_by_name(
    walk: Walk, report: str, error: type[Exception], words: str
) -> None:
    await walk.begin()

    with pytest.raises(error, match=words):
        await incidents.split(walk.house, ALICE, walk.ref, report)


# --- the reporter hears that it is handled ----------------------------------------------------------------------------------


async def test_an_outside_reporter_is_answered_at_once_on_their_own_channel(walk: Walk) -> None:
    await walk.begin(letter())

    sent = walk.mailbox.take("answer")

    assert [(one.via, one.to) for one in sent] == [("email", "R1")]
    assert "We are looking into it" in sent[0].text
    duty = await walk.duty("acknowledge-reporter-R1")
    assert (duty.state, duty.due_at - duty.arises_at) == ("met", 5 * MINUTE)


async def test_a_reporter_who_left_no_channel_reads_it_on_their_status_page(walk: Walk) -> None:
    await walk.begin(NewReport("form", "sign-in fails", "Joe", outside=True))

    duty = await walk.duty("acknowledge-reporter-R1")

    assert (duty.state, duty.by) == ("met", "tocsin")
    assert "/status/" in duty.evidence
    assert walk.mailbox.take("answer") == []


async def test_where_the_handbook_says_so_the_answer_waits_for_one_click(walk: Walk, tmp_path: Path) -> None:
    walk = await under_handbook(
        walk, tmp_path, 'does = "answer_reporter"\nautomatic = ["*"]', 'does = "answer_reporter"'
    )
    await walk.begin()
    assert walk.mailbox.take("answer") == []

    await incidents.approve_action(walk.house, BOB, walk.ref, "acknowledge-reporter-R1", "On it, Jane")
    await walk.engine.run_due()

    assert [one.text for one in walk.mailbox.take("answer")] == ["On it, Jane"]
    assert (await walk.duty("acknowledge-reporter-R1")).state == "met"


async def test_a_late_answer_is_chased_from_those_who_can_give_it(walk: Walk, tmp_path: Path) -> None:
    walk = await under_handbook(
        walk, tmp_path, 'does = "answer_reporter"\nautomatic = ["*"]', 'does = "answer_reporter"'
    )
    await walk.begin()
    walk.mailbox.take()

    await walk.wait(5)
    reminded = walk.mailbox.people("remind")
    await walk.wait(2)
    told = [one.text for one in walk.mailbox.take("thread.say")]
    await walk.wait(3)
    paged = walk.mailbox.people()

    assert (reminded, paged) == (["bob"], ["alice", "bob"])
    assert any("*Late:* Acknowledge to the reporter" in text for text in told)


async def test_an_answer_that_the_service_refused_can_be_sent_in_other_words(walk: Walk) -> None:
    walk.mailbox.answers["answer"] = [Refused("too long")]
    await walk.begin()
    assert walk.mailbox.take("answer") == []

    await incidents.approve_action(walk.house, BOB, walk.ref, "acknowledge-reporter-R1", "shorter")
    await walk.engine.run_due()

    assert [one.text for one in walk.mailbox.take("answer")] == ["shorter"]
    assert (await walk.duty("acknowledge-reporter-R1")).state == "met"


async def test_what_somebody_did_by_hand_meanwhile_is_not_sent_as_well(walk: Walk) -> None:
    walk.mailbox.answers["answer"] = [Later("X is slow", timedelta(minutes=1))]
    await walk.begin()

    await incidents.done_by_hand(walk.house, BOB, walk.ref, "acknowledge-reporter-R1", "called them")
    await walk.wait(5)

    assert walk.mailbox.take("answer") == []
    assert (await walk.duty("acknowledge-reporter-R1")).evidence == "called them"


# --- the thread -------------------------------------------------------------------------------------------------------------


async def test_the_thread_opens_at_once_with_one_card_that_is_edited(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()

    assert len(walk.mailbox.take("thread.open")) == 1
    assert len(walk.mailbox.take("thread.card")) >= 1
    said = " ".join(one.text for one in walk.mailbox.take("thread.say"))
    assert "@acme sign-in is broken" in said
    assert "I'm on it" in said
    assert (await looks.incident_of_thread(walk.house, *(await _thread(walk)))) == walk.ref


async def test_what_the_thread_missed_is_said_in_order_when_the_chat_is_back(walk: Walk) -> None:
    walk.mailbox.answers["thread.open"] = [Later("Slack is down", timedelta(minutes=3))]
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()
    assert walk.mailbox.take("thread.say") == []

    await walk.wait(3)

    said = [one.text for one in walk.mailbox.take("thread.say")]
    assert "reports by X" in said[0]
    assert any("I'm on it" in text for text in said[1:])


# --- somebody is paged ------------------------------------------------------------------------------------------------------


async def test_who_is_on_call_is_paged_by_every_means_and_then_the_whole_team(walk: Walk) -> None:
    await walk.begin()
    first = [(one.to, one.via) for one in walk.mailbox.take("page")]

    await walk.wait(10)

    assert sorted(first) == [("bob", "email"), ("bob", "slack")]
    assert walk.mailbox.people() == ["alice", "bob"]
    await walk.wait(10)
    assert walk.mailbox.people() == ["alice", "bob"], "and again, until somebody answers"


async def test_an_acknowledgement_by_anyone_stops_the_escalation(walk: Walk) -> None:
    await walk.begin()
    await incidents.acknowledge(walk.house, CAROL, walk.ref)
    walk.mailbox.take()

    await walk.wait(10)

    assert [step for step in await walk.kinds() if step == "paged"] == ["paged"]
    assert (await walk.duty("reach-on-call")).state == "met"


async def test_a_request_that_a_provider_took_is_not_a_page(walk: Walk) -> None:
    await walk.begin()

    kinds = await walk.kinds()

    assert kinds.count("page_delivered") == 2
    assert (await walk.duty("reach-on-call")).state == "owed"


async def test_a_page_that_does_not_get_through_holds_nothing_up(walk: Walk) -> None:
    walk.mailbox.answers["page"] = [Later("down", timedelta(hours=2))] * 2
    await walk.begin()
    assert walk.mailbox.people() == []

    await walk.wait(10)

    assert walk.mailbox.people() == ["alice", "bob"]


async def test_a_page_that_is_refused_on_every_way_is_followed_by_the_next_step_at_once(walk: Walk) -> None:
    walk.mailbox.answers["page"] = [Refused("no such user")] * 2
    await walk.begin()
    assert walk.mailbox.people() == ["alice", "bob"]

    await walk.wait(9)

    assert walk.mailbox.people() == []


async def test_a_page_that_got_stuck_is_not_sent_once_somebody_has_acknowledged(walk: Walk) -> None:
    walk.mailbox.answers["page"] = [Later("down", timedelta(minutes=2))] * 2
    await walk.begin()
    await incidents.acknowledge(walk.house, ALICE, walk.ref)

    await walk.wait(5)

    assert walk.mailbox.people() == []


async def test_more_people_can_be_paged_by_hand_even_when_somebody_has_acknowledged(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()
    walk.mailbox.take()

    await incidents.page(walk.house, ALICE, walk.ref, ("person:carol",))
    await walk.engine.run_due()

    assert walk.mailbox.people() == ["carol"]


async def test_the_page_tells_whose_turn_it_is(walk: Walk) -> None:
    now = await looks.on_call(walk.house, "OPS_TEAM")
    walk.clock.advance(timedelta(days=7))
    then = await looks.on_call(walk.house)

    assert [person.handle for person in now[0].people] == ["bob"]
    assert [person.handle for person in then[0].people] == ["alice"]
    with pytest.raises(NotFound, match="There is no schedule zebra; there are: ops"):
        await looks.on_call(walk.house, "zebra")


async def _thread(walk: Walk) -> tuple[str, str]:
    thread = (await walk.incident()).thread
    assert thread
    return thread.channel, thread.message
