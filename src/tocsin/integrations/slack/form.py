"""What a form is: its fields, who is shown in it, and what is done with what was entered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.looks import View
from tocsin.acts.procedures.views import Offered, offered
from tocsin.core.case import Actor, Case
from tocsin.core.decisions_asked import warnings_about
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.integrations.slack.blocks import JSON


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: for which incident, about which duty, with which values by name."""

    house: House
    actor: Actor
    ref: str
    about: str
    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class Company:
    """Who opened the form, and the people there are, with what should be known of each before they are asked for something;
    and the procedures that can be planned here."""

    actor: Actor
    roster: Roster
    warnings: Mapping[str, tuple[str, ...]]
    places: Places
    offered: tuple[Offered, ...] = ()

    def others(self) -> dict[str, tuple[str, str]]:
        """Everybody but who opened it: by handle, their name and the warnings about them, the untroubled first."""
        others = [one for one in self.roster.people.values() if one.handle != self.actor.person]
        others.sort(key=lambda one: (bool(self.warnings.get(one.handle)), one.name.lower()))
        return {one.handle: (one.name, "; ".join(self.warnings.get(one.handle, ()))) for one in others}

    def everybody(self) -> dict[str, tuple[str, str]]:
        return {one.handle: (one.name, "") for one in self.roster.people.values()}


Draw = Callable[[View, str], list[JSON]]
DrawWith = Callable[[View, str, Company], list[JSON]]
Take = Callable[[Sent], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Form:
    """`draw` gives its fields, `take` does what it is for.

    With `draw_with` it is told of the people too, and what the button was about comes back with what is entered.
    """

    title: str
    submit: str
    draw: Draw | None
    take: Take
    draw_with: DrawWith | None = None


async def company(house: House, actor: Actor, view: View) -> Company:
    roster = await looks.roster(house)
    busy = await looks.busy(house, actor.person, but=view.incident.ref)
    case = Case(view.incident, view.handbook, view.now, roster)
    warnings = {
        handle: warnings_about(case, handle, roster, busy) if view.incident.is_open else ()
        for handle in roster.people
    }
    return Company(actor, roster, warnings, house.places, offered(house))
