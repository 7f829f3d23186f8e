"""The one way out for HTTP: calls a service, and turns whatever goes wrong into `Later` or `Refused` with a sentence.

It knows no service. Those are told apart by the label, the address and the credentials that they bring.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from tocsin.core.words import shortened
from tocsin.core.work import Later, Refused

NO_ANSWER: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading an answer raises that is not what was asked for: other JSON, none, bytes that are no UTF-8, brackets without end."""
T = TypeVar("T")
PATIENCE = timedelta(seconds=15)
"""How long a whole call may take; a service that drips its answer is given up like one that is silent."""
LONGEST_WAIT = timedelta(hours=24)
UNNAMED_LIMIT = timedelta(minutes=1)
"""What GitHub asks for where its answer names no time (docs: rate limits for the REST API)."""
LONGEST_WORDS = 300

SAID: Final[Mapping[int, tuple[type[Later | Refused], str]]] = {
    400: (Refused, "did not understand what it was asked"),
    401: (Refused, "does not take our credentials: check its tokens in the settings"),
    402: (Refused, "wants to be paid first"),
    403: (Refused, "does not allow it"),
    404: (Refused, "knows no such thing, or does not show it to our account"),
    408: (Later, "took too long"),
    409: (Later, "is busy with the same thing"),
    410: (Refused, "has it no longer"),
    413: (Refused, "finds it too large"),
    422: (Refused, "does not take the content"),
    425: (Later, "is not ready for it"),
    429: (Later, "asks us to slow down"),
}
"""What a status means. Any 3xx and 5xx stands in `_meaning`."""


class Failed(Exception):
    """A call that came to nothing. `outcome` is what a reach returns; `status` is 0 where there was no answer.

    `says` are the service's own words, `code` its own number or name for what is wrong; "" where there is none.
    """

    def __init__(self, outcome: Later | Refused, status: int = 0, says: str = "", code: str = "") -> None:
        super().__init__(outcome.why)
        self.outcome = outcome
        self.status = status
        self.says = says
        self.code = code


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates count: read once for all services, since it takes a twentieth of a second."""
    return httpx2.create_ssl_context()


class Outside:
    """One service at `base_url`. `label` is how people call it."""

    def __init__(
        self,
        label: str,
        base_url: str,
        *,
        auth: httpx2.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._label = label
        self._patience = patience
        seconds = patience.total_seconds()
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            auth=auth,
            headers={"User-Agent": "Tocsin", **(headers or {})},
            timeout=httpx2.Timeout(seconds, connect=min(seconds, 5.0)),
            verify=trusted(),
        )

    async def ask(
        self,
        method: str,
        path: str,
        want: type[T],
        *,
        now: datetime,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str | list[str]] | None = None,
    ) -> T:
        """One call with a body of JSON or as a form; its answer as `want`. Raises Failed for everything else, and never tries twice by itself."""
        more = {"params": params, "json": body, "data": form, "headers": headers}
        content = await self.fetch(method, path, now=now, **more)
        try:
            return msgspec.json.decode(content, type=want)
        except NO_ANSWER as why:
            # It may well have taken effect, so a second try has to look first: Later, not Refused.
            raise Failed(Later(f"{self._label} answered in a way that Tocsin does not know: {why}")) from why

    async def fetch(self, method: str, path: str, *, now: datetime, **what: Any) -> bytes:
        """One call with whatever httpx2's `request` takes; the answer as it came. Raises Failed like `ask`."""
        async with given_up(self._label, self._patience):
            response = await self._client.request(method, path, **what)
        if not response.is_success:
            raise failure_of(self._label, response, now)
        return response.content

    async def aclose(self) -> None:
        await self._client.aclose()


