"""What the words of the timeline are made of: the words themselves, and the teller, who knows how everybody is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.people import Roster


@dataclass(frozen=True, slots=True)
class Words:
    """What a fact says: a line, texts that are quoted as they were written (label, text), where it can be seen, a time it names.

    `at_label` says what that time is.
    """

    line: str
    quotes: tuple[tuple[str, str], ...] = ()
    url: str = ""
    at: datetime | None = None
    at_label: str = "next update by"


@dataclass(frozen=True, slots=True)
class Teller:
    """Knows how people and reporters are called."""

    incident: Incident
    roster: Roster
    duties: Mapping[str, str] = field(default_factory=dict)
    """What each duty is called, by its id."""

    def name(self, handle: str) -> str:
        return "Tocsin" if handle in (f.TOCSIN, "") else self.roster.name(handle)

    def names(self, handles: tuple[str, ...]) -> str:
        return ", ".join(self.name(handle) for handle in handles) or "nobody"

    def reporter(self, id: str) -> str:
        report = self.incident.report(id)
        return f"{report.reporter} ({report.source})" if report else id

    def duty(self, id: str) -> str:
        return f"“{self.duties.get(id, id)}”"


Tell = Callable[[Teller, str, Any], Words]
"""Makes words of (who knows names, who did it, what happened)."""


def quotes(*parts: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in parts if text)
