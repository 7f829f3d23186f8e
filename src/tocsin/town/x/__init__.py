"""A small stand-in for X: one account of ours, any number of other people, and the API v2."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.ids import Now, iso_millis
from tocsin.town.pages import Pages
from tocsin.town.x.api import Api
from tocsin.town.x.board import Account, Board, NotAllowed, Post
from tocsin.town.x.oauth import Keys, Porter
from tocsin.town.x.text import weight

__all__ = ["Account", "NotAllowed", "Post", "X", "weight"]

HANDLE = "@acme"


class X:
    """What tests and the demo hold in their hands."""

    consumer_key = "town-consumer-key"
    consumer_secret = "town-consumer-secret"  # noqa: S105 (opens nothing but the town)
    access_token = "town-access-token"  # noqa: S105 (opens nothing but the town)
    access_token_secret = "town-access-token-secret"  # noqa: S105 (opens nothing but the town)
    user_token = "town-user-token"  # noqa: S105 (opens nothing but the town)
    app_bearer_token = "town-app-token"  # noqa: S105 (opens nothing but the town)

    def __init__(self, now: Now, pages: Pages) -> None:
        self._pages = pages
        self.board = Board(now, HANDLE)
        keys = Keys(
            self.consumer_key,
            self.consumer_secret,
            self.access_token,
            self.access_token_secret,
            self.user_token,
            self.app_bearer_token,
        )
        self._api = Api(self.board, Porter(keys), now)
        self.handle = HANDLE
        self.user_id = self.board.me.id

    @property
    def url(self) -> str:
        """Where the town is reached, without `/x`."""
        return self.board.url

    @url.setter
    def url(self, url: str) -> None:
        self.board.url = url

    @property
    def posts(self) -> list[Post]:
        """Every post, oldest first."""
        return self.board.posts

    def post(self, author: str, text: str, reply_to: str | None = None) -> Post:
        """Somebody posts; an unknown handle becomes an account. Raises NotAllowed where X refuses."""
        return self.board.write(author, text, reply_to)

    def replies_to(self, id: str) -> list[Post]:
        """The answers to a post, oldest first."""
        return [post for post in self.board.posts if post.reply_to == id]

    def as_json(self) -> dict[str, Any]:
        return {
            "posts": [
                {
                    "id": post.id,
                    "author": post.author,
                    "text": post.text,
                    "reply_to": post.reply_to,
                    "created_at": iso_millis(post.created_at),
                    "url": post.url,
                }
                for post in self.board.posts
            ]
        }

    def routes(self) -> list[BaseRoute]:
        return [
            *self._api.routes(),
            Route("/x", self._timeline),
            Route("/x/", self._timeline),
            Route("/x/post", self._post_form, methods=["POST"]),
            Route("/x/{username}/status/{id}", self._one),
        ]

    async def _timeline(self, request: Request) -> Response:
        shown = [self._shown(post) for post in reversed(self.board.posts)]
        return self._show(request, shown, "")

    async def _one(self, request: Request) -> Response:
        post = self.board.post(request.path_params["id"])
        if post is None:
            return self._show(request, [], "", status=404)
        thread = [p for p in self.board.posts if p.conversation_id == post.conversation_id]
        return self._show(request, [self._shown(p) for p in thread], post.id)

    def _show(
        self, request: Request, posts: list[dict[str, Any]], chosen: str, status: int = 200
    ) -> Response:
        error = request.query_params.get("error", "")
        author = request.query_params.get("author", "@jane")
        return self._pages.show(
            "x.html", request, status, posts=posts, chosen=chosen, error=error, author=author, handle=HANDLE
        )

    def _shown(self, post: Post) -> dict[str, Any]:
        account = self.board.account(post.author)
        parent = self.board.post(post.reply_to) if post.reply_to else None
        return {
            "post": post,
            "name": account.name,
            "is_ours": post.author == HANDLE,
            "colour": int(post.author_id) % 360,
            "answers": parent.author if parent else "",
            "replies": len(self.replies_to(post.id)),
            "path": f"/x/{account.username}/status/{post.id}",
        }

    async def _post_form(self, request: Request) -> Response:
        form = await request.form()
        author, text = str(form.get("author") or "@jane"), str(form.get("text", "")).strip()
        back = request.url.replace(path="/x", query="").include_query_params(author=author)
        try:
            if text:
                self.post(author, text, str(form.get("reply_to") or "") or None)
        except NotAllowed as why:
            back = back.include_query_params(error=str(why))
        return RedirectResponse(f"/x?{back.query}", status_code=303)
