"""X's API v2, as far as we use it, in the user context of the organisation's account (OAuth 1.0a)."""

from __future__ import annotations

import html
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

import httpx2
import msgspec
from oauthlib import oauth1

from tocsin.integrations.http import Outside

MOST_PAGES = 10
"""X gives at most the latest 800 mentions, 100 a page."""
POST_FIELDS = "author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,note_tweet,entities"


class Signed(httpx2.Auth):
    """Signs each request. JSON bodies are not part of an OAuth 1.0a signature; its timestamp is the machine's."""

    def __init__(self, signer: oauth1.Client) -> None:
        self._signer = signer

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        method = cast("Literal['GET', 'POST']", request.method)
        _, headers, _ = self._signer.sign(str(request.url), http_method=method)
        request.headers["Authorization"] = headers["Authorization"]
        yield request


class User(msgspec.Struct, frozen=True):
    id: str
    username: str


class Reference(msgspec.Struct, frozen=True):
    type: str
    id: str


class Note(msgspec.Struct, frozen=True):
    text: str = ""


class Link(msgspec.Struct, frozen=True):
    url: str = ""
    expanded_url: str = ""


class Entities(msgspec.Struct, frozen=True):
    urls: tuple[Link, ...] = ()


class Post(msgspec.Struct, frozen=True):
    """A post as X shows it. `text` is cut for long ones, which are whole in `note_tweet`."""

    id: str
    text: str
    author_id: str = ""
    created_at: datetime | None = None
    conversation_id: str = ""
    in_reply_to_user_id: str = ""
    referenced_tweets: tuple[Reference, ...] = ()
    note_tweet: Note = Note()
    entities: Entities = Entities()

    @property
    def words(self) -> str:
        """The whole text as its author wrote it: X escapes three signs, and shortens links."""
        text = self.note_tweet.text or self.text
        for link in self.entities.urls:
            if link.url and link.expanded_url:
                text = text.replace(link.url, link.expanded_url)
        return html.unescape(text)

    @property
    def replies_to(self) -> str:
        """The id of the post that it answers; "" if it answers none."""
        return next((other.id for other in self.referenced_tweets if other.type == "replied_to"), "")

    @property
    def is_repost(self) -> bool:
        return any(other.type == "retweeted" for other in self.referenced_tweets)


class Includes(msgspec.Struct, frozen=True):
    users: tuple[User, ...] = ()


class Meta(msgspec.Struct, frozen=True):
    next_token: str = ""


class Page(msgspec.Struct, frozen=True):
    """One page of posts, newest first; X leaves `data` out where there are none."""

    data: tuple[Post, ...] = ()
    includes: Includes = Includes()
    meta: Meta = Meta()


class _Me(msgspec.Struct, frozen=True):
    data: User


class _Created(msgspec.Struct, frozen=True):
    data: Post


class _Found(msgspec.Struct, frozen=True):
    """X answers 200 without data for a post that is gone."""

    data: Post | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A post that names us, with its author's name on X ("" where X does not tell)."""

    post: Post
    username: str


class XClient:
    """Calls X. Every method raises Failed where X does not do it."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._me: User | None = None

    async def me(self, now: datetime) -> User:
        """Our own account; asked once, since it can't change while the tokens stay."""
        if self._me is None:
            self._me = (await self._outside.ask("GET", "/2/users/me", _Me, now=now)).data
        return self._me

    async def post(self, text: str, reply_to: str, now: datetime) -> str:
        """Publish; `reply_to` is the id of the post that it answers, or "". The new post's id."""
        body: dict[str, object] = {"text": text}
        if reply_to:
            body["reply"] = {"in_reply_to_tweet_id": reply_to}
        return (await self._outside.ask("POST", "/2/tweets", _Created, now=now, body=body)).data.id

    async def find(self, id: str, now: datetime) -> Post | None:
        """One post; None where it is gone or hidden from us."""
        params = {"tweet.fields": POST_FIELDS}
        return (await self._outside.ask("GET", f"/2/tweets/{id}", _Found, now=now, params=params)).data

    async def mentions(self, since_id: str, now: datetime) -> list[Mention]:
        """All that named us after the post `since_id`, oldest first."""
        path = f"/2/users/{(await self.me(now)).id}/mentions"
        found: list[Mention] = []
        token = ""
        for _ in range(MOST_PAGES):
            params = {"since_id": since_id, "expansions": "author_id", "user.fields": "username,name"}
            page = await self._page(path, params, token, now)
            names = {user.id: user.username for user in page.includes.users}
            found += [Mention(post, names.get(post.author_id, "")) for post in page.data]
            token = page.meta.next_token
            if not token:
                break
        return sorted(found, key=lambda mention: int(mention.post.id))

    async def own_posts(self, now: datetime) -> list[Post]:
        """Our latest hundred posts, answers among them, newest first."""
        return list((await self._page(f"/2/users/{(await self.me(now)).id}/tweets", {}, "", now)).data)

    async def _page(self, path: str, params: dict[str, str], token: str, now: datetime) -> Page:
        params = {"max_results": "100", "tweet.fields": POST_FIELDS, **params}
        if token:
            params["pagination_token"] = token
        return await self._outside.ask("GET", path, Page, now=now, params=params)
