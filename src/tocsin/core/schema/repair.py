"""How a dirty schema is put right: which statements are run or undone, one by one, and then the flag. Or why none of it may be done.

golang-migrate's row says "dirty at V" both where the way up to V failed and where the way down to V did. What the catalogue holds
tells which it was; where it does not, nothing is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.procedures.hands import JSON, Step
from tocsin.core.schema.examination import Examination, Item, Script
from tocsin.core.schema.files import DOWN, NO_VERSION, UP
from tocsin.core.schema.judging import State
from tocsin.core.schema.left_over import left_over_warned

NO_BACKUP: Final = "no fresh backup"
"""The only refusal that a written reason overrides."""
CLOCKS_DIFFER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Repair:
    """What is to be done, in order. With `refusals` nothing may be; those in `overridable` give way to a written reason."""

    steps: tuple[Step, ...] = ()
    reasons: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    overridable: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def compose(
    seen: Examination, target: int | None, now: datetime, *, backup_max_age: timedelta = timedelta(hours=1)
) -> Repair:
    """The repair that leads to this version of the schema. `target` None is an unbounded way, which is refused.

    What people found out about single statements was told to the doctor, and is in what it saw.
    """
    refusals = [*seen.problems, *_not_at_all(seen, target)]
    script, reasons = _way(seen, target) if target is not None and not refusals else (None, [])
    if not refusals and not reasons:
        refusals.append(_no_way(seen, target))
    todo = list(script.items) if script else []
    refusals += [why for one in todo if (why := _refused(one, todo))]
    refusals += _left_behind(seen, target)
    old = backup_is_old(seen, now, backup_max_age)
    steps = [] if refusals or script is None else list(_statements(seen, script))
    if target is not None:
        steps.append(_flag(seen, target))
    return Repair(
        steps=() if refusals else tuple(steps),
        reasons=tuple(reasons),
        refusals=tuple(refusals),
        overridable=tuple(old),
        warnings=(*seen.warnings, *_warnings(seen, target, script)),
    )


def _not_at_all(seen: Examination, target: int | None) -> Iterator[str]:
    """Why nothing may be repaired, whichever way."""
    if target is None:
        yield "no version is named to which the schema is to be brought: all the way down is never gone"
    if not seen.dirty:
        yield f"{seen.table} is not dirty: there is nothing to repair"
    if not seen.known and seen.version != NO_VERSION:
        yield f"version {seen.version} is unknown: no file of it is in the migrations at {seen.commit or 'hand'}"
    for one in seen.live:
        yield f"a migrator still works: {one}. Wait until it has ended, and look again"
    if target is not None and target not in _near(seen):
        near = ", ".join(str(one) for one in _near(seen))
        yield f"version {target} can't be reached by a repair, which leads to one of {near} only"


def _near(seen: Examination) -> list[int]:
    return sorted({seen.previous, seen.version, seen.version if seen.next is None else seen.next})


def _way(seen: Examination, target: int | None) -> tuple[Script | None, list[str]]:
    """The file that has to be run to its end (None: nothing is to be run), with the reasons; none where neither reading fits."""
    up, down = seen.up_failed, seen.down_failed
    above_is_gone = seen.next is None or _is_gone(seen)
    if seen.version == NO_VERSION:
        if target == NO_VERSION and down:
            return down, [f"the way down to no version failed: {down.file} has to be done to its end"]
        again = _script_above(seen, UP) if target == seen.next else None
        return (again, [f"what {again.file} made is made again"]) if again else (None, [])
    if up is None or (up.unreadable and not up.is_done):
        return None, []
    if target == seen.version:
        if up.is_done and above_is_gone and any(_to_run(one) for one in up.items):
            return up, [
                f"what can be seen of {up.file} is there; what can't be seen, and does no harm, is run once more"
            ]
        if up.is_done and above_is_gone:
            return None, [f"all of {up.file or up.title} is there: it was done, but not recorded"]
        if not up.is_done and above_is_gone:
            return up, [f"the way up to {seen.version} failed: the rest of {up.file} has to be done"]
        if up.is_done and down and not down.unreadable and not _is_undecided(seen):
            return down, [f"the way down to {seen.version} failed: the rest of {down.file} has to be done"]
    elif target == seen.previous and above_is_gone:
        if up.is_untouched:
            return None, [f"nothing of {up.file} was done: the schema is as version {target} left it"]
        back = seen.script(seen.version, DOWN)
        if back and back.file:
            return back, [f"what was done of {up.file} is undone by {back.file}"]
    elif target == seen.next and up.is_done:
        again = _script_above(seen, UP)
        if again and again.file:
            return again, [f"the way down failed: what it took away is made again by {again.file}"]
    return None, []


def _is_gone(seen: Examination) -> bool:
    """Whether nothing of the version above is in the schema: its way up was not begun, or its way down was done to the end."""
    up, down = _script_above(seen, UP), seen.down_failed
    if (
        down
        and down.file
        and down.is_done
        and any(one.traced or one.state == State.DONE for one in down.items)
    ):
        return True
    if up is None or up.unreadable:
        return False
    if _broke_off(seen):
        return not up.is_proven
    return up.left_no_trace or (not up.is_seen and not _is_undecided(seen))


def _broke_off(seen: Examination) -> bool:
    """Whether this version was not done to its end, so that the one above can't have been begun."""
    return seen.up_failed is not None and seen.up_failed.broke_off


