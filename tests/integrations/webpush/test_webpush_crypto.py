"""The arithmetic of Web Push, held against the examples in its RFCs, and against a browser's side written anew."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tocsin.integrations.webpush.crypto import (
    LARGEST_TEXT,
    BadKey,
    authorization,
    encrypted,
    new_key,
    point,
    private_key,
    public_key,
    read,
    written,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
# RFC 8291, section 5 and appendix A.
DEVICE = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
ONCE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_a_message_is_encrypted_as_the_example_of_rfc_8291() -> None:
    body = encrypted(
        b"When I grow up, I want to be a watermelon",
        public_key(DEVICE),
        read(AUTH, 16),
        salt=read(SALT, 16),
        once=private_key(ONCE),
    )

    assert written(body) == BODY


def test_the_longest_message_makes_a_body_that_every_push_service_takes() -> None:
    body = encrypted(b"a" * LARGEST_TEXT, public_key(DEVICE), read(AUTH, 16))

    assert len(body) == 4096


def test_two_messages_of_the_same_words_have_nothing_in_common() -> None:
    first, second = (encrypted(b"page", public_key(DEVICE), read(AUTH, 16)) for _ in range(2))

    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]
    assert first[86:] != second[86:]


def test_a_service_can_check_who_sends_to_it_and_until_when() -> None:
    key = private_key(new_key())

    kind, _, rest = authorization(key, "https://push.example", "mailto:ops@acme.example", NOON).partition(" ")

    token, public = (part.partition("=")[2] for part in rest.split(", "))
    head, claims, signature = token.split(".")
    numbers = read(signature, 64)
    der = encode_dss_signature(int.from_bytes(numbers[:32]), int.from_bytes(numbers[32:]))
    public_key(public).verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    assert kind == "vapid"
    assert public == written(point(key.public_key()))
    assert _read_part(head) == {"typ": "JWT", "alg": "ES256"}
    assert _read_part(claims) == {
        "aud": "https://push.example",
        "exp": int(datetime(2026, 3, 3, 0, 0, tzinfo=UTC).timestamp()),
        "sub": "mailto:ops@acme.example",
    }


def test_a_key_is_the_same_key_however_it_is_written() -> None:
    text = new_key()
    key = private_key(text)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    again = private_key(pem)

    assert point(again.public_key()) == point(private_key(text + "=").public_key())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing"),
        ("no key", "words"),
        ("AAAA", "too short"),
        ("A" * 43, "zero is no key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "broken PEM"),
    ],
)
def test_what_is_no_private_key_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadKey):
        private_key(text)


def test_a_private_key_of_another_curve_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    with pytest.raises(BadKey):
        private_key(pem)


@pytest.mark.parametrize("text", ["", "AAAA", written(b"\x04" + b"\x01" * 64), "ä" * 87])
def test_what_is_no_point_of_the_curve_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        public_key(text)


def _read_part(part: str) -> object:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
