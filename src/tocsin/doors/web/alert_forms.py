"""What can be done with an alert on its page: which forms stand there for whom, and what each does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tocsin.acts.alerting import deeds
from tocsin.acts.house import House
from tocsin.acts.rights import Visitor
from tocsin.core.alerting.alert import Alert
from tocsin.core.case import Actor
from tocsin.core.escalation.state import CLOSED, SNOOZED
from tocsin.core.escalation.written import Known
from tocsin.core.spans import span_of, span_text
from tocsin.doors.web.forms import CHOICE, LOCAL_TIME, TEXT, Field, Form, Sheet
from tocsin.doors.web.local_time import Clock
from tocsin.errors import Invalid

SPANS: Final = ("1h", "4h")
SUCH: Final = (
    "A line each, such as person:bob, team:web, schedule:ops, schedule:ops/next, on-call or channel:#ops"
)
PRIORITIES: Final = (
    ("P1", "P1, the worst"),
    ("P2", "P2"),
    ("P3", "P3"),
    ("P4", "P4, wakes nobody"),
    ("P5", "P5, the mildest"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A form of the page that was sent. `clock` is the one by which its times were typed."""

    house: House
    actor: Actor
    ref: str
    form: Form
    clock: Clock


def sheets(alert: Alert, me: Visitor, clock: Clock, known: Known) -> list[Sheet]:
    """The forms for this visitor as it stands; those without fields are mere buttons, the likeliest first."""
    one = alert.escalation
    if alert.status == CLOSED:
        return []
    why = Field("why", "What became of it?")
    closing = [Sheet("close", "Close it …", "Close it", (why,))] if me.may("report") else []
    if not me.may("respond"):
        return closing
    buttons = []
    if one.acknowledged_at is None and me.person not in dict(one.answers):
        buttons.append(Sheet("acknowledge", "", "Acknowledge"))
    if one.acknowledged_by != me.person and one.acknowledged_at:
        buttons.append(Sheet("take-over", "", "Take over"))
    if one.answers:
        buttons.append(Sheet("unacknowledge", "", "Un-acknowledge"))
    buttons.append(Sheet("escalate", "", "Escalate now"))
    if alert.status != SNOOZED:
        buttons += [
            Sheet("snooze", "", f"Snooze {span_text(span_of(x) or timedelta())}", about=x) for x in SPANS
        ]
    return [*buttons, _snooze_until(clock), *_others(), *closing]


def _snooze_until(clock: Clock) -> Sheet:
    zone = f"By the clock of {clock.zone}. Then it starts anew, where it is not closed."
    until = Field(
        "until",
        "Until",
        LOCAL_TIME,
        value=clock.field(clock.after(timedelta(hours=12))),
        must=True,
        help=zone,
    )
    return Sheet("snooze", "Snooze until …", "Snooze it", (until,))


def _others() -> list[Sheet]:
    given = Field("to", "To whom", TEXT, must=True, help=f"{SUCH}; or policy:payments, alone.")
    added = Field("to", "Whom", TEXT, must=True, help=f"{SUCH}.")
    after = "Where they do not answer, the policy goes on."
    beside = "They are paged at once, beside the policy."
    return [
        Sheet("reassign", "Reassign …", "Reassign it", (given,), help=after),
        Sheet("add", "Add responders …", "Page them too", (added,), help=beside),
    ]


def new_sheet(known: Known) -> Sheet:
    """The form that opens an alert."""
    policies = tuple((one, one) for one in sorted(known.policies or ()))
    fields = (
        Field("message", "What is wrong?", must=True, help="In one line: it stands in every message."),
        Field("priority", "Priority", CHOICE, value="P3", options=PRIORITIES),
        Field("policy", "Policy", CHOICE, value="default", options=policies),
        Field("description", "More about it", TEXT),
        Field("link", "Where to look", help="A web address."),
        Field("alias", "Alias", help="Your own name for it: while one is open under it, that one counts up."),
        Field("to", "Whom to page first", TEXT, help=f"{SUCH}. Else the policy alone says."),
    )
    return Sheet("new", "Page people", "Page people", fields)


def targets(known: Known) -> list[str]:
    """Names to tap beside a field for whom to page."""
    kinds = (("schedule", known.schedules), ("team", known.teams), ("person", known.people))
    return ["on-call", *(f"{kind}:{one}" for kind, names in kinds for one in sorted(names or ()))]


async def _acknowledge(asked: Asked) -> str:
    await deeds.acknowledge(asked.house, asked.actor, asked.ref)
    return "You have acknowledged it. Whoever was paged is told."


async def _take_over(asked: Asked) -> str:
    await deeds.take_over(asked.house, asked.actor, asked.ref)
    return "It is yours now. Whoever was paged is told."


async def _unacknowledge(asked: Asked) -> str:
    await deeds.unacknowledge(asked.house, asked.actor, asked.ref)
    return "The acknowledgement is taken back: its escalation starts anew."


async def _snooze(asked: Asked) -> str:
    about = asked.form.text("about")
    span = span_of(about) if about in SPANS else None
    if about and span is None:
        raise Invalid(f"It can be snoozed for {' or '.join(SPANS)}, or until a time", field="until")
    must = asked.clock.must(asked.form, "until", "say until when") if span is None else None
    until = must or asked.clock.now + (span or timedelta())
    await deeds.snooze(asked.house, asked.actor, asked.ref, until)
    return (
        f"It is snoozed until {asked.clock.day(until)} {asked.clock.reading(until):%H:%M} {asked.clock.zone}."
    )


async def _escalate(asked: Asked) -> str:
    await deeds.escalate_now(asked.house, asked.actor, asked.ref)
    return "The next step is taken."


async def _reassign(asked: Asked) -> str:
    await deeds.reassign(asked.house, asked.actor, asked.ref, asked.form.lines("to"))
    return "It is reassigned."


async def _add(asked: Asked) -> str:
    await deeds.add_responders(asked.house, asked.actor, asked.ref, asked.form.lines("to"))
    return "They are paged too."


async def _close(asked: Asked) -> str:
    await deeds.close(asked.house, asked.actor, asked.ref, asked.form.text("why").strip())
    return "It is closed. Whoever was paged is told."


ACTS: Final[dict[str, Callable[[Asked], Awaitable[str]]]] = {
    "acknowledge": _acknowledge,
    "take-over": _take_over,
    "unacknowledge": _unacknowledge,
    "snooze": _snooze,
    "escalate": _escalate,
    "reassign": _reassign,
    "add": _add,
    "close": _close,
}
