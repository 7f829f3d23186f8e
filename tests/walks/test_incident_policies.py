"""Walks: an incident goes by a policy that people wrote, is stamped with it at its start, and who may know of it decides on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from walk_steps import ALICE, BOB, CAROL, MINUTE, Walk, tweet, under_handbook

from tocsin.acts import incident_paging, incidents, looks, people
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import delete_policy, save_policy
from tocsin.acts.rebuild import rebuild
from tocsin.core.facts import Paged
from tocsin.core.handbook import Handbook
from tocsin.core.work import Refused
from tocsin.errors import Conflict, Invalid, NotFound

NAMED = """
[[escalation]]
policy = "pay"
severities = ["high"]

[[escalation]]
to = ["on-call"]
"""


async def named(walk: Walk, folder: Path, **policy: Any) -> Walk:
    """The same walk under a handbook that names the policy `pay`."""
    doc = {
        "id": "pay",
        "steps": [{"to": ["schedule:ops/next"]}, {"to": ["on-call"], "after": "5m"}],
        **policy,
    }
    await save_policy(walk.house, OPERATOR, doc)
    return await under_handbook(walk, folder, '\n[[escalation]]\nto = ["on-call"]\n', NAMED)


async def paged(walk: Walk) -> list[tuple[float, tuple[str, ...]]]:
    """(minute, people) of each page so far."""
    incident = await walk.incident()
    return [
        ((x.at - incident.started_at) / MINUTE, x.what.people)
        for x in incident.facts
        if isinstance(x.what, Paged)
    ]


async def test_the_policy_that_the_handbook_names_is_stamped_and_an_edit_changes_nothing_for_it(
    walk: Walk, tmp_path: Path
) -> None:
    walk = await (await named(walk, tmp_path)).begin()
    await save_policy(walk.house, OPERATOR, {"id": "pay", "steps": [{"to": ["person:carol"]}]}, expected=1)
    await walk.wait(5)

    assert await paged(walk) == [(0, ("alice",)), (5, ("bob",))]
    found = await incident_paging.paging(walk.house, walk.ref, "carol")
    assert found.policy == "pay"
    assert [one.text for one in found.told] == ["Step 1: Alice", "Step 2: Bob"]
    assert [one.text for one in found.coming] == [
        "The last resort, every 10 min until somebody acknowledges: Bob"
    ]


async def test_turns_go_on_from_one_incident_to_the_next(walk: Walk, tmp_path: Path) -> None:
    walk = await named(walk, tmp_path, steps=[{"to": ["team:ops_team"], "turn": True}])
    reached = []
    for n in ("1", "2", "3"):
        await walk.begin(tweet(f"{'abc'[int(n) - 1]} is broken", n))
        reached += [people for _, people in await paged(walk)]

    assert reached == [("alice",), ("bob",), ("alice",)]


async def test_a_policy_that_is_gone_stops_no_incident(walk: Walk, tmp_path: Path) -> None:
    walk = await named(walk, tmp_path)
    house = walk.house
    handbook: Handbook = house.handbook
    with pytest.raises(Conflict, match="the handbook names it"):
        await delete_policy(house, OPERATOR, "pay", expected=1)
    await house.pool.execute("UPDATE policies SET ended_at = now() WHERE id = 'pay'")
    await people.save_team(house, "ops_team", ["alice", "bob"])  # Every node reads anew.
    await walk.begin()

    assert handbook.policy_named("service", "high") == "pay"
    assert await paged(walk) == [(0, ("bob",))]


async def test_it_is_silent_given_to_others_and_taken_back_and_all_of_it_can_be_rebuilt(walk: Walk) -> None:
    await walk.begin()
    await incident_paging.snooze_pages(walk.house, BOB, walk.ref, walk.clock.now() + timedelta(hours=1))
    await walk.wait(30)
    assert await paged(walk) == [(0, ("bob",))]
    await walk.wait(30)
    await incident_paging.reassign(walk.house, BOB, walk.ref, ["schedule:ops/next"])
    await walk.wait(1)
    await incidents.acknowledge(walk.house, ALICE, walk.ref)
    await incident_paging.unacknowledge(walk.house, ALICE, walk.ref)
    before = await walk.incident()

    assert [people for _, people in await paged(walk)] == [("bob",), ("bob",), ("alice",), ("alice",)]
    await rebuild(walk.house)
    assert (await walk.incident()) == before
    await walk.wait(10)
    assert (await paged(walk))[-1][1] == ("bob",)  # Nobody has answered since: the policy follows.


async def test_it_is_given_to_a_policy_by_its_name_and_to_nothing_beside_it(walk: Walk) -> None:
    await walk.begin()
    await save_policy(
        walk.house, OPERATOR, {"id": "own", "steps": [{"to": ["person:carol", "channel:#ops"]}]}
    )

    with pytest.raises(Invalid, match="A policy takes the whole incident"):
        await incident_paging.reassign(walk.house, BOB, walk.ref, ["policy:own", "person:bob"])
    incident = await incident_paging.reassign(walk.house, BOB, walk.ref, ["policy:own"])

    assert (incident.alert.stamped.policy, incident.alert.people) == ("own", ("carol",))


async def test_responders_are_called_by_the_schedule_that_has_them(walk: Walk) -> None:
    await walk.begin()
    await walk.wait(2)
    incident = await incidents.page(walk.house, BOB, walk.ref, ("schedule:ops/next",))

    assert incident.alert.called == ("alice",)


async def test_of_a_security_incident_only_members_see_or_change_whom_it_pages(walk: Walk) -> None:
    walk.ref = (await incidents.declare(walk.house, BOB, tweet(), kind="security")).ref
    hour = walk.clock.now() + timedelta(hours=1)

    assert (await incident_paging.paging(walk.house, walk.ref, "bob")).told
    for deed in (
        incident_paging.paging(walk.house, walk.ref, "carol"),
        incident_paging.unacknowledge(walk.house, CAROL, walk.ref),
        incident_paging.snooze_pages(walk.house, CAROL, walk.ref, hour),
        incident_paging.reassign(walk.house, CAROL, walk.ref, ["person:carol"]),
    ):
        with pytest.raises(NotFound, match="There is no incident"):
            await deed


async def test_one_that_proves_to_be_of_another_kind_goes_on_by_the_policy_of_that_kind(walk: Walk) -> None:
    await walk.begin()
    await walk.wait(4)
    incident = await incidents.change_kind(walk.house, BOB, walk.ref, "security", "data leaked")
    assert [one.written for one in incident.alert.stamped.stages[1].to] == ["team:security_team", "on-call"]
    await walk.wait(5.9)
    assert await paged(walk) == [(0, ("bob",))]
    await walk.wait(0.1)

    assert await paged(walk) == [(0, ("bob",)), (10, ("bob",))]
    assert "alice" not in (await walk.incident()).members


async def test_every_message_is_shown_with_what_became_of_it(walk: Walk) -> None:
    walk.mailbox.answers["page"] = [Refused("no such user")]
    await walk.begin()

    sent = (await incident_paging.paging(walk.house, walk.ref, "bob")).sent
    assert [(one.person, one.via, one.state, one.why) for one in sent] == [
        ("bob", "slack", "failed", "no such user"),
        ("bob", "email", "handed over", ""),
    ]


async def test_whoever_declares_it_chooses_the_policy_and_another_kind_takes_it_away_from_nobody(
    walk: Walk,
) -> None:
    await save_policy(walk.house, OPERATOR, {"id": "own", "steps": [{"to": ["person:carol"]}]})

    walk.ref = (await incidents.declare(walk.house, BOB, tweet(), policy="Own")).ref
    assert await paged(walk) == [(0, ("carol",))]
    incident = await incidents.change_kind(walk.house, CAROL, walk.ref, "security", "data leaked")

    assert incident.alert.stamped.policy == "own"


async def test_a_policy_that_there_is_not_is_refused_by_name_and_nothing_is_opened(walk: Walk) -> None:
    with pytest.raises(NotFound, match="There is no policy pay; there are: default") as why:
        await incidents.declare(walk.house, BOB, tweet(), policy="pay")

    assert why.value.field == "policy"
    assert await looks.incidents(walk.house, "bob") == []
