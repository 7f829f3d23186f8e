"""What an incident's page shows of the deploys near its start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from tocsin.core.deploys.judging import ABILITY
from tocsin.core.deploys.verdict import AFTER_SCHEMA, NOT_REVERTIBLE, SAFE, UNKNOWN
from tocsin.core.facts_deploys import RevertibilityJudged
from tocsin.core.incident import Incident
from tocsin.core.messages_deploys import verdict_words
from tocsin.core.procedures.rolled_back import rolled_back_by
from tocsin.doors.web.forms import Sheet

SHOWN: Final = {
    SAFE: ("safe", "met"),
    AFTER_SCHEMA: ("safe once the schema is dealt with", "duty"),
    NOT_REVERTIBLE: ("not revertible", "overdue"),
    UNKNOWN: ("not known", "duty"),
}
"""The word of each verdict, and the name under which the style sheet knows it."""


@dataclass(frozen=True, slots=True)
class VerdictRow:
    what: RevertibilityJudged
    line: str
    word: str
    mark: str


def deploy_parts(incident: Incident, *, may_act: bool) -> dict[str, object]:
    """The verdicts, and the button that has Tocsin look again while it is open."""
    again = may_act and incident.is_open and ABILITY in incident.abilities
    sheet = Sheet("judge", "Look at the deploys again", "Look at the deploys again") if again else None
    return {"judged": list(_rows(incident)), "judge_again": sheet}


def _rows(incident: Incident) -> Iterator[VerdictRow]:
    """The ones that may have brought it first. Of one that was rolled back it is no more said that it can be."""
    for what in sorted(incident.verdicts, key=lambda one: (not one.is_near, one.service)):
        if run := rolled_back_by(incident, what.target):
            what = replace(what, reasons=run.stands[-1:], warnings=())
            yield VerdictRow(what, f"{what.service} is rolled back, by {run.id}", "rolled back", "met")
        else:
            yield VerdictRow(what, verdict_words(what), *SHOWN[what.verdict])
