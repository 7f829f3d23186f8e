"""GraphQL: GitHub's own revert, merging by itself, drafts, and errors in its shape."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tocsin.town import Town
from tocsin.town.github import Issue, Protection, Repository
from tocsin.town.github.graphql_text import Unreadable, read

SITE = "acme/site"
REVERT = """
mutation Revert($input: RevertPullRequestInput!) {
  revertPullRequest(input: $input) {
    pullRequest { number }
    made: revertPullRequest { id number url title body headRefName isDraft }
  }
}"""
ENABLE = """mutation($id: ID!, $method: PullRequestMergeMethod = SQUASH, $oid: GitObjectID) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method, expectedHeadOid: $oid}) {
    pullRequest { autoMergeRequest { mergeMethod enabledBy { login } } } } }"""
DISABLE = "mutation($id: ID!) { disablePullRequestAutoMerge(input: {pullRequestId: $id}) { pullRequest { number } } }"


@pytest.fixture
async def pull(town: Town) -> Issue:
    """A pull request of bob's from `topic` to `main`."""
    site = await town.github.repository(SITE, {"a": "1\n"})
    await site.commit("topic", {"a": "2\n"}, author="bob", message="Two", start="main")
    return await town.github.pull_request("bob", SITE, "Two", branch="topic")


async def site_of(town: Town) -> Repository:
    return await town.github.repository(SITE)


