"""Reads a handbook's `[[procedure]]` tables: who has to say yes before a procedure is carried out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tocsin.core.handbook import Approval
from tocsin.core.procedures.names import NAMES
from tocsin.core.toml_reader import TomlReader

OWNER, ON_CALL, ANYONE = "owner", "on-call", "anyone"
WHO: Final = re.compile(r"owner|on-call|anyone|(team|person):\S+")
MOST_PERSONS: Final = 5


def approvals(reader: TomlReader) -> tuple[Approval, ...]:
    """Those that the handbook names, each once."""
    found = tuple(_approval(reader, i, row) for i, row in enumerate(reader.rows("procedure")))
    reader.unique("procedure", [one.procedure for one in found])
    return found


def _approval(reader: TomlReader, i: int, row: Mapping[str, Any]) -> Approval:
    reader.only_keys(row, {"id", "approve", "persons", "asker_counts", "automatic"}, "procedure", i)
    by = reader.words("procedure", i, row, "approve")
    for n, who in enumerate(by):
        if not WHO.fullmatch(who):
            instead = 'Write "owner", "on-call", "anyone", "team:NAME" or "person:HANDLE".'
            reader.wrong("procedure", i, "approve", f"{who!r} is nobody", instead, n)
    persons = row.get("persons", 1)
    if not isinstance(persons, int) or isinstance(persons, bool) or not 1 <= persons <= MOST_PERSONS:
        reader.wrong("procedure", i, "persons", f"{persons!r} is no number of persons", "Write 1, or 2.")
        persons = 1
    return Approval(
        procedure=reader.one_of("procedure", i, row, "id", NAMES),
        by=by,
        persons=persons,
        asker_counts=reader.flag("procedure", i, row, "asker_counts", default=True),
        automatic=_automatic(reader, i, row, persons),
    )


def _automatic(reader: TomlReader, i: int, row: Mapping[str, Any], persons: int) -> bool:
    """Whether what Tocsin plans by itself needs nobody. Not where it takes two: that rule is there to be kept."""
    automatic = reader.flag("procedure", i, row, "automatic", default=False)
    if automatic and (persons > 1 or row.get("asker_counts") is False):
        what = "it can't be carried out without anybody where it takes two people"
        reader.wrong("procedure", i, "automatic", what, "Leave `automatic` out, or let one person do.")
        return False
    return automatic
