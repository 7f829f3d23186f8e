"""What may be claimed at one instant of what goes to devices: the same limits for messages about alerts and for pages of incidents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Left:
    """Of the channels in `by_channel` at most so many messages are left; those in `spent` have none.

    A device that got one since `quiet_since` waits, by `spacing` (seconds, by channel) longer; a device of one of the people in `collected`
    waits that got one since `collected_since`.
    """

    by_channel: Mapping[str, int]
    spent: Collection[str]
    spacing: Mapping[str, int]
    quiet_since: datetime
    collected: Collection[str]
    collected_since: datetime

    def columns(self, but_for: Collection[str]) -> tuple[object, ...]:
        """As `claim` of deliveries and `claim_pages` of works take them, in their order. `but_for`: channels of which nothing is taken."""
        return (
            [*but_for, *self.spent],
            self.quiet_since,
            dict(self.spacing),
            dict(self.by_channel),
            list(self.collected),
            self.collected_since,
        )
