"""How much goes out at most: what each provider takes, shared by the nodes, and for whom messages are collected since they got so many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.alerting.collecting import who_gets_very_many
from tocsin.acts.house import House
from tocsin.clock import at_least
from tocsin.store import deliveries as rows
from tocsin.store.claiming import Left
from tocsin.store.pool import Connection

PACE: Final = timedelta(seconds=5)
"""What comes to one device within this time after a message goes out as one."""
COLLECTED: Final = timedelta(minutes=3)
"""Who has got too many within the hour gets one message in that time on each device: of all that came."""
LOOKED_AGAIN: Final = timedelta(seconds=5)
"""So long it is taken to be as it was when it was looked at."""


class Rations:
    """One node's. What a provider takes in a second is saved up for one second, so that nothing waits where little is sent."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._saved: dict[str, tuple[float, datetime]] = {}
        self._looked_at: datetime | None = None
        self._nodes = 1
        self.collected: frozenset[str] = frozenset()
        """Who has got so many messages within the hour that what comes is collected for them."""

    async def look(self, conn: Connection, now: datetime) -> None:
        """See who gets too many, and how many nodes share what providers take."""
        again = at_least(self._house.clock, LOOKED_AGAIN)
        if self._looked_at is not None and timedelta() <= now - self._looked_at < again:
            return
        self._looked_at = now
        self.collected = await who_gets_very_many(self._house, conn, now)
        if self._rates():
            self._nodes = max(1, await rows.nodes(conn))

    def left(self, now: datetime) -> dict[str, int]:
        """How many messages may be taken now, by channel; those that are not named take any number."""
        found = {}
        for via, rate in self._rates().items():
            share = rate / self._nodes
            saved, at = self._saved.get(via, (max(1.0, share), now))
            saved = min(max(1.0, share), saved + share * max(0.0, (now - at).total_seconds()))
            self._saved[via] = (saved, now)
            found[via] = int(saved)
        return found

    async def now(self, conn: Connection, now: datetime) -> Left:
        """What may be claimed now."""
        await self.look(conn, now)
        left, channels = self.left(now), self._house.channels
        return Left(
            left,
            tuple(via for via, many in left.items() if not many),
            {via: one.can.spacing for via, one in channels.items() if one.can.spacing},
            now - PACE,
            self.collected,
            now - COLLECTED,
        )

    def took(self, vias: Iterable[str]) -> None:
        """These were taken."""
        for via in vias:
            if via in self._saved:
                saved, at = self._saved[via]
                self._saved[via] = (max(0.0, saved - 1), at)

    def words(self, person: str) -> str:
        """What a message to somebody says of it; "" where nothing is collected for them."""
        if person not in self.collected:
            return ""
        minutes = int(COLLECTED.total_seconds()) // 60
        return (
            f"More than {self._house.pages_per_hour} messages went to you within the hour: what comes is collected,"
            f" one message every {minutes} min."
        )

    def _rates(self) -> dict[str, float]:
        there = {**self._house.given, **self._house.channels}
        return {via: one.can.per_second for via, one in there.items() if one.can.per_second}
