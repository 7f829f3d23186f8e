"""What a change would do, made fit to be shown: who gains and loses what, which gaps open, and a picture of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from tocsin.acts.oncall.effect import Effect, Moved, Opened
from tocsin.acts.oncall.looks import Changed
from tocsin.core.escalation.named import Use
from tocsin.core.oncall.model import Gap, Shift
from tocsin.core.oncall.picture import Window, svg
from tocsin.doors.web.forms import Form
from tocsin.doors.web.local_time import Clock

FEW: Final = 5
"""Spans of one person, or gaps, that are told; the rest is counted."""
PICTURE_WIDTH: Final = 900
LOOKED_ON: Final = timedelta(minutes=15)
"""How much further the second look at a change may look than the one that was shown."""
GAP: Final = re.compile(r"(\S+) (\d{1,12}) (\d{1,12})", re.ASCII)


@dataclass(slots=True)
class Mover:
    """What one person gains and loses in one schedule."""

    person: str
    schedule: str
    gains: list[Moved] = field(default_factory=list)
    loses: list[Moved] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """An effect by person. `few` of each list are told in full."""

    movers: Sequence[Mover]
    opens: Sequence[Opened]
    until: datetime | None
    several: bool
    policies: Sequence[Use] = ()
    meant: str = ""
    """What the button sends with which somebody says that these gaps may open."""
    few: int = FEW


def told(effect: Effect) -> Told:
    movers: dict[tuple[str, str], Mover] = {}
    for one in effect.moves:
        mover = movers.setdefault((one.schedule, one.person), Mover(one.person, one.schedule))
        (mover.gains if one.gains else mover.loses).append(one)
    schedules = {one.schedule for one in effect.moves} | {one.schedule for one in effect.opens}
    several = len(schedules) > 1
    return Told(list(movers.values()), effect.opens, effect.until, several, effect.policies, _meant(effect))


def asks_first(form: Form, effect: Effect) -> bool:
    """Whether it opens a gap, or is named by a policy, that whoever sent the form was not shown: they see it first, and are asked."""
    if not {f"policy {one.policy}" for one in effect.policies} <= set(form.text("meant").split(",")):
        return True
    seen = [
        (found[1], int(found[2]), int(found[3]) + LOOKED_ON.total_seconds())
        for one in form.text("meant").split(",")
        if (found := GAP.fullmatch(one))
    ]
    return any(
        not any(
            schedule == one.schedule and start <= one.start.timestamp() and one.end.timestamp() <= end
            for schedule, start, end in seen
        )
        for one in effect.opens
    )


def _meant(effect: Effect) -> str:
    """The gaps and the policies, as a form keeps them."""
    gaps = (f"{one.schedule} {int(one.start.timestamp())} {int(one.end.timestamp())}" for one in effect.opens)
    return ",".join([*gaps, *(f"policy {one.policy}" for one in effect.policies)])


def moves_of(change: Changed) -> list[Moved]:
    """The spans that were kept with a change."""
    return [
        Moved(
            one["schedule"],
            one["person"],
            one["gains"],
            datetime.fromisoformat(one["start"]),
            datetime.fromisoformat(one["end"]),
        )
        for one in change.moves
    ]


def picture(
    name: str,
    shifts: Sequence[Shift],
    gaps: Sequence[Gap],
    span: tuple[datetime, datetime],
    clock: Clock,
    names: Mapping[str, str],
) -> Markup:
    """The window as a picture that stands in the page itself. Everything from people is escaped where it is drawn."""
    window = Window(*span, clock.zone, clock.now)
    return Markup(svg(name, shifts, gaps, window, names, width=PICTURE_WIDTH))  # noqa: S704
