"""Escalation policies as documents: planned with people, teams and schedules as they will be, and done with them or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.acts import policies
from tocsin.acts.configuration.applying import apply
from tocsin.acts.configuration.documents import Documents, configuration
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.policies_saved import save_policy
from tocsin.core.case import Actor
from tocsin.errors import Conflict, Forbidden, Invalid

ALICE = By(Actor("alice", "web", "Alice"))
CAROL = By(Actor("carol", "web", "Carol"))
PAY: dict[str, Any] = {"team": "ops_team", "steps": [{"to": ["schedule:ops"]}]}
ALL: dict[str, Any] = {"team": "ops_team", "steps": [{"to": ["policy:pay"]}]}


async def there(house: House) -> list[str]:
    return [one.id for one in await policies.all_policies(house)]


async def test_policies_are_made_together_and_may_refer_to_each_other(house: House) -> None:
    done = await apply(house, ALICE, Documents(policies={"all": ALL, "pay": PAY}))

    assert [
        (step.kind, step.id, step.action, step.words) for step in done.steps if step.kind == "policy"
    ] == [
        ("policy", "all", "create", ("1 step",)),
        ("policy", "pay", "create", ("1 step",)),
    ]
    assert await there(house) == ["all", "default", "pay"]


async def test_what_is_exported_changes_nothing_when_it_is_applied(house: House) -> None:
    await save_policy(house, ALICE, {"id": "pay", "name": "Payments", **PAY})
    _, found = await configuration(house, OPERATOR)
    again = await apply(house, OPERATOR, found)

    assert found.policies == {"pay": {"name": "Payments", **PAY}}
    assert again.changes == ()


async def test_an_edit_says_what_changes(house: House) -> None:
    await save_policy(house, ALICE, {"id": "pay", **PAY})
    edited = {**PAY, "repeat": 2, "steps": [{"to": ["on-call"]}, {"to": ["team:ops_team"], "after": "5m"}]}
    done = await apply(house, ALICE, Documents(policies={"pay": edited}))

    assert done.changes[0].words == (
        "repeat: nothing is now 2",
        "step 1: to: schedule:ops is now on-call",
        "step 2 is new: team:ops_team",
    )
    assert (await policies.policy(house, "pay")).kept.version == 2


async def test_a_policy_reaches_a_team_that_is_made_with_it(house: House) -> None:
    wanted = Documents(teams={"new_team": ["carol"]}, policies={"new": {"steps": [{"to": "team:new_team"}]}})
    await apply(house, OPERATOR, wanted)

    assert (await policies.policy(house, "new")).coming[0].text == "Step 1: Carol"


async def test_one_thing_that_is_wrong_and_nothing_changes(house: House) -> None:
    wrong = {"steps": [{"to": "team:devs"}]}
    with pytest.raises(Invalid, match=r"policy.bad: steps\[0\].to\[0\]: there is no team devs") as refused:
        await apply(house, OPERATOR, Documents(policies={"pay": PAY, "bad": wrong}))

    assert [place for place, _ in refused.value.places] == ["policy.bad"]
    assert await there(house) == ["default"]


async def test_a_circle_is_refused(house: House) -> None:
    circle = {"steps": [{"to": "policy:all"}]}
    with pytest.raises(Invalid, match="The policy all refers to itself: all → pay → all"):
        await apply(house, OPERATOR, Documents(policies={"all": ALL, "pay": circle}))


async def test_what_is_in_no_document_stays_unless_it_is_pruned(house: House) -> None:
    await apply(house, ALICE, Documents(policies={"all": ALL, "pay": PAY}))
    await apply(house, ALICE, Documents(policies={"pay": PAY}))
    assert await there(house) == ["all", "default", "pay"]

    await apply(house, ALICE, Documents(policies={"pay": PAY}), prune=True)

    assert await there(house) == ["default", "pay"]


async def test_one_that_others_refer_to_is_not_pruned(house: House) -> None:
    await apply(house, ALICE, Documents(policies={"all": ALL, "pay": PAY}))

    with pytest.raises(Invalid, match="there is no policy pay; there are: all, default"):
        await apply(house, ALICE, Documents(policies={"all": ALL}), prune=True)


async def test_files_change_the_policies_of_ones_own_team_only(house: House) -> None:
    with pytest.raises(Forbidden, match="carol can't change the policy pay: ask somebody of ops_team"):
        await apply(house, CAROL, Documents(policies={"pay": PAY}))
    with pytest.raises(Forbidden, match="ask an admin, since it is no team's"):
        await apply(house, ALICE, Documents(policies={"pay": {"steps": PAY["steps"]}}))


async def test_a_plan_that_was_reviewed_is_done_only_while_it_is_the_same(house: House) -> None:
    wanted = Documents(policies={"pay": PAY})
    reviewed = await apply(house, ALICE, wanted, dry_run=True)
    await save_policy(house, ALICE, {"id": "pay", **PAY, "repeat": 3})

    with pytest.raises(Conflict, match="made the policy pay"):
        await apply(house, ALICE, wanted, plan_id=reviewed.plan_id)