@asynccontextmanager
async def given_up(label: str, patience: timedelta = PATIENCE) -> AsyncIterator[None]:
    """The time in which a service has to answer. Failed for all that keeps it from doing so."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            yield
    except (TimeoutError, httpx2.TimeoutException) as why:
        seconds = f"{patience.total_seconds():g} s"
        raise Failed(Later(f"{label} did not answer within {seconds}")) from why
    except httpx2.ConnectError as why:
        raise Failed(Later(f"{label} can't be reached: {why}")) from why
    except httpx2.RequestError as why:
        broken = f"{label} broke off before its answer was whole ({type(why).__name__})"
        raise Failed(Later(broken)) from why


def failure_of(label: str, response: httpx2.Response, now: datetime) -> Failed:
    """What an answer means that is no success, in the service's own words where it says any."""
    status, problem = response.status_code, _problem(response)
    says, code = _words(problem), str(problem.code)
    limited = _is_limited(response, says)
    kind, meaning = SAID[429] if limited else _meaning(status)
    why = f"{label} {meaning} ({status})" + (f": {says}" if says else "")
    if kind is Refused:
        return Failed(Refused(why), status, says, code)
    wait = _wait(response, now) or (UNNAMED_LIMIT if limited else None)
    return Failed(Later(why, wait), status, says, code)


def _meaning(status: int) -> tuple[type[Later | Refused], str]:
    if status >= 500:
        return Later, "has trouble of its own"
    if 300 <= status < 400:
        return Refused, "sends us elsewhere: correct its address or name in the settings"
    return SAID.get(status, (Refused, "refused it"))


def _is_limited(response: httpx2.Response, says: str) -> bool:
    """GitHub says 403 as well as 429 beyond its limits."""
    if response.status_code == 429:
        return True
    headers = response.headers
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return response.status_code == 403 and (spent or "rate limit" in says.lower())


def _wait(response: httpx2.Response, now: datetime) -> timedelta | None:
    """How long the service asks us to wait, between a second and a day; None where it does not say."""
    headers = response.headers
    waits = [_retry_after(headers.get("retry-after", ""), now), *_resets(headers, now)]
    asked = max((wait for wait in waits if wait is not None), default=None)
    if asked is None:
        return None
    return min(max(asked, timedelta(seconds=1)), LONGEST_WAIT)


def _retry_after(value: str, now: datetime) -> timedelta | None:
    if value.isdecimal():
        return timedelta(seconds=min(int(value), 86_400))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now


def _resets(headers: httpx2.Headers, now: datetime) -> Iterator[timedelta]:
    """X and GitHub name the instant at which a used-up limit is whole again; X has three limits at once."""
    for limit in ("x-rate-limit", "x-ratelimit", "x-user-limit-24hour", "x-app-limit-24hour"):
        reset = headers.get(f"{limit}-reset", "")
        if headers.get(f"{limit}-remaining") == "0" and reset.isdecimal() and len(reset) < 12:
            yield datetime.fromtimestamp(int(reset), UTC) - now


class _Problem(msgspec.Struct):
    """The fields in which services say to people what is wrong."""

    detail: object = ""
    message: object = ""
    title: object = ""
    error: object = ""
    errors: object = ()
    code: object = ""


def _problem(response: httpx2.Response) -> _Problem:
    try:
        return msgspec.json.decode(response.content, type=_Problem)
    except NO_ANSWER:
        return _Problem()


def _words(problem: _Problem) -> str:
    """What the service says to people. Never a body as it is: the error page of a proxy may repeat our own headers."""
    if isinstance(problem.error, dict) and isinstance(problem.error.get("errors"), list):
        # PagerDuty's stand one level deeper.
        problem = _Problem(message=problem.error.get("message", ""), errors=problem.error["errors"])
    parts = [problem.detail or problem.message or problem.title or problem.error]
    if isinstance(problem.errors, list):
        parts += [_error_words(error) for error in problem.errors[:3]]
    said = [" ".join(part.split()) for part in parts if isinstance(part, str) and part]
    return shortened("; ".join(dict.fromkeys(said)), LONGEST_WORDS)


def _error_words(error: object) -> str:
    """GitHub's errors may have a `message`, else `field` and `code`; X's have a `message`."""
    if not isinstance(error, dict):
        return str(error) if isinstance(error, str) else ""
    if isinstance(error.get("message"), str):
        return str(error["message"])
    named = [error.get("field"), error.get("code")]
    return " ".join(word for word in named if isinstance(word, str))
