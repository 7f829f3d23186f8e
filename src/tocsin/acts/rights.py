"""What a key or a person may do. Each right includes those before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.errors import Forbidden

RIGHTS = ("read", "report", "respond", "admin")
"""read: look at everything. report: open incidents too. respond: act in them too. admin: people, keys and settings too."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands at a door: a person signed in, a person's key, or a key that is nobody's (`person` is "" then)."""

    person: str
    name: str
    rights: tuple[str, ...]

    def may(self, right: str) -> bool:
        return any(RIGHTS.index(own) >= RIGHTS.index(right) for own in self.rights)

    def must(self, right: str) -> None:
        """Forbidden, by name, where they may not."""
        if not self.may(right):
            raise Forbidden(
                f"{self.name} has no right to {right}; it has {', '.join(self.rights) or 'none'}. Ask an admin, or make a key with --rights {right}"
            )


def both(own: Iterable[str], limit: Iterable[str]) -> tuple[str, ...]:
    """The highest right that both lists allow: a person's key never may more than the person."""
    ranks = [max((RIGHTS.index(r) for r in rights if r in RIGHTS), default=-1) for rights in (own, limit)]
    return RIGHTS[min(ranks) : min(ranks) + 1] if min(ranks) >= 0 else ()
