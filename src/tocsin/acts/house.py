"""What every act needs: the database, the clock, the handbook in force, the addresses, and what can be reached."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from tocsin.acts.alerting.at_once import Openings, openings
from tocsin.acts.callers import Callers, callers
from tocsin.acts.contacts.book import Notes, Tickets, notes, tickets
from tocsin.acts.oncall.coming import Coming
from tocsin.acts.oncall.report import Report
from tocsin.acts.policies_known import PoliciesKnown
from tocsin.acts.reading import ReadAddress, reads_nothing
from tocsin.acts.receiving import NOTHING_HEARD, Receipts
from tocsin.acts.standing import Standing
from tocsin.clock import Clock
from tocsin.core.channel import Channel
from tocsin.core.handbook import Handbook
from tocsin.core.places import Places
from tocsin.core.procedures.declared import NOTHING, Declared
from tocsin.core.procedures.hands import Hand
from tocsin.core.procedures.known import PROCEDURES
from tocsin.core.procedures.plan import Procedure
from tocsin.logs import Strike
from tocsin.store.people import Directory

GONE: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
)
"""How a database shows that it is gone, shuts down, or takes no more of us."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Signs links with a key that only this installation knows."""

    key: bytes

    def __call__(self, ref: str, person: str) -> str:
        return hmac.new(self.key, f"{ref}\n{person}".encode(), hashlib.sha256).hexdigest()[:40]

    def holds(self, ref: str, person: str, signature: str) -> bool:
        return hmac.compare_digest(self(ref, person), signature)


@dataclass(slots=True)
class House:
    """Handed to every door and to the engine. `handbook` is the one for new incidents; each incident keeps its own.

    `handbook_number` is that of the saved version that `handbook` is (0: the shipped one; None: a file's, which no saved one replaces).

    `abilities` are what the links can do; `wake` tells the engine of this node that there is something to do, `wake_pager` that pages of a new alert wait;
    `node` is that engine's number, by which others see that this node lives (0: no engine runs here).
    `handbooks` and `directory` are copies of what the database holds, kept to spare round trips; `standing` is who is on call by it,
    `coming` who will be soon, `report` the report of gaps that was given last, `policies` those that hold by that directory.
    `callers` are those who wait to be let in; `tickets` and `notes` the messages that wait to
    be written into the book, `openings` the alerts that wait to be stored. `read_address` reads a file at an address.
    `receipts` takes what comes back from people's devices; `channels` lead to them, by what a contact method names, and `given`
    to the addresses and places that the organisation gives.
    `declared` is what the operators say that can be rolled back, reverted and repaired; `procedures` plan it, and
    `hands` carry it out, by name. `strike` takes secrets out of what hands say.
    `alert_pool` has the connections on which each statement is planned once (None: `pool` serves for all).
    `gap_days` are how many days ahead gaps are reported. `monthly_tests`: test pages go out by themselves.
    Who got more than `pages_per_hour` messages within the hour gets what comes collected (0: never).
    """

    pool: asyncpg.Pool
    clock: Clock
    handbook: Handbook
    places: Places
    sign: Signature
    abilities: frozenset[str] = frozenset()
    wake: Callable[[], None] = lambda: None
    wake_pager: Callable[[], None] = lambda: None
    node: int = 0
    handbooks: dict[str, Handbook] = field(default_factory=dict)
    directory: Directory | None = None
    handbook_number: int | None = None
    standing: Standing = field(default_factory=Standing)
    coming: Coming = field(default_factory=Coming)
    report: Report | None = None
    policies: PoliciesKnown | None = None
    callers: Callers = field(default_factory=callers)
    tickets: Tickets = field(default_factory=tickets)
    notes: Notes = field(default_factory=notes)
    openings: Openings = field(default_factory=openings)
    read_address: ReadAddress = reads_nothing
    receipts: Receipts = NOTHING_HEARD
    channels: Mapping[str, Channel] = field(default_factory=dict)
    given: Mapping[str, Channel] = field(default_factory=dict)
    hands: Mapping[str, Hand] = field(default_factory=dict)
    alert_pool: asyncpg.Pool | None = None
    declared: Declared = NOTHING
    procedures: Mapping[str, Procedure] = field(default_factory=lambda: PROCEDURES)
    strike: Callable[[str], str] = Strike(()).text
    gap_days: int = 14
    monthly_tests: bool = False
    pages_per_hour: int = 0

    @property
    def of_alerts(self) -> asyncpg.Pool:
        """Where alerts are stored, and what is to be sent of them claimed: statements that come a thousand times, each planned once."""
        return self.alert_pool or self.pool

    @property
    def has_pager(self) -> bool:
        """Whether a team keeps a pager of its own, which says who is on call and pages them."""
        return any(one.startswith("pager:") for one in self.abilities)
