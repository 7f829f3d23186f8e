"""Reads a handbook's `[texts]`: none may be missing, and each has only the parts that can be filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

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


def texts_of(reader: TomlReader) -> Mapping[str, str]:
    given = reader.table("texts")
    for name in sorted(set(given) - set(TEXTS)):
        reader.wrong("texts", 0, name, f"no text is named {name}", did_you_mean(name, TEXTS))
    for name in sorted(set(TEXTS) - set(given)) if given else ():
        reader.wrong("texts", 0, "", f"the text {name} is missing", f'Add `{name} = "…"`.')
    texts = {name: reader.text("texts", 0, given, name) for name in TEXTS if name in given}
    for name, text in texts.items():
        for part in re.findall(r"\{(\w+)\}", text):
            if part not in TEXTS[name]:
                reader.wrong(
                    "texts", 0, name, f"nothing fills in {{{part}}}", did_you_mean(part, TEXTS[name])
                )
    return texts
