"""What becomes of an incident as a whole, and of those who reported it: declared, owned, updated, rolled back, ended, written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.core.escalation.policy import Stamped
from tocsin.core.facts_paging import KeptPager
from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """A step as incidents were stamped with it before policies had names: `on-call`, `team:NAME`, `person:HANDLE`, and how long it waits."""

    to: tuple[str, ...]
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Declared(What):
    """An incident was opened. `abilities` are what this Tocsin could reach then: duties that need another do not arise.

    `aware` is the handle of the first of our people to know of it; "" where it came from outside. Of a `private` one only
    its members may know. `pager` is whose alert it has; None: from the time before teams chose, when the one that was linked had all.
    `stamped` is the escalation policy that it goes by; None: from the time before, when it was the steps in `policy`. `chosen`: whoever
    declared it named that policy, else the handbook says it.
    """

    ref: str
    title: str
    kind: str
    severity: str
    handbook: str
    abilities: tuple[str, ...] = ()
    policy: tuple[PolicyStep, ...] = ()
    similar: tuple[str, ...] = ()
    aware: str = ""
    private: bool = False
    pager: KeptPager | None = None
    stamped: Stamped | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class ReportReceived(What):
    """Somebody said that something may be broken. `answer_via` is the way back: x, slack, email, or page (its status page).

    `title` is what they put above it, as the subject of a mail is: "" where they put nothing there.
    `why` is said where it joined by a rule of the handbook, and nobody looked.
    """

    report: str
    source: str
    text: str
    reporter: str
    outside: bool
    answer_via: str
    token: str
    address: str = ""
    url: str = ""
    joined: bool = False
    moved_from: str = ""
    why: str = ""
    title: str = ""

    @property
    def said(self) -> str:
        """What they wrote: with what they put above it, where that has not become the incident's title."""
        above = self.title if self.joined and self.title not in self.text else ""
        return f"{above}\n{self.text}" if above else self.text


@dataclass(frozen=True, slots=True)
class ReportMoved(What):
    """A report left this incident for another one: joined there, or split off."""

    report: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActionApproved(What):
    """A person let Tocsin do what it offered for a duty; `text` replaces the draft where they edited it."""

    duty: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReporterAnswered(What):
    """The reporter can read, on their own channel, that it is being handled."""

    report: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ReporterTold(What):
    """The reporter can read how it ended."""

    report: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ThreadOpened(What):
    """The thread stands in the incidents channel; `channel` and `message` are the chat's own ids.

    Where the incident has a channel of its own, that is the place, and `announced` (CHANNEL/MESSAGE) its card in the incidents channel.
    """

    channel: str
    message: str
    url: str
    announced: str = ""


@dataclass(frozen=True, slots=True)
class Owned(What):
    """A person said of themself that they own it."""

    person: str


@dataclass(frozen=True, slots=True)
class NextStepsStated(What):
    text: str
    next_update_at: datetime


@dataclass(frozen=True, slots=True)
class UpdatePosted(What):
    text: str
    next_update_at: datetime


@dataclass(frozen=True, slots=True)
class NoteAdded(What):
    """A line for the timeline. Never evidence of a duty."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SeverityChanged(What):
    was: str
    now: str
    reason: str


@dataclass(frozen=True, slots=True)
class KindChanged(What):
    """It proved to be of another kind. Once `private` it stays so: what was said in confidence can't be made public.

    `stamped` is the escalation policy of that kind, where it is another one: from then on the incident pages by that.
    """

    was: str
    now: str
    reason: str
    private: bool
    stamped: Stamped | None = None


@dataclass(frozen=True, slots=True)
class MemberAdded(What):
    """Somebody may know of a private incident from here on."""

    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retitled(What):
    """The incident has a better title than the reporter's words."""

    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Tagged(What):
    """Somebody put words on it by which it is found and sorted."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RollbackAnswered(What):
    """ "Rolled back?": yes and how, or no and why not."""

    rolled_back: bool
    text: str


@dataclass(frozen=True, slots=True)
class Resolved(What):
    """It is well again. `evidence` says how one knows; `public` is what outsiders are told."""

    how: str
    evidence: str
    public: str = ""


@dataclass(frozen=True, slots=True)
class Dismissed(What):
    """It proved to be none. `verified` says how one knows; `public` is what reporters are told beside that all is well."""

    reason: str
    verified: str
    same_as: str = ""
    public: str = ""


@dataclass(frozen=True, slots=True)
class Reopened(What):
    """It was not over. `pager` is whose alert it has from then on; None: the same as before."""

    reason: str
    pager: KeptPager | None = None


@dataclass(frozen=True, slots=True)
class OpsLogWritten(What):
    impact: str
    detection: str
    cause: str
    resolution: str
    links: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class OpsLogAppended(What):
    """The entry stands in the organisation's own document too."""

    url: str


@dataclass(frozen=True, slots=True)
class InboxOverlooked(What):
    """A message waited in the inbox and nobody looked at it by `due_at`: Tocsin assumed the worst. `report` is what became of it."""

    message: int
    report: str
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class StepTaken(What):
    """A step that the handbook has people record was taken: `values` are its fields with what was entered."""

    step: str
    title: str
    values: tuple[tuple[str, str], ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Closed(What):
    """Ended, and every duty is settled: all is learned."""
