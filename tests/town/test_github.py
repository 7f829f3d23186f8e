"""GitHub's REST API and its webhooks."""

from __future__ import annotations

import hashlib
import hmac

import httpx2
import pytest

from tocsin.town import Town
from tocsin.town.github.markdown import html
from town.conftest import Listener

ISSUES = "/repos/acme/website/issues"


async def test_an_issue_opened_through_the_api_has_a_page(town: Town, github: httpx2.AsyncClient) -> None:
    answer = await github.post(ISSUES, json={"title": "Nobody can sign in", "labels": ["incident"]})

    page = await github.get(answer.json()["html_url"])
    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["url"]
    assert "Nobody can sign in" in page.text
    assert [label.name for label in town.github.issue("acme/website", 1).labels] == ["incident"]


async def test_an_issue_is_closed_with_a_reason_and_opened_again(github: httpx2.AsyncClient) -> None:
    await github.post(ISSUES, json={"title": "t"})

    closed = await github.patch(f"{ISSUES}/1", json={"state": "closed", "state_reason": "not_planned"})
    opened = await github.patch(f"{ISSUES}/1", json={"state": "open"})
    assert (closed.json()["state"], closed.json()["state_reason"]) == ("closed", "not_planned")
    assert (opened.json()["state"], opened.json()["closed_at"]) == ("open", None)


async def test_lists_come_in_pages_that_link_to_each_other(github: httpx2.AsyncClient) -> None:
    for number in range(5):
        await github.post(ISSUES, json={"title": f"issue {number}"})

    first = await github.get(ISSUES, params={"per_page": 2})
    second = await github.get(first.links["next"]["url"])
    assert [issue["number"] for issue in first.json() + second.json()] == [5, 4, 3, 2]
    assert "page=3" in first.links["last"]["url"]


async def test_a_list_can_be_narrowed(github: httpx2.AsyncClient) -> None:
    await github.post(ISSUES, json={"title": "a", "labels": ["bug"]})
    await github.post(ISSUES, json={"title": "b", "labels": ["bug", "incident"]})
    await github.patch(f"{ISSUES}/1", json={"state": "closed"})

    open_ones = await github.get(ISSUES)
    bugs = await github.get(ISSUES, params={"state": "all", "labels": "bug"})
    nobodys = await github.get(ISSUES, params={"creator": "nobody"})
    late = await github.get(ISSUES, params={"since": "2027-01-01T00:00:00Z"})
    assert [issue["title"] for issue in open_ones.json()] == ["b"]
    assert [issue["title"] for issue in bugs.json()] == ["b", "a"]
    assert nobodys.json() == late.json() == []


async def test_a_comment_can_be_edited(town: Town, github: httpx2.AsyncClient) -> None:
    await github.post(ISSUES, json={"title": "t"})
    made = await github.post(f"{ISSUES}/1/comments", json={"body": "Looking."})

    await github.patch(f"{ISSUES}/comments/{made.json()['id']}", json={"body": "Found it."})

    assert [comment.body for comment in town.github.issue("acme/website", 1).comments] == ["Found it."]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("GET", "/repos/acme/nothing", None, 404, id="no such repository"),
        pytest.param("GET", f"{ISSUES}/99", None, 404, id="no such issue"),
        pytest.param("POST", ISSUES, {"body": "x"}, 422, id="no title"),
        pytest.param("POST", f"{ISSUES}/99/comments", {"body": "x"}, 404, id="a comment on nothing"),
    ],
)
async def test_errors_have_githubs_shape(
    github: httpx2.AsyncClient, method: str, path: str, body: object, status: int
) -> None:
    answer = await github.request(method, path, json=body)

    assert answer.status_code == status
    assert {"message", "documentation_url"} <= set(answer.json())


async def test_a_wrong_token_is_refused(github: httpx2.AsyncClient) -> None:
    answer = await github.get("/user", headers={"Authorization": "Bearer wrong"})

    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


async def test_a_secondary_rate_limit_says_how_long_to_wait(town: Town, github: httpx2.AsyncClient) -> None:
    town.faults.add("github", "/repos/*/issues", "403", retry_after=30)

    answer = await github.post(ISSUES, json={"title": "t"})

    assert (answer.status_code, answer.headers["retry-after"]) == (403, "30")
    assert town.github.issues("acme/website") == []


