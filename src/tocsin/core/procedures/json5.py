"""Finds the members of the outermost object of a JSON or JSON5 text, and where they stand, so that one can be changed and all else kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tocsin.errors import Invalid

TOKEN: Final = re.compile(
    r"""(?P<space>[\s\ufeff]+|//[^\n\r]*|/\*.*?\*/)
      | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<sign>[{}\[\]:,])
      | (?P<word>[^\s{}\[\]:,"'/]+)""",
    re.VERBOSE | re.DOTALL,
)
OPENS: Final = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the object: its key, and where that and its value stand in the text."""

    key: str
    key_start: int
    value_start: int
    value_end: int


@dataclass(frozen=True, slots=True)
class Outermost:
    """`opened` is the place right behind the first brace."""

    opened: int
    members: tuple[Member, ...]


def outermost(text: str) -> Outermost:
    """The outermost object. Invalid where there is none, or where its braces do not close."""
    tokens = list(_tokens(text))
    if not tokens or tokens[0].text != "{":
        raise Invalid("it does not begin with {")
    members, place = list[Member](), 1
    while place < len(tokens) and tokens[place].text != "}":
        member, place = _member(tokens, place)
        members.append(member)
        if place < len(tokens) and tokens[place].text == ",":
            place += 1
        elif place < len(tokens) and tokens[place].text != "}":
            raise Invalid(f"a comma is missing before {tokens[place].text[:20]!r}")
    if place != len(tokens) - 1:
        raise Invalid("its braces do not close where it ends")
    return Outermost(tokens[0].end, tuple(members))


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise Invalid(f"{text[place : place + 20]!r} is no JSON")
        place = found.end()
        if found.lastgroup != "space":
            yield Token(found.lastgroup or "", found[0], found.start(), found.end())


def _member(tokens: list[Token], place: int) -> tuple[Member, int]:
    key = tokens[place]
    if key.kind == "sign" or place + 2 >= len(tokens) or tokens[place + 1].text != ":":
        raise Invalid(f"{key.text[:20]!r} is no key with a value")
    first = place + 2
    last = _value_ends(tokens, first)
    name = key.text[1:-1] if key.kind == "text" else key.text
    return Member(name, key.start, tokens[first].start, tokens[last].end), last + 1


def _value_ends(tokens: list[Token], first: int) -> int:
    """The last token of the value that begins with that one."""
    if tokens[first].text not in OPENS:
        if tokens[first].kind == "sign":
            raise Invalid("a value is missing")
        return first
    closing = list[str]()
    for place in range(first, len(tokens)):
        token = tokens[place]
        if token.kind != "sign":
            continue
        if token.text in OPENS:
            closing.append(OPENS[token.text])
        elif token.text in "}]":
            if token.text != closing.pop():
                raise Invalid("its brackets do not match")
            if not closing:
                return place
    raise Invalid("its braces do not close where it ends")
