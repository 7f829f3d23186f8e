"""Who is on call, asked without a detour: dashboards, bots and pagers ask it all day long, so it stands before the rest of the API.

An answer is kept until somebody changes the roster or the next shift begins. Everything but the plain question (another instant, no
key, an unknown schedule) goes on to the API, which answers it in words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.acts.access import KEY_PREFIX, hashed, visitor_of
from tocsin.acts.house import GONE, House
from tocsin.acts.oncall.who import Directory, is_outside, on_call_by
from tocsin.doors.api.on_call import all_of

ONE: Final = re.compile(r"/schedules/([a-z0-9][a-z0-9._-]{0,59})/on-call")
ALL: Final = "/on-call"
MOST_KEPT: Final = 50_000
JSON: Final = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer for one schedule (or all), good for this roster from `since` on, before `until`."""

    known: Directory
    since: datetime
    until: datetime
    body: bytes


class HotOnCall:
    """Stands before the API."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house
        self._kept: dict[str, Kept] = {}
        self._hashes: dict[bytes, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self._answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if body is None:
            await self._app(scope, receive, send)
            return
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [JSON, length]})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope) -> bytes | None:
        """The answer to the plain question; None where somebody else has to give it."""
        which = _schedule_of(scope)
        key = key_of(scope) if which is not None else b""
        if which is None or not key:
            return None
        try:
            holder, known = await self._house.callers.ask(self._house, self._hash(key))
        except GONE:
            return None
        if holder is None or not visitor_of(holder).may("read"):
            return None
        return self._body(which, known)

    def _hash(self, key: bytes) -> str:
        """The key's hash, remembered for a while: keys are few."""
        if key not in self._hashes:
            if len(self._hashes) > 1000:
                self._hashes.clear()
            self._hashes[key] = hashed(key.decode("latin-1"))
        return self._hashes[key]

    def _body(self, which: str, known: Directory) -> bytes | None:
        now = self._house.clock.now()
        kept = self._kept.get(which)
        if kept is None or kept.known is not known or not kept.since <= now < kept.until:
            kept = self._worked_out(which, known, now)
            if kept is None:
                return None
            if len(self._kept) > MOST_KEPT:
                self._kept.clear()
            self._kept[which] = kept
        return kept.body

    def _worked_out(self, which: str, known: Directory, now: datetime) -> Kept | None:
        if is_outside(self._house, known):
            return None
        wanted = known.schedules
        if which:
            kept = known.kept.get(which)
            if kept is None or kept.ended_at is not None:
                return None
            wanted = (kept.schedule,)
        found, until = on_call_by(self._house, known, wanted, now)
        return Kept(known, now, until, all_of(found).model_dump_json().encode())


def _schedule_of(scope: Scope) -> str | None:
    """The schedule that is asked for ("" for all); None where it is another question."""
    if scope["query_string"]:
        return None
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    if path == ALL:
        return ""
    found = ONE.fullmatch(path)
    return found[1] if found else None


def key_of(scope: Scope) -> bytes:
    """The key that came along as `Authorization: Bearer` or `X-API-Key`; empty where none did."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            key: bytes = value[7:].strip()
            return key if key.startswith(KEY_PREFIX.encode()) else b""
        if name == b"x-api-key":
            key = value.strip()
            return key if key.startswith(KEY_PREFIX.encode()) else b""
    return b""
