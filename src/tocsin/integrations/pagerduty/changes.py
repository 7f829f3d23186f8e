"""What else PagerDuty is told of an incident there: that it is silent for a while, and to whom it was given. Both only in a user's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tocsin.core.work import Delivered, Outcome, Refused
from tocsin.integrations.pagerduty.client import RESOLVED, PagerDutyClient

AS_NOBODY: Final = (
    "PagerDuty lets only its own users do that, and knows none with the mail address of whoever asked for it"
)
TO_NOBODY: Final = "PagerDuty knows none of those to whom it was given by their mail addresses"


async def snoozed(client: PagerDutyClient, id: str, until: datetime, by: str, now: datetime) -> Outcome:
    """Nobody is notified there until then. What is resolved there needs nothing."""
    there = await client.incident(id, now)
    if there is None or there.status == RESOLVED or until <= now:
        return Delivered()
    return Delivered() if by and await client.snooze(id, until - now, by, now) else Refused(AS_NOBODY)


async def reassigned(client: PagerDutyClient, id: str, to: Sequence[str], by: str, now: datetime) -> Outcome:
    """It belongs to the users with these mail addresses, as far as there are any."""
    there = await client.incident(id, now)
    if there is None or there.status == RESOLVED:
        return Delivered()
    users = [user for mail in to if (user := await client.user_of(mail, now))]
    if not users:
        return Refused(TO_NOBODY)
    return Delivered() if by and await client.reassign(id, users, by, now) else Refused(AS_NOBODY)
