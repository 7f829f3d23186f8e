"""PostgreSQL's SQL in tokens, as far as telling statements apart and recognising them needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tocsin.errors import Invalid

_WORD = r"[^\W\d](?:[\w$])*"
_PARTS = re.compile(
    rf"""
    (?P<space>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
  | (?P<escaped>[eE]'(?:[^'\\]++|\\.|'')*+')
  | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']++|'')*+')
  | (?P<quoted>(?:[uU]&)?"(?:[^"]++|"")*+")
  | (?P<word>{_WORD})
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<sign>::|[<>=!]=|<>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
NO_END = {"'": "a quoted text", '"': "a quoted name", "/*": "a comment", "$": "a dollar-quoted text"}


class Unreadable(Invalid):
    """A file of SQL that can't be told apart into statements. `line` counts from 1."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


class Kind(Enum):
    WORD = "word"
    """Not quoted: `text` is in small letters, as PostgreSQL reads it."""
    QUOTED = "quoted"
    """A quoted name, without its quotes."""
    STRING = "string"
    """A text, without its quotes."""
    NUMBER = "number"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """`start` and `end` are where it stands in the whole text."""

    kind: Kind
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        return self.kind is Kind.WORD and self.text in words

    def is_sign(self, sign: str) -> bool:
        return self.kind is Kind.SIGN and self.text == sign


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """All but blanks and comments, from `start` on. Unreadable where something that was begun has no end."""
    at = start
    while at < len(text):
        found = _PARTS.match(text, at)
        assert found, "any sign matches"
        at = found.end()
        match found.lastgroup:
            case "space":
                continue
            case "comment":
                at = _comment_end(text, found.start())
            case "dollar":
                at = text.find(found[0], found.end())
                if at < 0:
                    raise _no_end(text, found.start(), "$")
                yield Token(Kind.STRING, text[found.end() : at], found.start(), at + len(found[0]))
                at += len(found[0])
            case _:
                yield _plain(text, found)


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _plain(text: str, found: re.Match[str]) -> Token:
    said = found[0]
    match found.lastgroup:
        case "word":
            return Token(Kind.WORD, said.lower(), found.start(), found.end())
        case "quoted":
            inner = said[said.index('"') + 1 : -1].replace('""', '"')
            return Token(Kind.QUOTED, inner, found.start(), found.end())
        case "escaped":
            inner = said[2:-1].replace("''", "'").replace("\\'", "'").replace("\\\\", "\\")
            return Token(Kind.STRING, inner, found.start(), found.end())
        case "string":
            inner = said[said.index("'") + 1 : -1].replace("''", "'")
            return Token(Kind.STRING, inner, found.start(), found.end())
        case "number":
            return Token(Kind.NUMBER, said, found.start(), found.end())
    if said in ("'", '"'):
        raise _no_end(text, found.start(), said)
    return Token(Kind.SIGN, said, found.start(), found.end())


def _comment_end(text: str, start: int) -> int:
    """PostgreSQL's comments nest."""
    depth, at = 0, start
    while edge := _COMMENT_EDGE.search(text, at):
        depth += 1 if edge[0] == "/*" else -1
        at = edge.end()
        if not depth:
            return at
    raise _no_end(text, start, "/*")


def _no_end(text: str, at: int, what: str) -> Unreadable:
    return Unreadable(line_of(text, at), f"{NO_END[what]} begins here and has no end")
