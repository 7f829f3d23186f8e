"""What policies name goes only with them knowing: refused with the list, or taken out of them, by one rule for every door."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.acts import people
from tocsin.acts.configuration.applying import apply
from tocsin.acts.configuration.documents import Documents
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.schedules import end_schedule
from tocsin.acts.policies import policy
from tocsin.acts.policies_saved import delete_policy, save_policy
from tocsin.core.case import Actor
from tocsin.core.escalation.named import without
from tocsin.core.escalation.written import policy_of, written_policy
from tocsin.errors import Conflict, Forbidden, Invalid

ALICE = By(Actor("alice", "web", "Alice"))
PAY = {
    "id": "pay",
    "team": "ops_team",
    "steps": [{"to": ["schedule:ops", "person:carol"]}, {"to": "person:carol", "after": "5m"}, {"to": "team:ops_team", "after": "10m"}],
    "last_resort": ["person:carol"],
}  # fmt: skip


async def saved(house: House, doc: dict[str, Any] = PAY) -> None:
    await save_policy(house, OPERATOR, doc)


async def steps(house: House, id: str = "pay") -> Any:
    return written_policy((await policy(house, id)).kept.policy)["steps"]


async def test_a_person_whom_policies_name_is_not_removed_and_all_of_them_are_told(house: House) -> None:
    await saved(house)
    await saved(house, {"id": "web", "steps": [{"to": "on-call"}], "last_resort": "person:carol"})

    with pytest.raises(Conflict) as refused:
        await people.remove_person(house, "carol")
    seen = await people.remove_person(house, "carol", preview=True)

    assert refused.value.message.startswith(
        "The person carol can't go: pay (step 1, step 2, the last resort), web (the last resort) name it."
    )
    assert [str(one) for one in seen.effect.policies][1] == "web (the last resort)"
    assert "carol" in (await people.everybody(house)).people


async def test_forced_it_is_taken_out_of_them_and_the_steps_after_keep_their_times(house: House) -> None:
    await saved(house)

    await people.remove_person(house, "carol", force=True)

    assert await steps(house) == [{"to": ["schedule:ops"]}, {"to": ["team:ops_team"], "after": "15m"}]
    assert (await policy(house, "pay")).kept.version == 2
    words = await house.pool.fetchval(
        "SELECT words FROM oncall_changes WHERE subject = 'pay' ORDER BY id DESC"
    )
    assert words == "changed the policy pay: person:carol is taken out of it"


async def test_a_schedule_goes_by_the_same_rule(house: House) -> None:
    await saved(house)

    with pytest.raises(Conflict, match=r"The schedule ops can't go: pay \(step 1\) names it"):
        await end_schedule(house, ALICE, "ops", expected=1)
    gone = await end_schedule(house, ALICE, "ops", expected=1, force=True)

    assert [one.policy for one in gone.effect.policies] == ["pay"]
    assert (await steps(house))[0] == {"to": ["person:carol"]}


async def test_a_policy_goes_by_the_same_rule(house: House) -> None:
    await saved(house)
    await saved(house, {"id": "web", "team": "ops_team", "steps": [{"to": ["policy:pay", "on-call"]}]})

    with pytest.raises(Conflict, match=r"The policy pay can't go: web \(step 1\) names it"):
        await delete_policy(house, ALICE, "pay", expected=1)
    await delete_policy(house, ALICE, "pay", expected=1, force=True)

    assert await steps(house, "web") == [{"to": ["on-call"]}]


async def test_none_is_left_that_reaches_nobody_and_nobody_changes_what_is_not_theirs(house: House) -> None:
    await saved(house)
    await saved(house, {"id": "web", "team": "ops_team", "steps": [{"to": "policy:pay"}]})

    with pytest.raises(Conflict, match="The policy web would reach nobody without policy:pay: name others"):
        await delete_policy(house, ALICE, "pay", expected=1, force=True)
    await save_policy(
        house, OPERATOR, {"id": "web", "steps": [{"to": ["policy:pay", "on-call"]}]}, expected=1
    )
    with pytest.raises(Forbidden, match="alice can't change the policy web, which names policy:pay"):
        await delete_policy(house, ALICE, "pay", expected=1, force=True)

    assert (await policy(house, "pay")).kept.version == 1


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"people": {"alice": {}, "bob": {}}}, r"can't go: pay \(step 1, step 2, the last resort\) names it"),
        ({"teams": {}}, r"can't go: pay \(step 3, its team\) names it"),
        ({"schedules": {}}, r"can't go: pay \(step 1\) names it"),
    ],
)
async def test_a_file_that_leaves_it_out_is_refused_with_the_same_list(
    house: House, wanted: dict[str, Any], why: str
) -> None:
    await saved(house)

    with pytest.raises(Invalid, match=why):
        await apply(house, OPERATOR, Documents(**wanted), prune=True)


def test_a_team_that_goes_leaves_a_policy_of_nobody() -> None:
    one = policy_of({"id": "pay", "team": "ops", "steps": [{"to": ["team:ops", "on-call"]}]})

    left = without(one, "team", "ops")

    assert left is not None
    assert (left.team, [target.written for target in left.steps[0].to]) == ("", ["on-call"])
    assert without(policy_of({"id": "pay", "steps": [{"to": "team:ops"}]}), "team", "ops") is None
