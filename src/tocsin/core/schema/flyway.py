"""Flyway's files and its history: what failed, what was changed after it ran, and what waits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from tocsin.core.schema.standing import Standing

NAME = re.compile(r"^(?:V(?P<version>[0-9][0-9._]*)|(?P<again>R))__(?P<title>.*)\.sql$")


@dataclass(frozen=True, slots=True)
class Row:
    """One of flyway_schema_history. `version` is "" for a repeatable one; `checksum` None where Flyway kept none."""

    version: str
    script: str
    checksum: int | None
    success: bool


def checksum(text: str) -> int:
    """As Flyway reckons it: crc32 over all lines without their ends, as a signed number of 32 bits."""
    found = crc32(b"".join(line.encode() for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))))
    return found - 2**32 if found >= 2**31 else found


def standing(blank: Standing, rows: Sequence[Row], files: Mapping[str, str]) -> Standing:
    """What the history means for these files."""
    by_name = {path.rpartition("/")[2]: text for path, text in files.items()}
    versions = {
        _number(found["version"]): name
        for name in by_name
        if (found := NAME.match(name)) and found["version"]
    }
    done = {_number(one.version) for one in rows if one.version and one.success}
    newest = max(done, default=())
    changed = [
        f"{one.script} is not what was run: it was changed afterwards, and Flyway refuses to go on"
        for one in rows
        if one.success
        and one.version
        and one.checksum is not None
        and one.script in by_name
        and checksum(by_name[one.script]) != one.checksum
    ]
    waiting = sorted(number for number in versions if number not in done)
    late = [versions[number] for number in waiting if number < newest]
    warnings = [
        f"{name} has a lower version than what was run last: Flyway passes it over unless outOfOrder is set"
        for name in late
    ]
    return blank.but(
        recorded=tuple(one.script for one in rows if one.success),
        pending=tuple(versions[number] for number in waiting),
        unknown=tuple(
            one.script for one in rows if one.script.endswith(".sql") and one.script not in by_name
        ),
        failed=tuple(one.script for one in rows if not one.success),
        problems=(*blank.problems, *changed),
        warnings=(*blank.warnings, *warnings),
    )


def _number(version: str) -> tuple[int, ...]:
    """1.10 is above 1.9, and 1.0 is 1."""
    parts = [int(part) for part in re.split(r"[._]", version) if part]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)
