"""A website on loopback that shows a calendar, as it is told."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n"


def calendar(*events: str) -> bytes:
    """An iCalendar file of these events, each as its lines."""
    return (HEAD + "".join(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT\r\n" for one in events) + "END:VCALENDAR\r\n").encode()  # fmt: skip


def event(uid: str, title: str, start: str, end: str, *more: str) -> str:
    lines = [f"UID:{uid}", f"DTSTART;VALUE=DATE:{start}", f"DTEND;VALUE=DATE:{end}", f"SUMMARY:{title}"]
    return "\r\n".join([*lines, *more])


class Website:
    """Answers each path with what it is given for it, `content` by default; remembers what it was asked."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.content = calendar()
        self.etag = ""
        self.answers: dict[str, Response] = {}
        self.asked: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.asked.append(request)
        answer = self.answers.get(request.url.path)
        if answer is None and self.etag and request.headers.get("if-none-match") == self.etag:
            answer = Response(status_code=304)
        headers = {"ETag": self.etag} if self.etag else {}
        answer = answer or Response(self.content, media_type="text/calendar", headers=headers)
        await answer(scope, receive, send)
