"""What the tables of Alembic, Django and Flyway say of their migrations, held against the files. They are examined here, never repaired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from tocsin.core.procedures.hands import JSON
from tocsin.core.schema.examination import Item, Script, plain


@dataclass(frozen=True, slots=True)
class Standing:
    """`recorded` is the newest of what the table says was done (all of it for Alembic); `pending` are files that were not, in order.

    `unknown` is recorded without a file. `failed` is what the table says failed, with `script` how far it got, where that can be told.
    """

    database: str
    tool: str
    schema: str
    table: str
    recorded: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    script: Script | None = None
    commit: str = ""
    live: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    backup_at: str = ""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        found = plain(asdict(self))
        assert isinstance(found, dict)
        return found

    def but(self, **more: Any) -> Standing:
        return replace(self, **more)


def standing_from(values: Mapping[str, Any]) -> Standing:
    """The same from its JSON."""
    known = {one.name: values[one.name] for one in fields(Standing)}
    script = known.pop("script")
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    items = script and Script(**{**script, "items": tuple(Item(**one) for one in script["items"])})
    return Standing(**{**known, **lists, "script": items})
