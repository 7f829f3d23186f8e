"""Follow-ups as issues, against the GitHub of the town over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tocsin.core import facts as f
from tocsin.core.people import Person, Roster
from tocsin.core.work import FOLLOW_UP_OPEN, Delivered, Desk, Later, Refused, Work
from tocsin.engine.reaches import Reaches
from tocsin.integrations.github import GitHubLink, connect
from tocsin.integrations.github.reach import GitHubReach
from tocsin.settings import read_settings
from tocsin.town import Town
from town.specs import check_github

MakeDesk = Callable[..., Desk]
REPO = "acme/website"
FILED = f.FollowUpFiled("F1", "Renew certificates by machine", "They ran out unseen.", "bob")
FILE = Work(FOLLOW_UP_OPEN, "INC-7/follow-up/F1", "INC-7/follow-up/F1", payload={"follow_up": "F1"})


@pytest.fixture
def reach(link: GitHubLink) -> GitHubReach:
    assert isinstance(link.reach, GitHubReach)
    return link.reach


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """Bob, who is `bob-gh` there, owns the follow-up."""
    bob = Person("bob", "Bob Okafor", email="bob@acme.example", github="bob-gh")
    return replace(make_desk(FILED), roster=Roster({"bob": bob}, {}, ("bob",)))


async def test_a_follow_up_becomes_an_issue_with_its_owner_and_a_link_back(
    town: Town, reach: GitHubReach, desk: Desk
) -> None:
    town.github.add_member("bob-gh")

    outcome = await reach.carry_out(FILE, desk, 1)

    [issue] = town.github.issues(REPO)
    assert issue.title == "Renew certificates by machine"
    assert issue.assignees == ["bob-gh"]
    assert [label.name for label in issue.labels] == ["follow-up"]
    assert (issue.body or "").startswith(
        "They ran out unseen.\n\nFollow-up F1 of [INC-7](https://tocsin.acme.example/incidents/INC-7). "
        "Owner: Bob Okafor (@bob-gh)."
    )
    assert "\n\n<!-- tocsin:INC-7/follow-up/F1 " in (issue.body or "")
    assert outcome == Delivered({"repository": REPO, "number": "1", "url": issue.html_url})
    for call in town.requests:
        check_github(call)


async def test_an_owner_whom_github_can_t_assign_is_named_in_the_issue(
    town: Town, reach: GitHubReach, desk: Desk
) -> None:
    outcome = await reach.carry_out(FILE, desk, 1)

    assert isinstance(outcome, Delivered)
    [issue] = town.github.issues(REPO)
    assert issue.assignees == []
    assert "Owner: Bob Okafor (@bob-gh)." in (issue.body or "")
    assert [call.status for call in town.requests] == [422, 201]
    for call in town.requests:
        check_github(call)


async def test_a_token_that_may_not_assign_names_the_owner_in_the_issue(
    town: Town, reach: GitHubReach, desk: Desk
) -> None:
    town.github.may_assign = False

    outcome = await reach.carry_out(FILE, desk, 1)

    assert isinstance(outcome, Delivered)
    [issue] = town.github.issues(REPO)
    assert issue.assignees == []
    assert "Owner: Bob Okafor (@bob-gh)." in (issue.body or "")


async def test_an_owner_without_a_login_is_named_only(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(FILE, make_desk(FILED), 1)

    assert "assignees" not in town.requests[0].json
    assert "Owner: Bob Okafor. Close" in (town.github.issue(REPO, 1).body or "")


async def test_a_follow_up_whose_yes_was_lost_is_found_and_not_opened_again(
    town: Town, reach: GitHubReach, desk: Desk
) -> None:
    town.github.add_member("bob-gh")
    town.faults.add("github", "POST", "lost_answer")

    first = await reach.carry_out(FILE, desk, 1)
    second = await reach.carry_out(FILE, desk, 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert second.evidence["number"] == "1"
    assert len(town.github.issues(REPO)) == 1


async def test_follow_ups_go_to_a_repository_of_their_own_where_the_settings_name_one(
    town: Town, desk: Desk
) -> None:
    town.github.add_repo("acme/todo")
    settings = {
        "TOCSIN_GITHUB_TOKEN": town.github.token,
        "TOCSIN_GITHUB_REPOSITORY": REPO,
        "TOCSIN_GITHUB_FOLLOW_UP_REPOSITORY": "acme/todo",
        "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github",
    }
    link = connect(read_settings(settings))
    assert link is not None
    assert link.reach is not None

    first = await link.reach.carry_out(FILE, desk, 1)
    second = await link.reach.carry_out(FILE, desk, 2)
    await link.aclose()

    assert isinstance(first, Delivered)
    assert first.evidence["repository"] == "acme/todo"
    assert second == first
    assert len(town.github.issues("acme/todo")) == 1
    assert not town.github.issues(REPO)


async def test_a_follow_up_that_the_incident_has_not_is_refused(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(FILE, make_desk(), 1)

    assert outcome == Refused("INC-7 has no follow-up F1")
    assert not town.requests


async def test_of_a_private_incident_no_follow_up_goes_out(
    town: Town, reach: GitHubReach, desk: Desk
) -> None:
    private = replace(desk, incident=replace(desk.incident, private=True))

    outcome = await Reaches([reach]).carry_out(FILE, private, 1)

    assert outcome == Refused("INC-7 is private: nothing of it is said where everybody can read it")
    assert not town.requests
