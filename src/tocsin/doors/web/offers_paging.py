"""The forms of an incident's page about whom it pages, and what each does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tocsin.acts import incident_paging
from tocsin.core.spans import span_of
from tocsin.doors.web.forms import CHOICE, TEXT, Field, Sheet
from tocsin.doors.web.scene import Scene
from tocsin.doors.web.sending import Act, Done, Sent
from tocsin.errors import Invalid

SPANS: Final = (("1h", "1 hour"), ("4h", "4 hours"), ("12h", "12 hours"), ("1d", "a day"))
SUCH: Final = "A line each, such as person:bob, team:web, schedule:ops, schedule:ops/next or on-call; or policy:payments, alone."


def while_open(scene: Scene) -> Iterator[Sheet]:
    """What can be done about the paging as it stands."""
    alert = scene.view.incident.alert
    if not alert.stamped.stages:
        return
    if alert.escalation.answers:
        note = "Paging starts anew, from its first step on. Whoever owns the incident still does."
        yield Sheet("unacknowledge", "Take the acknowledgement back", "Page anew", help=note, danger=True)
    length = Field("for", "For how long?", CHOICE, options=SPANS, must=True)
    quiet = "Then paging starts anew, where it is still open. Duties go on."
    yield Sheet("snooze-pages", "Page nobody for a while", "Page nobody", (length,), help=quiet, danger=True)
    to = Field("to", "To whom?", TEXT, must=True, rows=2, help=SUCH)
    after = "They are paged at once; where they do not answer, the policy goes on."
    yield Sheet("reassign", "Page others instead", "Page them instead", (to,), help=after, danger=True)


async def _unacknowledge(sent: Sent) -> Done:
    await incident_paging.unacknowledge(sent.house, sent.actor, sent.ref)
    return Done("The acknowledgement is taken back: paging starts anew.", sent.ref)


async def _snooze(sent: Sent) -> Done:
    said = sent.text("for")
    span = span_of(said) if said in dict(SPANS) else None
    if span is None:
        raise Invalid("Choose for how long nobody is to be paged", field="for")
    until = sent.house.clock.now() + span
    await incident_paging.snooze_pages(sent.house, sent.actor, sent.ref, until)
    return Done(f"Nobody is paged until {until:%Y-%m-%d %H:%M} UTC.", sent.ref)


async def _reassign(sent: Sent) -> Done:
    await incident_paging.reassign(sent.house, sent.actor, sent.ref, sent.form.lines("to"))
    return Done("They are paged instead.", sent.ref)


ACTS: Final[dict[str, Act]] = {
    "unacknowledge": _unacknowledge,
    "snooze-pages": _snooze,
    "reassign": _reassign,
}
