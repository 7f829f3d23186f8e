"""Reads the text of a GraphQL operation: its fields, with their arguments, as a tree. Enough of the language for what is asked here:
variables, aliases, nested fields and inline fragments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKENS = re.compile(
    r'[\s,]+|#[^\n]*|(?P<text>"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*")|(?P<number>-?\d+(?:\.\d+)?)'
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>\.\.\.|[{}()\[\]:=!$@|&])"
)
CONSTANTS = {"true": True, "false": False, "null": None}


class Unreadable(Exception):
    """What is no GraphQL, or a variable that was not given."""


@dataclass(slots=True)
class Field:
    """One field that is asked for; `name` is what it is called in the answer."""

    of: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)


@dataclass(slots=True)
class Operation:
    """What is to be done: `query` or `mutation`, and its fields."""

    kind: str
    fields: list[Field]


def read(text: str, variables: Mapping[str, Any]) -> Operation:
    """Raises Unreadable."""
    return _Reader(_tokens(text), variables).operation()


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        match = TOKENS.match(text, at)
        if match is None:
            raise Unreadable(f"Unknown char {text[at]!r} at {at}")
        if match.lastgroup:
            found.append(match[0])
        at = match.end()
    return [*found, ""]


class _Reader:
    """Goes through the tokens once, from left to right."""

    def __init__(self, tokens: list[str], variables: Mapping[str, Any]) -> None:
        self._tokens = tokens
        self._at = 0
        self._given = variables
        self._variables: dict[str, Any] = {}

    def operation(self) -> Operation:
        kind = "query" if self._next() == "{" else self._take()
        if kind not in ("query", "mutation"):
            raise Unreadable(f'Expected one of query, mutation, actual: "{kind}"')
        if self._next() not in ("(", "{"):
            self._take()
        if self._next() == "(":
            self._declare()
        fields = self._fields()
        if self._next():
            raise Unreadable(f'Expected the end, actual: "{self._next()}"')
        return Operation(kind, fields)

    def _declare(self) -> None:
        """`($id: ID!, $method: Method = MERGE)`: what is not given has its default, or is not there."""
        self._expect("(")
        while self._next() != ")":
            self._expect("$")
            name = self._take()
            self._expect(":")
            needed = self._type()
            default = None
            if self._next() == "=":
                self._expect("=")
                needed, default = False, self._value()
            value = self._given.get(name, default)
            if needed and value is None:
                raise Unreadable(f"Variable ${name} of a type that must be given was provided invalid value")
            if name in self._given or default is not None:
                self._variables[name] = value
        self._expect(")")

    def _type(self) -> bool:
        """Whether it has to be given."""
        if self._next() == "[":
            self._expect("[")
            self._type()
            self._expect("]")
        else:
            self._take()
        if self._next() == "!":
            self._expect("!")
            return True
        return False

    def _fields(self) -> list[Field]:
        self._expect("{")
        found: list[Field] = []
        while self._next() != "}":
            if self._next() == "...":
                found += self._inline()
            else:
                found.append(self._field())
        self._expect("}")
        return found

    def _inline(self) -> list[Field]:
        """`... on PullRequest { … }`; the types here are never in doubt."""
        self._expect("...")
        if self._take() != "on":
            raise Unreadable("Named fragments are not in the town")
        self._take()
        return self._fields()

    def _field(self) -> Field:
        name = of = self._take()
        if self._next() == ":":
            self._expect(":")
            of = self._take()
        if not re.fullmatch(r"[A-Za-z_]\w*", of):
            raise Unreadable(f'Expected a field, actual: "{of}"')
        arguments = self._arguments() if self._next() == "(" else {}
        return Field(of, name, arguments, self._fields() if self._next() == "{" else [])

    def _arguments(self) -> dict[str, Any]:
        self._expect("(")
        found = self._pairs(")")
        self._expect(")")
        return found

    def _pairs(self, end: str) -> dict[str, Any]:
        found = {}
        while self._next() != end:
            name = self._take()
            self._expect(":")
            if self._next() == "$":
                self._expect("$")
                variable = self._take()
                if variable in self._variables:
                    found[name] = self._variables[variable]
            else:
                found[name] = self._value()
        return found

    def _value(self) -> Any:
        sign = self._take()
        if sign == "{":
            found = self._pairs("}")
            self._expect("}")
            return found
        if sign == "[":
            items = []
            while self._next() != "]":
                items.append(self._value())
            self._expect("]")
            return items
        if sign == "$":
            return self._variables.get(self._take())
        if sign.startswith('"""'):
            return sign[3:-3].strip()
        if sign.startswith('"') or sign[0].isdigit() or sign[0] == "-":
            return json.loads(sign)
        return CONSTANTS.get(sign, sign)

    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        token = self._tokens[self._at]
        if not token:
            raise Unreadable("Unexpected end of document")
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token != sign:
            raise Unreadable(f'Expected "{sign}", actual: "{token}"')
