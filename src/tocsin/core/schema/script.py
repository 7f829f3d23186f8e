"""One file of a migration held against the catalogue: how far each of its statements was done, and how that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tocsin.core.schema.effects import leaves
from tocsin.core.schema.judging import State, judge
from tocsin.core.schema.lexer import Unreadable
from tocsin.core.schema.statements import Statement, split
from tocsin.core.schema.things import (
    COLUMN,
    COLUMN_TYPE,
    COMMENT,
    FUNCTION,
    NOT_NULL,
    TABLE,
    Catalogue,
    Claim,
    Leaves,
)
from tocsin.core.words import named

DEFINITE = frozenset({State.DONE, State.NOT_DONE})
TO_THE_LETTER = frozenset({FUNCTION, COLUMN_TYPE, NOT_NULL, COMMENT})


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement and how far it was done. `why` is how that is known, or why it is not; `inferred`: from the statements around it."""

    statement: Statement
    leaves: Leaves
    state: State
    why: str
    inferred: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Whether nothing but a person can tell."""
        return self.state is State.UNKNOWN and not self.leaves.harmless


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file, told apart: its statements with what each leaves behind. `unreadable` is why it can't be ("" where it can)."""

    version: int
    way: str
    file: str
    statements: tuple[tuple[Statement, Leaves], ...] = ()
    unreadable: str = ""

    def names(self) -> Iterator[str]:
        """The names of all that it leaves or takes away, without their schemas."""
        for _, left in self.statements:
            yield from (claim.name.name for claim in left.claims)


@lru_cache(4096)
def parsed(version: int, way: str, file: str, text: str, *, one_by_one: bool = False) -> Parsed:
    """The file, told apart. It is remembered: files of migrations hardly ever change, and there are hundreds."""
    try:
        found = split(text, one_by_one=one_by_one)
    except Unreadable as why:
        return Parsed(version, way, file, unreadable=why.message)
    return Parsed(version, way, file, tuple((one, leaves(one)) for one in found))


def judged(file: Parsed, catalogue: Catalogue, said: Mapping[int, bool] | None = None) -> tuple[Judged, ...]:
    """Each statement of a file. `said` is what people found out about some of them by their numbers: True is done, False is not."""
    left = [mine for _, mine in file.statements]
    found = [
        _by_catalogue(statement, mine, _overtaken(mine, left[i + 1 :], catalogue), left[:i], catalogue)
        for i, (statement, mine) in enumerate(file.statements)
    ]
    found = [_by_person(one, said or {}) for one in found]
    return tuple(_inferred(one, found) if one.state is State.UNKNOWN else one for one in found)


def judged_alone(text: str, catalogue: Catalogue) -> Judged:
    """One statement by itself, as if nothing came before or after it."""
    (statement,) = split(text)
    return _by_catalogue(statement, leaves(statement), frozenset(), (), catalogue)


def _by_catalogue(
    statement: Statement,
    mine: Leaves,
    overtaken: frozenset[tuple[str, object, str]],
    before: Sequence[Leaves],
    catalogue: Catalogue,
) -> Judged:
    if mine.nothing:
        return Judged(statement, mine, State.NOTHING, "it leaves nothing behind")
    claims = [claim for claim in mine.claims if claim.thing not in overtaken]
    if not claims:
        why = mine.unknown or "the same file changes it again later, so its own effect can't be seen"
        return Judged(statement, mine, State.UNKNOWN, why)
    states = {claim: judge(claim, catalogue) for claim in claims}
    state = _together(set(states.values()), mine)
    if state is State.DONE and (again := _made_again(claims, before)):
        return Judged(
            statement, mine, State.UNKNOWN, f"{again} is dropped and made again: it may be the old one"
        )
    return Judged(statement, mine, state, _why(state, states, mine))


