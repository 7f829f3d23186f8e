"""Goes along a statement's tokens: names, lists, what stands in brackets."""

from __future__ import annotations

from collections.abc import Container, Sequence

from tocsin.core.schema.lexer import Kind, Token
from tocsin.core.schema.things import Name


class NotUnderstood(Exception):
    """The statement is written in a way that is not known here. It is then said to be unverified, never taken for done."""


class Reading:
    """A place among tokens, which goes forward only."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def rest(self) -> Sequence[Token]:
        return self._tokens[self._at :]

    @property
    def ended(self) -> bool:
        return self._at >= len(self._tokens)

    def sees(self, *words: str) -> bool:
        """Whether these words come next."""
        at = self._at
        if at + len(words) > len(self._tokens):
            return False
        for word in words:
            found = self._tokens[at]
            if found.text != word or found.kind is not Kind.WORD:
                return False
            at += 1
        return True

    def sees_any(self, words: Container[str]) -> bool:
        """Whether one of these words comes next."""
        return (
            not self.ended
            and self._tokens[self._at].kind is Kind.WORD
            and self._tokens[self._at].text in words
        )

    def took(self, *words: str) -> bool:
        """Go past these words if they come next."""
        if self.sees(*words):
            self._at += len(words)
            return True
        return False

    def took_any(self, *words: str) -> str:
        """Go past one of these words; "" if none comes next."""
        for word in words:
            if self.took(word):
                return word
        return ""

    def took_sign(self, sign: str) -> bool:
        if not self.ended and self._tokens[self._at].is_sign(sign):
            self._at += 1
            return True
        return False

    def need(self, *words: str) -> None:
        if not self.took(*words):
            raise NotUnderstood(" ".join(words).upper() + " was expected")

    def token(self) -> Token:
        if self.ended:
            raise NotUnderstood("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def identifier(self) -> str:
        found = self.token()
        if found.kind not in (Kind.WORD, Kind.QUOTED):
            raise NotUnderstood(f"a name was expected, not {found.text}")
        return found.text

    def name(self) -> Name:
        """A name, with its schema if it has one."""
        first = self.identifier()
        if not self.took_sign("."):
            return Name(first)
        second = self.identifier()
        return Name(self.identifier(), second) if self.took_sign(".") else Name(second, first)

    def names(self) -> list[Name]:
        """One or more with commas between."""
        found = [self.name()]
        while self.took_sign(","):
            found.append(self.name())
        return found

    def text(self) -> str:
        found = self.token()
        if found.kind is not Kind.STRING:
            raise NotUnderstood(f"a quoted text was expected, not {found.text}")
        return found.text

    def bracket(self) -> list[Token]:
        """What stands in the brackets that come next, without them."""
        if not self.took_sign("("):
            raise NotUnderstood("( was expected")
        depth, start = 1, self._at
        while depth:
            found = self.token()
            depth += {"(": 1, ")": -1}.get(found.text, 0) if found.kind is Kind.SIGN else 0
        return list(self._tokens[start : self._at - 1])

    def until(self, *words: str) -> list[Token]:
        """All up to one of these words (outside brackets), or up to the end."""
        start, depth = self._at, 0
        while not self.ended:
            found = self._tokens[self._at]
            if not depth and found.is_word(*words):
                break
            depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(found.text, 0) if found.kind is Kind.SIGN else 0
            self._at += 1
        return list(self._tokens[start : self._at])


def by_commas(tokens: Sequence[Token]) -> list[list[Token]]:
    """The parts between commas outside brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind is Kind.SIGN:
            depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(token.text, 0)
            if token.text == "," and not depth:
                parts.append([])
                continue
        parts[-1].append(token)
    return [part for part in parts if part]


def joined(tokens: Sequence[Token]) -> str:
    """The tokens in one line, for comparing: texts quoted, a blank between words only."""
    said = ""
    for token in tokens:
        text = "'" + token.text.replace("'", "''") + "'" if token.kind is Kind.STRING else token.text
        is_word = token.kind is not Kind.SIGN
        said += f" {text}" if said and is_word and (said[-1].isalnum() or said[-1] in "_'\")") else text
    return said
