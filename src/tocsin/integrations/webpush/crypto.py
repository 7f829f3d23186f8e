"""What makes a push message unreadable to all but the browser that it is for (RFC 8291), and ours (RFC 8292, "VAPID").

It knows no HTTP and no clock. `cryptography` does the arithmetic; here stands only what the two documents say to do with it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

CURVE: Final = ec.SECP256R1()
POINT_BYTES, AUTH_BYTES, SALT_BYTES, NUMBER_BYTES = 65, 16, 16, 32
RECORD_BYTES: Final = 4096
"""One record holds all of a message: push services need take no more (RFC 8030, 7.2)."""
HEADER_BYTES: Final = SALT_BYTES + 4 + 1 + POINT_BYTES
LARGEST_TEXT: Final = RECORD_BYTES - HEADER_BYTES - 16 - 1
"""Bytes of a message before it is encrypted: less the header, the tag and the mark of the last record."""
TOKEN_LASTS: Final = timedelta(hours=12)
"""Services take at most 24 hours (RFC 8292, 2); half of that leaves room for a clock that goes wrong."""


class BadKey(ValueError):
    """It is no key of this curve. The words say what it should have been."""


def encrypted(
    text: bytes,
    device: ec.EllipticCurvePublicKey,
    auth: bytes,
    *,
    salt: bytes = b"",
    once: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The whole body of a push message, aes128gcm. `salt` and the key `once` are new for each message; only tests name them."""
    once = once or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(SALT_BYTES)
    ours, theirs = point(once.public_key()), point(device)
    shared = once.exchange(ec.ECDH(), device)
    secret = _derived(auth, shared, b"WebPush: info\0" + theirs + ours, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_BYTES.to_bytes(4) + bytes([len(ours)]) + ours
    # 2 ends the last record (RFC 8188, 2).
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def authorization(key: ec.EllipticCurvePrivateKey, audience: str, contact: str, now: datetime) -> str:
    """The header by which a push service knows us. `audience` is its origin, `contact` where its people may write to us."""
    until = int((now + TOKEN_LASTS).timestamp())
    claims = {"aud": audience, "exp": until, "sub": contact}
    signed = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}"
    numbers = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = b"".join(number.to_bytes(NUMBER_BYTES) for number in numbers)
    return f"vapid t={signed}.{written(signature)}, k={written(point(key.public_key()))}"


def new_key() -> str:
    """A private key as it is kept: its number in base64url."""
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return written(number.to_bytes(NUMBER_BYTES))


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """The key of what `new_key` gave, or of PEM. BadKey for anything else."""
    try:
        if text.lstrip().startswith("-----BEGIN"):
            key = load_pem_private_key(text.encode(), password=None)
        else:
            key = ec.derive_private_key(int.from_bytes(read(text, NUMBER_BYTES)), CURVE)
    except (ValueError, TypeError, UnsupportedAlgorithm) as why:
        raise BadKey("a private key of the curve P-256, in base64url or as PEM") from why
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != CURVE.name:
        raise BadKey("a private key of the curve P-256, in base64url or as PEM")
    return key


def public_key(text: str) -> ec.EllipticCurvePublicKey:
    """The key that a browser gave. BadKey if it is no point of the curve."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, read(text, POINT_BYTES))
    except ValueError as why:
        raise BadKey("a point of the curve P-256, in base64url") from why


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def written(data: bytes) -> str:
    """base64url without padding, as all of Web Push writes bytes."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read(text: str, size: int) -> bytes:
    """The bytes of base64url, also where it is padded or in the other alphabet. BadKey if they are not as many as they should be."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as why:
        raise BadKey("base64url") from why
    if len(data) != size:
        raise BadKey(f"{size} bytes in base64url")
    return data


def _derived(salt: bytes, secret: bytes, info: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt, info).derive(secret)


def _part(claims: Mapping[str, object]) -> str:
    return written(json.dumps(claims, separators=(",", ":")).encode())
