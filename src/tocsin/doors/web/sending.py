"""A form of an incident's page that was sent, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.doors.web.forms import Form


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: in whose name, about which incident, with what in it."""

    house: House
    actor: Actor
    ref: str
    form: Form

    def text(self, name: str) -> str:
        return self.form.text(name)

    @property
    def about(self) -> str:
        return self.form.text("about")


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words, and the incident to go on to; `place` is another page instead."""

    message: str
    ref: str
    place: str = ""


Act = Callable[[Sent], Awaitable[Done]]