def _is_undecided(seen: Examination) -> bool:
    """Whether the version above may have been done though nothing shows it."""
    up = _script_above(seen, UP)
    if up is None or up.is_seen or _broke_off(seen):
        return False
    return any(one.is_untold for one in up.items)


def _script_above(seen: Examination, way: str) -> Script | None:
    return None if seen.next is None else seen.script(seen.next, way)


def _no_way(seen: Examination, target: int | None) -> str:
    unread = [one for one in seen.scripts if one.unreadable]
    if unread:
        return f"{unread[0].file} can't be read: {unread[0].unreadable}"
    back = seen.script(seen.version, DOWN)
    if target == seen.previous and not (back and back.file):
        return f"there is no file for the way down from {seen.version}, so that it can't be undone"
    above = _script_above(seen, UP)
    if above and not _is_gone(seen) and _is_undecided(seen):
        untold = [one for one in above.items if one.is_untold]
        numbers = ", ".join(str(one.number) for one in untold)
        return (
            f"whether {above.file} was begun can't be told: {untold[0].why}. Look yourself, and say whether it was done"
            f" (done or not_done: up {above.version}: {numbers})"
        )
    if above and above.is_seen and not above.is_proven and seen.up_failed and seen.up_failed.is_done:
        return (
            f"whether {above.file} was begun can't be told: whatever of it is there says IF [NOT] EXISTS, and may have been there"
            f" before. All of {seen.up_failed.file} is done: repair it to {seen.version}"
        )
    return (
        f"neither reading fits: the schema is neither on its way up to {seen.version} nor down to it. "
        "Somebody changed it by hand; compare it statement by statement"
    )


def _refused(one: Item, all: list[Item]) -> str:
    """Why this statement can't be dealt with by us; "" where it can."""
    here = f"statement {one.number} (line {one.line})"
    match State(one.state):
        case State.BUILDING:
            return f"{here}: its index is being built at this moment. Wait until that has ended"
        case State.PARTLY:
            return f"{here} is there in part, which no failed migration leaves: {one.why}. It needs a person"
        case State.UNKNOWN if not one.harmless:
            return f"{here} is unverified: {one.why}. Look yourself, and say whether it was done"
        case State.NOT_DONE | State.UNUSABLE | State.UNKNOWN if one.forbidden:
            return f"{here} is not run by Tocsin: {one.forbidden}"
        case State.NOTHING if one.forbidden and any(_to_run(other) for other in all):
            return f"{here}: {one.forbidden}, and what comes after it may need it. Do the rest by hand"
    return ""


def _left_behind(seen: Examination, target: int | None) -> Iterator[str]:
    """Where the way is turned round: what the file that failed may have done, and no other file is seen to undo."""
    back = {seen.previous: seen.up_failed, seen.next: seen.down_failed}
    script = back.get(target) if target != seen.version else None
    for one in script.items if script else ():
        if one.is_untold:
            yield (
                f"statement {one.number} (line {one.line}) of {script.file if script else ''} is unverified: {one.why}. "
                "Look yourself, and say whether it was done"
            )


def _to_run(one: Item) -> bool:
    return one.state in (State.NOT_DONE, State.UNUSABLE) or (one.state == State.UNKNOWN and one.harmless)


def _statements(seen: Examination, script: Script) -> Iterator[Step]:
    for one in script.items:
        if not _to_run(one):
            continue
        if one.unusable:
            yield _drop_unusable(seen, script, one)
        yield statement_step(seen, script, one)


