"""What a hand is given for a look or a step, read once into typed values; what is missing or of another kind is refused by name.

A look or a step ends early by raising `Ends`, which the hand turns into its outcome; nothing else catches it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from tocsin.core.procedures.declared import Declared, Target
from tocsin.core.procedures.hands import JSON, Evidence, Failed
from tocsin.core.work import Later, Refused


class Ends(Exception):
    """A look or a step that ends here, with this outcome."""

    def __init__(self, outcome: Later | Refused | Failed) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome

    @property
    def of_look(self) -> Later | Refused:
        """As a look ends by it, which can do nothing that fails."""
        return Refused(self.outcome.why) if isinstance(self.outcome, Failed) else self.outcome


def refuse(why: str) -> NoReturn:
    """It will never do."""
    raise Ends(Refused(why))


def fail(why: str, *details: str) -> NoReturn:
    """It can't be done as things are: people decide."""
    raise Ends(Failed(why, details))


def made_before(seen: Mapping[str, Mapping[str, JSON]], step: str) -> Evidence | None:
    """The pull request that this step has made, so that whoever was to make it has nothing to do; None where it has made none."""
    before = seen.get(step, {})
    if before.get("made") is not True:
        return None
    return Evidence("pull request", f"#{before.get('number')}", str(before.get("url", "")))


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one look or step. `seen` is what the looks saw and the steps before left, for inputs that name a step.

    `NAME_from = "step.key"` stands for a value that an earlier step put out: `sha_from = "revert.commit"`.
    """

    values: Mapping[str, JSON]
    seen: Mapping[str, Mapping[str, JSON]]

    def value(self, name: str) -> JSON:
        source = self.values.get(f"{name}_from")
        if name in self.values or not isinstance(source, str):
            return self.values.get(name)
        step, _, key = source.partition(".")
        return self.seen.get(step, {}).get(key or name)

    def text(self, name: str, default: str = "") -> str:
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, str):
            refuse(f"`{name}` is no text")
        return value

    def needed(self, name: str) -> str:
        found = self.text(name)
        if not found:
            refuse(f"`{name}` is missing")
        return found

    def number(self, name: str, default: int = 0) -> int:
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            refuse(f"`{name}` is no number from 0 on")
        return value

    def needed_number(self, name: str) -> int:
        found = self.number(name)
        if not found:
            refuse(f"`{name}` is missing")
        return found

    def yes(self, name: str) -> bool:
        return self.value(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.value(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            refuse(f"`{name}` is no list of texts")
        return tuple(str(one) for one in value)

    def table(self, name: str) -> dict[str, str]:
        """Texts by name."""
        value = self.value(name)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            refuse(f"`{name}` is no table of texts")
        return {key: str(one) for key, one in value.items()}

    def target(self, declared: Declared) -> Target:
        """The target that `target` names."""
        found = declared.target(self.needed("target"))
        if found is None:
            refuse(f"there is no target {self.needed('target')!r} in the file that TOCSIN_PROCEDURES names")
        return found
