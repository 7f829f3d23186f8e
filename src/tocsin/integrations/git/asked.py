"""What looks and steps are given, read once into typed shapes. What is missing or of another kind is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from tocsin.core.procedures.declared import Updater
from tocsin.core.procedures.hands import JSON
from tocsin.integrations.git.ends import refused

UPDATER: Final = tuple(one.name for one in fields(Updater))


@dataclass(frozen=True, slots=True)
class Asked:
    """The inputs of one look or step."""

    inputs: Mapping[str, JSON]

    def text(self, name: str, default: str = "") -> str:
        value = self.inputs.get(name, default)
        if not isinstance(value, str):
            raise refused(f"`{name}` is no text")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise refused(f"`{name}` is missing")
        return value

    def number(self, name: str, default: int, most: int) -> int:
        """A number from 0 on; what is above `most` is `most`."""
        value = self.inputs.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise refused(f"`{name}` is no number from 0 on")
        return min(value, most)

    def yes(self, name: str) -> bool:
        return self.inputs.get(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.inputs.get(name, [])
        texts = tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
        if list(texts) != value:
            raise refused(f"`{name}` is no list of texts")
        return texts

    def updaters(self, name: str = "freezes") -> tuple[Updater, ...]:
        value = self.inputs.get(name, [])
        if not isinstance(value, list):
            raise refused(f"`{name}` is no list")
        return tuple(_updater(name, one) for one in value)


def _updater(name: str, row: JSON) -> Updater:
    if not isinstance(row, dict) or not row.get("kind") or not row.get("path"):
        raise refused(f"each of `{name}` needs a kind and a path")
    known = {key: value for key, value in row.items() if key in UPDATER}
    texts = {key: value for key, value in known.items() if isinstance(value, str)}
    if len(texts) != len(known):
        raise refused(f"`{name}` holds something else than texts")
    return Updater(**texts)
