"""Who there is to reach: people with their contact methods, teams, and who is on call at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a person: `via` names the integration (slack, email), `address` is theirs there."""

    via: str
    address: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the organisation. `handle` is short, unique and lower case; `rights` are the names in `acts.access`."""

    handle: str
    name: str
    email: str = ""
    slack_id: str = ""
    rights: tuple[str, ...] = ("respond",)

    @property
    def contacts(self) -> tuple[Contact, ...]:
        slack = (Contact("slack", self.slack_id),) if self.slack_id else ()
        email = (Contact("email", self.email),) if self.email else ()
        return slack + email


@dataclass(frozen=True, slots=True)
class Roster:
    """The people at one instant. `on_call` are handles."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on_call: tuple[str, ...] = ()

    def reached_by(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        """The handles that `on-call`, `team:NAME` and `person:HANDLE` mean now, each once, in order. Unknown ones are nobody."""
        handles: list[str] = []
        for target in targets:
            kind, _, name = target.partition(":")
            if kind == "on-call":
                handles += self.on_call
            elif kind == "team":
                handles += self.teams.get(name, ())
            else:
                handles.append(name)
        return tuple(dict.fromkeys(handle for handle in handles if handle in self.people))

    def name(self, handle: str) -> str:
        """How a person is called; the handle itself where nobody has it."""
        person = self.people.get(handle)
        return person.name if person else handle
