"""Whether the checks at one commit are green. Pure: what was read is judged here, for merging and for watching a pipeline alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.integrations.github.procedures.shapes import CheckRun, Status

GREEN, RED, PENDING, MISSING = "green", "red", "pending", "missing"
WORSE: Final = (GREEN, MISSING, PENDING, RED)
GOOD_ENDS: Final = frozenset({"success", "neutral", "skipped"})
"""GitHub's own rule of which conclusions satisfy a required check."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check at one commit. `says` is GitHub's own word for how it stands."""

    name: str
    state: str
    says: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    """All that was asked about. It is green only where every one of them is."""

    checks: tuple[Check, ...]

    def in_state(self, *states: str) -> tuple[Check, ...]:
        return tuple(one for one in self.checks if one.state in states)

    @property
    def state(self) -> str:
        """Red as soon as one is; pending while one has no end; missing where nothing was checked."""
        if self.in_state(RED):
            return RED
        if self.in_state(PENDING, MISSING):
            return PENDING
        return GREEN if self.checks else MISSING


def checks_at(runs: Iterable[CheckRun], statuses: Iterable[Status], required: Sequence[str]) -> Checks:
    """How the required checks stand; where none is required, all that were reported."""
    known: dict[str, Check] = {}
    for one in (*map(_of_status, statuses), *map(_of_run, runs)):
        # Two apps may report under one name: then the worse of them counts.
        known[one.name] = max(one, known.get(one.name, one), key=lambda check: WORSE.index(check.state))
    if not required:
        return Checks(tuple(known[name] for name in sorted(known)))
    return Checks(tuple(known.get(name, Check(name, MISSING, "not reported yet")) for name in required))


def in_words(checks: Iterable[Check]) -> str:
    return ", ".join(f"{one.name} ({one.says or one.state})" for one in checks)


def _of_run(run: CheckRun) -> Check:
    url = run.html_url or ""
    if run.status != "completed":
        return Check(run.name, PENDING, run.status, url)
    end = run.conclusion or "no conclusion"
    return Check(run.name, GREEN if end in GOOD_ENDS else RED, end, url)


def _of_status(status: Status) -> Check:
    state = {"success": GREEN, "pending": PENDING}.get(status.state, RED)
    return Check(status.context, state, status.state, status.target_url or "")
