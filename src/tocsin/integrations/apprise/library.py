"""The library Apprise as far as we let it: it calls HTTP only, what the guard lets it call, and comes to an end in time.

Nobody imports this at start: the library is large, and is loaded when the first address of it is added or called.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import apprise
import requests
from apprise.utils.http import (
    ConnectionTracker,
    HTTPPolicy,
    HTTPPolicySession,
    read_bounded_response,
    track_connections,
)

from tocsin.core.channel import Message
from tocsin.core.words import shortened
from tocsin.errors import Invalid
from tocsin.integrations.apprise.address import Place, refuse, typed, without
from tocsin.integrations.apprise.note import note
from tocsin.integrations.guard import PORTS, UNLESS_NAMED, Guard, Inside, Unknown, Unsafe

LARGEST_ANSWER: Final = 1_000_000
LONGEST_READ: Final = 15.0
"""How many seconds the library waits for one more piece of an answer, whatever an address asks for."""
LONGEST_WORDS: Final = 300


@dataclass(slots=True)
class Call:
    """One message on its way. `loop` is where names are looked up; None where nothing may be called at all."""

    guard: Guard
    loop: asyncio.AbstractEventLoop | None = None
    status: int = 0
    """What the last answer said that was no success; 0 where there was none."""
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    stopped: Inside | Unknown | Unsafe | None = None
    said: list[str] = field(default_factory=list)
    """What the library logs."""

    def note(self, answer: Any) -> None:
        if not answer.ok or 300 <= answer.status_code < 400:
            self.status, self.headers, self.content = answer.status_code, dict(answer.headers), answer.content


CALL: ContextVar[Call] = ContextVar("apprise_call")


class _Policy(HTTPPolicy):
    """Asks our guard where a connection goes; the library connects to nothing else."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call
        self._scheme = "http"

    def validate_url(self, url: str) -> None:
        self._scheme = urlsplit(url).scheme

    def resolve(self, host: str, port: int) -> Any:
        if self._call.loop is None:
            raise Inside(host)
        looking = self._call.guard.machine(
            host.strip("[]"), port or PORTS[self._scheme], is_safe=self._scheme == "https"
        )
        try:
            machine = asyncio.run_coroutine_threadsafe(looking, self._call.loop).result()
        except (Inside, Unknown, Unsafe) as why:
            self._call.stopped = why
            raise
        return socket.getaddrinfo(machine, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)


class _Session(HTTPPolicySession):
    """What every call of the library goes through, since it makes its sessions by this name (`requests.sessions.Session`).

    No proxy, no redirect, no answer without end; outside of a `Call` it calls nobody.
    """

    def __init__(self) -> None:
        super().__init__(_Policy(CALL.get()))

    def request(self, *args: Any, **named: Any) -> Any:
        return super().request(*args, **{**named, "allow_redirects": False})

    def send(self, request: Any, **named: Any) -> Any:
        answer = super().send(request, **{**named, "stream": True})
        # It would read all that comes, however much; so what is read is set in its place.
        answer._content = read_bounded_response(answer, LARGEST_ANSWER) or b""
        CALL.get().note(answer)
        return answer


class _Words(logging.Handler):
    """Keeps what the library says of a call, instead of logging it: it may repeat secrets."""

    def emit(self, record: logging.LogRecord) -> None:
        call = CALL.get(None)
        if call:
            call.said.append(record.getMessage())


def _set_up() -> Any:
    requests.sessions.Session = requests.Session = _Session  # type: ignore[misc]
    log = logging.getLogger("apprise")
    log.handlers[:], log.propagate = [_Words(logging.WARNING)], False
    log.setLevel(logging.WARNING)
    return apprise.AppriseAsset(
        app_id="Tocsin",
        app_desc="Tocsin",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        interpret_emojis=False,
        interpret_escapes=False,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
        timezone="UTC",
        language="en",
    )


ASSET: Final = _set_up()


def place_from(url: str, guard: Guard) -> Place:
    """The place that an address leads to. Invalid where the library knows none, or where we do not let it go."""
    url = typed(url)
    call = Call(guard)
    plugin = _plugin(url, call)
    if plugin is None:
        said = without(url, " ".join(call.said))
        raise Invalid(
            shortened(f"Apprise can't use this address: {said or 'it knows no such service'}", LONGEST_WORDS),
            field="url",
        )
    refuse(plugin.schemas())
    if any(isinstance(one, apprise.AppriseAttachment) and len(one) for one in vars(plugin).values()):
        raise Invalid(
            "This address has Apprise read a file, which Tocsin does not let it: leave that out", field="url"
        )
    if "host" in plugin.template_tokens and plugin.host:
        try:
            guard.refuse_known(plugin.host.strip("[]"))
        except Inside as why:
            raise Invalid(f"{why}: {UNLESS_NAMED}", field="url") from why
    return Place(str(plugin.service_name), url)


def send(place: Place, message: Message, call: Call, seconds: float) -> bool:
    """Whether the service took it; `call` then knows why it did not. After so many seconds its connections are cut."""
    token = CALL.set(call)
    try:
        with track_connections(ConnectionTracker(), time.monotonic() + seconds):
            plugin = _plugin(place.url, call)
            if plugin is None:
                return False
            title, body = note(message, plugin.body_maxlen, plugin.title_maxlen)
            return bool(plugin.notify(body=body, title=title, notify_type="warning", body_format="text"))
    except (Inside, Unknown, Unsafe) as why:
        call.stopped = why
        return False
    finally:
        CALL.reset(token)


def _plugin(url: str, call: Call) -> Any:
    """The library's own object for an address; None where it can't be used."""
    token = CALL.set(call)
    try:
        plugin = apprise.Apprise.instantiate(url, asset=ASSET)
    finally:
        CALL.reset(token)
    if plugin is not None:
        plugin.socket_read_timeout = min(plugin.socket_read_timeout or LONGEST_READ, LONGEST_READ)
        plugin.socket_connect_timeout = min(plugin.socket_connect_timeout or LONGEST_READ, LONGEST_READ)
    return plugin
