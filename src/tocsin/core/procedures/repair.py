"""The procedures about a database's schema: a dirty one is repaired, a clean one goes back by its down files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tocsin.core.procedures.declared import COMMAND, KUBECTL, Database, Target
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import REPAIR_SCHEMA, ROLL_BACK_SCHEMA
from tocsin.core.procedures.plan import DATABASE, REFUSED, SAFE, WARNED, Asked, Look, Plan, Question, refused
from tocsin.core.schema.examination import Examination, examination_from
from tocsin.core.schema.files import NO_VERSION
from tocsin.core.schema.going_down import compose_down
from tocsin.core.schema.repair import Repair, compose
from tocsin.core.schema.version_table import GOLANG
from tocsin.core.schema.words import in_short

DOCTOR: Final = "doctor"
NONE: Final = "none"
"""How people write that there shall be no version."""
FOUND: Final = re.compile(r"\s*(up|down)\s+(\d+)\s*:\s*(\d+(?:\s*,\s*\d+)*)\s*")
FOUND_HELP: Final = "As `up 7: 2, 3` (statements 2 and 3 of the way up to version 7); several with ; between."
VERSION: Final = Asked("version", "Version that the schema is to have", "A number, or `none`.", must=True)


@dataclass(slots=True)
class RepairSchema:
    id: str = REPAIR_SCHEMA
    title: str = "Repair a dirty schema"
    of: str = DATABASE
    fields: tuple[Asked, ...] = (
        VERSION,
        Asked("done", "Statements that you looked at yourself, and were done", FOUND_HELP),
        Asked("not_done", "Statements that you looked at yourself, and were not done", FOUND_HELP),
    )
    rolls_back: bool = False
    after_end: bool = False

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        said = [*_said(question.text("done"), done=True), *_said(question.text("not_done"), done=False)]
        return (Look(DOCTOR, "schema.doctor", {"database": question.target, "said": said}),)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        return _plan(question, seen, going_down=False)


@dataclass(slots=True)
class RollBackSchema:
    id: str = ROLL_BACK_SCHEMA
    title: str = "Roll a schema back by its down migrations"
    of: str = DATABASE
    fields: tuple[Asked, ...] = (VERSION,)
    rolls_back: bool = False
    after_end: bool = False

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        version = version_of(question.text("version"))
        inputs: dict[str, JSON] = {"database": question.target}
        return (Look(DOCTOR, "schema.doctor", inputs if version is None else inputs | {"to": version}),)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        return _plan(question, seen, going_down=True)


def version_of(written: str) -> int | None:
    """The version that somebody wrote; None where it is none."""
    text = written.strip().lower()
    if text in (NONE, str(NO_VERSION)):
        return NO_VERSION
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _plan(question: Question, seen: Mapping[str, Seen], *, going_down: bool) -> Plan:
    written = question.text("version")
    version = version_of(written)
    declared = question.declared.database(question.target)
    if declared is None:
        return refused(f"there is no database {question.target!r} in the file that TOCSIN_PROCEDURES names")
    if declared.tool != GOLANG:
        return refused(
            f"only {GOLANG} is repaired here: {declared.id} is {declared.tool}'s, which can be examined only"
        )
    if written and version is None:
        return refused(
            f"{written!r} is no version: write one number. Whatever drops or takes back all is never run"
        )
    if wrong := list(_not_read(question)):
        return refused(*wrong)
    found = examination_from(seen[DOCTOR].values)
    way = compose_down if going_down else compose
    made = way(found, version, question.now, backup_max_age=declared.backup_max_age)
    restart = _restart(declared, question.declared.target(declared.restart)) if made.steps else Repair()
    return _as_plan(made, restart, found)


def _as_plan(made: Repair, restart: Repair, found: Examination) -> Plan:
    warnings = (*made.warnings, *restart.warnings)
    reasons = (*made.reasons, *in_short(found), f"the migrations are those of commit {found.commit[:10]}")
    if made.refusals:
        return refused(*made.refusals, reasons=reasons, warnings=warnings)
    return Plan(
        steps=(*made.steps, *restart.steps),
        verdict=REFUSED if made.overridable else (WARNED if warnings else SAFE),
        reasons=reasons,
        refusals=made.overridable,
        warnings=warnings,
        overridable=bool(made.overridable),
    )


def _restart(declared: Database, target: Target | None) -> Repair:
    """The service starts again only once its schema is clean: by the command of its target, or by kubectl, where one is declared."""
    service = declared.service or declared.id
    steps = [*_starting(service, target)] if target else []
    if target is None or not steps:
        return Repair(warnings=(f"restart {service} by hand afterwards: no command for it is declared",))
    if target.health_url:
        steps.append(
            Step(
                id="healthy",
                hand="site.healthy",
                title=f"Watch until {service} is well",
                inputs={"target": target.id},
                watches=True,
            )
        )
    return Repair(steps=tuple(steps))


def _starting(service: str, target: Target) -> Iterator[Step]:
    """The steps that start it; none where its target says no way to."""
    inputs: dict[str, JSON] = {"target": target.id}
    undo = "Nothing: it has started."
    if target.by == COMMAND:
        title = f"Restart {service}: {' '.join(target.command)}"
        yield Step("restart", "command.run", title, inputs, undo=undo)
    elif target.by == KUBECTL:
        title = f"Restart {service}: kubectl rollout restart {target.workload}"
        yield Step("restart", "command.rollout_restart", title, inputs, undo=undo)
        title = f"Watch until all of {target.workload} runs"
        yield Step("restarted", "command.rollout_status", title, inputs, watches=True)


def _said(written: str, *, done: bool) -> Iterator[JSON]:
    for part in filter(None, map(str.strip, written.split(";"))):
        if found := FOUND.fullmatch(part):
            for number in found[3].split(","):
                yield {"version": int(found[2]), "way": found[1], "number": int(number), "done": done}


def _not_read(question: Question) -> Iterator[str]:
    for name in ("done", "not_done"):
        for part in filter(None, map(str.strip, question.text(name).split(";"))):
            if not FOUND.fullmatch(part):
                yield f"{part!r} names no statements: write it as `up 7: 2, 3`"
