"""Whether a service can go back to its last healthy deploy, and why: safe, safe once the schema is dealt with, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.deploys.migrations import Migration
from tocsin.core.deploys.nearby import Nearby
from tocsin.core.procedures.declared import GIT, Target
from tocsin.core.spans import span_text

SAFE, AFTER_SCHEMA, NOT_REVERTIBLE, UNKNOWN = VERDICTS = "safe", "after-schema", "not-revertible", "unknown"
"""Unknown is where what lies between could not be looked at: nobody may take that for safe."""
FRESH: Final = timedelta(hours=1)
"""How old the last backup may be before risky work on a database."""
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that the deploys since the good one carry."""

    sha: str
    title: str
    author: str = ""
    pull_request: int = 0


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between the good deploy and the one that is live. `why_unknown` is set where it could not be looked at."""

    commits: tuple[Commit, ...] = ()
    in_all: int = 0
    migrations: tuple[Migration, ...] = ()
    configuration: tuple[str, ...] = ()
    merges: int = 0
    is_ancestor: bool = True
    why_unknown: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """What is known of the service's database: whether a migration failed midway, and its last backup (None: not known)."""

    is_declared: bool = False
    is_dirty: bool = False
    backup_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class with its reasons, and what people are warned of."""

    verdict: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())


def judge(
    target: Target, near: Nearby, between: Between, schema: Schema, symptom_at: datetime, now: datetime
) -> Verdict:
    """The verdict on going back from the live deploy to the good one."""
    verdict, reasons = _judged(target, near, between, schema)
    warnings = tuple(_warnings(target, near, between, schema, symptom_at, now, verdict))
    return Verdict(verdict, tuple(reasons), warnings)


def _judged(target: Target, near: Nearby, between: Between, schema: Schema) -> tuple[str, list[str]]:
    if near.good is None:
        return NOT_REVERTIBLE, [_why_none(near)]
    if target.by == GIT and not between.is_ancestor:
        return NOT_REVERTIBLE, [
            f"{near.good.name} is no ancestor of what {target.branch} has: another history"
        ]
    if lost := [one for one in between.migrations if one.breaks and not one.is_reversible]:
        return NOT_REVERTIBLE, [
            f"{one.path} {_and(one.breaks or ())}, and can't be taken back" for one in lost
        ]
    reasons = list(_of_schema(between.migrations, schema))
    if reasons:
        return AFTER_SCHEMA, reasons
    if between.why_unknown:
        return UNKNOWN, [f"what lies between is not known: {between.why_unknown}"]
    kept = f"{len(between.migrations)} between only add" if between.migrations else "none lies between"
    return SAFE, [f"no migration has to be taken back: {kept}"]


def _of_schema(migrations: Sequence[Migration], schema: Schema) -> Iterator[str]:
    if schema.is_dirty:
        yield "the schema is dirty: whatever starts now stops again, older code too"
    for one in migrations:
        if one.is_changed:
            yield f"{one.path} was there before and was changed: what it did has to be looked at"
        elif one.breaks:
            yield f"{one.path} {_and(one.breaks)}: take it back first, or see that the older code runs on it"
        elif one.breaks is None:
            yield f"{one.path} lies between: see whether the older code runs on it"


def _why_none(near: Nearby) -> str:
    if near.suspect is None:
        return "no deploy from before the first symptom is known"
    if len(near.judged) == 1:
        return f"no deploy before {near.suspect.name} is known"
    return "none of the earlier deploys that are known was healthy"


def _warnings(
    target: Target,
    near: Nearby,
    between: Between,
    schema: Schema,
    symptom_at: datetime,
    now: datetime,
    verdict: str,
) -> Iterator[str]:
    good = near.good
    if good is None:
        return
    if now - good.at > target.max_age:
        yield f"{good.name} is more than {span_text(target.max_age)} old"
    if not near.is_near and near.suspect:
        yield (
            f"the last deploy before it began is of {near.suspect.at:%Y-%m-%d %H:%M} UTC:"
            " perhaps none of them brought it"
        )
    if near.live != near.suspect and near.live.at > symptom_at:
        yield f"{near.live.name} went out since it began: it is taken back too"
    if lasting := [one.path for one in between.migrations if not one.is_reversible]:
        yield f"a migration between can't be taken back (no .down. that says how): {_named(lasting)}"
    if breaking := [one.path for one in between.migrations if one.breaks]:
        yield f"a migration between is not backward compatible: {_named(breaking)}"
    if between.merges and target.by == GIT:
        lie = "1 merge lies" if between.merges == 1 else f"{between.merges} merges lie"
        yield f"{lie} between: the tree is restored, not reverted commit by commit"
    if verdict == AFTER_SCHEMA and schema.is_declared:
        if schema.backup_at is None:
            yield "when the database was last backed up is not known: make a backup first"
        elif now - schema.backup_at > FRESH:
            yield f"the last backup is of {schema.backup_at:%Y-%m-%d %H:%M} UTC, more than 1 h old: make one first"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _and(words: Sequence[str]) -> str:
    return " and ".join(words)
