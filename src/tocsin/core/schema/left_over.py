"""What a way down leaves of its way up: a file that says less than it should, or something that PostgreSQL can't take back."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.schema.effects import leaves
from tocsin.core.schema.examination import Item, Script
from tocsin.core.schema.expected import LOOKED_FOR, Expected
from tocsin.core.schema.judging import State
from tocsin.core.schema.script import Parsed
from tocsin.core.schema.statements import split
from tocsin.core.schema.things import POLICY, SCHEMA
from tocsin.core.words import named

SEARCH_PATH = ("public",)
MAY_STAY = LOOKED_FOR | {SCHEMA, POLICY}


def left_over(up: Script | None, down: Script | None) -> list[str]:
    """In words, each thing that `up` is seen to have made and `down` does not take away."""
    if up is None or down is None or up.unreadable or down.unreadable:
        return []
    expected = Expected(SEARCH_PATH)
    expected.add(_again(up, [one for one in up.items if one.state == State.DONE and not one.if_needed]))
    taken = _again(down, [*down.items])
    expected.add(taken)
    dropped = {one.name.name for _, left in taken.statements for one in left.claims if one.kind == SCHEMA}
    return [
        f"{claim.kind} {f'{claim.part} of ' if claim.part else ''}{claim.name}"
        for claim, file in expected.things.values()
        if file == up.file and claim.kind in MAY_STAY and claim.name.schema not in dropped
    ]


def left_over_warned(up: Script | None, down: Script | None) -> Iterator[str]:
    """The same as a warning: going up again may fail on it."""
    if up and down and (left := left_over(up, down)):
        yield f"{down.file} does not take back all that {up.file} made: {named(left, 3)} stays"


def _again(script: Script, items: list[Item]) -> Parsed:
    found = tuple((statement, leaves(statement)) for one in items for statement in split(one.text))
    return Parsed(script.version, script.way, script.file, found)
