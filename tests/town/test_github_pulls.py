"""Pull requests over real branches, and when GitHub merges them."""

from __future__ import annotations

import httpx2
import pytest

from tocsin.town import Town
from tocsin.town.github import Protection, Repository, Reviews, Who
from town.conftest import Listener

SITE = "acme/site"
PULLS = f"/repos/{SITE}/pulls"
CHECKED = Protection(contexts=["ci"])


@pytest.fixture
async def site(town: Town) -> Repository:
    """acme/site with a branch `topic` of bob's."""
    site = await town.github.repository(SITE, {"a": "1\n", "b": "1\n"})
    for login in ("alice", "bob"):
        town.github.add_member(login)
    await site.commit("topic", {"a": "2\n"}, author="bob", message="Two", start="main")
    return site


async def open_pull(github: httpx2.AsyncClient, **more: object) -> httpx2.Response:
    return await github.post(PULLS, json={"title": "Two", "head": "topic", "base": "main"} | more)


def actions(app: Listener) -> list[str]:
    return [heard.json["action"] for heard in app.heard if heard.headers["x-github-event"] == "pull_request"]


async def test_a_pull_request_is_merged_at_the_commit_that_was_looked_at(
    town: Town, app: Listener, github: httpx2.AsyncClient, site: Repository
) -> None:
    opened = (await open_pull(github)).json()

    stale = await github.put(f"{PULLS}/1/merge", json={"sha": "0" * 40})
    merged = await github.put(f"{PULLS}/1/merge", json={"sha": opened["head"]["sha"]})
    again = await github.put(f"{PULLS}/1/merge", json={"sha": opened["head"]["sha"]})
    await town.settled()

    seen = (await github.get(f"{PULLS}/1")).json()
    tip = await site.commit_at("main")
    assert (opened["mergeable"], opened["mergeable_state"]) == (True, "clean")
    assert (stale.status_code, stale.json()["message"]) == (
        409, "Head branch was modified. Review and try the merge again.",
    )  # fmt: skip
    assert (merged.status_code, again.status_code) == (200, 405)
    assert tip is not None
    assert (tip.sha, tip.title) == (merged.json()["sha"], "Merge pull request #1 from acme/topic")
    assert await site.text("main", "a") == "2\n"
    assert (seen["merged"], seen["merged_by"]["login"]) == (True, town.github.login)
    assert actions(app) == ["opened", "closed"]


async def test_a_squash_has_one_parent(town: Town, github: httpx2.AsyncClient, site: Repository) -> None:
    await open_pull(github)

    await github.put(f"{PULLS}/1/merge", json={"merge_method": "squash"})
    refused = await github.put(f"{PULLS}/1/merge", json={"merge_method": "rebase"})

    tip = await site.commit_at("main")
    assert tip is not None
    assert (tip.title, len(tip.parents)) == ("Two (#1)", 1)
    assert (refused.status_code, refused.json()["message"]) == (
        405, "Rebase merges are not allowed on this repository.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        pytest.param({"head": "nothing"}, "head", id="no such branch"),
        pytest.param({"base": "nothing"}, "base", id="no such base"),
        pytest.param({"head": "main"}, "No commits between main and main", id="nothing new"),
        pytest.param({}, "A pull request already exists for acme:topic.", id="one is open"),
    ],
)
async def test_a_pull_request_that_cannot_be_is_refused(
    github: httpx2.AsyncClient, site: Repository, asked: dict[str, str], why: str
) -> None:
    await open_pull(github)

    answer = await open_pull(github, **asked)

    assert answer.status_code == 422
    assert why in (answer.json()["errors"][0].get("message"), answer.json()["errors"][0].get("field"))


