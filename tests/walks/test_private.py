"""Private incidents: known to their members, and to nobody else, in every list, page, answer and message."""

from __future__ import annotations

import pytest

from doubles import Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.process import ENGINE, change
from tocsin.core import facts as f
from tocsin.core import texts
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.errors import Conflict, Forbidden, NotFound

ALICE, BOB, CAROL = (Actor(handle, "web") for handle in ("alice", "bob", "carol"))
JANE = Actor("", "x", "@jane")
SECRET = "the token of the deploy bot is in a public log"


async def security(house: House, engine: Engine) -> str:
    """A security incident that Alice declared; Bob is on call and was paged."""
    report = NewReport("web", SECRET, "Alice", outside=False)
    declared = await incidents.declare(house, ALICE, report, kind="security")
    await engine.run_due()
    return declared.ref


async def test_who_declared_it_and_who_was_paged_know_of_it_and_nobody_else(
    house: House, engine: Engine
) -> None:
    ref = await security(house, engine)

    assert (await looks.case(house, ref, "alice")).incident.private
    assert (await looks.case(house, ref, "bob")).incident.private
    with pytest.raises(NotFound, match=f"There is no incident {ref}"):
        await looks.case(house, ref, "carol")
    with pytest.raises(NotFound):
        await looks.case(house, ref, "")


async def test_no_list_shows_it_to_others(house: House, engine: Engine) -> None:
    await security(house, engine)

    assert await looks.incidents(house, "carol") == []
    assert await looks.incidents(house, "") == []
    assert await looks.owed(house, "alice", "carol") == []
    assert len(await looks.incidents(house, "bob")) == 1


async def test_others_can_do_nothing_to_it_and_are_told_that_there_is_none(
    house: House, engine: Engine
) -> None:
    ref = await security(house, engine)

    with pytest.raises(NotFound, match=f"There is no incident {ref}"):
        await incidents.add_note(house, CAROL, ref, "what is this?")
    with pytest.raises(NotFound):
        await incidents.split(house, CAROL, ref, "R1")


async def test_a_similar_report_is_not_pointed_to_it(house: House, engine: Engine) -> None:
    await security(house, engine)

    other = await incidents.declare(house, CAROL, NewReport("web", SECRET, "Carol", outside=False))

    assert other.similar == ()


async def test_a_report_can_not_find_out_about_it_by_joining(house: House, engine: Engine) -> None:
    ref = await security(house, engine)

    declared = await incidents.declare(
        house, CAROL, NewReport("web", "me too", "Carol", outside=False), joins=ref
    )

    assert declared.ref != ref


async def test_a_member_lets_another_know(house: House, engine: Engine, mailbox: Mailbox) -> None:
    ref = await security(house, engine)
    mailbox.take()

    await incidents.add_member(house, ALICE, ref, "carol", "she runs the deploy bot")
    await engine.run_due()

    assert (await looks.case(house, ref, "carol")).incident.title == SECRET
    assert len(mailbox.take("thread.invite")) == 1


async def test_nothing_public_is_planned_or_carried_out(
    house: House, engine: Engine, mailbox: Mailbox
) -> None:
    """Even where a fact that calls for it got in by mistake."""
    ref = await security(house, engine)
    await change(house, ref, ENGINE, lambda case: [f.PublicWordsApproved("title", "body", "post")])
    await incidents.own(house, ALICE, ref)
    await engine.run_due()

    assert mailbox.take("issue.open") == mailbox.take("post.publish") == []
    with pytest.raises(Forbidden, match="no public words"):
        await incidents.approve_public_words(house, ALICE, ref)


async def test_one_that_proves_to_be_security_leaves_the_thread_that_everybody_reads(
    house: House, engine: Engine, mailbox: Mailbox
) -> None:
    declared = await incidents.declare(
        house, JANE, NewReport("x", "login as anyone!", "@jane", True, "x", "7")
    )
    await engine.run_due()
    mailbox.take()

    await incidents.change_kind(house, BOB, declared.ref, "security", "it is a hole, not an outage")
    await engine.run_due()

    incident = (await looks.case(house, declared.ref, "bob")).incident
    assert incident.private
    assert incident.left_thread is not None
    assert incident.thread is not None
    assert incident.thread != incident.left_thread
    assert [one.does for one in mailbox.sent].count("thread.open") == 1


async def test_a_reporter_is_told_nothing_where_everybody_can_read_it(
    house: House, engine: Engine, mailbox: Mailbox
) -> None:
    house.abilities |= {"public:x"}
    declared = await incidents.declare(
        house, JANE, NewReport("x", "a hole!", "@jane", True, "x", "7"), kind="security"
    )
    await engine.run_due()

    assert mailbox.take("answer") == []
    duties = (await looks.case(house, declared.ref, "bob")).ledger
    assert {duty.id: duty.state for duty in duties}["acknowledge-reporter-R1"] == "owed"


async def test_what_was_said_in_private_can_not_move_to_where_everybody_reads(
    house: House, engine: Engine
) -> None:
    ref = await security(house, engine)
    public = await incidents.declare(house, ALICE, NewReport("web", "search is down", "Alice", outside=False))

    with pytest.raises(Forbidden, match="is private"):
        await incidents.join(house, ALICE, ref, public.ref)
    incident = await incidents.change_kind(house, ALICE, ref, "service", "it is an outage after all")
    assert incident.private, "there is no way back"


async def test_members_are_added_to_private_ones_only(house: House, engine: Engine) -> None:
    declared = await incidents.declare(
        house, ALICE, NewReport("web", "search is down", "Alice", outside=False)
    )

    with pytest.raises(Conflict, match="not private"):
        await incidents.add_member(house, ALICE, declared.ref, "carol", "why not")


async def test_the_end_of_a_private_incident_takes_no_public_words(house: House, engine: Engine) -> None:
    ref = await security(house, engine)

    with pytest.raises(Forbidden, match="no public word goes out"):
        await incidents.resolve(house, ALICE, ref, "closed", "tried it", public="We closed a hole.")
    with pytest.raises(Forbidden, match="no public word goes out"):
        await incidents.dismiss(house, ALICE, ref, "no hole", "tried it", public="There was no hole.")

    assert (await looks.case(house, ref, "alice")).incident.is_open


async def test_what_was_said_before_it_became_private_leaves_the_status_page(
    house: House, engine: Engine
) -> None:
    declared = await incidents.declare(
        house, JANE, NewReport("x", "login as anyone!", "@jane", True, "x", "7")
    )
    await incidents.resolve(house, BOB, declared.ref, "closed", "tried it", public="Words about the hole.")
    await incidents.change_kind(house, BOB, declared.ref, "security", "it was a hole")

    view = await looks.case(house, declared.ref, "bob")

    assert "the hole" not in texts.public_ending(view.incident, view.handbook)


async def test_what_could_only_be_told_in_public_is_owed_by_hand(house: House, engine: Engine) -> None:
    house.abilities |= {"public:x"}
    declared = await incidents.declare(
        house, JANE, NewReport("x", "a hole!", "@jane", True, "x", "7"), kind="security"
    )
    await engine.run_due()

    with pytest.raises(Forbidden, match="tell them in confidence"):
        await incidents.approve_action(house, BOB, declared.ref, "acknowledge-reporter-R1")
    await incidents.done_by_hand(house, BOB, declared.ref, "acknowledge-reporter-R1", "a direct message")

    duties = (await looks.case(house, declared.ref, "bob")).ledger
    assert {duty.id: duty.state for duty in duties}["acknowledge-reporter-R1"] == "met"