def _drop_unusable(seen: Examination, script: Script, one: Item) -> Step:
    inputs = _inputs(seen, script, one) | {"text": f"DROP INDEX CONCURRENTLY {one.unusable}", "alone": True}
    return Step(
        id=f"drop-{script.way}-{script.version}-{one.number}",
        hand="schema.statement",
        title=f"Drop the invalid index {one.unusable}, which statement {one.number} left",
        inputs=inputs,
        undo="None: an invalid index serves nobody.",
    )


def statement_step(seen: Examination, script: Script, one: Item) -> Step:
    first = " ".join(one.text.split())
    return Step(
        id=f"run-{script.way}-{script.version}-{one.number}",
        hand="schema.statement",
        title=f"Run statement {one.number} of {script.file}: {first[:120]}{'…' if len(first) > 120 else ''}",
        inputs=_inputs(seen, script, one),
        undo=f"By hand: what takes back statement {one.number} of {script.file}.",
    )


def _inputs(seen: Examination, script: Script, one: Item) -> dict[str, JSON]:
    before: list[JSON] = [
        other.text
        for other in script.items
        if other.session and other.block == one.block and other.number < one.number and not other.forbidden
    ]
    return {
        "database": seen.database,
        "file": script.file,
        "number": one.number,
        "text": one.text,
        "alone": one.alone,
        "before": before,
        **guard(seen),
    }


def guard(seen: Examination) -> Mapping[str, JSON]:
    """What the row must still say when a step begins."""
    return {"was": seen.version, "was_dirty": seen.dirty}


def _flag(seen: Examination, target: int) -> Step:
    said = "no version" if target == NO_VERSION else f"version {target}"
    row = f"{seen.schema}.{seen.table}"
    return Step(
        id="flag",
        hand="schema.flag",
        title=f"Set {row} to {said}, not dirty, if it still says {seen.version}, dirty",
        inputs={"database": seen.database, "becomes": target, **guard(seen)},
        undo=f"By hand: {_put_back(seen, row, target)}",
    )


def _put_back(seen: Examination, row: str, target: int) -> str:
    """The statement that makes the row again as it was seen."""
    if target == NO_VERSION:
        return f"INSERT INTO {row} (version, dirty) VALUES ({seen.version}, true)"  # noqa: S608 - it is shown, and not run
    return f"UPDATE {row} SET version = {seen.version}, dirty = true WHERE version = {target}"  # noqa: S608


def backup_is_old(seen: Examination, now: datetime, limit: timedelta) -> list[str]:
    """That there is no fresh backup, in words; empty where there is one."""
    at = seen.backed_up
    if at is None:
        return [f"{NO_BACKUP}: when {seen.database} was last backed up is not known"]
    if at - now > CLOCKS_DIFFER:
        return [
            f"{NO_BACKUP}: the last one of {seen.database} is said to be of {at:%Y-%m-%d %H:%M} UTC, which is yet to come"
        ]
    if now - at > limit:
        # Said by its time and not by its age, which would be another at each look.
        minutes = int(limit.total_seconds() // 60)
        return [
            f"{NO_BACKUP}: the last one of {seen.database} is of {at:%Y-%m-%d %H:%M} UTC, more than {minutes} minutes ago"
        ]
    return []


def _warnings(seen: Examination, target: int | None, script: Script | None) -> Iterator[str]:
    up = seen.up_failed
    if target == seen.previous and target != seen.version and up and not up.is_untouched:
        yield f"'force {target}' alone would be wrong: something of {up.file} was done"
    for one in script.items if script else ():
        if one.unusable:
            yield f"statement {one.number} left the invalid index {one.unusable}: it is dropped and built anew"
        if one.inferred and one.state == State.DONE:
            yield f"statement {one.number} is taken for done: {one.why}"
        if one.state == State.UNKNOWN and one.harmless:
            yield f"statement {one.number} is run once more, which does no harm: {one.why}"
    if script and (script.version, script.way) == (seen.version, DOWN):
        yield from left_over_warned(up, script)
    above = _script_above(seen, UP)
    if above and _broke_off(seen) and not above.is_proven and not above.left_no_trace and above.items:
        yield f"that {above.file} was not begun is concluded from {up.file if up else ''}, which was not done to its end before it"
    if script and _out_of_order(script):
        yield f"{script.file} was not run from the top down: somebody did part of it by hand"
    if any(one.alone and _to_run(one) for one in (script.items if script else ())):
        yield "some of it can't run in a transaction: where it fails, it may leave something that has to be cleared"


def _out_of_order(script: Script) -> bool:
    states = [one.state for one in script.items if one.traced and not one.inferred]
    return State.NOT_DONE in states and State.DONE in states[states.index(State.NOT_DONE) :]
