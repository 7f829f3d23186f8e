"""The issue's latest state, edited in place, against the GitHub of the town over real HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tocsin.core import facts as f
from tocsin.core.work import ISSUE_OPEN, ISSUE_UPDATE, Delivered, Desk, Later, Refused, Work
from tocsin.integrations.github import GitHubLink
from tocsin.integrations.github.reach import GitHubReach
from tocsin.town import Town
from town.specs import check_github

MakeDesk = Callable[..., Desk]
REPO = "acme/website"
APPROVED = f.PublicWordsApproved("Sign-in is broken", "We know, and work on it.", "Sign-in is broken")
UPDATE = f.PublicUpdateApproved("We found the certificate.", "We found the certificate.")
OPEN = Work(ISSUE_OPEN, "INC-7/public/issue", "INC-7/issue/4")
EDIT = Work(ISSUE_UPDATE, "INC-7/public/issue", "INC-7/issue/update/6", payload={"fact": "6"})
MARK = "\n\n<!-- tocsin:INC-7/issue/4 "


@pytest.fixture
def reach(link: GitHubLink) -> GitHubReach:
    assert isinstance(link.reach, GitHubReach)
    return link.reach


@pytest.fixture
async def issue(reach: GitHubReach, make_desk: MakeDesk) -> f.IssueOpened:
    outcome = await reach.carry_out(OPEN, make_desk(APPROVED), 1)
    assert isinstance(outcome, Delivered)
    return f.IssueOpened(REPO, int(outcome.evidence["number"]), outcome.evidence["url"])


def body_of(town: Town) -> str:
    return town.github.issue(REPO, 1).body or ""


def writes(town: Town) -> list[str]:
    return [call.method for call in town.requests if call.method != "GET"]


async def test_the_latest_state_stands_above_the_first_words_and_the_marker_stays(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, issue: f.IssueOpened
) -> None:
    outcome = await reach.carry_out(EDIT, make_desk(APPROVED, issue, UPDATE), 1)

    text, mark, _ = body_of(town).partition(MARK)
    assert text.startswith("**Latest:** We found the certificate. _(")
    assert text.endswith("\n\n---\n\nWe know, and work on it.")
    assert mark
    assert outcome == Delivered({"url": issue.url, "text": text})
    assert town.github.issue(REPO, 1).state == "open"


async def test_a_second_update_takes_the_place_of_the_first(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, issue: f.IssueOpened
) -> None:
    await reach.carry_out(EDIT, make_desk(APPROVED, issue, UPDATE), 1)
    later = f.PublicUpdateApproved("It is renewed, and rolls out.", "")
    await reach.carry_out(EDIT, make_desk(APPROVED, issue, UPDATE, later), 1)

    assert body_of(town).startswith("**Latest:** It is renewed, and rolls out.")
    assert "We found the certificate" not in body_of(town)
    assert body_of(town).count("<!-- tocsin:") == 1


async def test_the_same_words_are_written_once_though_the_yes_was_lost(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, issue: f.IssueOpened
) -> None:
    town.faults.add("github", "PATCH", "lost_answer")
    desk = make_desk(APPROVED, issue, UPDATE)

    first = await reach.carry_out(EDIT, desk, 1)
    second = await reach.carry_out(EDIT, desk, 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert writes(town) == ["POST", "PATCH"]


async def test_a_marker_that_somebody_took_away_is_put_back(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, issue: f.IssueOpened
) -> None:
    await town.github.edit_issue("mallory", REPO, 1, body="<!-- tocsin:INC-7/issue/4 0000 -->")

    await reach.carry_out(EDIT, make_desk(APPROVED, issue, UPDATE), 1)

    assert "<!-- tocsin:INC-7/issue/update/6 " in body_of(town)
    assert "0000" not in body_of(town)


async def test_every_call_fits_github_s_own_description(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, issue: f.IssueOpened
) -> None:
    await reach.carry_out(EDIT, make_desk(APPROVED, issue, UPDATE), 1)

    assert [call.method for call in town.requests] == ["POST", "GET", "PATCH"]
    for call in town.requests:
        check_github(call)


async def test_an_issue_that_was_deleted_is_refused(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    gone = f.IssueOpened(REPO, 99, f"https://github.com/{REPO}/issues/99")

    outcome = await reach.carry_out(EDIT, make_desk(APPROVED, gone, UPDATE), 1)

    assert isinstance(outcome, Refused)
    assert "(404)" in outcome.why


async def test_without_an_issue_of_ours_there_is_nothing_to_update(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(EDIT, make_desk(APPROVED, UPDATE), 1)

    assert outcome == Refused("there is no issue of ours to update")
    assert not town.requests
