"""Which reach carries out a work: the one that the work names, or the only one that can."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.core.plan import is_public
from tocsin.core.work import (
    Announcer,
    Desk,
    Finder,
    Gatherer,
    HouseDesk,
    InboxDesk,
    Notifier,
    Outcome,
    Reach,
    Refused,
    Together,
    Work,
)


class Reaches:
    """All reaches that are configured, asked by what a work does and via whom."""

    def __init__(self, reaches: Iterable[Reach]) -> None:
        self._reaches = tuple(reaches)

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        if desk.incident.private and is_public(work, desk.incident):
            return Refused(
                f"{desk.incident.ref} is private: nothing of it is said where everybody can read it"
            )
        reach = self._for(work)
        if reach is None:
            via = work.via or "any link"
            return Refused(f"{via} can't do {work.does} any more: it is not configured")
        return await reach.carry_out(work, desk, attempt)

    async def found(self, work: Work, desk: Desk) -> Outcome | None:
        """What an earlier try of the work left unseen; None where nothing is known of such."""
        reach = self._for(work)
        return await reach.found(work, desk) if isinstance(reach, Finder) else None

    async def carry_out_together(self, together: Together, attempt: int) -> Outcome:
        """Many works for one device, as one message."""
        first, _ = together.works[0]
        reach = self._for(first)
        if not isinstance(reach, Gatherer):
            return Refused(f"{first.via} can't do {first.does} any more: it is not configured")
        return await reach.carry_out_together(together, attempt)

    async def announce(self, work: Work, desk: InboxDesk, attempt: int) -> Outcome:
        """Show a message of the inbox where people are, or rewrite what stands there."""
        for reach in self._reaches:
            if isinstance(reach, Announcer) and work.does in reach.announces:
                return await reach.announce(work, desk, attempt)
        return Refused(f"no link can do {work.does} any more: it is not configured")

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        """Tell one person something, or show who is on call."""
        for reach in self._reaches:
            if isinstance(reach, Notifier) and work.does in reach.notifies and work.via in ("", reach.name):
                return await reach.notify(work, desk, attempt)
        via = work.via or "any link"
        return Refused(f"{via} can't do {work.does} any more: it is not configured")

    def _for(self, work: Work) -> Reach | None:
        for reach in self._reaches:
            if work.does in reach.does and work.via in ("", reach.name):
                return reach
        return None
