"""A file of SQL as PostgreSQL's statements, each with the transaction that it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tocsin.core.schema.lexer import Kind, Token, Unreadable, line_of, tokens

_CLOSES, _GIVES_UP = {"commit", "end"}, {"rollback", "abort"}
_OTHER_CONTROL = {"savepoint", "release"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `number` counts from 1 in its file; `block` is the same for those that are done all together or not at all.

    `kept` is False where the file itself rolls its transaction back.
    """

    number: int
    line: int
    text: str
    tokens: tuple[Token, ...]
    block: int
    kept: bool = True

    def starts(self, *words: str) -> bool:
        """Whether it begins with these words, in this order."""
        return len(self.tokens) >= len(words) and all(
            token.is_word(word) for token, word in zip(self.tokens, words, strict=False)
        )

    def has(self, word: str) -> bool:
        return any(token.is_word(word) for token in self.tokens)

    @property
    def runs_alone(self) -> bool:
        """Whether PostgreSQL refuses it inside a transaction."""
        if self.starts("vacuum") or self.starts("alter", "system"):
            return True
        if self.tokens and self.tokens[0].is_word("create", "drop", "alter", "reindex"):
            second = self.tokens[1] if len(self.tokens) > 1 else None
            return bool(
                (self.has("concurrently") and self.tokens[0].text != "alter")
                or (self.has("concurrently") and self.has("detach"))
                or (second and second.is_word("database", "tablespace", "subscription", "system"))
            )
        return False


def split(text: str, *, one_by_one: bool = False) -> tuple[Statement, ...]:
    """The statements of a file, without BEGIN and COMMIT. Unreadable, with its line, where it can't be told apart.

    Migrators send a file whole, which PostgreSQL does in one transaction up to the file's own COMMIT. `one_by_one`: they send each
    statement by itself.
    """
    done: list[Statement] = []
    block, opened = 1, False
    for found, said in _pieces(text):
        first = found[0]
        if first.is_word("begin") or (first.is_word("start") and _second(found, "transaction")):
            opened = True
            continue
        if first.is_word(*_CLOSES, *_GIVES_UP) and not _second(found, "prepared", "to"):
            if first.is_word(*_GIVES_UP):
                done = [replace(one, kept=False) if one.block == block else one for one in done]
            block, opened = block + 1, False
            continue
        if first.is_word(*_OTHER_CONTROL, "rollback"):
            raise Unreadable(
                line_of(text, first.start), f"{first.text.upper()}: savepoints are not followed here"
            )
        done.append(Statement(len(done) + 1, line_of(text, first.start), said, found, block))
        if not opened and (one_by_one or done[-1].runs_alone):
            block += 1
    return tuple(done)


def _pieces(text: str) -> Iterator[tuple[tuple[Token, ...], str]]:
    """The tokens of each statement with its text, COPY's data included."""
    at = 0
    while True:
        here = _one(text, at)
        if here is None:
            return
        found, at = here
        if found:
            said = text[found[0].start : found[-1].end]
            if found[0].is_word("copy") and any(token.is_word("stdin") for token in found):
                at = _after_copied(text, at)
                said = text[found[0].start : at].rstrip()
            yield found, said


def _one(text: str, start: int) -> tuple[tuple[Token, ...], int] | None:
    """The next statement's tokens and where it ends; None at the end of the text."""
    found: list[Token] = []
    depth = nested = 0
    for token in tokens(text, start):
        if token.is_sign("\\") and not found:
            raise Unreadable(line_of(text, token.start), "a command of psql (\\…): only psql understands it")
        if token.kind is Kind.SIGN:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text == ";" and depth <= 0 and not nested:
                return tuple(found), token.end
        elif token.kind is Kind.WORD:
            nested = _nesting(nested, token, found)
        found.append(token)
    return (tuple(found), len(text)) if found else None


def _nesting(nested: int, token: Token, before: list[Token]) -> int:
    """How deep we are in a function's BEGIN ATOMIC … END, where semicolons do not end the statement."""
    if token.text == "atomic" and before and before[-1].is_word("begin"):
        return nested + 1
    if nested and token.text == "case":
        return nested + 1
    return nested - 1 if nested and token.text == "end" else nested


def _after_copied(text: str, at: int) -> int:
    end = text.find("\n\\.", at)
    if end < 0:
        raise Unreadable(line_of(text, at), "the data of COPY … FROM STDIN has no end (a line `\\.`)")
    return end + 3


def _second(found: tuple[Token, ...], *words: str) -> bool:
    return len(found) > 1 and found[1].is_word(*words)
