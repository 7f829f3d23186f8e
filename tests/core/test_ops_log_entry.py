"""The ops log's entry as plain text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tocsin.core import facts as f
from tocsin.core.facts import Fact
from tocsin.core.folding import fold
from tocsin.core.ops_log import entry_text
from tocsin.core.people import Person, Roster
from tocsin.core.places import Places

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROSTER = Roster({"alice": Person("alice", "Alice Lee")})
PLACES = Places("https://tocsin.acme.example")


def facts(*whats: f.What) -> list[Fact]:
    declared = f.Declared("INC-7", "Sign-in\nis broken", "service", "high", "hash")
    return [Fact(n, NOON, "alice", "web", what) for n, what in enumerate((declared, *whats), 1)]


def test_an_entry_names_people_and_keeps_each_part_on_a_line_of_its_own() -> None:
    written = f.OpsLogWritten("many\nusers", "a page", "a bug", "rolled back", ("https://a.example/1",))
    happened = facts(f.Owned("alice"), f.Resolved("so", "thus"), written)

    text = entry_text(fold(happened), happened[-1], ROSTER, PLACES, "[INC-7 abc]")

    assert text.splitlines() == [
        "INC-7: Sign-in is broken",
        "2026-03-02 12:00 UTC to 2026-03-02 12:00 UTC, service, high, owned by Alice Lee",
        "Impact: many users",
        "Detection: a page",
        "Cause: a bug",
        "Resolution: rolled back",
        "https://a.example/1",
        "Written by Alice Lee, 2026-03-02 12:00 UTC: https://tocsin.acme.example/incidents/INC-7#fact-4",
        "[INC-7 abc]",
    ]


def test_only_an_entry_of_the_ops_log_has_such_a_text() -> None:
    happened = facts(f.Owned("alice"))

    with pytest.raises(ValueError, match="no entry of the ops log, but owned"):
        entry_text(fold(happened), happened[-1], ROSTER, PLACES, "")
