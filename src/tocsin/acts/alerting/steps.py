"""What follows from each change of an alert: what is due at once, the messages of it, and when to look again. Stored by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from tocsin.acts.alerting.outside_pages import through_pagers
from tocsin.acts.escalation_look import HouseLook
from tocsin.core.alerting.alert import Alert
from tocsin.core.alerting.sending import Delivery, pages
from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import next_at, what_is_due
from tocsin.store.alerts import Changed

log = structlog.get_logger()
AT_MOST: Final = 600
"""How many steps one alert may take at once: more than it can have stages."""


def stepped(alert: Alert, events: Sequence[e.Happened], look: HouseLook, now: datetime) -> Changed:
    """The alert after these events and all that is due after them, with the pages that go out."""
    before = len(alert.happened)
    for one in events:
        alert = alert.then(one)
    for _ in range(AT_MOST):
        due = what_is_due(alert.escalation, look, now)
        if due is None:
            break
        alert = alert.then(e.Happened(now, due, "", "engine"))
        if isinstance(due, e.Stepped) and due.turn:
            look.took([due.turn])
    else:
        log.error("an alert asks for one step after the other", alert=alert.ref)
    new = alert.happened[before:]
    return Changed(alert, len(new), _deliveries(alert, before, look), next_at(alert.escalation))


def _deliveries(alert: Alert, before: int, look: HouseLook) -> list[Delivery]:
    priority = alert.opening.priority
    return [
        delivery
        for n, one in enumerate(alert.happened[before:], before + 1)
        for delivery in through_pagers(
            alert,
            n,
            list(pages(priority, n, one.event, one.at, look.roster, look.house.abilities)),
            look,
            one.at,
        )
    ]


def turns_taken(changed: Sequence[Changed]) -> list[str]:
    """Whose turns were counted in the new events, once for each time."""
    return [
        one.event.turn
        for change in changed
        for one in change.alert.happened[len(change.alert.happened) - change.new :]
        if isinstance(one.event, e.Stepped) and one.event.turn
    ]
