"""What becomes of earlier pages while nobody has the alert: it went to others, started anew, or was handed up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alert_steps import ALICE, BOB, CAROL, KEY, Town, with_town
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.channel import TOLD, Can, Message
from tocsin.engine.loop import Engine

LIVE, TAKEN_AWAY = True, False
PAGE = "*A-1* P3 *The disk is full*"


@pytest.fixture
async def town(house: House, engine: Engine, clock: HandClock) -> Town:
    steps = [{"to": ["person:bob", "channel:#ops"]}, {"to": "person:alice", "after": "10m"}]
    await save_policy(house, OPERATOR, {"id": "disks", "steps": steps, "forgotten_after": "30m"})
    to_both = {"id": "both", "steps": [{"to": ["person:alice", "person:bob"]}], "acknowledged_by": "all"}
    await save_policy(house, OPERATOR, to_both)
    made = with_town(house, engine, clock)
    made.devices["channel"].can = Can(answers=True, settles=True)
    return made


async def paged(town: Town, *messages: str) -> Message:
    """Alerts that page Bob in one message; his page in Slack."""
    for one in messages or ("The disk is full",):
        await open_alert(town.house, KEY, opening_of(one), "disks")
    await town.later(seconds=10)
    town.heard()
    return town.last("slack")


def standing(town: Town, via: str = "slack") -> list[tuple[str, str, bool]]:
    """What stands on a device, each page as it was put last: whose, its last line, and whether it can be answered there."""
    pages: dict[str, Message] = {}
    for n, one in enumerate(town.devices[via].sent):
        for of in (one.of, *one.also) if one.of else (f"{via}-{n}",):
            pages[of] = one
    return [
        (one.person or one.to, one.text.rpartition("\n")[2], one.purpose != TOLD or one.left > 0)
        for one in pages.values()
    ]


async def stands(town: Town, ref: str = "A-1") -> tuple[str, str]:
    one = (await alert_of(town.house, ref)).alert.escalation
    return one.status, one.acknowledged_by


async def test_reassigned_the_pages_of_those_before_say_to_whom_and_by_whom_and_have_no_buttons(
    town: Town,
) -> None:
    await paged(town)
    await town.does("reassign", BOB, "A-1", ["person:alice"])

    assert standing(town) == [
        ("bob", "Bob reassigned it to Alice.", TAKEN_AWAY),
        ("alice", PAGE, LIVE),
    ]
    assert standing(town, "channel") == [("#ops", "Bob reassigned it to Alice.", TAKEN_AWAY)]


async def test_reassigned_no_mail_tells_those_before_since_it_can_not_be_rewritten(town: Town) -> None:
    await paged(town)
    await town.does("reassign", ALICE, "A-1", ["person:carol"])

    assert [line for line in town.heard() if "/email" in line] == ["carol/email: A-1 P3: The disk is full."]


async def test_by_a_key_the_key_is_named(town: Town) -> None:
    await paged(town)
    await town.does("reassign", KEY, "A-1", ["person:carol"])

    assert standing(town)[0] == ("bob", "Monitoring reassigned it to Carol.", TAKEN_AWAY)


async def test_whoever_is_paged_again_after_it_was_reassigned_answers_on_the_newest_page(town: Town) -> None:
    old = await paged(town)
    await town.does("reassign", ALICE, "A-1", ["person:bob", "person:carol"])

    assert standing(town) == [
        ("bob", "Alice reassigned it to Bob, Carol.", TAKEN_AWAY),
        ("bob", PAGE, LIVE),
    ]
    assert await town.answers(old) == "You have acknowledged A-1.", "an old link is theirs as well"
    assert {can_be_answered for _, _, can_be_answered in standing(town)} == {TAKEN_AWAY}


async def test_an_old_button_of_one_whose_it_is_no_longer_answers_nothing_and_says_who_gave_it_to_whom(
    town: Town,
) -> None:
    old = await paged(town)
    await town.does("reassign", ALICE, "A-1", ["person:carol"])

    said = "A-1: Alice reassigned it to Carol at 09:00:10 UTC; take it over if it is yours now."
    assert await town.answers(old) == said
    assert await town.answers(old, "resolve") == said
    number = int(old.key.removeprefix("D"))
    assert await deeds.escalate_batch(town.house, BOB, number) == said
    assert await stands(town) == ("open", "")

    await town.does("acknowledge", CAROL, "A-1")
    assert await town.answers(old, "resolve") == "A-1: Carol acknowledged it at 09:00:10 UTC."
    assert await stands(town) == ("acknowledged", "carol")


async def test_once_they_are_paged_for_it_again_or_take_it_over_their_buttons_count(town: Town) -> None:
    old = await paged(town)
    await town.does("reassign", ALICE, "A-1", ["person:carol"])
    await town.does("take_over", BOB, "A-1")

    assert await town.answers(old, "resolve") == "You have closed A-1."


async def test_at_a_place_whoever_has_it_now_may_press_the_old_button(town: Town) -> None:
    await paged(town)
    number = int(town.last("channel").key.removeprefix("D"))
    await town.does("reassign", ALICE, "A-1", ["person:carol"])

    assert "Alice reassigned it to Carol" in await deeds.acknowledge_batch(town.house, BOB, number)
    assert await deeds.acknowledge_batch(town.house, CAROL, number) == "You have acknowledged A-1."


async def test_of_many_in_one_message_only_the_one_that_was_reassigned_is_left_out(town: Town) -> None:
    page = await paged(town, "The disk is full", "The disk is slow")
    await town.does("reassign", ALICE, "A-1", ["person:carol"])

    assert town.last("slack").text == (
        "*1 of 2 alerts left*\n• *A-2* P3 The disk is slow\nA-1: Alice reassigned it to Carol."
    )
    assert (await town.answers(page)).startswith("You have acknowledged A-2. A-1: Alice reassigned it to")
    assert await stands(town, "A-1") == ("open", "")


async def test_an_acknowledgement_taken_back_leaves_no_page_that_says_it_is_acknowledged(town: Town) -> None:
    await paged(town)
    await town.does("acknowledge", BOB, "A-1")
    await town.later(seconds=10)
    await town.does("unacknowledge", ALICE, "A-1")

    again = "It is open again: Alice took the acknowledgement back."
    assert standing(town) == [("bob", again, TAKEN_AWAY), ("bob", PAGE, LIVE)]
    assert standing(town, "channel") == [("#ops", again, TAKEN_AWAY), ("#ops", PAGE, LIVE)]
    assert town.last("slack").purpose == TOLD, "the page came first, and is not sent again to be rewritten"
    assert town.last("slack").goes_on


async def test_those_who_are_not_paged_again_at_once_read_that_it_is_open_too(town: Town) -> None:
    await paged(town)
    await town.later(minutes=10)
    await town.does("acknowledge", ALICE, "A-1")
    town.heard()
    await town.does("unacknowledge", ALICE, "A-1")

    assert [one for one in town.heard() if "alice" in one] == [
        "alice/slack: (told) A-1 The disk is full. It is open again: Alice took the acknowledgement back."
    ]


async def test_an_acknowledgement_that_expires_leaves_no_page_that_says_it_is_acknowledged(
    town: Town,
) -> None:
    await paged(town)
    await town.does("acknowledge", BOB, "A-1")
    await town.later(minutes=30)

    again = "It is open again: the acknowledgement of Bob expired."
    assert standing(town) == [("bob", again, TAKEN_AWAY), ("bob", PAGE, LIVE)]


async def test_a_snooze_that_ends_leaves_no_page_that_says_it_is_snoozed(
    town: Town, clock: HandClock
) -> None:
    await paged(town)
    await town.does("snooze", BOB, "A-1", clock.now() + timedelta(hours=1))
    await town.later(hours=1)

    again = "It is open again: the time for which it was snoozed is over."
    assert standing(town) == [("bob", again, TAKEN_AWAY), ("bob", PAGE, LIVE)]


async def test_whose_it_is_no_longer_reads_that_and_not_only_that_it_is_open_again(town: Town) -> None:
    await paged(town)
    await town.does("reassign", ALICE, "A-1", ["person:carol"])
    await town.does("acknowledge", CAROL, "A-1")
    await town.does("unacknowledge", CAROL, "A-1")

    said = "Alice reassigned it to Carol. It is open again: Carol took the acknowledgement back."
    assert standing(town) == [("bob", said, TAKEN_AWAY)]


async def test_handed_up_the_earlier_pages_can_be_answered_as_before_and_say_so(town: Town) -> None:
    old = await paged(town)
    await town.later(minutes=3)
    await town.does("escalate_now", BOB, "A-1")

    assert standing(town) == [("bob", "Bob handed it up.", LIVE), ("alice", PAGE, LIVE)]
    one = next(one for one in town.devices["slack"].sent if one.of)
    assert (one.key, one.ticket) == (old.key, old.ticket)
    assert one.text == f"{PAGE}\nBob handed it up.", "and not that it waited"
    assert await town.answers(old) == "You have acknowledged A-1."


async def test_handed_up_an_acknowledgement_counts_no_more_and_the_pages_can_be_answered_again(
    town: Town,
) -> None:
    await paged(town)
    await town.does("acknowledge", BOB, "A-1")
    await town.later(seconds=10)
    await town.does("escalate_now", CAROL, "A-1")

    assert standing(town) == [("bob", "Carol handed it up.", LIVE), ("alice", PAGE, LIVE)]
    assert [line for line in town.heard() if "bob/email" in line] == []


async def test_handed_up_a_device_that_rings_is_not_silenced_by_a_rewriting_until_it_said_something_else(
    town: Town,
) -> None:
    town.devices["slack"].can = Can(answers=True, settles=True, interrupts=True)
    await paged(town)
    await town.does("escalate_now", ALICE, "A-1")
    assert standing(town)[0] == ("bob", PAGE, LIVE)

    await town.does("acknowledge", BOB, "A-1")
    await town.later(seconds=10)
    await town.does("escalate_now", ALICE, "A-1")
    assert standing(town)[0] == ("bob", "Alice handed it up.", LIVE)


async def test_handed_up_all_have_to_acknowledge_anew(town: Town) -> None:
    await town.opens(policy="both")
    await town.later(seconds=10)
    await town.does("acknowledge", BOB, "A-1")
    assert ("bob", "It is open until everybody who was paged has acknowledged it.", TAKEN_AWAY) in standing(
        town
    )
    await town.later(seconds=10)
    await town.does("escalate_now", CAROL, "A-1")

    before = [one for one in standing(town) if one[1] != PAGE]
    assert sorted(before) == [("alice", "Carol handed it up.", LIVE), ("bob", "Carol handed it up.", LIVE)]
    await town.does("acknowledge", BOB, "A-1")
    assert ("bob", "It is open until everybody who was paged has acknowledged it.", TAKEN_AWAY) in standing(
        town
    )
