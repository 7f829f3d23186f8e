"""What the settings say of the gateways: how each is asked, and how it tells what became of it. One TOML for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from tocsin.errors import Invalid

SETTING: Final = "TOCSIN_GATEWAYS"
HOLES: Final = ("to", "text", "key")
HOLE: Final = re.compile(r"\{(\w+)\}")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """Where a reply's parts stand, as a path with dots: who wrote it, what, and the gateway's id of it."""

    sender: str
    text: str
    id: str = ""


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a receipt's parts stand, and which of its states mean what. All others are passed over."""

    id: str
    state: str
    delivered: list[str] = []
    failed: list[str] = []
    words: str = ""


class Poll(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where replies and receipts are fetched if nothing can reach us: a GET, whose answer has a list at `list` ("": it is one)."""

    url: str
    list: str = ""
    seconds: float = 15


class Gateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider. `body` is filled in value by value, so that nothing in a text can change its shape. `id` is where its answer has its id."""

    name: str
    via: Literal["sms", "voice"]
    url: str
    body: dict[str, Any]
    method: Literal["POST", "PUT", "GET"] = "POST"
    type: Literal["json", "form", "query"] = "json"
    headers: dict[str, str] = {}
    id: str = ""
    prefixes: tuple[str, ...] = ("",)
    idempotent: bool = False
    secret: str = ""
    reply: Reply | None = None
    receipt: Receipt | None = None
    poll: Poll | None = None

    def __repr__(self) -> str:
        """By its name only: headers and secret are nobody's business."""
        return f"Gateway({self.name!r})"

    @property
    def hears(self) -> bool:
        """Whether anything of it comes back to us."""
        return bool(self.secret or self.poll)


class _All(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gateway: list[Gateway]


def gateways_from(text: str) -> list[Gateway]:
    """The gateways that the setting describes. Invalid where it can't be read, or one can't be as described."""
    try:
        found = msgspec.toml.decode(text, type=_All).gateway
    except (msgspec.DecodeError, ValueError) as why:
        raise Invalid(f"{SETTING}: {why}") from why
    for one in found:
        if wrong := _wrong(one):
            raise Invalid(f"{SETTING}: the gateway {one.name!r} {wrong}")
    names = [one.name for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Invalid(f"{SETTING}: two gateways have the name {min(twice)!r}")
    return found


def filled(value: Any, parts: dict[str, str]) -> Any:
    """The body with its holes filled. What is filled in is never looked at for holes again."""
    if isinstance(value, dict):
        return {name: filled(one, parts) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, parts) for one in value]
    return HOLE.sub(lambda hole: parts[hole[1]], value) if isinstance(value, str) else value


def at(answer: Any, path: str) -> str:
    """What stands at that path (`messages.0.id`) of an answer, as text; "" where nothing does."""
    for name in path.split(".") if path else ():
        if isinstance(answer, list) and name.isdecimal() and int(name) < len(answer):
            answer = answer[int(name)]
        else:
            answer = answer.get(name) if isinstance(answer, dict) else None
    return str(answer) if isinstance(answer, str | int | float) and not isinstance(answer, bool) else ""


def _wrong(one: Gateway) -> str:
    """What can't be about it, as the end of a sentence; "" where nothing is wrong."""
    addresses = [one.url, *([one.poll.url] if one.poll else [])]
    holes = set(_holes(one.body))
    checks = (
        (not NAME.fullmatch(one.name), "needs a name of small letters, digits and dashes"),
        (
            not all(url.startswith(("https://", "http://")) for url in addresses),
            "needs addresses that begin with https://",
        ),
        (any(HOLE.search(url) for url in addresses), "has holes in its address: they belong into its body"),
        (
            bool(holes - set(HOLES)),
            f"knows no hole {min(holes - set(HOLES), default='')!r}: there are {', '.join(HOLES)}",
        ),
        (not {"to", "text"} <= holes, "needs {to} and {text} in its body"),
        (
            (one.method == "GET") != (one.type == "query"),
            "takes type query with method GET, and with no other",
        ),
        (
            one.type != "json" and not all(isinstance(x, str) for x in one.body.values()),
            "has texts only in a form",
        ),
        (one.hears and not (one.reply or one.receipt), "says nothing of what it sends: add reply or receipt"),
        (
            bool(one.reply or one.receipt) and not one.hears,
            "needs a secret (or poll), for what it sends to count",
        ),
        (bool(one.secret) and len(one.secret) < 16, "needs a secret of at least 16 signs"),
        (bool(one.receipt) and not one.id, "needs id: where its answer has the id that its receipts name"),
        (
            not all(re.fullmatch(r"(\+\d{1,14})?", x) for x in one.prefixes),
            "has prefixes other than such as +49",
        ),
    )
    return next((words for is_wrong, words in checks if is_wrong), "")


def _holes(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _holes(one)
    elif isinstance(value, str):
        yield from HOLE.findall(value)
