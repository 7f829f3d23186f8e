"""How procedures are called and told of, wherever words are needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tocsin.core import facts as f
from tocsin.core.handbook import Approval
from tocsin.core.procedures import names
from tocsin.core.procedures import run as states
from tocsin.core.procedures.plan import AFTER_SCHEMA, REFUSED, SAFE, WARNED
from tocsin.core.procedures.run import Run

TITLES: Final = {
    names.ROLL_BACK: "Roll back",
    names.UNFREEZE: "Thaw the updaters of",
    names.REVERT: "Revert a commit of",
    names.RELAND: "Reland a commit of",
    names.REPAIR_SCHEMA: "Repair the schema of",
    names.ROLL_BACK_SCHEMA: "Roll back the schema of",
    names.LOCK_BRANCH: "Lock the branch of",
    names.UNLOCK_BRANCH: "Unlock the branch of",
}
VERDICTS: Final = {
    SAFE: "safe",
    AFTER_SCHEMA: "safe once the schema is dealt with",
    WARNED: "with warnings",
    REFUSED: "refused",
}
STATES: Final = {
    states.ASKED: "being planned",
    states.PLANNED: "planned, not approved yet",
    states.APPROVED: "approved, not run yet",
    states.RUNNING: "under way",
    states.VERIFIED: "done and verified",
    states.FAILED: "failed",
    states.STOPPED: "stopped",
    states.WITHDRAWN: "withdrawn",
}


APPROVES: Final = {
    "owner": "the owner",
    "on-call": "who is on call",
    "anyone": "anybody who may respond",
}


def who_approves(rule: Approval, persons: int) -> str:
    """Whose yes it takes: so many of those whom the handbook names."""
    who = " or ".join(APPROVES.get(name, name) for name in rule.by)
    said = who if persons == 1 else f"{persons} persons of {who}"
    return said if rule.asker_counts else f"{said}, but not whoever asked for the plan"


def titled(procedure: str, target: str) -> str:
    """What is done to what: Roll back site."""
    return f"{TITLES.get(procedure, procedure)} {target}"


def title_of(run: Run) -> str:
    return titled(run.procedure, run.target)


def state_of(run: Run) -> str:
    """How far it has come, in words."""
    if run.state == states.RUNNING and run.stop:
        return "stopping"
    if run.state == states.PLANNED and run.is_refused:
        return "refused"
    return STATES[run.state]


def shown(evidence: Iterable[f.SeenOutside]) -> str:
    """Evidence, one a line."""
    return "\n".join(f"{one.what}: {one.value}" + (f" {one.url}" if one.url else "") for one in evidence)


def listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {one}" for one in lines)
