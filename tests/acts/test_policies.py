"""Escalation policies are kept: who may change them, what a stale edit is told, and what an alert is stamped with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tocsin.acts import people, policies, policies_saved
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.policies_saved import delete_policy, save_policy
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.escalation.policy import Stamped
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound

ALICE = By(Actor("alice", "web", "Alice"))
CAROL = By(Actor("carol", "web", "Carol"))
NOBODY = By(Actor("", "api", "grafana"))


def doc(id: str = "pay", *to: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "team": "ops_team",
        "steps": [{"to": list(to) or ["schedule:ops"]}, {"to": ["team:ops_team"], "after": "5m"}],
        **more,
    }


async def stamped_by(house: House, id: str = "") -> Stamped:
    async with house.pool.acquire() as conn:
        return await policies.policy_for(house, conn, id)


async def test_what_is_saved_is_what_an_alert_is_stamped_with(house: House) -> None:
    await save_policy(house, ALICE, doc(repeat=2))

    found = await stamped_by(house, "pay")

    assert (found.policy, found.repeat) == ("pay", 2)
    assert [stage.to[0].written for stage in found.stages] == ["schedule:ops", "team:ops_team"]


async def test_an_edit_changes_nothing_for_what_was_stamped_before(house: House) -> None:
    await save_policy(house, ALICE, doc())
    before = await stamped_by(house, "pay")

    await save_policy(house, ALICE, doc("pay", "person:carol"), expected=1)

    assert before.stages[0].to[0].written == "schedule:ops"
    assert (await stamped_by(house, "pay")).stages[0].to[0].written == "person:carol"


async def test_without_one_that_was_saved_the_default_is_what_the_handbook_says(house: House) -> None:
    found = await stamped_by(house)

    assert found.policy == "default"
    assert [(stage.at, stage.to[0].written) for stage in found.stages] == [
        (timedelta(), "on-call"),
        (timedelta(minutes=10), "team:ops_team"),
    ]


async def test_a_default_that_is_saved_takes_the_place_of_the_handbooks(house: House) -> None:
    await save_policy(house, OPERATOR, {"id": "default", "steps": [{"to": "person:carol"}]})
    assert [one.to[0].name for one in (await stamped_by(house)).stages] == ["carol"]

    await delete_policy(house, OPERATOR, "default", expected=1)

    assert (await stamped_by(house)).stages[0].to[0].written == "on-call"


async def test_a_policy_may_refer_to_the_default_that_nobody_has_saved(house: House) -> None:
    await save_policy(house, ALICE, doc("pay", "policy:default"))

    assert (await stamped_by(house, "pay")).stages[0].to[0].written == "on-call"


async def test_it_is_shown_what_follows_by_the_names_of_people(house: House) -> None:
    saved = await save_policy(house, ALICE, doc())

    assert [line.text for line in saved.shown.coming] == [
        "Step 1: Bob",
        "Step 2: Alice, Bob",
        "The last resort, every 10 min until somebody acknowledges: Alice, Bob",
    ]
    assert saved.shown.warnings == ()


async def test_who_is_next_in_a_schedule_is_who_has_the_next_shift(house: House) -> None:
    saved = await save_policy(house, ALICE, doc("pay", "schedule:ops/next"))
    everyone = await save_policy(house, ALICE, doc("all", "schedule:ops/everyone"))

    assert saved.shown.coming[0].text == "Step 1: Alice"
    assert everyone.shown.coming[0].text == "Step 1: Bob, Alice"


async def test_a_step_that_reaches_nobody_now_is_saved_with_a_warning(house: House) -> None:
    await people.save_person(house, "mute", name="Mute")
    await people.save_team(house, "empty", [])
    wanted = doc("pay", "team:empty", last_resort=["person:mute"])

    saved = await save_policy(house, ALICE, wanted)

    assert saved.shown.warnings == (
        "Step 1 reaches nobody now: team:empty is nobody at the moment",
        "The last resort reaches nobody now: Mute: there is no way to page them (they have no contact method)",
    )


async def test_a_preview_changes_nothing(house: House) -> None:
    saved = await save_policy(house, ALICE, doc(), preview=True)

    assert (saved.is_new, saved.shown.kept.version) == (True, 0)
    assert [one.id for one in await policies.all_policies(house)] == ["default"]


async def test_saving_what_holds_already_changes_nothing(house: House) -> None:
    await save_policy(house, ALICE, doc())
    saved = await save_policy(house, ALICE, doc(), expected=1)

    assert (saved.is_changed, saved.shown.kept.version) == (False, 1)


async def test_a_stale_edit_is_refused_and_says_who_was_first(house: House) -> None:
    await save_policy(house, ALICE, doc())
    await save_policy(house, ALICE, doc(repeat=1), expected=1)

    with pytest.raises(
        Conflict, match=r"The policy pay is at version 2, and you saw 1: alice changed the policy pay"
    ):
        await save_policy(house, ALICE, doc(repeat=3), expected=1)
    with pytest.raises(Conflict, match="you saw 1"):
        await delete_policy(house, ALICE, "pay", expected=1)


async def test_an_edit_without_a_version_is_refused(house: House) -> None:
    await save_policy(house, ALICE, doc())

    with pytest.raises(Invalid, match=r"expected_version is missing.*now 1"):
        await save_policy(house, ALICE, doc(repeat=1))


async def test_who_edits_what_was_deleted_meanwhile_is_told(house: House) -> None:
    with pytest.raises(Conflict, match="There is no policy pay any more, of which you saw version 3"):
        await save_policy(house, ALICE, doc(), expected=3)


async def test_only_the_team_and_admins_change_a_policy(house: House) -> None:
    await save_policy(house, ALICE, doc())

    with pytest.raises(
        Forbidden, match="carol can't change the policy pay: ask somebody of ops_team or an admin"
    ):
        await save_policy(house, CAROL, doc(repeat=1), expected=1)
    with pytest.raises(Forbidden, match="carol can't change the policy pay"):
        await delete_policy(house, CAROL, "pay", expected=1)
    with pytest.raises(Forbidden, match="ask an admin, since it is no team's"):
        await save_policy(house, ALICE, doc(team=""), expected=1)
    with pytest.raises(Forbidden, match="Only a person can change"):
        await save_policy(house, NOBODY, doc(), expected=1)


@pytest.mark.parametrize(
    ("to", "why"),
    [
        pytest.param("person:zed", "there is no person zed; there are: alice, bob, carol", id="person"),
        pytest.param("team:devs", "there is no team devs; there are: ops_team", id="team"),
        pytest.param("schedule:day", "there is no schedule day; there are: ops", id="schedule"),
        pytest.param("policy:x", "there is no policy x; there are: default, pay", id="policy"),
        pytest.param("policy:pay", "The policy pay refers to itself: pay → pay", id="itself"),
    ],
)
async def test_refused_by_name_is_a_step_to(house: House, to: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        await save_policy(house, ALICE, doc("pay", to))


async def test_a_circle_over_other_policies_is_refused_with_all_of_it(house: House) -> None:
    await save_policy(house, ALICE, doc("inner"))
    await save_policy(house, ALICE, doc("outer", "policy:inner"))

    with pytest.raises(Invalid, match="inner → outer → inner"):
        await save_policy(house, ALICE, doc("inner", "policy:outer"), expected=1)


async def test_an_edit_after_which_another_policy_could_not_be_is_refused(house: House) -> None:
    await save_policy(house, ALICE, doc("inner"))
    outer = doc("outer", steps=[{"to": "policy:inner"}] * 20)
    await save_policy(house, ALICE, outer)

    with pytest.raises(
        Invalid, match="outer refers to inner, and could not be any more: outer has more than 500"
    ):
        await save_policy(house, ALICE, doc("inner", steps=[{"to": "on-call"}] * 30), expected=1)


async def test_a_policy_is_not_deleted_while_others_refer_to_it(house: House) -> None:
    await save_policy(house, ALICE, doc("inner"))
    await save_policy(house, ALICE, doc("outer", "policy:inner"))

    with pytest.raises(Conflict, match=r"The policy inner can't go: outer \(step 1\) names it"):
        await delete_policy(house, ALICE, "inner", expected=1)
    await delete_policy(house, ALICE, "outer", expected=1)
    await delete_policy(house, ALICE, "inner", expected=1)

    with pytest.raises(NotFound, match="There is no policy inner; there are: default"):
        await stamped_by(house, "inner")


async def test_one_that_was_deleted_comes_back_under_a_version_that_nobody_has_seen(house: House) -> None:
    await save_policy(house, ALICE, doc())
    await delete_policy(house, ALICE, "pay", expected=1)

    assert (await save_policy(house, ALICE, doc())).shown.kept.version == 3


async def test_who_changed_what_is_remembered(house: House, clock: HandClock) -> None:
    await save_policy(house, ALICE, doc())
    await delete_policy(house, ALICE, "pay", expected=1)
    found = await house.pool.fetch("SELECT by, words FROM oncall_changes WHERE subject = 'pay' ORDER BY id")

    assert [tuple(row) for row in found] == [
        ("alice", "made the policy pay"),
        ("alice", "deleted the policy pay"),
    ]
    assert (await policies.policy(house, "default")).kept.changed_at is None


async def test_more_policies_than_a_house_has_use_for_are_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies_saved, "MOST", 2)
    await save_policy(house, ALICE, doc("one"))
    await save_policy(house, ALICE, doc("two"))

    with pytest.raises(Conflict, match="There are 2 policies already: delete some first"):
        await save_policy(house, ALICE, doc("three"))
    await save_policy(house, ALICE, doc("two", repeat=1), expected=1)
