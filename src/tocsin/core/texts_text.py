"""Reads a handbook's `[texts]`: none may be missing, each has only the parts that can be filled in, and each is used.

A text of another name is one that a kind has for its own, in the place of one that Tocsin knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.core.handbook import Kind
from tocsin.core.toml_reader import TomlReader, did_you_mean

DRAFT, ENDING = {"title", "organisation", "ref", "kind"}, {"public", "organisation", "ref"}
REPORTER = {"status_page", "organisation", "title", "ref"}
TEXTS = {
    "answer": REPORTER,
    "told_resolved": REPORTER | {"public"},
    "told_dismissed": REPORTER | {"public"},
    "public_resolved": {"organisation"},
    "issue_title": DRAFT,
    "issue_body": DRAFT,
    "post": DRAFT | {"issue"},
    "issue_closed": ENDING,
    "post_resolved": {"public", "issue", "organisation"},
}
"""Every text, with the parts that can be filled in."""


def texts_of(reader: TomlReader, kinds: Sequence[Kind]) -> Mapping[str, str]:
    given = reader.table("texts")
    stands_for = _stands_for(kinds)
    for name in sorted(set(given) - set(TEXTS) - set(stands_for)):
        what = f"no text is named {name}, and no kind has it for its own"
        near = did_you_mean(name, TEXTS)
        reader.wrong(
            "texts",
            0,
            name,
            what,
            f'{near} For one kind, add `texts = {{ answer = "{name}" }}` to its [[kind]].',
        )
    for name in sorted(set(TEXTS) - set(given)) if given else ():
        reader.wrong("texts", 0, "", f"the text {name} is missing", f'Add `{name} = "…"`.')
    for i, kind in enumerate(kinds):
        for _, own in kind.texts:
            if own not in given:
                reader.wrong(
                    "kind", i, "texts", f"the text {own} is missing", f'Add `{own} = "…"` to [texts].'
                )
    known = {**TEXTS, **stands_for}
    texts = {name: reader.text("texts", 0, given, name) for name in known if name in given}
    for name, text in texts.items():
        for part in re.findall(r"\{(\w+)\}", text):
            if part not in known[name]:
                reader.wrong(
                    "texts", 0, name, f"nothing fills in {{{part}}}", did_you_mean(part, known[name])
                )
    return texts


def own_texts(reader: TomlReader, i: int, row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A kind's `texts = { answer = "answer_customer" }`: for which of the handbook's texts it has one of its own."""
    given = row.get("texts", {})
    if not isinstance(given, Mapping) or not all(isinstance(own, str) for own in given.values()):
        reader.wrong(
            "kind", i, "texts", f"{given!r} is no table of names", 'Write `texts = { answer = "…" }`.'
        )
        return ()
    for name in sorted(set(given) - set(TEXTS)):
        reader.wrong("kind", i, "texts", f"no text is named {name}", did_you_mean(name, TEXTS))
    return tuple((name, own) for name, own in given.items() if name in TEXTS)


def _stands_for(kinds: Sequence[Kind]) -> dict[str, set[str]]:
    """The texts that are kinds' own, each with the parts of all those in whose place it stands."""
    found: dict[str, set[str]] = {}
    for kind in kinds:
        for name, own in kind.texts:
            if own not in TEXTS:
                found[own] = found.get(own, TEXTS[name]) & TEXTS[name]
    return found