async def test_conflicts_and_drafts_are_not_merged(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    await site.commit("main", {"a": "3\n"}, author="alice", message="Three")
    await open_pull(github)
    await site.commit("other", {"b": "2\n"}, author="bob", message="Other", start="main")
    await open_pull(github, head="other", draft=True)

    states = [(await github.get(f"{PULLS}/{n}")).json()["mergeable_state"] for n in (1, 2)]
    answers = [await github.put(f"{PULLS}/{n}/merge") for n in (1, 2)]

    assert states == ["dirty", "draft"]
    assert [(one.status_code, one.json()["message"]) for one in answers] == [
        (405, "Pull Request is not mergeable"), (405, "Pull Request is still a draft"),
    ]  # fmt: skip


async def test_a_required_check_has_to_be_green_at_the_head(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    town.github.protect(SITE, "main", CHECKED)
    head = (await open_pull(github)).json()["head"]["sha"]
    statuses = f"/repos/{SITE}/statuses/{head}"

    said = []
    for state in ("", "pending", "failure", "success"):
        if state:
            await github.post(statuses, json={"state": state, "context": "ci"})
        said.append((await github.put(f"{PULLS}/1/merge")).json()["message"])

    assert said == [
        'Required status check "ci" is expected.',
        'Required status check "ci" is in progress.',
        'Required status check "ci" is failing.',
        "Pull Request successfully merged",
    ]


async def test_a_branch_that_has_to_be_up_to_date_is_merged_only_then(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    town.github.protect(SITE, "main", Protection(contexts=[], strict=True))
    await open_pull(github)
    await site.commit("main", {"b": "3\n"}, author="alice", message="Three")

    state = (await github.get(f"{PULLS}/1")).json()["mergeable_state"]
    answer = await github.put(f"{PULLS}/1/merge")

    assert (state, answer.status_code) == ("behind", 405)


async def test_a_required_review_is_given_by_somebody_else_and_can_be_bypassed(
    town: Town, app: Listener, github: httpx2.AsyncClient, site: Repository
) -> None:
    town.github.protect(SITE, "main", Protection(reviews=Reviews(dismiss_stale=True)))
    await open_pull(github)
    needed = "At least 1 approving review is required by reviewers with write access."

    own = await github.post(f"{PULLS}/1/reviews", json={"event": "APPROVE"})
    without = await github.put(f"{PULLS}/1/merge")
    await town.github.review("alice", SITE, 1)
    await site.commit("topic", {"a": "4\n"}, author="bob", message="Four")
    await town.settled()
    dismissed = await github.put(f"{PULLS}/1/merge")
    town.github.protect(SITE, "main", Protection(reviews=Reviews(bypass=Who(apps=["tocsin"]))))
    bypassed = await github.put(f"{PULLS}/1/merge")

    assert (own.status_code, own.json()["errors"]) == (422, ["Can not approve your own pull request"])
    assert [without.json()["message"], dismissed.json()["message"]] == [needed, needed]
    assert bypassed.status_code == 200
    assert "synchronize" in actions(app)


async def test_reviews_are_asked_of_collaborators_and_not_of_the_author(
    town: Town, app: Listener, github: httpx2.AsyncClient, site: Repository
) -> None:
    town.github.board.teams["stampers"] = ["alice"]
    await open_pull(github)
    asked = f"{PULLS}/1/requested_reviewers"

    good = await github.post(asked, json={"reviewers": ["bob"], "team_reviewers": ["stampers"]})
    stranger = await github.post(asked, json={"reviewers": ["mallory"]})
    author = await github.post(asked, json={"reviewers": [town.github.login]})
    listed = (await github.get(asked)).json()
    await town.github.review("bob", SITE, 1, "COMMENT", "Hm")
    after = (await github.get(asked)).json()

    assert good.status_code == 201
    assert "is not a collaborator of the acme/site repository" in stranger.json()["message"]
    assert author.json()["message"] == "Review cannot be requested from pull request author."
    assert ([u["login"] for u in listed["users"]], [t["slug"] for t in listed["teams"]]) == (
        ["bob"],
        ["stampers"],
    )
    assert after["users"] == []


async def test_a_pull_request_follows_its_branches(
    town: Town, app: Listener, github: httpx2.AsyncClient, site: Repository
) -> None:
    await open_pull(github)
    await site.commit("other", {"b": "2\n"}, author="bob", message="Other", start="main")
    await open_pull(github, head="other")

    await site.merge("topic", "main", author="alice")
    await site.delete("other", "bob")
    await town.settled()

    by_hand, gone = [(await github.get(f"{PULLS}/{n}")).json() for n in (1, 2)]
    assert (by_hand["state"], by_hand["merged"], by_hand["merged_by"]["login"]) == ("closed", True, "alice")
    assert (gone["state"], gone["merged"]) == ("closed", False)


async def test_the_pull_request_of_a_commit_is_found(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    opened = (await open_pull(github)).json()
    merged = (await github.put(f"{PULLS}/1/merge", json={"merge_method": "squash"})).json()["sha"]
    lonely = await site.commit("main", {"b": "9\n"}, author="alice", message="Straight")

    found = [
        [one["number"] for one in (await github.get(f"/repos/{SITE}/commits/{sha}/pulls")).json()]
        for sha in (opened["head"]["sha"], merged, lonely)
    ]

    assert found == [[1], [1], []]


async def test_a_merge_can_be_made_and_its_answer_lost(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    await open_pull(github)
    town.faults.add("github", "PUT /repos/*/merge", "lost_answer")

    with pytest.raises(httpx2.TransportError):
        await github.put(f"{PULLS}/1/merge")

    assert (await github.get(f"{PULLS}/1")).json()["merged"]


async def test_protection_is_replaced_as_a_whole_and_given_back_exactly(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    town.github.board.teams["stampers"] = ["alice"]
    path = f"/repos/{SITE}/branches/main/protection"
    four = {"required_status_checks": None, "enforce_admins": True, "required_pull_request_reviews": None}
    lock = {"users": ["bob"], "teams": ["stampers"], "apps": []}

    before = await github.get(path)
    lacking = await github.put(path, json=four)
    locked = (await github.put(path, json=four | {"restrictions": lock, "allow_deletions": True})).json()
    unknown = await github.put(path, json=four | {"restrictions": {"users": ["mallory"], "teams": []}})
    replaced = (await github.put(path, json=four | {"restrictions": lock})).json()
    unlocked = await github.delete(f"{path}/restrictions")
    after = (await github.get(path)).json()

    assert (before.status_code, before.json()["message"]) == (404, "Branch not protected")
    assert (lacking.status_code, "restrictions" in lacking.json()["message"]) == (422, True)
    assert [user["login"] for user in locked["restrictions"]["users"]] == ["bob"]
    assert (locked["allow_deletions"]["enabled"], replaced["allow_deletions"]["enabled"]) == (True, False)
    assert unknown.status_code == 422
    assert (unlocked.status_code, "restrictions" in after, after["enforce_admins"]["enabled"]) == (
        204,
        False,
        True,
    )


async def test_a_label_is_taken_off_a_pull_request(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    await open_pull(github)
    labels = f"/repos/{SITE}/issues/1/labels"

    await github.post(labels, json={"labels": ["hold", "bug"]})
    left = await github.delete(f"{labels}/hold")
    again = await github.delete(f"{labels}/hold")

    assert [label["name"] for label in left.json()] == ["bug"]
    assert (again.status_code, again.json()["message"]) == (404, "Label does not exist")


async def test_the_pages_show_branches_checks_and_how_a_pull_request_stands(
    town: Town, web: httpx2.AsyncClient, site: Repository
) -> None:
    town.github.protect(SITE, "main", CHECKED)
    issue = await town.github.pull_request("bob", SITE, "Two <b>", branch="topic")
    repo, head = town.github.code.repo(SITE), await site.head("topic") or ""
    town.github.code.checks.set_status(repo, head, "ci", "failure", "ci")
    town.github.code.pulls.request(repo, issue, "bob", ["alice"], [])

    whole, one = (await web.get(f"/github/{SITE}")).text, (await web.get(f"/github/{SITE}/pull/1")).text

    assert "Branches" in whole
    assert '<span class="pill">protected</span>' in whole
    assert f"git clone {town.github.clone_url(SITE)}" in whole
    assert "Pull request: topic into main" in one
    assert "<strong>blocked</strong>" in one
    assert "<b>failure</b> ci" in one
    assert "asked to look: alice" in one
    assert "Two &lt;b&gt;" in one


async def test_a_pull_request_is_approved_and_merged_on_its_page(
    town: Town, app: Listener, web: httpx2.AsyncClient, site: Repository
) -> None:
    town.github.protect(SITE, "main", Protection(reviews=Reviews()))
    await town.github.pull_request("bob", SITE, "Two", branch="topic")
    form = {"repo": SITE, "number": "1", "user": "bob"}

    refused = await web.post("/github/pull", data=form | {"do": "merge"})
    own = await web.post("/github/pull", data=form | {"do": "approve"})
    await web.post("/github/pull", data=form | {"do": "approve", "user": "alice"})
    merged = await web.post("/github/pull", data=form | {"do": "merge"})
    await web.post("/github/form", data=form | {"label": "bug"})
    await town.settled()

    assert "At least 1 approving review is required" in refused.text
    assert "Can not approve your own pull request" in own.text
    assert "merged by bob as" in merged.text
    assert await site.text("main", "a") == "2\n"
    assert actions(app) == ["opened", "closed", "labeled"]
