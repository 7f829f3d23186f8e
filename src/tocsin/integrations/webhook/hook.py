"""A webhook as a device: an address that is called, and the secrets with which the call is signed. Neither is shown whole."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from tocsin.errors import Invalid
from tocsin.integrations.guard import UNLESS_NAMED, Guard, Inside
from tocsin.integrations.webhook.signing import FEWEST_BYTES, MOST_BYTES, secret_from

LONGEST_URL = 2000


class Hook(msgspec.Struct, frozen=True):
    """As it is kept. Of two secrets both sign, so that a receiver can go from one to the other without losing a message."""

    url: str
    secrets: tuple[str, ...]

    @property
    def address(self) -> str:
        return msgspec.json.encode(self).decode()

    @property
    def shown(self) -> str:
        """The path may be a secret as well: whoever knows it can post there."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}/…"


def hook_of(address: str) -> Hook:
    """The webhook of an address that `Hook.address` gave."""
    return msgspec.json.decode(address, type=Hook)


def hook_from(given: Mapping[str, str], guard: Guard) -> Hook:
    """The webhook that was typed. Invalid, by the field, where it is none, or leads into our own network for all to see."""
    url = url_from(given, guard)
    first = _secret(given.get("secret", ""), "secret")
    second = given.get("second_secret", "")
    secrets = (first, _secret(second, "second_secret")) if second.strip() else (first,)
    if len(set(secrets)) < len(secrets):
        raise Invalid("Both secrets are the same: leave the second one empty", field="second_secret")
    return Hook(url, secrets)


def rotated(hook: Hook, secret: str) -> Hook:
    """With that secret and the one that was the newest, by both of which calls are signed; with "" by the newest alone."""
    newest = hook.secrets[0]
    if not secret.strip():
        if len(hook.secrets) == 1:
            raise Invalid("It has one secret only: write another one first", field="secret")
        return Hook(hook.url, (newest,))
    new = _secret(secret, "secret")
    if new in hook.secrets:
        raise Invalid("It has that secret already", field="secret")
    return Hook(hook.url, (new, newest))


def url_from(given: Mapping[str, str], guard: Guard) -> str:
    """The address that was typed. Invalid where it is none, or leads into our own network for all to see."""
    url = given.get("url", "").strip()
    try:
        parts = urlsplit(url)
        # Reading it is what finds a port that is none.
        _ = parts.port
    except ValueError as why:
        raise Invalid(f"That is no address: {why}", field="url") from why
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in url or len(url) > LONGEST_URL:
        raise Invalid("Write an address such as https://hooks.acme.example/tocsin", field="url")
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            "The address has no name or password in it: the signature shows that a call is from Tocsin",
            field="url",
        )
    try:
        guard.refuse_known(parts.hostname)
    except Inside as why:
        raise Invalid(f"{why}: {UNLESS_NAMED}", field="url") from why
    return url.partition("#")[0]


def _secret(text: str, field: str) -> str:
    try:
        return secret_from(text)
    except ValueError as why:
        raise Invalid(
            f"That is no secret to sign with ({why}): write {FEWEST_BYTES} to {MOST_BYTES} random bytes in base64, as "
            "`openssl rand -base64 32` gives them; whsec_ may stand before it",
            field=field,
        ) from why
