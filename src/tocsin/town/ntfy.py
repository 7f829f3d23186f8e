"""An ntfy server and the phones that follow its topics: JSON publishing, updates in place, and the buttons of a notification."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.ids import Now, slack_id
from tocsin.town.wire import Answer, Post

TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
LONGEST_BYTES, LARGEST_BODY = 4096, 32_768
MOST_ACTIONS = 3
PATIENCE = 5.0
ERRORS = {
    40007: (400, "invalid priority parameter"),
    40009: (400, "invalid request: topic invalid"),
    40017: (400, "invalid request: request body must be message JSON"),
    40018: (400, "invalid request: actions invalid"),
    40049: (400, "invalid request: sequence ID invalid"),
    40101: (401, "unauthorized"),
    40301: (403, "forbidden"),
    41303: (413, "JSON body too large"),
}


class Problem(Exception):
    """What becomes an error body."""

    def __init__(self, code: int) -> None:
        self.status, words = ERRORS[code]
        self.body = {"code": code, "http": self.status, "error": words}
        super().__init__(words)


@dataclass(slots=True)
class Note:
    """One message of a topic. `said` is what came back when somebody pressed a button of it."""

    id: str
    topic: str
    at: datetime
    sequence: str
    title: str
    message: str
    priority: int
    tags: list[str]
    click: str
    actions: list[dict[str, Any]]
    said: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a subscriber reads it."""
        told = {
            "id": self.id,
            "time": int(self.at.timestamp()),
            "event": "message",
            "topic": self.topic,
            "title": self.title,
            "message": self.message,
            "priority": self.priority,
            "tags": self.tags,
            "click": self.click,
            "actions": self.actions,
        }
        return told | ({"sequence_id": self.sequence} if self.sequence != self.id else {})


@dataclass(slots=True)
class Ntfy:
    """What tests and the demo hold in their hands. Topics in `closed` are only for who has the token."""

    now: Now
    post: Post
    url: str = ""
    """Where the town is reached, without `/ntfy`."""
    token: str = "tk_7ac0c0dea4lmvbigfxjx1lfi4sw8f"  # noqa: S105 - the town has no secrets
    closed: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    """Topics to which one may write, and which nobody may read."""
    notes: list[Note] = field(default_factory=list)

    def shown(self, topic: str) -> list[Note]:
        """What stands on the phones that follow a topic: of each sequence the newest."""
        newest = {note.sequence: note for note in self.notes if note.topic == topic}
        return list(newest.values())

    async def press(self, note: Note, label: str) -> Answer:
        """Press a button that calls somebody, as the app on the phone does."""
        action = next(one for one in note.actions if one["label"] == label and one["action"] == "http")
        headers = dict(action.get("headers") or {})
        answer = await self.post.send(
            action["url"], str(action.get("body", "")).encode(), headers, within=PATIENCE
        )
        note.said = str(answer.body or "No answer came")
        if answer.ok and action.get("clear"):
            self.notes = [one for one in self.notes if one.sequence != note.sequence]
        return answer

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/ntfy/", self._publish, methods=["POST"]),
            Route("/ntfy/{topic}/json", self._poll, methods=["GET"]),
        ]

    async def _publish(self, request: Request) -> Response:
        try:
            said = _message(await request.body())
            topic = str(said.get("topic", ""))
            self._let_in(request, topic)
            note = self._note(topic, said)
        except Problem as why:
            return JSONResponse(why.body, why.status)
        self.notes.append(note)
        return JSONResponse(note.as_json())

    async def _poll(self, request: Request) -> Response:
        topic = request.path_params["topic"]
        try:
            self._let_in(request, topic)
            if topic in self.unreadable:
                raise Problem(40301)
        except Problem as why:
            return JSONResponse(why.body, why.status)
        lines = [json.dumps(note.as_json()) + "\n" for note in self.notes if note.topic == topic]
        return Response("".join(lines), media_type="application/x-ndjson")

    def _let_in(self, request: Request, topic: str) -> None:
        given = request.headers.get("authorization", "")
        if given and given != f"Bearer {self.token}":
            raise Problem(40101)
        if topic in self.closed and not given:
            raise Problem(40301)

    def _note(self, topic: str, said: dict[str, Any]) -> Note:
        id = slack_id("", f"ntfy/{len(self.notes)}")
        sequence, message = str(said.get("sequence_id") or id), str(said.get("message") or "triggered")
        priority, actions = said.get("priority") or 3, said.get("actions") or []
        if not TOPIC.fullmatch(topic):
            raise Problem(40009)
        if not TOPIC.fullmatch(sequence):
            raise Problem(40049)
        if priority not in range(1, 6):
            raise Problem(40007)
        if len(actions) > MOST_ACTIONS or not all(_is_action(one) for one in actions):
            raise Problem(40018)
        if len(message.encode()) > LONGEST_BYTES:
            message = "You received a file: attachment.txt"
        return Note(
            id,
            topic,
            self.now(),
            sequence,
            str(said.get("title", "")),
            message,
            priority,
            list(said.get("tags") or []),
            str(said.get("click", "")),
            actions,
        )


def _message(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST_BODY:
        raise Problem(41303)
    try:
        said = json.loads(body)
    except ValueError:
        raise Problem(40017) from None
    if not isinstance(said, dict):
        raise Problem(40017)
    return said


def _is_action(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and one.get("action") in ("view", "http")
        and bool(one.get("label"))
        and str(one.get("url", "")).startswith(("http://", "https://"))
    )
