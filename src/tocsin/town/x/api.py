"""X's API v2 as far as posting, mentions and look-ups go, with its fields, expansions, pages, problems and limit headers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.ids import Now, iso_millis
from tocsin.town.wire import JSON
from tocsin.town.x.board import Account, Board, NotAllowed, Post
from tocsin.town.x.oauth import Caller, Porter
from tocsin.town.x.text import mentions

PROBLEMS = "https://api.twitter.com/2/problems"
WINDOW_SECONDS = 900
WINDOW_CALLS = 900
TWEET_FIELDS = {
    "id", "text", "edit_history_tweet_ids", "author_id", "created_at", "conversation_id", "in_reply_to_user_id",
    "referenced_tweets", "lang", "entities", "public_metrics", "possibly_sensitive", "source", "reply_settings",
    "attachments", "context_annotations", "geo", "withheld", "note_tweet", "edit_controls", "display_text_range",
}  # fmt: skip
USER_FIELDS = {
    "id", "name", "username", "created_at", "description", "verified", "verified_type", "profile_image_url",
    "protected", "public_metrics", "url", "location", "entities", "pinned_tweet_id", "withheld",
}  # fmt: skip


class Problem(Exception):
    """What becomes a problem document (RFC 7807), as X sends it."""

    def __init__(self, status: int, title: str, detail: str, type: str = "about:blank", **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"title": title, "detail": detail, "type": type, "status": status} | more


def invalid(parameter: str, value: str, message: str) -> Problem:
    errors = [{"parameters": {parameter: [value]}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    problem = Problem(400, "Invalid Request", detail, f"{PROBLEMS}/invalid-request", errors=errors)
    del problem.body["status"]
    return problem


Handler = Callable[[Request], JSON]


class Api:
    """The operations."""

    def __init__(self, board: Board, porter: Porter, now: Now) -> None:
        self._board = board
        self._porter = porter
        self._now = now
        self._calls: dict[tuple[str, int], int] = {}

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/x/2/tweets", self._create, methods=["POST"]),
            self._read("/x/2/tweets", self._lookup_many),
            self._read("/x/2/tweets/{id}", self._lookup),
            self._read("/x/2/users/me", self._me),
            self._read("/x/2/users/by/username/{username}", self._by_username),
            self._read("/x/2/users/{id}/mentions", self._mentions),
            self._read("/x/2/users/{id}/tweets", self._timeline),
            self._read("/x/2/users/{id}", self._user),
        ]

    def _read(self, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                request.state.caller = self._porter.caller(request)
                if request.state.caller is Caller.NOBODY:
                    raise Problem(401, "Unauthorized", "Unauthorized")
                return self._answer(path, handler(request))
            except Problem as problem:
                return self._answer(path, problem.body, problem.status)

        return Route(path, endpoint, methods=["GET"])

    def _answer(self, path: str, body: JSON, status: int = 200) -> Response:
        at = int(self._now().timestamp())
        window = at // WINDOW_SECONDS
        used = self._calls[(path, window)] = self._calls.get((path, window), 0) + 1
        headers = {
            "x-rate-limit-limit": str(WINDOW_CALLS),
            "x-rate-limit-remaining": str(max(WINDOW_CALLS - used, 0)),
            "x-rate-limit-reset": str((window + 1) * WINDOW_SECONDS),
        }
        return JSONResponse(body, status_code=status, headers=headers)

    async def _create(self, request: Request) -> Response:
        try:
            text, reply_to = await self._new_post(request)
            post = self._board.write(self._board.me.username, text, reply_to)
        except NotAllowed as why:
            problem = Problem(403, "Forbidden", str(why))
            return self._answer("create", problem.body, problem.status)
        except Problem as problem:
            return self._answer("create", problem.body, problem.status)
        created = {"id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id]}
        return self._answer("create", {"data": created}, 201)

    async def _new_post(self, request: Request) -> tuple[str, str | None]:
        caller = self._porter.caller(request)
        if caller is Caller.NOBODY:
            raise Problem(401, "Unauthorized", "Unauthorized")
        if caller is Caller.APP:
            raise _user_needed()
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise invalid("body", "", "Requests with a message-body must be valid JSON.") from None
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise invalid("text", str(text), "text is required unless media is given")
        unknown = set(body) - {
            "text",
            "reply",
            "quote_tweet_id",
            "reply_settings",
            "made_with_ai",
            "for_super_followers_only",
        }
        if unknown:
            raise invalid(sorted(unknown)[0], "", f"[{sorted(unknown)[0]}] is not defined in the schema")
        reply = body.get("reply") or {}
        return text, reply.get("in_reply_to_tweet_id")

    def _lookup(self, request: Request) -> JSON:
        id = request.path_params["id"]
        post = self._board.post(id)
        return self._one(request, post) if post else {"errors": [_not_found("tweet", "id", id)]}

    def _one(self, request: Request, post: Post) -> JSON:
        body: JSON = {"data": self._tweet(post, _fields(request, "tweet.fields", TWEET_FIELDS))}
        return body | self._includes(request, [post])

    def _lookup_many(self, request: Request) -> JSON:
        ids = [id for id in request.query_params.get("ids", "").split(",") if id]
        if not 1 <= len(ids) <= 100:
            raise invalid("ids", ",".join(ids), "`ids` must hold between 1 and 100 ids")
        posts = [post for id in ids if (post := self._board.post(id))]
        missing = [id for id in ids if self._board.post(id) is None]
        body: JSON = {}
        if posts:
            fields = _fields(request, "tweet.fields", TWEET_FIELDS)
            body["data"] = [self._tweet(post, fields) for post in posts]
        if missing:
            body["errors"] = [_not_found("tweet", "ids", id) for id in missing]
        return body | self._includes(request, posts)

    def _me(self, request: Request) -> JSON:
        if request.state.caller is Caller.APP:
            raise _user_needed()
        return {"data": _user(self._board.me, _fields(request, "user.fields", USER_FIELDS))}

    def _by_username(self, request: Request) -> JSON:
        name = request.path_params["username"]
        account = self._board.accounts.get(name.lower())
        if account is None:
            return {"errors": [_not_found("user", "username", name)]}
        return {"data": _user(account, _fields(request, "user.fields", USER_FIELDS))}

    def _user(self, request: Request) -> JSON:
        id = request.path_params["id"]
        account = self._board.by_id(id)
        if account is None:
            return {"errors": [_not_found("user", "id", id)]}
        return {"data": _user(account, _fields(request, "user.fields", USER_FIELDS))}

    def _mentions(self, request: Request) -> JSON:
        account = self._board.by_id(request.path_params["id"])
        return self._page(request, self._board.mentioning(account) if account else [])

    def _timeline(self, request: Request) -> JSON:
        id = request.path_params["id"]
        return self._page(request, [post for post in self._board.posts if post.author_id == id][::-1])

    def _page(self, request: Request, posts: list[Post]) -> JSON:
        """One page of posts, newest first; `data` is absent when there are none, as X has it."""
        size = _max_results(request)
        posts = [post for post in posts if _in_span(request, post)]
        start = _page_start(request.query_params.get("pagination_token", ""))
        page, more = posts[start : start + size], len(posts) > start + size
        meta: JSON = {"result_count": len(page)}
        if not page:
            return {"meta": meta}
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if more:
            meta["next_token"] = f"town{start + size}"
        if start:
            meta["previous_token"] = f"town{max(start - size, 0)}"
        fields = _fields(request, "tweet.fields", TWEET_FIELDS)
        data = [self._tweet(post, fields) for post in page]
        return {"data": data} | self._includes(request, page) | {"meta": meta}

    def _includes(self, request: Request, posts: list[Post]) -> JSON:
        wanted = {name for name in request.query_params.get("expansions", "").split(",") if name}
        fields = _fields(request, "user.fields", USER_FIELDS)
        includes: JSON = {}
        ids = [post.author_id for post in posts] if "author_id" in wanted else []
        users = [account for id in dict.fromkeys(ids) if (account := self._board.by_id(id))]
        if users:
            includes["users"] = [_user(account, fields) for account in users]
        parents = [self._board.post(post.reply_to) for post in posts if post.reply_to]
        if "referenced_tweets.id" in wanted and parents:
            shown = _fields(request, "tweet.fields", TWEET_FIELDS)
            includes["tweets"] = [self._tweet(parent, shown) for parent in parents if parent]
        return {"includes": includes} if includes else {}

    def _tweet(self, post: Post, fields: set[str]) -> JSON:
        everything: JSON = {
            "id": post.id,
            "text": post.text,
            "edit_history_tweet_ids": [post.id],
            "author_id": post.author_id,
            "created_at": iso_millis(post.created_at),
            "conversation_id": post.conversation_id,
            "lang": "en",
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "public_metrics": self._metrics(post),
        }
        parent = self._board.post(post.reply_to) if post.reply_to else None
        if parent is not None:
            everything["in_reply_to_user_id"] = parent.author_id
            everything["referenced_tweets"] = [{"type": "replied_to", "id": parent.id}]
        named = [self._board.account(name) for name in mentions(post.text)]
        if named:
            everything["entities"] = {"mentions": [_mention(post.text, account) for account in named]}
        always = {"id", "text", "edit_history_tweet_ids"}
        return {name: value for name, value in everything.items() if name in fields | always}

    def _metrics(self, post: Post) -> JSON:
        replies = sum(1 for other in self._board.posts if other.reply_to == post.id)
        zeros = ("retweet_count", "like_count", "quote_count", "bookmark_count", "impression_count")
        return {"reply_count": replies} | dict.fromkeys(zeros, 0)


def _user_needed() -> Problem:
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
        "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    return Problem(403, "Unsupported Authentication", detail, f"{PROBLEMS}/unsupported-authentication")


def _fields(request: Request, name: str, known: set[str]) -> set[str]:
    wanted = {field for field in request.query_params.get(name, "").split(",") if field}
    unknown = sorted(wanted - known)
    if unknown:
        raise invalid(
            name,
            unknown[0],
            f"The `{name}` query parameter value [{unknown[0]}] is not one of [{','.join(sorted(known))}]",
        )
    return wanted


def _max_results(request: Request) -> int:
    given = request.query_params.get("max_results", "10")
    if not given.isdigit() or not 5 <= int(given) <= 100:
        raise invalid(
            "max_results",
            given,
            f"The `max_results` query parameter value [{given}] is not between 5 and 100",
        )
    return int(given)


def _page_start(token: str) -> int:
    if not token:
        return 0
    if not token.removeprefix("town").isdigit():
        raise invalid("pagination_token", token, "The `pagination_token` is not valid")
    return int(token.removeprefix("town"))


def _in_span(request: Request, post: Post) -> bool:
    query = request.query_params
    after, before = query.get("since_id"), query.get("until_id")
    if after and int(post.id) <= int(after):
        return False
    if before and int(post.id) >= int(before):
        return False
    start, end, at = query.get("start_time"), query.get("end_time"), iso_millis(post.created_at)
    return (not start or at >= start) and (not end or at < end)


def _not_found(kind: str, parameter: str, value: str) -> JSON:
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }


def _user(account: Account, fields: set[str]) -> JSON:
    everything = {
        "id": account.id,
        "name": account.name,
        "username": account.username,
        "created_at": iso_millis(account.created_at),
        "description": "",
        "verified": False,
        "protected": False,
    }
    return {name: value for name, value in everything.items() if name in fields | {"id", "name", "username"}}


def _mention(text: str, account: Account) -> JSON:
    start = text.lower().find(f"@{account.username.lower()}")
    end = start + len(account.username) + 1
    return {"start": start, "end": end, "username": account.username, "id": account.id}
