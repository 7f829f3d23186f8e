"""Whether, and within which limits, Tocsin takes a commit that broke the main branch back by itself: `[source.automatic_revert]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final

from tocsin.core.spans import span_of
from tocsin.core.toml_reader import TomlReader

KEY: Final = "automatic_revert"
MOST_A_DAY: Final = 1000


@dataclass(frozen=True, slots=True)
class AutomaticRevert:
    """Off unless it is `enabled`. `merges`: on green, the pull request is merged as well; else people do that.

    A commit older than `max_age` is left to people, and so is whatever comes after `created_per_day` pull requests, or `merged_per_day` of them
    to be merged, within 24 hours. The label `opt_out_label` on its pull request, or an author among `exempt_authors` (accounts, mail addresses or
    names), leaves it to people too. A build that is run again has to end within `rerun_within`.
    """

    enabled: bool = False
    merges: bool = False
    max_age: timedelta = timedelta(hours=24)
    created_per_day: int = 10
    merged_per_day: int = 4
    opt_out_label: str = "autorevert: disable"
    exempt_authors: tuple[str, ...] = ()
    rerun_within: timedelta = timedelta(hours=1)


OFF: Final = AutomaticRevert()


def automatic_revert(reader: TomlReader, i: int, source: Mapping[str, Any]) -> AutomaticRevert:
    """What the table of the source at that place says; off where it has none."""
    row = source.get(KEY, {})
    if not isinstance(row, Mapping):
        reader.wrong("source", i, KEY, "it is not a table", "Write `[source.automatic_revert]` above it.")
        return OFF
    known = {one.name for one in fields(AutomaticRevert)}
    for key in sorted(set(row) - known):
        reader.wrong("source", i, KEY, f"{key} is not known", f"Known are {', '.join(sorted(known))}.")
    values = {key: row[key] for key in known & set(row)}
    found: dict[str, Any] = {}
    for key, value in values.items():
        read, what, instead = KINDS[type(getattr(OFF, key))]
        if (fit := read(value)) is None:
            reader.wrong("source", i, KEY, f"{key}: {value!r} is {what}", f"Write `{key} = {instead}`.")
        else:
            found[key] = fit
    if found.get("enabled") and source.get("remote"):
        what = "it needs a repository on the linked GitHub, and this one has a `remote`"
        reader.wrong("source", i, KEY, what, "Leave it out: people revert there.")
    return AutomaticRevert(**found)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_A_DAY
    return value if fits and isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None


def _span(value: object) -> timedelta | None:
    span = span_of(value) if isinstance(value, str) else None
    return span if span and span > timedelta() else None


def _words(value: object) -> tuple[str, ...] | None:
    fits = isinstance(value, list) and all(_text(one) for one in value)
    return tuple(one.strip() for one in value) if fits and isinstance(value, list) else None


KINDS: Final[dict[type, tuple[Any, str, str]]] = {
    bool: (_flag, "neither true nor false", "true"),
    int: (_number, f"no number from 0 to {MOST_A_DAY}", "4"),
    str: (_text, "no text", '"…"'),
    timedelta: (_span, "no span", '"24h"'),
    tuple: (_words, "no list of names", '["renovate[bot]"]'),
}
"""How each kind of value is read, what is wrong with one that does not fit, and an example."""
