"""A browser's side of Web Push: its keys, opening what was encrypted to them (RFC 8291), and a push service's check of who sends (RFC 8292)."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
HEADER = 86


class NotForUs(ValueError):
    """It can't be opened, or was not sent by who may."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a browser makes when somebody subscribes; only it knows the private one."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def as_json(self) -> dict[str, str]:
        return {"p256dh": to_text(self.public), "auth": to_text(self.auth)}

    def opened(self, body: bytes) -> bytes:
        """What was encrypted. NotForUs if it was for other keys, or is no single record of aes128gcm."""
        salt, size, sender = body[:16], int.from_bytes(body[16:20]), body[21:HEADER]
        if len(body) < HEADER + 17 or body[20] != 65 or len(body) - HEADER > size:
            raise NotForUs("it is no single record of aes128gcm")
        try:
            theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender)
            shared = self.private.exchange(ec.ECDH(), theirs)
            secret = _hkdf(self.auth, shared, b"WebPush: info\x00" + self.public + sender, 32)
            key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
            nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
            text = AESGCM(key).decrypt(nonce, body[HEADER:], None).rstrip(b"\x00")
        except (ValueError, InvalidTag) as why:
            raise NotForUs("it was encrypted to other keys") from why
        if not text.endswith(b"\x02"):
            raise NotForUs("its last record has no end")
        return text[:-1]


def check_sender(header: str, audience: str, expected: str, now: datetime) -> None:
    """NotForUs, saying why, unless the header is signed by the expected key, for this service, now."""
    kind, _, rest = header.partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if kind.lower() != "vapid" or not {"t", "k"} <= given.keys():
        raise NotForUs("there is no VAPID authorization")
    if given["k"] != expected:
        raise NotForUs("the key is not the one that the subscription was made with")
    try:
        head, claims, signature = given["t"].split(".")
        numbers = from_text(signature)
        der = encode_dss_signature(int.from_bytes(numbers[:32]), int.from_bytes(numbers[32:]))
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_text(given["k"]))
        key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        said: dict[str, Any] = json.loads(from_text(claims))
    except (ValueError, InvalidSignature) as why:
        raise NotForUs("the token is not signed by its key") from why
    left = int(said.get("exp", 0)) - now.timestamp()
    if said.get("aud") != audience:
        raise NotForUs(f"the token is for {said.get('aud')}, this is {audience}")
    if not 0 < left <= 24 * 3600:
        raise NotForUs("the token has run out, or lasts longer than a day")
    if not str(said.get("sub", "")).startswith(("mailto:", "https://")):
        raise NotForUs("the token names nobody to write to")


def to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_text(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(salt: bytes, secret: bytes, info: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt, info).derive(secret)
