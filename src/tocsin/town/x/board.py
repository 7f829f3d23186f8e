"""The accounts and posts of X. No HTTP here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.town.ids import Now, whole_number
from tocsin.town.x.text import LIMIT, mentions, weight

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
SAME_TEXT_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on X."""

    id: str
    username: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """One post. `author` is the handle with @; `reply_to` the id of the post it answers, None if it answers none."""

    id: str
    author: str
    author_id: str
    text: str
    created_at: datetime
    conversation_id: str
    reply_to: str | None
    url: str


class NotAllowed(Exception):
    """X refuses a post; the text says why."""


class Board:
    """Everything that was posted, oldest first."""

    def __init__(self, now: Now, handle: str) -> None:
        self._now = now
        self._last_id = 0
        self.url = ""
        self.accounts: dict[str, Account] = {}
        self.posts: list[Post] = []
        self.me = self.account(handle, name="Acme")

    def account(self, handle: str, name: str = "") -> Account:
        """The account of a handle; made when first named."""
        username = handle.lstrip("@")
        known = self.accounts.get(username.lower())
        if known is None:
            shown = name or username.replace("_", " ").title()
            known = Account(str(whole_number(f"x/{username.lower()}")), username, shown, self._now())
            self.accounts[username.lower()] = known
        return known

    def by_id(self, id: str) -> Account | None:
        return next((account for account in self.accounts.values() if account.id == id), None)

    def post(self, id: str) -> Post | None:
        return next((post for post in self.posts if post.id == id), None)

    def write(self, author: str, text: str, reply_to: str | None) -> Post:
        """Put a post on the board; raises NotAllowed as X would refuse it."""
        account = self.account(author)
        self._check(account, text, reply_to)
        id = self._new_id()
        parent = self.post(reply_to) if reply_to else None
        post = Post(
            id=id,
            author=f"@{account.username}",
            author_id=account.id,
            text=text,
            created_at=self._now(),
            conversation_id=parent.conversation_id if parent else id,
            reply_to=reply_to,
            url=f"{self.url}/x/{account.username}/status/{id}",
        )
        self.posts.append(post)
        return post

    def _check(self, account: Account, text: str, reply_to: str | None) -> None:
        if weight(text) > LIMIT:
            raise NotAllowed("Your Tweet text is too long.")
        if reply_to is not None and self.post(reply_to) is None:
            raise NotAllowed("You attempted to reply to a Tweet that is deleted or not visible to you.")
        since = self._now() - SAME_TEXT_WITHIN
        mine = (post for post in self.posts if post.author_id == account.id and post.created_at > since)
        if any(post.text == text for post in mine):
            raise NotAllowed("You are not allowed to create a Tweet with duplicate content.")

    def mentioning(self, account: Account) -> list[Post]:
        """Posts of others that name the account or answer one of its posts, newest first."""
        name = account.username.lower()
        found = [
            post
            for post in self.posts
            if post.author_id != account.id and (name in mentions(post.text) or self._answers(post, account))
        ]
        return found[::-1]

    def _answers(self, post: Post, account: Account) -> bool:
        parent = self.post(post.reply_to) if post.reply_to else None
        return parent is not None and parent.author_id == account.id

    def _new_id(self) -> str:
        """A snowflake: milliseconds above, a counter below, always growing."""
        millis = int(self._now().timestamp() * 1000) - SNOWFLAKE_EPOCH_MS
        self._last_id = max(millis << 22, self._last_id + 1)
        return str(self._last_id)
