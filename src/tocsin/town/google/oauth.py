"""The token endpoint for service accounts: a signed claim comes in, a bearer token goes out (RFC 7523, as Google does it)."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tocsin.town.ids import Now

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/documents"
LIFE = timedelta(hours=1)
SKEW = timedelta(minutes=5)
KEY_ID = "7ac0c0de"


class NoToken(Exception):
    """Why no token is given, in OAuth's words. The status is always 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


class Booth:
    """One service account, its key, and the tokens that it got."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._tokens: dict[str, datetime] = {}
        self.email = "tocsin@acme-town.iam.gserviceaccount.com"

    @functools.cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        # Made when it is first needed: it takes a tenth of a second.
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def account(self, token_url: str) -> str:
        """The JSON file that Google hands out for a service account."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "acme-town",
                "private_key_id": KEY_ID,
                "private_key": pem.decode(),
                "client_email": self.email,
                "client_id": "100000000000000000001",
                "token_uri": token_url,
            }
        )

    def token(self, grant_type: str, assertion: str, token_url: str) -> dict[str, Any]:
        """A token for this claim. Raises NoToken."""
        if grant_type != GRANT:
            raise NoToken("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
        now = self._now()
        self._check(self._claims(assertion), token_url, now)
        token = "ya29." + hashlib.sha256(f"{assertion}/{len(self._tokens)}".encode()).hexdigest()
        self._tokens[token] = now + LIFE
        return {"access_token": token, "expires_in": int(LIFE.total_seconds()) - 1, "token_type": "Bearer"}

    def _claims(self, assertion: str) -> dict[str, Any]:
        try:
            head, claims, signature = assertion.split(".")
            signed = f"{head}.{claims}".encode()
            header, body = json.loads(_bytes(head)), json.loads(_bytes(claims))
        except ValueError:
            raise NoToken("invalid_grant", "Bad Request") from None
        try:
            if header.get("alg") != "RS256" or header.get("kid", KEY_ID) != KEY_ID:
                raise InvalidSignature
            self._key.public_key().verify(_bytes(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            raise NoToken("invalid_grant", "Invalid JWT Signature.") from None
        return dict(body)

    def _check(self, claims: dict[str, Any], token_url: str, now: datetime) -> None:
        if claims.get("iss") != self.email:
            raise NoToken("invalid_grant", "Invalid grant: account not found")
        if claims.get("scope") != SCOPE:
            raise NoToken("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        if claims.get("aud") != token_url:
            raise NoToken(
                "invalid_grant", "Invalid JWT: Failed audience check. The right audience is " + token_url
            )
        issued, expires = claims.get("iat"), claims.get("exp")
        if not (isinstance(issued, int) and isinstance(expires, int)) or not _is_reasonable(
            issued, expires, now
        ):
            why = "Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            raise NoToken(
                "invalid_grant", f"Invalid JWT: {why} Check your iat and exp values in the JWT claim."
            )

    def admits(self, authorization: str) -> bool:
        """Whether this header carries a token that still holds."""
        kind, _, token = authorization.partition(" ")
        until = self._tokens.get(token)
        return kind == "Bearer" and until is not None and self._now() < until

    def forget(self) -> None:
        """No token that was given holds any more."""
        self._tokens.clear()


def _is_reasonable(issued: int, expires: int, now: datetime) -> bool:
    at, skew = now.timestamp(), SKEW.total_seconds()
    return issued <= at + skew and expires > at - skew and 0 < expires - issued <= LIFE.total_seconds()


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