async def test_a_webhook_is_signed_with_the_shared_secret(town: Town, app: Listener) -> None:
    await town.github.open_issue("jane", "acme/website", "Sign-in broken", "since noon")

    heard = app.heard[-1]
    digest = hmac.new(b"hush", heard.body.encode(), hashlib.sha256).hexdigest()
    assert heard.headers["x-hub-signature-256"] == f"sha256={digest}"
    assert heard.headers["x-github-event"] == "issues"
    assert heard.json["sender"]["login"] == "jane"


async def test_what_the_app_does_itself_comes_back_as_a_webhook(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    await github.post(ISSUES, json={"title": "t"})
    await github.patch(f"{ISSUES}/1", json={"title": "u", "state": "closed"})
    await town.settled()

    assert sorted(heard.json["action"] for heard in app.heard) == ["closed", "edited", "opened"]
    assert {heard.json["sender"]["login"] for heard in app.heard} == {town.github.login}


async def test_a_webhook_can_be_made_to_come_twice(town: Town, app: Listener) -> None:
    town.faults.add("github", "issues", "duplicate_event")

    await town.github.open_issue("jane", "acme/website", "Sign-in broken")

    first, second = (heard.headers["x-github-delivery"] for heard in app.heard)
    assert first == second


async def test_an_outsider_can_report_on_the_page(town: Town, web: httpx2.AsyncClient) -> None:
    form = {"repo": "acme/website", "user": "jane", "title": "Sign-in <broken>", "text": "since noon"}
    await web.post("/github/form", data=form)
    await town.settled()

    page = await web.get("/github")
    assert "Sign-in &lt;broken&gt;" in page.text
    assert town.github.issues("acme/website")[0].user == "jane"


async def test_the_page_shows_markdown_and_hides_comments_that_are_for_machines(
    town: Town, web: httpx2.AsyncClient
) -> None:
    body = "**What we know:** sign-in fails\n\n<!-- tocsin:INC-1 -->"
    await town.github.open_issue("jane", "acme/website", "Broken", body)
    await town.github.comment("jane", "acme/website", 1, "<b>**me**</b> too")

    page = (await web.get("/github/acme/website/issues/1")).text
    assert "<p><strong>What we know:</strong> sign-in fails</p>" in page
    assert "tocsin:INC-1" not in page
    assert "&lt;b&gt;<strong>me</strong>&lt;/b&gt; too" in page


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("a\nb\r\n\r\nc", "<p>a<br>b</p><p>c</p>", id="lines and paragraphs"),
        pytest.param("__b__ *i* _j_ a_b_c 2*3*4", "<p><strong>b</strong> <em>i</em> <em>j</em> a_b_c 2*3*4</p>", id="styles"),
        pytest.param("[a **b**](https://x.example/?q=\"'&r)", """<p><a href="https://x.example/?q=&quot;&#x27;&amp;r" rel="nofollow">a **b**</a></p>""", id="a link"),
        pytest.param("see https://x.example/a_b_c.", '<p>see <a href="https://x.example/a_b_c" rel="nofollow">https://x.example/a_b_c</a>.</p>', id="a bare link"),
        pytest.param("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>", id="no script in a link"),
        pytest.param("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>", id="no HTML"),
        pytest.param("a <!-- never ended", "<p>a</p>", id="a comment without an end"),
        pytest.param("`<!-- x -->`", "<p>``</p>", id="a comment in a line of code is hidden too"),
        pytest.param("# Why\n- a\n- b\n\n> said", "<h3>Why</h3><ul><li>a</li><li>b</li></ul><blockquote>said</blockquote>", id="a heading, a list, a quote"),
        pytest.param("```py\n<!-- **x** -->\n```\nend", "<pre>&lt;!-- **x** --&gt;</pre><p>end</p>", id="code"),
        pytest.param("a \x000\x00 `c`", "<p>a 0 <code>c</code></p>", id="control signs"),
    ],
)  # fmt: skip
def test_markdown_is_shown_safely(text: str, seen: str) -> None:
    assert html(text) == seen
