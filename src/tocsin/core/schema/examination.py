"""What the doctor found, in a form that a fact can hold: every word of it comes back as it went in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from tocsin.core.procedures.hands import JSON
from tocsin.core.schema.files import DOWN, UP
from tocsin.core.schema.judging import State
from tocsin.core.schema.script import Judged
from tocsin.core.schema.things import INDEX

LONGEST: Final = 20_000
"""A longer statement is shown cut, and never run."""
_SEEN: Final = (State.DONE, State.PARTLY, State.UNUSABLE, State.BUILDING)


@dataclass(frozen=True, slots=True)
class Item:
    """One statement of a file and how far it was done.

    `harmless`: it may be run once more. `alone`: not within a transaction. `session`: it sets something for those after it. `traced`: the
    catalogue shows whether it was done. `unusable` is the invalid index that it left. `forbidden` is why Tocsin never runs it. `if_needed`:
    it says IF [NOT] EXISTS, so that its effect may have been there before.
    """

    number: int
    line: int
    text: str
    state: str
    why: str
    inferred: bool = False
    harmless: bool = False
    alone: bool = False
    session: bool = False
    traced: bool = True
    block: int = 1
    unusable: str = ""
    forbidden: str = ""
    if_needed: bool = False

    @property
    def is_untold(self) -> bool:
        """Whether nothing but a person can tell how far it was done, and that matters."""
        return self.state == State.UNKNOWN and not self.harmless


@dataclass(frozen=True, slots=True)
class Script:
    """One file of a migration. `unreadable` is why it can't be told apart ("" where it can); then there are no items."""

    version: int
    way: str
    file: str
    items: tuple[Item, ...] = ()
    unreadable: str = ""

    @property
    def title(self) -> str:
        return f"{self.way} {self.version}"

    def all_are(self, *states: State) -> bool:
        """Whether each statement that leaves anything is in one of these states."""
        return not self.unreadable and all(one.state in (*states, State.NOTHING) for one in self.items)

    @property
    def is_done(self) -> bool:
        """Whether all of it was, as far as it matters: what may be run again at no harm may have been."""
        return not self.unreadable and all(
            one.state in (State.DONE, State.NOTHING) or (one.state == State.UNKNOWN and one.harmless)
            for one in self.items
        )

    @property
    def is_untouched(self) -> bool:
        """Whether nothing of it was done, for certain."""
        return self.all_are(State.NOT_DONE) and any(one.state == State.NOT_DONE for one in self.items)

    @property
    def left_no_trace(self) -> bool:
        """Whether nothing of it is to be seen in the catalogue, where it would be."""
        traced = [one for one in self.items if one.traced]
        return not self.unreadable and bool(traced) and all(one.state == State.NOT_DONE for one in traced)

    @property
    def is_seen(self) -> bool:
        """Whether anything is there as it leaves it."""
        return any(one.state in _SEEN for one in self.items)

    @property
    def is_proven(self) -> bool:
        """Whether that shows that it was begun: it can't all have been there before."""
        return any(one.state in _SEEN and not one.if_needed for one in self.items)

    @property
    def broke_off(self) -> bool:
        """Whether the catalogue shows that it was not done to its end."""
        short = (State.NOT_DONE, State.UNUSABLE)
        return any(one.state in short and one.traced and not one.inferred for one in self.items)


@dataclass(frozen=True, slots=True)
class Examination:
    """All of what the doctor saw of one database at one moment.

    `version` is NO_VERSION where the table is empty. `previous` is the version below it among the files, `next` the one above (None:
    none). `live` are migrators that still run, in words; `others` is who holds locks or runs for long. `keys` are the advisory locks.
    """

    database: str
    schema: str
    table: str
    version: int
    dirty: bool
    rows: int
    known: bool
    """Whether the files have this version."""
    previous: int
    next: int | None
    scripts: tuple[Script, ...]
    commit: str = ""
    live: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    """Indexes that are invalid and are not being built."""
    missing: tuple[str, ...] = ()
    """Some of what earlier migrations left and is not there; `missing_count` is how many there are in all."""
    missing_count: int = 0
    untold: int = 0
    """How many statements of earlier migrations leave what can't be told."""
    backup_at: str = ""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def script(self, version: int, way: str) -> Script | None:
        return next((one for one in self.scripts if (one.version, one.way) == (version, way)), None)

    @property
    def up_failed(self) -> Script | None:
        """The reading that the way up to this version failed."""
        return self.script(self.version, UP)

    @property
    def down_failed(self) -> Script | None:
        """The other reading: the way down to this version failed, which is the file of the one above."""
        return None if self.next is None else self.script(self.next, DOWN)

    @property
    def backed_up(self) -> datetime | None:
        return datetime.fromisoformat(self.backup_at) if self.backup_at else None

    def as_json(self) -> dict[str, JSON]:
        found = plain(asdict(self))
        assert isinstance(found, dict)
        return found


def examination_from(values: Mapping[str, Any]) -> Examination:
    """The same from its JSON."""
    values = {one.name: values[one.name] for one in fields(Examination)}
    lists = ("live", "others", "invalid", "missing", "problems", "warnings")
    scripts = tuple(
        Script(**{**one, "items": tuple(Item(**item) for item in one["items"])}) for one in values["scripts"]
    )
    return Examination(**{**values, "scripts": scripts, **{name: tuple(values[name]) for name in lists}})


def plain(value: Any) -> JSON:
    """With lists for tuples, as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def item(one: Judged) -> Item:
    left = one.leaves
    unusable, text = "", one.statement.text
    too_long = f"it has {len(text):,} signs: do it by hand" if len(text) > LONGEST else ""
    if one.state is State.UNUSABLE:
        unusable = next(str(claim.name) for claim in left.claims if claim.kind == INDEX)
    return Item(
        number=one.statement.number,
        line=one.statement.line,
        text=text[:LONGEST],
        state=str(one.state),
        why=one.why,
        inferred=one.inferred,
        harmless=left.harmless or left.nothing,
        alone=one.statement.runs_alone,
        session=left.session,
        traced=bool(left.claims) and not left.unknown,
        block=one.statement.block,
        unusable=unusable,
        forbidden=left.forbidden or too_long,
        if_needed=left.if_needed,
    )
