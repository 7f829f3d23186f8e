"""X's API v2 as a client meets it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from oauthlib.oauth1 import Client as Signer

from tocsin.town import Town
from tocsin.town.x import NotAllowed, weight


@pytest.fixture
def user(town: Town) -> dict[str, str]:
    return {"Authorization": f"Bearer {town.x.user_token}"}


def signed(town: Town, url: str, method: str, **secrets: str) -> dict[str, str]:
    keys = {
        "client_secret": town.x.consumer_secret,
        "resource_owner_key": town.x.access_token,
        "resource_owner_secret": town.x.access_token_secret,
    }
    _, headers, _ = Signer(town.x.consumer_key, **(keys | secrets)).sign(url, http_method=method)
    return dict(headers)


async def test_a_post_appears_on_the_timeline_with_a_page_of_its_own(
    town: Town, web: httpx2.AsyncClient, user: Any
) -> None:
    answer = await web.post("/x/2/tweets", json={"text": "We are looking into it."}, headers=user)

    post = town.x.posts[-1]
    page = await web.get(post.url)
    assert answer.status_code == 201
    assert answer.json()["data"]["id"] == post.id
    assert "We are looking into it." in page.text


async def test_a_signed_request_is_taken_once(town: Town, web: httpx2.AsyncClient) -> None:
    url = f"{town.url}/x/2/tweets"
    headers = signed(town, url, "POST")

    first = await web.post(url, json={"text": "one"}, headers=headers)
    again = await web.post(url, json={"text": "two"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 401)


async def test_the_signature_covers_the_query(town: Town, web: httpx2.AsyncClient) -> None:
    url = f"{town.url}/x/2/users/{town.x.user_id}/mentions?max_results=10&tweet.fields=author_id%2Ccreated_at"

    assert (await web.get(url, headers=signed(town, url, "GET"))).status_code == 200
    assert (await web.get(url + "&since_id=1", headers=signed(town, url, "GET"))).status_code == 401


async def test_a_wrong_secret_is_found_out(town: Town, web: httpx2.AsyncClient) -> None:
    url = f"{town.url}/x/2/tweets"

    answer = await web.post(url, json={"text": "x"}, headers=signed(town, url, "POST", client_secret="wrong"))

    assert answer.status_code == 401


async def test_an_app_alone_may_read_but_not_post(town: Town, web: httpx2.AsyncClient) -> None:
    app_only = {"Authorization": f"Bearer {town.x.app_bearer_token}"}

    read = await web.get("/x/2/users/by/username/acme", headers=app_only)
    write = await web.post("/x/2/tweets", json={"text": "x"}, headers=app_only)
    assert read.json()["data"]["id"] == town.x.user_id
    assert write.status_code == 403
    assert write.json()["title"] == "Unsupported Authentication"


async def test_mentions_come_newest_first_and_only_since_the_last_seen(
    town: Town, web: httpx2.AsyncClient, user: Any
) -> None:
    first = town.x.post("@jane", "@acme is it down?")
    town.x.post("@max", "lovely weather")
    second = town.x.post("@max", "hey @Acme, hello?")
    path = f"/x/2/users/{town.x.user_id}/mentions"

    everything = (await web.get(path, headers=user)).json()
    fresh = (await web.get(path, params={"since_id": first.id}, headers=user)).json()
    nothing = (await web.get(path, params={"since_id": second.id}, headers=user)).json()
    assert [post["id"] for post in everything["data"]] == [second.id, first.id]
    assert [post["id"] for post in fresh["data"]] == [second.id]
    assert nothing == {"meta": {"result_count": 0}}


async def test_mentions_come_in_pages_with_their_authors(
    town: Town, web: httpx2.AsyncClient, user: Any
) -> None:
    posts = [town.x.post("@jane", f"@acme {n}") for n in range(7)]
    params = {"max_results": "5", "expansions": "author_id", "tweet.fields": "author_id"}
    path = f"/x/2/users/{town.x.user_id}/mentions"

    first = (await web.get(path, params=params, headers=user)).json()
    token = first["meta"]["next_token"]
    second = (await web.get(path, params=params | {"pagination_token": token}, headers=user)).json()
    assert [post["id"] for post in first["data"] + second["data"]] == [post.id for post in posts[::-1]]
    assert [account["username"] for account in first["includes"]["users"]] == ["jane"]
    assert "next_token" not in second["meta"]


async def test_an_answer_stands_under_the_post_it_answers(
    town: Town, web: httpx2.AsyncClient, user: Any
) -> None:
    asked = town.x.post("@jane", "@acme is it down?")

    await web.post(
        "/x/2/tweets", json={"text": "Yes.", "reply": {"in_reply_to_tweet_id": asked.id}}, headers=user
    )

    assert [post.text for post in town.x.replies_to(asked.id)] == ["Yes."]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"text": "x" * 281}, 403, id="too long"),
        pytest.param({"text": "same"}, 403, id="said before"),
        pytest.param({"text": "x", "reply": {"in_reply_to_tweet_id": "1"}}, 403, id="an answer to nothing"),
        pytest.param({}, 400, id="no text"),
        pytest.param({"txt": "x", "text": "x"}, 400, id="an unknown field"),
    ],
)
async def test_what_x_would_refuse_is_refused(
    town: Town, web: httpx2.AsyncClient, user: Any, body: Any, status: int
) -> None:
    town.x.post(town.x.handle, "same")

    answer = await web.post("/x/2/tweets", json=body, headers=user)

    assert answer.status_code == status
    assert len(town.x.posts) == 1


async def test_what_is_not_there_is_an_error_within_a_200(web: httpx2.AsyncClient, user: Any) -> None:
    answer = await web.get("/x/2/tweets/1", headers=user)

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["type"].endswith("/resource-not-found")


async def test_a_rate_limit_names_the_instant_at_which_it_ends(
    town: Town, web: httpx2.AsyncClient, user: Any
) -> None:
    town.faults.add("x", "POST /2/tweets", "429", retry_after=60)

    answer = await web.post("/x/2/tweets", json={"text": "x"}, headers=user)

    assert answer.status_code == 429
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert int(answer.headers["x-rate-limit-reset"]) == int(town.slack.space.now().timestamp()) + 60


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("abc", 3, id="letters count one"),
        pytest.param("https://example.org/a/very/long/path/indeed", 23, id="a link counts 23"),
        pytest.param("日本", 4, id="wide letters count two"),
    ],
)
def test_texts_are_weighed_as_x_weighs_them(text: str, length: int) -> None:
    assert weight(text) == length


def test_nobody_says_the_same_twice(town: Town) -> None:
    town.x.post("@jane", "@acme down?")

    with pytest.raises(NotAllowed, match="duplicate"):
        town.x.post("@jane", "@acme down?")


async def test_the_page_counts_replies_only_where_there_are_some(town: Town, web: httpx2.AsyncClient) -> None:
    asked = town.x.post("@jane", "@acme down?")
    alone = (await web.get("/x")).text
    town.x.post("@acme", "Looking", asked.id)

    answered = (await web.get("/x")).text
    assert "0 replies" not in alone + answered
    assert f'<a href="/x/jane/status/{asked.id}">1 reply</a>' in answered
    assert alone.count("<summary>↩ Reply</summary>") == 1
