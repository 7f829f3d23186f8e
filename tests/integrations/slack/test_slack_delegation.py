"""Delegating, handing over and the answers to it, as people do it in Slack: by command, by button and by form."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_talk import ALICE, clicks, direct
from slack_world import World

from tocsin.acts import incidents, people
from tocsin.core import asked


@pytest.fixture
async def owned(world: World) -> World:
    """INC-1, which Alice owns."""
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    for handle in ("alice", "bob"):
        await world.command(handle, "who")
    return world


async def the_task(world: World) -> asked.Task:
    [task] = (await world.incident()).asked.tasks
    return task


async def test_a_task_is_delegated_by_command_and_the_warnings_are_heard(owned: World) -> None:
    hours = "Sat-Sun 01:00-02:00"
    await people.save_person(
        owned.house, "carol", name="Carol Díaz", slack_id=owned.id("carol"), zone="Etc/UTC", hours=hours
    )
    await owned.command("alice", f"delegate <@{owned.id('carol')}> look at the certificates")

    assert f"T1 goes to <@{owned.id('carol')}>" in owned.whispered("alice")
    assert "Carol Díaz is off duty now" in owned.whispered("alice")
    assert (await the_task(owned)).text == "look at the certificates"


async def test_only_the_owner_delegates(owned: World) -> None:
    await owned.command("bob", f"delegate <@{owned.id('alice')}> look")

    assert "Tasks are the owner's to delegate: speak with Alice Lee" in owned.whispered("bob")
    assert (await owned.incident()).asked.tasks == ()


async def test_somebody_unknown_is_named(owned: World) -> None:
    await owned.command("alice", "delegate @zoe look")

    assert "@zoe is no person here. People:" in owned.whispered("alice")


async def test_a_task_is_accepted_and_its_result_told_by_command(owned: World) -> None:
    await owned.command("alice", f"delegate <@{owned.id('bob')}> look")
    await owned.command("bob", "accept")
    assert "T1 is yours" in owned.whispered("bob")
    await owned.command("bob", "result T1 it had run out")

    assert ((await the_task(owned)).state, (await the_task(owned)).said) == ("done", "it had run out")
    assert "Result of T1" in direct(owned, "alice")[-1].text


async def test_a_task_is_declined_by_command_with_its_reason(owned: World) -> None:
    await owned.command("alice", f"delegate <@{owned.id('bob')}> look")
    await owned.command("bob", "decline T1 because I am on a train")

    assert ((await the_task(owned)).state, (await the_task(owned)).said) == ("declined", "I am on a train")


async def test_a_task_is_withdrawn_by_command(owned: World) -> None:
    await owned.command("alice", f"delegate <@{owned.id('bob')}> look")
    await owned.command("alice", "withdraw T1 because it is found")

    assert (await the_task(owned)).said == "it is found"
    [request] = [
        message for message in direct(owned, "bob") if "T1 need not" in message.text and clicks(message) == []
    ][:1]
    assert "it is found" in request.text


async def test_nothing_waits_for_who_was_not_asked(owned: World) -> None:
    await owned.command("bob", "accept")

    assert "Nothing waits for an answer of yours here" in owned.whispered("bob")


async def test_an_answer_alone_in_a_direct_message_is_no_report(owned: World) -> None:
    await owned.command("alice", f"delegate <@{owned.id('bob')}> look")
    await owned.say("bob", direct(owned, "bob")[-1].channel, "accept")

    assert (await the_task(owned)).state == "accepted"
    assert await owned.house.pool.fetchval("SELECT count(*) FROM incidents") == 1


async def test_words_that_begin_like_a_command_are_still_a_report(owned: World) -> None:
    await owned.command("bob", "accept button does nothing on the checkout")
    await owned.command("bob", "hand scanner is broken")
    await owned.command("bob", "no mails go out")

    assert await owned.house.pool.fetchval("SELECT count(*) FROM incidents") == 4


async def test_a_handover_by_command_and_its_answer(owned: World) -> None:
    await owned.command("alice", f"hand over to <@{owned.id('bob')}> | certificates, see the thread")
    assert "until they accept it is yours" in owned.whispered("alice")
    await owned.command("bob", "accept H1")

    assert (await owned.incident()).owner == "bob"


async def test_a_handover_to_on_call_by_command(owned: World) -> None:
    await owned.command("alice", "handover INC-1 to on-call | over to you")

    handover = (await owned.incident()).asked.handover
    assert handover is None or handover.summary == "over to you"


async def test_a_handover_is_declined_by_command(owned: World) -> None:
    await owned.command("alice", f"hand over to <@{owned.id('bob')}>")
    await owned.command("bob", "decline because I am asleep soon")

    incident = await owned.incident()
    assert (incident.owner, incident.asked.handover) == ("alice", None)


async def test_an_owner_is_not_released_by_asking(owned: World) -> None:
    await owned.command("alice", "release")

    assert "until somebody else has accepted it" in owned.whispered("alice")


async def test_the_card_offers_to_delegate_and_shows_the_task(owned: World) -> None:
    await owned.click("alice", owned.root(), "delegate")
    view = owned.view("alice")
    assert [block["block_id"] for block in view.blocks] == ["to", "text"]
    await owned.submit("alice", to={"to": "bob"}, text={"text": "look at the certificates"})

    assert (await the_task(owned)).to == "bob"
    assert "T1" in owned.whispered("alice")
    assert any("look at the certificates" in str(block) for block in owned.root().blocks)


async def test_the_form_says_beside_each_name_what_should_be_known(owned: World) -> None:
    await owned.declare("search is down")
    await owned.command("bob", "own INC-2")
    await owned.click("alice", owned.root(), "delegate")

    options = owned.view("alice").blocks[0]["element"]["options"]
    [bob] = [option for option in options if option["value"] == "bob"]
    assert "owns INC-2" in bob["description"]["text"]


@pytest.mark.parametrize("act", ["delegate", "hand_over"])
async def test_what_is_the_owners_is_refused_to_others_so_that_only_they_see_it(
    owned: World, act: str
) -> None:
    await owned.click("bob", owned.root(), act)

    assert owned.town.slack.open_view("bob") is None
    assert "Alice Lee" in owned.whispered("bob")


async def test_handing_over_by_the_form(owned: World) -> None:
    await owned.click("alice", owned.root(), "hand_over")
    await owned.submit("alice", to={"to": "bob"}, summary={"summary": "it is the certificates"})

    handover = (await owned.incident()).asked.handover
    assert handover
    assert (handover.to, handover.summary) == ("bob", "it is the certificates")
    await owned.click("bob", direct(owned, "bob")[-1], "decline_handover")
    await owned.submit("bob", reason={"reason": "on a train"})
    assert (await owned.incident()).asked.handover is None


async def test_an_old_button_answers_no_later_request(owned: World) -> None:
    await owned.command("alice", f"hand over to <@{owned.id('bob')}>")
    old = next(m for m in owned.town.slack.replies(owned.root()) if "accept_handover" in clicks(m))
    await owned.command("bob", "decline")
    await owned.command("alice", f"hand over to <@{owned.id('bob')}>")
    if "accept_handover" in clicks(old):
        await owned.click("bob", old, "accept_handover")
        assert "H1 waits for no answer any more; H2 does" in owned.whispered("bob")

    assert (await owned.incident()).owner == "alice"


async def test_a_task_is_declined_and_reported_by_the_forms(owned: World) -> None:
    await owned.command("alice", f"delegate <@{owned.id('bob')}> look")
    request = direct(owned, "bob")[-1]
    await owned.click("bob", request, "accept_task")
    await owned.click("bob", direct(owned, "bob")[-1], "report_task")
    await owned.submit("bob", text={"text": "renewed it"})
    assert (await the_task(owned)).said == "renewed it"

    await owned.click("bob", direct(owned, "bob")[-1], "open_page")
    await owned.command("alice", f"delegate <@{owned.id('bob')}> look again")
    await owned.click("bob", direct(owned, "bob")[-1], "decline_task")
    await owned.submit("bob", reason={"reason": "asleep"})
    assert (await owned.incident()).asked.tasks[1].state == "declined"


async def test_a_severity_that_rises_tightens_the_next_update_on_the_card(owned: World) -> None:
    await owned.command("alice", "sev moderate only some customers")
    await owned.command("alice", "next look at the certificates")
    promised = (await owned.incident()).next_update_at
    await owned.command("alice", "sev high it is everybody")

    duty = next(d for d in await owned.ledger() if d.rule.id == "update" and d.state == "owed")
    assert promised
    assert f"next update by <!date^{int(duty.due_at.timestamp())}^" in str(owned.root().blocks)
    assert duty.due_at < promised + timedelta(seconds=1)
