"""A team says which pager it keeps: kept, shown, refused, and stamped on the incidents that reach it."""

from __future__ import annotations

import pytest

from tocsin.acts import incidents, looks, people
from tocsin.acts.configuration.applying import Applied, apply
from tocsin.acts.configuration.documents import Documents, configuration
from tocsin.acts.configuration.draft import Step
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.oncall.by import OPERATOR
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN, Declared
from tocsin.core.facts_paging import OURS, KeptPager
from tocsin.errors import Invalid

LINKED = frozenset({"pager:opsgenie", "pager:pagerduty", "page:slack"})


async def stamped(house: House, key: str) -> KeptPager | None:
    report = NewReport("cli", f"It is down {key}", "carol", False, key=key)
    declared = await incidents.declare(house, Actor("carol", "cli", "Carol"), report)
    incident = (await looks.case(house, declared.ref, TOCSIN)).incident
    first = incident.facts[0].what
    assert isinstance(first, Declared)
    assert incident.kept == first.pager
    return first.pager


async def test_an_incident_has_the_pager_of_the_team_whose_schedule_it_reaches(house: House) -> None:
    house.abilities = LINKED
    assert await stamped(house, "1") == OURS

    await people.save_team(house, "ops_team", ["alice", "bob"], pager="pagerduty:Ops")

    assert await stamped(house, "2") == KeptPager("pagerduty", "ops_team", "Ops")


async def test_a_change_of_the_members_leaves_the_pager_as_it_is(house: House) -> None:
    house.abilities = LINKED
    await people.save_team(house, "ops_team", ["alice", "bob"], pager="opsgenie")
    await people.save_team(house, "ops_team", ["alice"])
    assert (await people.everybody(house)).pagers == {"ops_team": "opsgenie"}

    await people.save_team(house, "ops_team", ["alice"], pager="")

    assert (await people.everybody(house)).pagers == {}


async def test_a_preview_changes_no_pager(house: House) -> None:
    house.abilities = LINKED

    await people.save_team(house, "ops_team", ["alice", "bob"], pager="opsgenie", preview=True)

    assert (await people.everybody(house)).pagers == {}


async def test_a_pager_that_is_not_linked_is_refused(house: House) -> None:
    with pytest.raises(Invalid, match="pagerduty is no pager that is linked here: write own, or nothing"):
        await people.save_team(house, "ops_team", ["alice"], pager="pagerduty")


def _of_teams(done: Applied) -> list[Step]:
    return [one for one in done.steps if one.kind == "team"]


async def test_files_say_which_pager_a_team_keeps(house: House) -> None:
    house.abilities = LINKED
    docs = Documents(teams={"ops_team": {"members": ["alice", "bob"], "pager": "opsgenie"}})

    first = await apply(house, OPERATOR, docs)
    again = await apply(house, OPERATOR, docs)
    _, written = await configuration(house, OPERATOR)

    [step] = _of_teams(first)
    assert (step.action, step.words) == ("update", ("pager: nothing is now opsgenie",))
    assert [one.action for one in _of_teams(again)] == ["unchanged"]
    assert written.teams == docs.teams


async def test_a_file_with_a_list_of_members_leaves_the_pager_as_it_is(house: House) -> None:
    house.abilities = LINKED
    await people.save_team(house, "ops_team", ["alice", "bob"], pager="opsgenie")

    done = await apply(house, OPERATOR, Documents(teams={"ops_team": ["alice", "bob"]}))

    assert [one.action for one in _of_teams(done)] == ["unchanged"]
    assert (await people.everybody(house)).pagers == {"ops_team": "opsgenie"}


@pytest.mark.parametrize(
    ("doc", "why"),
    [
        ({"members": ["alice"], "pager": "splunk"}, "splunk is no pager that is linked here"),
        ({"member": ["alice"]}, "unknown member; there are members, pager"),
    ],
)
async def test_a_file_that_can_t_be_is_refused_by_name(
    house: House, doc: dict[str, object], why: str
) -> None:
    house.abilities = LINKED

    with pytest.raises(Invalid, match=why):
        await apply(house, OPERATOR, Documents(teams={"ops_team": doc}))
