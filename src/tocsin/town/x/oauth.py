"""Who calls X: a user by OAuth 1.0a signature or bearer token, or only an app."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import cast

from oauthlib.common import Request as OAuthRequest
from oauthlib.oauth1.rfc5849 import signature
from starlette.requests import Request


class Caller(enum.Enum):
    """What a request's Authorization proves."""

    USER = "user"
    APP = "app"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one app and of the one user who let it in."""

    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str
    user_token: str
    app_token: str


@dataclass(frozen=True, slots=True)
class _Signed:
    """The parts of a request that its signature covers, under the names that oauthlib reads."""

    uri: str
    http_method: str
    params: list[tuple[str, str]]
    signature: str


class Porter:
    """Recognises callers, and never takes the same signed request twice."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._seen: set[tuple[str, str]] = set()

    def caller(self, request: Request) -> Caller:
        header = request.headers.get("authorization", "")
        kind, _, token = header.partition(" ")
        if kind.lower() == "bearer":
            return {self._keys.user_token: Caller.USER, self._keys.app_token: Caller.APP}.get(
                token, Caller.NOBODY
            )
        if kind.lower() == "oauth" and self._is_signed(request, header):
            return Caller.USER
        return Caller.NOBODY

    def _is_signed(self, request: Request, header: str) -> bool:
        """Form bodies would be signed too, but X's v2 takes JSON only, which is not."""
        params = signature.collect_parameters(
            uri_query=request.url.query, headers={"Authorization": header}, exclude_oauth_signature=False
        )
        given = dict(params)
        once = (given.get("oauth_nonce", ""), given.get("oauth_timestamp", ""))
        keys = self._keys
        if (
            given.get("oauth_consumer_key") != keys.consumer_key
            or given.get("oauth_token") != keys.access_token
        ):
            return False
        signed = _Signed(
            uri=str(request.url).partition("?")[0],
            http_method=request.method,
            params=[(name, value) for name, value in params if name != "oauth_signature"],
            signature=given.get("oauth_signature", ""),
        )
        fits = signature.verify_hmac_sha1(
            cast(OAuthRequest, signed), keys.consumer_secret, keys.access_token_secret
        )
        if not fits or not all(once) or once in self._seen:
            return False
        self._seen.add(once)
        return True
