"""Walks: a page is handed up: the next people are paged now, and no earlier page can do that again."""

from __future__ import annotations

import pytest
from walk_steps import ALICE, BOB, Walk

from tocsin.acts import incidents
from tocsin.core.case import Actor
from tocsin.core.facts import Paged
from tocsin.errors import Conflict


async def pages(walk: Walk) -> list[tuple[int, tuple[str, ...], bool]]:
    facts = (await walk.incident()).facts
    return [(f.what.step, f.what.people, f.what.by_hand) for f in facts if isinstance(f.what, Paged)]


async def test_the_next_people_are_paged_now_and_not_again_when_their_time_comes(walk: Walk) -> None:
    await walk.begin()
    await walk.wait(2)

    await incidents.escalate(walk.house, BOB, walk.ref)
    await walk.wait(0)
    for _ in range(8):
        await walk.wait(1)

    first, second = await pages(walk)
    assert first == (0, ("bob",), False)
    assert second == (1, ("alice",), False)
    assert (await walk.incident()).alert.acknowledged_at is None


async def test_who_is_paged_reads_who_handed_it_up(walk: Walk) -> None:
    await walk.begin()
    walk.mailbox.take("page")

    await incidents.escalate(walk.house, BOB, walk.ref)
    await walk.wait(0)

    [paged] = [one for one in walk.mailbox.take("page") if one.to == "alice" and one.via == "slack"]
    assert "You are paged: Bob" in paged.text
    assert "hands it up." in paged.text


async def test_the_escalation_goes_on_from_there(walk: Walk) -> None:
    await walk.begin()
    await incidents.escalate(walk.house, BOB, walk.ref)
    before = len(await pages(walk))

    for _ in range(12):
        await walk.wait(1)

    assert len(await pages(walk)) == before + 1  # After its wait the last step is taken again.


async def test_after_the_last_step_it_is_refused_with_the_way(walk: Walk) -> None:
    await walk.begin()
    await incidents.escalate(walk.house, BOB, walk.ref)

    with pytest.raises(Conflict, match=r"Every step .* was taken; the last reached .*Page others by name"):
        await incidents.escalate(walk.house, BOB, walk.ref)


async def test_once_somebody_has_answered_it_is_a_page_beside_the_escalation(walk: Walk) -> None:
    await walk.begin()
    await incidents.own(walk.house, BOB, walk.ref)

    await incidents.escalate(walk.house, BOB, walk.ref)
    await walk.wait(1)

    assert (await pages(walk))[-1] == (1, ("alice",), True)
    incident = await walk.incident()
    assert incident.owner == "bob"
    assert incident.alert.acknowledged_at


async def test_a_stranger_escalates_too_since_nothing_blocks_a_call_for_help(walk: Walk) -> None:
    await walk.begin()

    await incidents.escalate(walk.house, Actor("", "slack", "Dan Fry"), walk.ref)

    assert (await pages(walk))[-1][0] == 1


async def test_what_is_over_is_not_escalated(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await walk.resolved()

    with pytest.raises(Conflict):
        await incidents.escalate(walk.house, ALICE, walk.ref)
