"""Reads a handbook's `[builds]`, and checks it along with the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tocsin.core.handbook import BuildWatch, Severity

if TYPE_CHECKING:
    from tocsin.core.toml_reader import TomlReader

TABLE: Final = "builds"
KEYS: Final = {
    "kind",
    "failures",
    "ignores",
    "counts_time_outs",
    "unfinished_after",
    "no_builds_after",
    "severity",
}
MOST_FAILURES: Final = 20
"""Of a longer series the oldest would fall out of what is kept, and a main branch red for so long needs no watch to tell it."""


def build_watch(reader: TomlReader, kinds: list[str], severities: tuple[Severity, ...]) -> BuildWatch | None:
    """When the builds of the main branch open an incident; None where the handbook has no `[builds]`."""
    if TABLE not in reader.data:
        return None
    row = reader.table(TABLE)
    reader.only_keys(row, KEYS, TABLE, 0)
    failures = row.get("failures", 3)
    if type(failures) is not int or not 1 <= failures <= MOST_FAILURES:
        what = f"{failures!r} is no number of builds from 1 to {MOST_FAILURES}"
        reader.wrong(TABLE, 0, "failures", what, "Write `failures = 3`.")
        failures = 3
    kind = reader.one_of(TABLE, 0, row, "kind", kinds)
    own = [one.id for one in severities if kind in one.kinds]
    fitting = own or [one.id for one in severities if not one.kinds]
    return BuildWatch(
        kind=kind,
        failures=failures,
        ignores=reader.words(TABLE, 0, row, "ignores", needed=False),
        counts_time_outs=reader.flag(TABLE, 0, row, "counts_time_outs", default=True),
        unfinished_after=reader.span(TABLE, 0, row, "unfinished_after", needed=False),
        no_builds_after=reader.span(TABLE, 0, row, "no_builds_after", needed=False),
        severity=reader.one_of(TABLE, 0, row, "severity", fitting, default=""),
    )
