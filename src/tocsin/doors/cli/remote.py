"""Calls the API of a running Tocsin: where it is, with which key, and what to do when it can't be reached."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin import errors
from tocsin.doors.cli.words import Json
from tocsin.errors import Conflict, Invalid, TocsinError, Unauthenticated, Unavailable

if TYPE_CHECKING:
    import ssl

DEFAULT_URL = "http://127.0.0.1:8008"
LIMIT_SECONDS = 30.0


def get(path: str, **query: Any) -> Json:
    """What the API answers to this question."""
    answer: Json = _call("GET", path, params={name: value for name, value in query.items() if value}).json()
    return answer


def get_text(path: str, **query: Any) -> str:
    text: str = _call("GET", path, params={name: value for name, value in query.items() if value}).text
    return text


def post(path: str, body: Json, *, limit_seconds: float = LIMIT_SECONDS) -> Json:
    """What the API answers to this act; fields that are None are left out."""
    return _act("POST", path, body, limit_seconds)


def put(path: str, body: Json) -> Json:
    """What the API answers where something is set as it is to be; fields that are None are left out."""
    return _act("PUT", path, body)


def put_bytes(path: str, data: bytes, media_type: str, **query: Any) -> Json:
    """What the API answers to a file of that media type."""
    params = {name: value for name, value in query.items() if value}
    answer: Json = _call("PUT", path, content=data, params=params, more={"Content-Type": media_type}).json()
    return answer


def delete(path: str, **query: Any) -> Json:
    """What the API answers where something is ended; {} where it has nothing to say."""
    answer = _call("DELETE", path, params={name: value for name, value in query.items() if value is not None})
    found: Json = answer.json() if answer.content else {}
    return found


def _act(method: str, path: str, body: Json, limit_seconds: float = LIMIT_SECONDS) -> Json:
    sent = {name: value for name, value in body.items() if value is not None}
    answer: Json = _call(method, path, limit_seconds=limit_seconds, json=sent).json()
    return answer


def _call(
    method: str,
    path: str,
    more: Mapping[str, str] | None = None,
    limit_seconds: float = LIMIT_SECONDS,
    **parts: Any,
) -> Any:
    # Taken in here, so that `tocsin --help` does not wait for it.
    import httpx2

    base = os.environ.get("TOCSIN_URL", DEFAULT_URL).rstrip("/")
    headers = {"Authorization": f"Bearer {_key()}", **(more or {})}
    try:
        answer = httpx2.request(
            method,
            f"{base}/api/v1{path}",
            headers=headers,
            timeout=limit_seconds,
            verify=_trust(base),
            **parts,
        )
    except httpx2.InvalidURL as why:
        raise Invalid(f"TOCSIN_URL is {base!r}, which is no address: {why}") from why
    except (httpx2.TransportError, httpx2.UnsupportedProtocol) as why:
        raise Unavailable(
            f"Tocsin at {base} can't be reached: {why or type(why).__name__}."
            " Start it with `tocsin serve`, or set TOCSIN_URL to where it runs"
        ) from why
    if answer.is_success:
        return answer
    raise _error_of(answer, base)


def _trust(base: str) -> ssl.SSLContext | bool:
    """Whose certificates count: by default every known authority's.

    Reading those takes a tenth of a second, which a plain http:// address has no use for. It gets a context that verifies as
    strictly and trusts nobody, so that, should a way ever lead from there to https:// (redirects are not followed), it is refused.
    """
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if base.startswith("http://") else True


def _error_of(answer: Any, base: str) -> TocsinError:
    """The server's own error, in its own words."""
    try:
        said = answer.json()
        kind, message, field = said["error"], said["message"], said.get("field")
        places = [(one["field"], one["message"]) for one in said.get("problems") or ()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unavailable(
            f"{base} answered {answer.status_code}, and not as Tocsin does: is TOCSIN_URL right?"
        )
    known = getattr(errors, kind, Conflict)
    error: TocsinError = known(message, field=field, places=places)
    return error


def _key() -> str:
    direct, file = os.environ.get("TOCSIN_API_KEY"), os.environ.get("TOCSIN_API_KEY_FILE")
    if direct and file:
        raise Invalid("TOCSIN_API_KEY and TOCSIN_API_KEY_FILE are both set: keep one")
    if direct:
        return direct.strip()
    if not file:
        raise Unauthenticated(
            "No key. On Tocsin's machine make one with `tocsin key create NAME --person YOU`, then set"
            " TOCSIN_API_KEY to it, or TOCSIN_API_KEY_FILE to a file that holds it"
        )
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as why:
        raise Invalid(f"TOCSIN_API_KEY_FILE points to {file}, which can't be read: {why}") from why
