"""A service account of Google: signs a claim with its key, and gets a token for an hour in exchange (RFC 7523)."""

from __future__ import annotations

import base64
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx2
import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tocsin.core.words import shortened
from tocsin.core.work import Later, Refused
from tocsin.errors import Invalid
from tocsin.integrations.http import NO_ANSWER, Failed

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE: Final = "https://www.googleapis.com/auth/documents"
LIFE: Final = timedelta(hours=1)
"""The longest that Google takes (developers.google.com/identity/protocols/oauth2/service-account)."""
SPARE: Final = timedelta(minutes=1)
"""A token is left alone so long before its end, so that none ends on the way."""
SETTING: Final = "TOCSIN_GOOGLE_SERVICE_ACCOUNT"


class _File(msgspec.Struct):
    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int = 3600


class _Problem(msgspec.Struct):
    error: str = ""
    error_description: str = ""


class ServiceAccount(httpx2.Auth):
    """Puts a token on each request, and gets a new one when the old one ends. Claims are dated by `now`, which each call sets."""

    requires_response_body = True

    def __init__(self, file: str, token_url: str = "") -> None:
        """`file` is the JSON that Google hands out. Invalid, without showing it, if it can't be used."""
        try:
            read = msgspec.json.decode(file, type=_File)
        except msgspec.DecodeError as why:
            raise Invalid(f"{SETTING} is no service account's JSON: {_said(why)}", field=SETTING) from None
        self.email = read.client_email
        self.now = datetime.min.replace(tzinfo=UTC)
        self._key = _rsa(read.private_key)
        self._key_id = read.private_key_id
        self._token_url = token_url or read.token_uri
        self._token = ""
        self._until = self.now

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        is_new = not self._token or self.now >= self._until
        if is_new:
            self._keep((yield self._claim()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401 and not is_new:
            # It was revoked before its time. Nothing has been done by then, so asking again is safe.
            self._keep((yield self._claim()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _claim(self) -> httpx2.Request:
        issued = int(self.now.timestamp())
        header = {"alg": "RS256", "typ": "JWT"} | ({"kid": self._key_id} if self._key_id else {})
        claims = {
            "iss": self.email,
            "scope": SCOPE,
            "aud": self._token_url,
            "iat": issued,
            "exp": issued + int(LIFE.total_seconds()),
        }
        signed = b".".join((_part(msgspec.json.encode(header)), _part(msgspec.json.encode(claims))))
        signature = self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        assertion = b".".join((signed, _part(signature))).decode()
        return httpx2.Request("POST", self._token_url, data={"grant_type": GRANT, "assertion": assertion})

    def _keep(self, answer: httpx2.Response) -> None:
        if not answer.is_success:
            raise _failed(answer)
        try:
            token = msgspec.json.decode(answer.content, type=_Token)
        except NO_ANSWER as why:
            raise Failed(
                Later("Google's token endpoint answered in a way that Tocsin does not know")
            ) from why
        self._token = token.access_token
        self._until = self.now + timedelta(seconds=token.expires_in) - SPARE


def _failed(answer: httpx2.Response) -> Failed:
    """What a refused claim means: a wrong account stays wrong, all else may pass."""
    status = answer.status_code
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except NO_ANSWER:
        problem = _Problem()
    said = shortened(": ".join(filter(None, (problem.error, problem.error_description))), 300)
    told = f": {said}" if said else ""
    if status == 429 or status >= 500:
        return Failed(Later(f"Google gives no token now ({status}){told}"), status, said)
    why = (
        f"Google does not take the service account: check {SETTING} and this machine's clock ({status}){told}"
    )
    return Failed(Refused(why), status, said)


def _rsa(pem: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise Invalid(f"{SETTING} holds a private_key that can't be read", field=SETTING) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Invalid(f"{SETTING} holds a private_key that is no RSA key", field=SETTING)
    return key


def _part(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _said(why: msgspec.DecodeError) -> str:
    """What is missing, by name; what stands in the file is never shown."""
    return str(why) if isinstance(why, msgspec.ValidationError) else "it can't be read as JSON"
