"""A channel that a policy names is looked for in Slack when the policy is saved: what is wrong with it is told by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from slack_world import World

from tocsin.acts import policies
from tocsin.acts.configuration.applying import apply
from tocsin.acts.configuration.documents import Documents
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy

NO_SUCH = "Slack shows no such channel to Tocsin: create it, invite Tocsin with /invite, or name another in the policy"


@pytest.fixture
def saving(world: World) -> World:
    world.house.given = {one.via: one for one in world.link.given_channels}
    world.town.slack.add_channel("pay", bot_in=False)
    old = world.town.slack.add_channel("old", bot_in=False)
    world.town.slack.space.channels[old].is_archived = True
    return world


def doc(*channels: str) -> dict[str, Any]:
    return {"id": "told", "steps": [{"to": ["person:bob", *(f"channel:{one}" for one in channels)]}]}


async def saved(world: World, *channels: str) -> Sequence[str]:
    return (await save_policy(world.house, OPERATOR, doc(*channels))).shown.warnings


async def test_a_channel_that_slack_does_not_show_is_saved_with_a_warning(saving: World) -> None:
    id = next(one.id for one in saving.town.slack.space.channels.values() if one.name == "pay")

    assert await saved(saving, "#nowhere", "#pay", id, "C0NOWHERE1") == (
        f"channel:#nowhere hears nothing: {NO_SUCH}",
        f"channel:C0NOWHERE1 hears nothing: {NO_SUCH}",
    )
    saving.town.slack.add_channel("nowhere", bot_in=False)
    assert len((await policies.policy(saving.house, "told")).warnings) == 1


async def test_so_is_one_in_the_archive(saving: World) -> None:
    [warning] = await saved(saving, "#old")
    assert warning.startswith("channel:#old hears nothing: Slack has it in the archive")


@pytest.mark.parametrize("fault", ["429", "500", "timeout"])
async def test_while_slack_can_not_be_asked_it_is_saved_and_said_to_be_unchecked(
    saving: World, fault: str
) -> None:
    saving.quick()
    saving.town.faults.add("slack", "conversations.list", fault, times=1)
    [warning] = await saved(saving, "#pay")

    assert warning.startswith("channel:#pay could not be checked: ")
    assert (await policies.policy(saving.house, "told")).kept.version == 1


async def test_files_are_applied_with_the_same_warnings(saving: World) -> None:
    wanted = {key: value for key, value in doc("#nowhere").items() if key != "id"}
    planned = await apply(saving.house, OPERATOR, Documents(policies={"told": wanted}), dry_run=True)
    done = await apply(saving.house, OPERATOR, Documents(policies={"told": wanted}))
    again = await apply(saving.house, OPERATOR, Documents(policies={"told": wanted}))

    assert planned.warnings == done.warnings == (f"channel:#nowhere hears nothing: {NO_SUCH}",)
    assert again.warnings == ()  # Nothing changes, so nothing is asked.
