"""Lets a channel tell the places that policies name, channels and webhooks, of an incident; and how it stands afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.core.channel import HIGH, LOW, PAGED, TOLD, Channel, Message
from tocsin.core.place_words import place_words
from tocsin.core.work import PLACE_SETTLE, PLACE_TELL, Delivered, Desk, Later, Outcome, Work

FOR_THE_THREAD: Final = timedelta(seconds=10)
"""So long the message waits for the thread, whose link belongs into it."""
MOMENT: Final = timedelta(seconds=1)


class PlaceReach:
    """One kind of place as a reach."""

    does = frozenset({PLACE_TELL, PLACE_SETTLE})

    def __init__(self, channel: Channel) -> None:
        self.name = channel.via
        self._channel = channel

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        incident, is_over = desk.incident, work.does == PLACE_SETTLE
        waits = FOR_THE_THREAD - (desk.now - incident.started_at)
        if "thread" in incident.abilities and incident.thread is None and waits > timedelta() and not is_over:
            return Later("the thread is being opened: its link belongs into the message", min(MOMENT, waits))
        words = place_words(work, desk)
        if words is None:
            return Delivered()
        message = Message(
            key=work.key,
            purpose=TOLD if is_over else PAGED,
            person="",
            to=work.payload["place"].partition(":")[2],
            subject=words.subject,
            text=words.text,
            short=words.short,
            now=desk.now,
            urgency=LOW if is_over else HIGH,
            link=words.link,
            of=work.payload.get("message", ""),
            is_private=incident.private,
            incident=incident.ref,
        )
        return await self._channel.send(message, attempt)
