"""Switches off, in its file, whatever rolls a target forward by itself; and tells by the file whether it is off.

Renovate is switched off as a whole, by `"enabled": false` in the outermost object: one line that Renovate looks at before all else, that
no preset or package rule can undo, and that leaves all other lines, comments too, as they are. (To take automerge away would have to be
done in each rule and preset; a file that is commented out leaves Renovate with its defaults.) Thawing gives back the bytes from before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Protocol

from tocsin.core.procedures.declared import ARGO, FILE, RENOVATE, Updater
from tocsin.core.procedures.json5 import Outermost, outermost
from tocsin.errors import Invalid

ENABLED: Final = "enabled"
OFF: Final = "false"


class Freeze(Protocol):
    """How one kind of updater is switched off by its file. Both raise Invalid, with why, for a file that is none of its kind."""

    def frozen(self, updater: Updater, text: str) -> str:
        """The file with the updater off."""
        ...

    def is_off(self, updater: Updater, text: str) -> bool: ...


def text_of(contents: bytes) -> str:
    """The file as text, such that `bytes_of` gives the same bytes, whatever they are."""
    return contents.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class Renovate:
    """renovate.json, renovate.json5, .renovaterc: JSON, with comments and all that JSON5 allows."""

    def frozen(self, updater: Updater, text: str) -> str:
        whole = outermost(text)
        places = [one for one in whole.members if one.key == ENABLED]
        if not places:
            return text[: whole.opened] + _first_line(text, whole) + text[whole.opened :]
        for one in reversed(places):
            text = text[: one.value_start] + OFF + text[one.value_end :]
        return text

    def is_off(self, updater: Updater, text: str) -> bool:
        # Of two members with one name, the last counts.
        values = [text[m.value_start : m.value_end] for m in outermost(text).members if m.key == ENABLED]
        return values[-1:] == [OFF]


def _first_line(text: str, whole: Outermost) -> str:
    """What is put behind the first brace, in the file's own manner."""
    member = f'"{ENABLED}": {OFF}'
    if not whole.members:
        return member
    between = text[whole.opened : whole.members[0].key_start]
    line, _, indent = between.rpartition("\n")
    if "\n" not in between or indent.strip():
        return f"{member}, "
    newline = "\r\n" if line.endswith("\r") else "\n"
    return f"{newline}{indent}{member},"


class AnyFile:
    """A file of any kind: what a pattern finds is replaced, or all of it; another pattern tells that it is off."""

    def frozen(self, updater: Updater, text: str) -> str:
        if updater.contents:
            new = updater.contents
        else:
            new, many = re.subn(updater.match, updater.replace, text, flags=re.MULTILINE)
            if not many:
                raise Invalid(f"the pattern {updater.match!r} finds nothing in it")
        if not self.is_off(updater, new):
            raise Invalid(f"even with that change, the pattern {updater.off!r} does not find that it is off")
        return new

    def is_off(self, updater: Updater, text: str) -> bool:
        return re.search(updater.off, text, re.MULTILINE) is not None


FREEZES: Final[Mapping[str, Freeze]] = {RENOVATE: Renovate(), FILE: AnyFile()}
"""The kinds that need nothing but the text. An integration adds those for which a library must read the file."""
NOTES: Final[Mapping[str, str]] = {
    ARGO: "Argo CD no longer syncs by itself, not even this commit: sync it once by hand",
}
"""What people have to know of a freeze of that kind."""