def _together(states: set[State], mine: Leaves) -> State:
    """The state of a statement by those of its claims."""
    for worst in (State.BUILDING, State.UNUSABLE):
        if worst in states:
            return worst
    if State.NOT_DONE in states:
        return State.NOT_DONE if State.DONE not in states else State.PARTLY
    return State.UNKNOWN if State.UNKNOWN in states or mine.unknown else State.DONE


def _why(state: State, states: Mapping[Claim, State], mine: Leaves) -> str:
    if state is State.UNKNOWN and mine.unknown:
        return mine.unknown
    wrong = [claim for claim, one in states.items() if one is state or state is State.PARTLY]
    said = []
    for claim in wrong:
        is_there = (states[claim] is State.DONE) == claim.there
        words = {State.UNUSABLE: "is there but invalid", State.BUILDING: "is being built at this moment"}
        said.append(f"{claim} {words.get(states[claim], 'is there' if is_there else 'is not there')}")
    return named(said, 6)


def _overtaken(
    mine: Leaves, later: Sequence[Leaves], catalogue: Catalogue
) -> frozenset[tuple[str, object, str]]:
    """The things of which a later statement of the file claims the opposite, and is right: what this one left is to be seen no more."""
    found = set()
    for claim in mine.claims:
        for other in (other for one in later for other in one.claims):
            opposite = other.thing == claim.thing and other.there != claim.there
            replaced = other.thing == claim.thing and other.exact != claim.exact
            taken = not other.there and other.name == claim.name
            within = taken and (other.kind == TABLE or (other.kind == COLUMN and other.part == claim.part))
            if (opposite or replaced or within) and judge(other, catalogue) is State.DONE:
                found.add(claim.thing)
    return frozenset(found)


def _made_again(claims: Sequence[Claim], before: Sequence[Leaves]) -> str:
    """What an earlier statement of the file takes away and this one makes anew under the same name; "" for nothing.

    What is compared to the letter is not meant: then its effect is there, whoever made it.
    """
    gone = {claim.thing for one in before for claim in one.claims if not claim.there}
    tables = {claim.name for one in before for claim in one.claims if not claim.there and claim.kind == TABLE}
    again = (
        claim
        for claim in claims
        if claim.there and claim.kind not in TO_THE_LETTER and (claim.thing in gone or claim.name in tables)
    )
    return next((str(claim) for claim in again), "")


def _by_person(one: Judged, said: Mapping[int, bool]) -> Judged:
    if one.state is not State.UNKNOWN or one.statement.number not in said:
        return one
    is_done = said[one.statement.number]
    state = State.DONE if is_done else State.NOT_DONE
    return replace(
        one, state=state, why=f"somebody looked, and says that it was {'' if is_done else 'not '}done"
    )


def _inferred(one: Judged, all: Sequence[Judged]) -> Judged:
    """A migrator goes from the top down and stops at the first error, and a transaction is done whole or not at all.

    So what comes before something that was done for certain was done, and what comes after something that was not, was not.
    """
    number, block = one.statement.number, one.statement.block
    others = [other for other in all if other.statement.kept and other.state in DEFINITE]
    done = [
        other.statement.number
        for other in others
        if _is_proof(other) and (other.statement.number > number or other.statement.block == block)
    ]
    missing = [
        other.statement.number
        for other in others
        if other.state is State.NOT_DONE
        and (other.statement.number < number or other.statement.block == block)
    ]
    if done and not missing:
        why = f"statement {done[0]} was done, which comes later or stands in the same transaction"
        return replace(one, state=State.DONE, why=why, inferred=True)
    if missing and not done:
        why = f"statement {missing[0]} was not done, which comes before it or stands in the same transaction"
        return replace(one, state=State.NOT_DONE, why=why, inferred=True)
    return one


def _is_proof(one: Judged) -> bool:
    """Whether it shows that the file was run up to here. That something is gone does not: it may never have been there."""
    made = any(claim.there for claim in one.leaves.claims)
    return one.state is State.DONE and made and not one.leaves.if_needed
