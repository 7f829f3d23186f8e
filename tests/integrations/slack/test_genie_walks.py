"""`/genie` with all of Tocsin behind it: what people who know Opsgenie write, and what they then see."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_world import World

from tocsin.acts import looks, people
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock


async def genie(world: World, user: str, text: str) -> str:
    """What only they read of it."""
    await world.command(user, text, command="/genie")
    return world.whispered(user)


async def test_genie_opens_an_incident_pages_the_team_and_says_what_it_understood(world: World) -> None:
    await world.command("carol", 'alert "sign-in is down for all" for ops_team', command="/genie")

    assert (await world.incident()).title == "sign-in is down for all"
    assert "*Message:* sign-in is down for all" in world.whispered("carol")
    assert "ops_team (paged for INC-1)" in world.whispered("carol")
    assert len(world.town.slack.dm("alice")) == 1


async def test_genie_uses_the_incident_whose_thread_is_linked(world: World) -> None:
    await world.declare()
    thread = (await world.incident()).thread
    assert thread

    await world.command("bob", f"search too, see {thread.url} with ops_team", command="/genie")

    assert len(world.town.slack.messages("incidents")) == 1
    assert "paged for INC-1" in world.whispered("bob")


async def test_genie_opens_the_incident_although_the_recipient_is_unknown(world: World) -> None:
    await world.command("bob", "sign-in is down for everyone", command="/genie")

    assert (await world.incident()).title == "sign-in is down for everyone"
    assert "Nobody is called everyone, so they were not paged" in world.whispered("bob")


async def test_genie_warns_where_the_message_says_for_itself(world: World) -> None:
    said = await genie(world, "bob", "alert down for all users for ops_team")

    assert "*Message:* down for all users" in said
    assert "The message itself says “for”; it was split at the last one." in said


async def test_genie_tells_who_is_on_call_and_what_words_there_are(world: World) -> None:
    assert "Bob Okafor" in await genie(world, "bob", "whoisoncall ops")
    assert "There is no schedule nights; there are: ops" in await genie(world, "bob", "whoisoncall nights")
    assert "`/genie ackall`" in await genie(world, "bob", "help")
    assert "`/genie ackall`" in await genie(world, "bob", "")


async def test_ack_without_an_id_is_the_page_that_waits_for_the_caller(world: World) -> None:
    await world.declare("sign-in is down")
    await world.declare("the disk is full")
    await genie(world, "alice", "ack 2")

    said = await genie(world, "bob", "ack")

    assert "*INC-1*: the page is acknowledged by Bob Okafor" in said
    assert (await world.incident("INC-1")).alert.acknowledged_by == "bob"


async def test_ack_says_which_where_several_wait(world: World) -> None:
    await world.declare("sign-in is down")
    await world.declare("the disk is full")

    said = await genie(world, "bob", "ack")

    assert "Several are open; say which: /genie ack 2\n• 2: the disk is full\n• 1: sign-in is down" in said


async def test_one_that_is_refused_is_named_and_holds_up_no_other(world: World) -> None:
    await world.declare("sign-in is down")

    said = await genie(world, "bob", "own 1 #99")

    assert "*INC-1*: you own it." in said
    assert "*INC-99*: not done. There is no incident INC-99" in said
    assert (await world.incident()).owner == "bob"


async def test_nobody_is_made_an_owner_unasked(world: World) -> None:
    await world.declare()

    said = await genie(world, "bob", "assign 1 to @alice")
    assert "*INC-1*: Alice Lee is paged for it, and owns it once they say so themselves" in said
    assert (await world.incident()).owner == ""

    await genie(world, "bob", "own 1")
    said = await genie(world, "bob", "assign 1 to @alice")
    assert "Alice Lee is asked to take it over; until they accept it stays yours" in said
    assert (await world.incident()).owner == "bob"

    assert "nosuch is no person here." in await genie(world, "bob", "assign 1 to nosuch")


async def test_notes_and_tags_are_put_on_each(world: World) -> None:
    await world.declare()

    assert "*Note:* rolled back to v41\n*INC-1*: noted" in await genie(
        world, "bob", "note rolled back to v41 to 1"
    )
    assert "*INC-1*: tagged db, eu" in await genie(world, "bob", "addtag db,eu to 1")

    incident = await world.incident()
    assert incident.tags == ("db", "eu")
    assert "`db` `eu`" in str(world.root().blocks)
    assert await world.notes() == ["rolled back to v41"]


async def test_a_priority_is_a_place_among_the_severities_and_lowering_it_is_argued(world: World) -> None:
    await world.declare()

    said = await genie(world, "bob", "update priority to P5 for 1")
    assert "say why, /genie update priority to P5 for 1 because REASON" in said

    await genie(world, "bob", "update priority to P5 for 1 because one page only")
    assert (await world.incident()).severity == "low"
    await genie(world, "bob", "update priority to P1 for 1")
    assert (await world.incident()).severity == "high"


async def test_exec_does_what_tocsin_offers_and_lists_it_otherwise(world: World) -> None:
    await world.declare()

    said = await genie(world, "bob", "exec restart on 1")
    assert re.search(r"not done\. there is no action restart; there are: own, ack", said)

    assert "*INC-1*: own is done" in await genie(world, "bob", "exec own on 1")
    assert (await world.incident()).owner == "bob"


async def test_close_asks_for_evidence_and_takes_it(world: World) -> None:
    await world.declare()
    await genie(world, "bob", "own 1")

    said = await genie(world, "bob", "close 1")
    assert "Nothing closes without evidence." in said
    shown = world.town.slack.ephemerals("bob")[-1]
    assert [button[0] for button in shown.buttons] == ["resolve", "dismiss"]
    assert (await world.incident()).is_open

    said = await genie(world, "bob", "close 1 because rolled back to v41 | the check is green")
    assert "*INC-1*: it is resolved" in said
    resolved = (await world.incident()).resolved
    assert resolved
    assert (resolved.how, resolved.evidence) == ("rolled back to v41", "the check is green")


async def test_ackall_acknowledges_the_list_once_it_is_confirmed(world: World) -> None:
    await world.declare("sign-in is down")
    await world.declare("the disk is full")

    said = await genie(world, "bob", "ackall")
    assert "• *INC-2* the disk is full\n• *INC-1* sign-in is down" in said
    assert (await world.incident("INC-1")).alert.acknowledged_at is None
    shown = world.town.slack.ephemerals("bob")[-1]
    assert [button[:2] for button in shown.buttons] == [("ack_all", "Acknowledge all 2")]

    await world.click("bob", shown, "ack_all")

    assert (await world.incident("INC-1")).alert.acknowledged_by == "bob"
    assert (await world.incident("INC-2")).alert.acknowledged_by == "bob"
    assert "No page waits" in await genie(world, "bob", "ackall")


async def test_closeall_lists_each_with_the_ways_in_which_it_can_end(world: World) -> None:
    assert "No incident is open." in await genie(world, "bob", "closeall")
    await world.declare("sign-in is down")
    await world.declare("the disk is full")

    await genie(world, "bob", "closeall")

    shown = world.town.slack.ephemerals("bob")[-1]
    assert [button[0] for button in shown.buttons] == ["resolve", "dismiss", "resolve", "dismiss"]
    await world.click("bob", shown, "resolve")
    assert world.town.slack.open_view("bob")


async def test_oncall_takes_over_for_a_while_and_tells_who_is_put_on(world: World, clock: HandClock) -> None:
    said = await genie(world, "alice", "oncall")
    assert "*On call:* Alice Lee for ops until" in said
    assert (await looks.roster(world.house)).on_call == ("alice",)

    said = await genie(world, "alice", "oncall @bob 2h for ops_team")
    assert "*On call:* Bob Okafor for ops until" in said
    assert "Alice Lee put you on call now" in world.town.slack.dm("bob")[-1].text

    clock.advance(timedelta(hours=1, minutes=30))
    assert (await looks.roster(world.house)).on_call == ("bob",)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("list", "sign-in is down"),
        ("list teams", "*ops_team*: Alice Lee, Bob Okafor"),
        ("list schedules", "*ops* (ops_team): Bob Okafor"),
        ("list integrations", "• pages by slack"),
        ("list policies", "1. on-call; after 10 min without an acknowledgement the next step"),
        ("get 1", "INC-1 sign-in is down (High, open)"),
        ("get 99", "There is no incident INC-99"),
        ("disable policy 7", "Nothing was changed: “7” can't be switched from here."),
        ("enable integration slack", "Tocsin's integrations are its settings"),
        ("oncall nosuch 1h", "nosuch is no person here."),
        ("oncall me for nights", "There is no schedule nights; there are: ops"),
    ],
)
async def test_each_word_answers_who_gave_it(world: World, words: str, answer: str) -> None:
    await world.declare("sign-in is down")

    assert answer in await genie(world, "bob", words)


async def test_policies_are_told_by_kind_and_kinds_that_share_theirs_stand_together(world: World) -> None:
    own, _, shared = (await genie(world, "bob", "list policies")).partition("*The escalation of security*")

    assert own.startswith(
        "*The escalation of service, customer-instance, broken-build*\n1. on-call; after 10 min"
    )
    assert "2. team:ops_team; after 10 min without an acknowledgement the next step" in own
    assert "1. on-call; after 10 min" in shared
    assert "2. team:security_team, on-call; after 10 min" in shared
    assert "Tocsin's policies stand in" in shared


async def test_policies_that_were_saved_for_alerts_are_named_with_their_steps(world: World) -> None:
    steps = [
        {"to": ["schedule:ops", "channel:#pay"], "priorities": ["P1"], "turn": True},
        {"to": "team:ops_team", "after": "5m"},
        {"to": "admins", "when": "not-closed", "between": "Mon-Fri 09:00-17:00", "zone": "UTC"},
    ]
    await save_policy(world.house, OPERATOR, {"id": "pay", "name": "Pay <all>", "steps": steps})

    said = (await genie(world, "bob", "list policies")).partition("*Alerts by")[2]

    assert "/on-call/policies/pay|Pay &lt;all&gt;>* (`pay`, no team)" in said
    assert "1. schedule:ops, channel:#pay; at once; P1 only; one of them, another one each time\n" in said
    assert (
        "2. team:ops_team; 5 min after that\n3. admins; with it; Mon-Fri 09:00-17:00 (UTC) only; though"
        in said
    )
    assert "/on-call/policies|a page of their own>" in said


async def test_somebody_unknown_can_not_be_put_on_call_nor_put_anybody(world: World) -> None:
    assert "Only a person whom Tocsin knows" in await genie(world, "dan", "oncall")


async def test_connect_gives_a_link_that_names_the_slack_user(world: World) -> None:
    await people.save_person(world.house, "carol", name="Carol")  # Without an address she is nobody to Slack.

    said = await genie(world, "carol", "connect")

    assert f"/connect/{world.id('carol')}/" in said
    assert "within 15 minutes" in said


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        ("close everything", "`/genie close [IDS]"),
        ("assign @alice", "`/genie assign [IDS] to USER`"),
        ("note x", "`/genie note TEXT to IDS`"),
        ("note", "`/genie note TEXT to IDS`"),
        ("addtag db", "`/genie addtag T1,T2 to IDS`"),
        ("update the page", "`/genie update priority to P1..P5"),
        ("exec restart", "`/genie exec ACTION on IDS`"),
        ("ackall please", "`/genie ackall`"),
        ("closeall now", "`/genie closeall`"),
        ("get one two", "`/genie get [ID]`"),
        ("get 1 2", "`/genie get [ID]`"),
        ("list everything", "`/genie list [teams|"),
        ("oncall me 3x please", "`/genie oncall [me|USER]"),
        ("connect me", "`/genie connect`"),
        ("enable", "`/genie enable policy|integration ID`"),
        ("disable everything", "`/genie disable policy|integration ID`"),
        ("clsoe 1", "`/genie close [IDS]"),
        ("acknowledge 1", "`/genie ack [IDS]`"),
        ("drill the db is down for ops_team", "Tocsin has no drills yet"),
        ("dril the db is down", "Tocsin has no drills yet"),
        ("snooze 1", "`/tocsin snooze [INC] DUTY REASON`"),
    ],
)
async def test_a_known_word_in_another_form_is_asked_back_with_its_usage(
    world: World, words: str, usage: str
) -> None:
    said = await genie(world, "bob", words)

    assert "Nothing was opened and nothing was done." in said
    assert usage in said
    shown = world.town.slack.ephemerals("bob")[-1]
    assert [one[0] for one in shown.buttons] == ["alert_anyway"]
    assert await looks.open_incidents(world.house, "bob") == []


async def test_one_click_opens_it_as_an_alert_all_the_same_and_pages_the_team(world: World) -> None:
    await genie(world, "bob", "close the doors with ops_team")
    shown = world.town.slack.ephemerals("bob")[-1]

    pressed_at_once = replace(shown)
    await world.click("bob", shown, "alert_anyway")
    await world.click("bob", pressed_at_once, "alert_anyway")

    [row] = await looks.open_incidents(world.house, "bob")
    assert row.title == "close the doors"
    assert "ops_team (paged for INC-1)" in world.whispered("bob")


async def test_what_says_that_something_is_wrong_and_whom_to_page_is_an_alert_whatever_its_first_word(
    world: World,
) -> None:
    said = await genie(world, "bob", "close button is broken for all with ops_team")

    assert "ops_team (paged for INC-1)" in said


async def test_without_an_id_the_only_open_incident_is_meant(world: World) -> None:
    await world.declare("sign-in is down")

    assert "INC-1 sign-in is down (High, open)" in await genie(world, "bob", "get")
    assert "*INC-1*: Alice Lee is paged for it" in await genie(world, "bob", "assign to @alice")
    assert "Nothing closes without evidence." in await genie(world, "bob", "close")


async def test_an_alert_for_nobody_known_bears_the_words_without_the_command(world: World) -> None:
    await genie(world, "bob", "alert down for all users")

    assert (await world.incident()).title == "down for all users"


async def test_a_recipient_alone_opens_nothing(world: World) -> None:
    assert "It has no description" in await genie(world, "bob", "for ops_team")
    assert await looks.open_incidents(world.house, "bob") == []
