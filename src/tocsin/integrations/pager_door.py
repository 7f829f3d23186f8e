"""What the doors of pagers have in common: they look again and again for answers and for who is on call, one node at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog

from tocsin.acts import cursors, looks, people
from tocsin.acts.house import House
from tocsin.acts.outside import Waiting, waiting_in
from tocsin.clock import at_least
from tocsin.core.pagers import says_on_call_elsewhere
from tocsin.integrations.alerting import look_at_each
from tocsin.integrations.watching import watch

LEASE: Final = timedelta(minutes=2)
POLL: Final = timedelta(seconds=10)

log = structlog.get_logger(__name__)


class SaysOnCall(Protocol):
    async def on_call(self, schedule: str, now: datetime) -> Sequence[str]:
        """The mail addresses of those on call in that schedule."""
        ...


class PagerDoor(ABC):
    """One pager's. `schedule` there says who is on call; without one, the schedules here do."""

    name: str
    cursor: str

    def __init__(self, client: SaysOnCall, schedule: str, poll: timedelta) -> None:
        self._says = client
        self._schedule = schedule
        self._poll = poll
        self._strangers: tuple[str, ...] = ()

    @abstractmethod
    async def _look_at(self, house: House, one: Waiting) -> None:
        """Take over what came of one incident's alert there, if anything did."""

    async def watch(self, house: House) -> None:
        """Look again and again until cancelled. Nothing that fails ends it; a limit of the pager's is waited out."""
        await watch(house, self.name, self.look, self._poll)

    async def look(self, house: House) -> None:
        """One look at what waits for somebody, and at who is on call; nothing where another node is looking.

        Raises Failed where the pager does not answer.
        """
        cursor = await cursors.take(house, self.cursor, at_least(house.clock, LEASE))
        if cursor is None:
            return
        try:
            waiting = [one for one in await waiting_in(house, self.name) if not one.is_acknowledged]
            refused = await look_at_each(waiting, partial(self._look_at, house))
            await self._look_who(house)
            if refused:
                raise refused
        finally:
            await cursors.leave(house, cursor, cursor.value)

    async def _look_who(self, house: House) -> None:
        """Take over who is on call. People whom Tocsin does not know are named in the log, once."""
        if not self._schedule:
            if not says_on_call_elsewhere(house.abilities, self.name):
                await people.forget_on_call_outside(house)
            return
        mails = await self._says.on_call(self._schedule, house.clock.now())
        await people.save_on_call_outside(house, self._schedule, mails)
        roster = await looks.roster(house)
        strangers = tuple(sorted(mail for mail in mails if roster.by_mail(mail) is None))
        if strangers and strangers != self._strangers:
            log.warning(f"on_call_in_{self.name}_and_unknown_here", people=strangers)
        self._strangers = strangers
