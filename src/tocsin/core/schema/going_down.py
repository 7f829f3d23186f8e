"""How a schema goes back by its down files: the newest first, each in one transaction together with its record, up to the first error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tocsin.core.procedures.hands import Step
from tocsin.core.schema.examination import Examination, Script
from tocsin.core.schema.files import DOWN, NO_VERSION, UP
from tocsin.core.schema.left_over import left_over_warned
from tocsin.core.schema.repair import Repair, backup_is_old

_LOSES = ("drop table", "drop column", "truncate", "delete")
CODE_FIRST = "roll the code back first: the old code must run on the newer schema (it warns that the schema is newer, and must not say dirty)"
REHEARSE = "rehearse it on a copy of about this size first"
A_SIGN = (
    "needing a way down is a sign that a migration was not backward compatible: say so in the retrospective"
)


def compose_down(
    seen: Examination, target: int | None, now: datetime, *, backup_max_age: timedelta = timedelta(hours=1)
) -> Repair:
    """The way down to this version. The doctor was asked for the files in between. `target` None would be all the way, and is refused."""
    down = {one.version for one in seen.scripts if one.way == DOWN and one.version <= seen.version}
    versions = sorted((one for one in down if target is None or one > target), reverse=True)
    refusals = [*seen.problems, *_not_at_all(seen, target)]
    if target == NO_VERSION and len(versions) > 1:
        lowest = versions[-1]
        refusals.append(
            f"that takes back all {len(versions)} migrations: all the way down is never gone. {lowest} is the lowest version to go to"
        )
    if target is not None and not refusals:
        refusals += [why for version in versions if (why := _not_invertible(seen, version))]
    steps = [] if refusals or target is None else list(_steps(seen, versions, target))
    return Repair(
        steps=tuple(steps),
        reasons=(f"{len(versions)} migrations are taken back, the newest first",),
        refusals=tuple(refusals),
        overridable=tuple(backup_is_old(seen, now, backup_max_age)),
        warnings=(*seen.warnings, CODE_FIRST, REHEARSE, A_SIGN, *_losses(seen, versions)),
    )


def _not_at_all(seen: Examination, target: int | None) -> Iterator[str]:
    if target is None:
        yield "no version is named to go down to: all the way down is never gone"
    if seen.dirty:
        yield f"{seen.table} is dirty: repair it first"
    if not seen.known:
        yield f"version {seen.version} is unknown: no file of it is in the migrations at {seen.commit or 'hand'}"
    for one in seen.live:
        yield f"a migrator still works: {one}. Wait until it has ended, and look again"
    if target is not None and target >= seen.version:
        yield f"version {target} is not below {seen.version}: the way up is for the migrator"
    if (
        target is not None
        and target != NO_VERSION
        and target < seen.version
        and not _is_reached(seen, target)
    ):
        yield f"version {target} is unknown: no file of it is in the migrations"


def _is_reached(seen: Examination, target: int) -> bool:
    return any(one.version == target for one in seen.scripts)


def _not_invertible(seen: Examination, version: int) -> str:
    """Why this version can't be taken back; "" where it can."""
    script, up = seen.script(version, DOWN), seen.script(version, UP)
    if script is None or not script.file:
        return f"version {version} can't be taken back: it has no file for the way down"
    if script.unreadable:
        return f"{script.file} can't be read: {script.unreadable}"
    if not script.items and up and up.items:
        return f"version {version} can't be taken back: {script.file} is empty"
    for one in script.items:
        if one.forbidden:
            return f"{script.file}: statement {one.number} is not run by Tocsin: {one.forbidden}"
    if len(script.items) > 1 and any(one.alone for one in script.items):
        return f"{script.file} mixes what must run alone with what needs a transaction: do it by hand"
    return ""


def _steps(seen: Examination, versions: list[int], target: int) -> Iterator[Step]:
    was = seen.version
    for version, becomes in zip(versions, [*versions[1:], target], strict=True):
        script = seen.script(version, DOWN)
        assert script, "each version was found to be invertible"
        yield _one_down(seen, script, was, becomes)
        was = becomes


def _one_down(seen: Examination, script: Script, was: int, becomes: int) -> Step:
    return Step(
        id=f"down-{script.version}",
        hand="schema.down",
        title=f"Run {script.file} and record {'no version' if becomes == NO_VERSION else f'version {becomes}'}",
        inputs={
            "database": seen.database,
            "file": script.file,
            "texts": [one.text for one in script.items],
            "alone": any(one.alone for one in script.items),
            "becomes": becomes,
            "was": was,
            "was_dirty": False,
        },
        undo=f"Go up again to {script.version} by the migrator.",
    )


def _losses(seen: Examination, versions: list[int]) -> Iterator[str]:
    """What no way down brings back, and what it leaves."""
    for version in versions:
        yield from left_over_warned(seen.script(version, UP), seen.script(version, DOWN))
        for way, words in ((UP, "took away"), (DOWN, "takes away")):
            script = seen.script(version, way)
            for one in script.items if script else ():
                if any(loss in " ".join(one.text.lower().split()) for loss in _LOSES):
                    yield f"{script.file if script else ''} {words} rows that are not brought back (statement {one.number})"