async def ask(github: httpx2.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = await github.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def why(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["message"])


def id_of(pull: Issue) -> str:
    return f"PR_{pull.id}"


@pytest.mark.parametrize("method", ["merge", "squash"])
async def test_a_merged_pull_request_is_reverted_by_another_one(
    town: Town, github: httpx2.AsyncClient, pull: Issue, method: str
) -> None:
    merged = await town.github.merge_pull("bob", SITE, 1, method)

    answer = await ask(github, REVERT, input={"pullRequestId": id_of(pull), "body": "Why", "draft": True})

    made, site = answer["data"]["revertPullRequest"]["made"], await site_of(town)
    commit = await site.commit_at("revert-1-topic")
    assert (made["number"], made["title"], made["body"], made["isDraft"]) == (2, 'Revert "Two"', "Why", True)
    assert commit is not None
    assert commit.message.endswith(f"This reverts commit {merged}.")
    assert (await site.text("revert-1-topic", "a"), await site.text("main", "a")) == ("1\n", "2\n")


async def test_what_cannot_be_reverted_is_refused_and_leaves_nothing(
    town: Town, github: httpx2.AsyncClient, pull: Issue
) -> None:
    site, asked = await site_of(town), {"pullRequestId": id_of(pull)}

    open_one = await ask(github, REVERT, input=asked)
    await town.github.merge_pull("bob", SITE, 1)
    await site.commit("main", {"a": "3\n"}, author="alice", message="Three")
    conflict = await ask(github, REVERT, input=asked)
    await site.commit("main", {"a": "1\n"}, author="alice", message="By hand")
    done = await ask(github, REVERT, input=asked)

    assert open_one["errors"][0]["type"] == "UNPROCESSABLE"
    assert open_one["data"] == {"revertPullRequest": None}
    assert "couldn't be reverted automatically" in why(conflict)
    assert "couldn't be reverted automatically" in why(done)
    assert sorted(await site.refs()) == ["main", "topic"]


async def test_a_pull_request_merges_by_itself_only_where_there_is_something_to_wait_for(
    town: Town, github: httpx2.AsyncClient, pull: Issue
) -> None:
    repo, head = town.github.code.repo(SITE), pull.pull.sha if pull.pull else ""

    not_allowed = await ask(github, ENABLE, id=id_of(pull))
    repo.allow_auto_merge = True
    unprotected = await ask(github, ENABLE, id=id_of(pull))
    town.github.protect(SITE, "main", Protection())
    clean = await ask(github, ENABLE, id=id_of(pull))
    town.github.protect(SITE, "main", Protection(contexts=["ci"]))
    moved = await ask(github, ENABLE, id=id_of(pull), oid="0" * 40)
    enabled = await ask(github, ENABLE, id=id_of(pull), oid=head)
    town.github.code.checks.set_status(repo, head, "ci", "success", "ci")
    await town.settled()

    assert [why(one) for one in (not_allowed, unprotected, clean, moved)] == [
        "Pull request Auto merge is not allowed for this repository",
        "Pull request Protected branch rules not configured for this branch",
        "Pull request Pull request is in clean status",
        "Head sha didn't match expected head sha",
    ]
    request = enabled["data"]["enablePullRequestAutoMerge"]["pullRequest"]["autoMergeRequest"]
    assert request == {"mergeMethod": "SQUASH", "enabledBy": {"login": town.github.login}}
    assert pull.pull is not None
    assert pull.pull.merged_at is not None


async def test_merging_by_itself_can_be_switched_off_and_a_draft_does_not_merge(
    town: Town, github: httpx2.AsyncClient, pull: Issue
) -> None:
    repo, head = town.github.code.repo(SITE), pull.pull.sha if pull.pull else ""
    repo.allow_auto_merge = True
    town.github.protect(SITE, "main", Protection(contexts=["ci"]))
    await ask(github, ENABLE, id=id_of(pull))

    off, again = await ask(github, DISABLE, id=id_of(pull)), await ask(github, DISABLE, id=id_of(pull))
    await ask(github, ENABLE, id=id_of(pull))
    change = (
        "mutation($id: ID!) { %s(input: {pullRequestId: $id}) { pullRequest { isDraft mergeStateStatus } } }"
    )
    drafted = await ask(github, change % "convertPullRequestToDraft", id=id_of(pull))
    town.github.code.checks.set_status(repo, head, "ci", "success", "ci")
    await town.settled()
    ready = await ask(github, change % "markPullRequestReadyForReview", id=id_of(pull))

    assert "errors" not in off
    assert why(again) == "Can't disable auto-merge for this pull request."
    assert drafted["data"]["convertPullRequestToDraft"]["pullRequest"] == {
        "isDraft": True,
        "mergeStateStatus": "DRAFT",
    }
    assert ready["data"]["markPullRequestReadyForReview"]["pullRequest"]["mergeStateStatus"] == "CLEAN"
    assert pull.state == "open"


async def test_pull_requests_are_found_by_number_and_by_id(github: httpx2.AsyncClient, pull: Issue) -> None:
    by_number = """query ($owner: String!, $number: Int!) { # a comment
      repository(owner: $owner, name: "site") { nameWithOwner
        pullRequest(number: $number) { id, state, mergeable, headRefOid, author { login } autoMergeRequest { mergeMethod } } } }"""
    by_id = f'query {{ node(id: "{id_of(pull)}") {{ ... on PullRequest {{ number }} }} viewer {{ login }} }}'

    one = await ask(github, by_number, owner="acme", number=1)
    other = await ask(github, by_id)

    found = one["data"]["repository"]["pullRequest"]
    assert (found["id"], found["mergeable"], found["autoMergeRequest"]) == (id_of(pull), "MERGEABLE", None)
    assert other["data"] == {"node": {"number": 1}, "viewer": {"login": "tocsin[bot]"}}


async def test_errors_have_graphqls_shape(github: httpx2.AsyncClient, pull: Issue) -> None:
    nobody = await ask(github, DISABLE, id="PR_1")
    unknown = await ask(github, "query { viewer { shoe_size } }")
    no_such = await ask(github, "mutation { closeTheShop(input: {}) { ok } }")
    unreadable = await ask(github, "query { viewer { login ")
    lacking = await ask(github, DISABLE)

    assert (nobody["errors"][0]["type"], nobody["errors"][0]["path"]) == (
        "NOT_FOUND",
        ["disablePullRequestAutoMerge"],
    )
    assert unknown["errors"][0]["extensions"]["code"] == "undefinedField"
    assert why(no_such) == "Field 'closeTheShop' doesn't exist on type 'Mutation'"
    assert ("data" in unreadable, why(unreadable)) == (False, "Unexpected end of document")
    assert why(lacking) == "Variable $id of a type that must be given was provided invalid value"


@pytest.mark.parametrize(
    "text", ["", "subscription { a }", "{ a(", "{ a } b", "{ ...F }", "{ a: }", "query { § }"]
)
def test_what_is_no_query_is_found_out(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text, {})


def test_values_of_every_kind_are_read() -> None:
    operation = read(
        '{ a(n: -1.5, t: "x\\"y", b: true, e: RED, l: [1, 2], o: {k: null}, s: """long""") }', {}
    )

    assert operation.fields[0].arguments == {
        "n": -1.5, "t": 'x"y', "b": True, "e": "RED", "l": [1, 2], "o": {"k": None}, "s": "long",
    }  # fmt: skip
