"""What goes out to GitHub, against the GitHub of the town over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tocsin.core import facts as f
from tocsin.core.work import ISSUE_CLOSE, ISSUE_OPEN, Delivered, Desk, Later, Refused, Work
from tocsin.integrations.github import GitHubLink, connect
from tocsin.integrations.github.reach import GitHubReach
from tocsin.settings import read_settings
from tocsin.town import Town
from town.specs import check_github

MakeDesk = Callable[..., Desk]
REPO = "acme/website"
APPROVED = f.PublicWordsApproved("Sign-in is broken", "We know, and work on it.", "Sign-in is broken")
RESOLVED = f.Resolved("rolled back", "sign-in works", "sign-in works again.")
OPEN = Work(ISSUE_OPEN, "INC-7/public/issue", "INC-7/issue/4")
CLOSE = Work(ISSUE_CLOSE, "INC-7/public/issue", "INC-7/close-issue", payload={"duty": "close-issue"})


@pytest.fixture
def reach(link: GitHubLink) -> GitHubReach:
    assert isinstance(link.reach, GitHubReach)
    return link.reach


async def opened(town: Town, reach: GitHubReach, desk: Desk) -> f.IssueOpened:
    """The fact that an issue opened by us leaves."""
    outcome = await reach.carry_out(OPEN, desk, 1)
    assert isinstance(outcome, Delivered)
    evidence = outcome.evidence
    return f.IssueOpened(evidence["repository"], int(evidence["number"]), evidence["url"])


async def test_the_issue_opens_with_the_approved_words_and_a_hidden_marker(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(OPEN, make_desk(APPROVED), 1)

    [issue] = town.github.issues(REPO)
    assert issue.title == "Sign-in is broken"
    assert (issue.body or "").startswith("We know, and work on it.\n\n<!-- tocsin:INC-7/issue/4 ")
    assert issue.labels == []
    assert outcome == Delivered({"repository": REPO, "number": "1", "url": issue.html_url})


async def test_the_request_is_what_github_asks_for(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(OPEN, make_desk(APPROVED), 1)

    [request] = town.requests
    assert (request.method, request.path, request.status) == (
        "POST",
        "/github/repos/acme/website/issues",
        201,
    )
    assert set(request.json) == {"title", "body"}
    assert request.headers["authorization"] == f"Bearer {town.github.token}"
    assert request.headers["accept"] == "application/vnd.github+json"
    assert request.headers["x-github-api-version"] == "2022-11-28"
    assert request.headers["user-agent"] == "Tocsin"


async def test_every_call_and_its_answer_fit_github_s_own_description(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    issue = await opened(town, reach, make_desk(APPROVED))
    await reach.carry_out(OPEN, make_desk(APPROVED), 2)
    await reach.carry_out(CLOSE, make_desk(APPROVED, issue, RESOLVED), 2)

    calls = [
        f"{call.method} {call.path.removeprefix('/github/repos/acme/website')}" for call in town.requests
    ]
    assert calls == [
        "POST /issues",
        "GET /issues",
        "GET /issues/1/comments",
        "POST /issues/1/comments",
        "GET /issues/1",
        "PATCH /issues/1",
    ]
    for call in town.requests:
        check_github(call)


async def test_an_issue_whose_yes_was_lost_is_found_and_not_opened_again(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    town.faults.add("github", "POST /repos/acme/website/issues", "lost_answer")

    first = await reach.carry_out(OPEN, make_desk(APPROVED), 1)
    second = await reach.carry_out(OPEN, make_desk(APPROVED), 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert second.evidence["number"] == "1"
    assert len(town.github.issues(REPO)) == 1


async def test_our_issue_is_found_beyond_the_first_page(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    repo = town.github.board.repos[REPO]
    others = [town.github.board.open_issue(repo, "jane", f"Mine {n}", "", []) for n in range(150)]
    await reach.carry_out(OPEN, make_desk(APPROVED), 1)

    second = await reach.carry_out(OPEN, make_desk(APPROVED), 2)

    assert isinstance(second, Delivered)
    assert second.evidence["number"] == str(len(others) + 1)


async def test_a_stranger_s_issue_with_a_guessed_marker_is_never_taken_for_ours(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    await town.github.open_issue("mallory", REPO, "Ha", "<!-- tocsin:INC-7/issue/4 -->")

    outcome = await reach.carry_out(OPEN, make_desk(APPROVED), 2)

    assert isinstance(outcome, Delivered)
    assert outcome.evidence["number"] == "2"


async def test_closing_says_how_it_ended_and_closes_as_completed(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    issue = await opened(town, reach, make_desk(APPROVED))

    outcome = await reach.carry_out(CLOSE, make_desk(APPROVED, issue, RESOLVED), 1)

    closed = town.github.issue(REPO, 1)
    [comment] = closed.comments
    assert comment.body.startswith("Resolved: Sign-in works again. Thank you for your patience.")
    assert (closed.state, closed.state_reason) == ("closed", "completed")
    assert (closed.body or "").startswith("Resolved: Sign-in works again. Thank you for your patience. _(")
    assert "---\n\nWe know, and work on it.\n\n<!-- tocsin:INC-7/issue/4 " in (closed.body or "")
    assert isinstance(outcome, Delivered)
    assert outcome.evidence["url"].startswith(f"{issue.url}#issuecomment-")


async def test_closing_a_false_alarm_closes_as_not_planned(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    issue = await opened(town, reach, make_desk(APPROVED))
    dismissed = f.Dismissed("a test", "the site works from three places")

    await reach.carry_out(CLOSE, make_desk(APPROVED, issue, dismissed), 1)

    assert town.github.issue(REPO, 1).state_reason == "not_planned"


@pytest.mark.parametrize("lost", ["POST /repos/acme/website/issues/1/comments", "PATCH"])
async def test_a_closing_whose_yes_was_lost_comments_only_once(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, lost: str
) -> None:
    desk = make_desk(APPROVED, await opened(town, reach, make_desk(APPROVED)), RESOLVED)
    town.faults.add("github", lost, "lost_answer")

    first = await reach.carry_out(CLOSE, desk, 1)
    second = await reach.carry_out(CLOSE, desk, 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert len(town.github.issue(REPO, 1).comments) == 1
    assert town.github.issue(REPO, 1).state == "closed"


async def test_an_issue_of_another_repository_is_refused_by_name(
    reach: GitHubReach, make_desk: MakeDesk
) -> None:
    elsewhere = f.IssueOpened("acme/old", 3, "https://github.com/acme/old/issues/3")

    outcome = await reach.carry_out(CLOSE, make_desk(APPROVED, elsewhere, RESOLVED), 1)

    assert outcome == Refused("the issue is in acme/old, and the settings name acme/website")


async def test_the_secondary_limit_is_waited_out_though_it_comes_as_a_403(
    town: Town, reach: GitHubReach, make_desk: MakeDesk
) -> None:
    town.faults.add("github", "*", "403", retry_after=45)

    outcome = await reach.carry_out(OPEN, make_desk(APPROVED), 1)

    assert isinstance(outcome, Later)
    assert outcome.wait == timedelta(seconds=45)


async def test_a_wrong_token_is_refused_by_name_and_never_shown(town: Town, make_desk: MakeDesk) -> None:
    settings = {"TOCSIN_GITHUB_TOKEN": "wrong-and-secret", "TOCSIN_GITHUB_REPOSITORY": REPO}
    link = connect(read_settings({**settings, "TOCSIN_GITHUB_BASE_URL": f"{town.url}/github"}))
    assert link is not None
    assert link.reach is not None

    outcome = await link.reach.carry_out(OPEN, make_desk(APPROVED), 1)
    await link.aclose()

    assert outcome == Refused(
        "GitHub does not take our credentials: check its tokens in the settings (401): Bad credentials"
    )


@pytest.mark.parametrize(("work", "why"), [(OPEN, "approved"), (CLOSE, "no issue of ours")])
async def test_nothing_goes_out_where_something_is_missing(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, work: Work, why: str
) -> None:
    outcome = await reach.carry_out(work, make_desk(), 1)

    assert isinstance(outcome, Refused)
    assert why in outcome.why
    assert not town.requests


async def test_without_a_token_there_is_no_link() -> None:
    assert connect(read_settings({})) is None
