"""Work that leaves the house: planned as rows, carried out by the engine, ended by an outcome that says what happened and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from tocsin.core.duties import Duty, ledger
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.intake import Kept
from tocsin.core.oncall.shown import Shown
from tocsin.core.people import Roster
from tocsin.core.places import Places

THREAD_OPEN, THREAD_SAY, THREAD_CARD = "thread.open", "thread.say", "thread.card"
THREAD_INVITE, THREAD_LEAVE, THREAD_ARCHIVE = "thread.invite", "thread.leave", "thread.archive"
THREAD_SETTLE, THREAD_RUN = "thread.settle", "thread.run"
PAGE, PAGE_SETTLE, REMIND = "page", "page.settle", "remind"
PLACE_TELL, PLACE_SETTLE = "place.tell", "place.settle"
ASK, WORD, INVITE = "ask", "word", "invite"
ANSWER, TELL = "answer", "tell"
ISSUE_OPEN, ISSUE_UPDATE, ISSUE_CLOSE = "issue.open", "issue.update", "issue.close"
POST_PUBLISH, POST_UPDATE, POST_ANSWER = "post.publish", "post.update", "post.answer"
FOLLOW_UP_OPEN, FOLLOW_UP_CLOSE = "follow_up.open", "follow_up.close"
LOG_APPEND = "log.append"
ALERT_CREATE, ALERT_ACKNOWLEDGE, ALERT_CLOSE = "alert.create", "alert.acknowledge", "alert.close"
ALERT_SNOOZE, ALERT_ASSIGN = "alert.snooze", "alert.assign"
JUDGE = "deploys.judge"
INBOX_POST, INBOX_SETTLE = "inbox.post", "inbox.settle"
NOTICE, NOTICE_SETTLE = "notice", "notice.settle"
GROUP_SET, TOPIC_SET = "group.set", "topic.set"
PROCEDURE_LOOK, PROCEDURE_STEP = "procedure.look", "procedure.step"
BUILD_RERUN, REVERT_JUDGE = "build.rerun", "revert.judge"
URGENCY: Final[Mapping[str, int]] = {
    PAGE: 0,
    ALERT_CREATE: 0,
    THREAD_OPEN: 1,
    PROCEDURE_LOOK: 1,
    PROCEDURE_STEP: 1,
    THREAD_LEAVE: 1,
    ANSWER: 1,
    ASK: 1,
    JUDGE: 1,
    BUILD_RERUN: 1,
    REVERT_JUDGE: 1,
    PLACE_TELL: 1,
    REMIND: 2,
    NOTICE: 2,
    WORD: 2,
    THREAD_INVITE: 2,
    POST_PUBLISH: 2,
    ISSUE_OPEN: 2,
    ISSUE_UPDATE: 2,
    POST_UPDATE: 2,
    THREAD_SAY: 3,
    THREAD_RUN: 3,
    TELL: 3,
    ISSUE_CLOSE: 3,
    POST_ANSWER: 3,
    LOG_APPEND: 3,
    FOLLOW_UP_OPEN: 3,
    FOLLOW_UP_CLOSE: 3,
    INVITE: 3,
    ALERT_ACKNOWLEDGE: 2,
    ALERT_SNOOZE: 2,
    ALERT_ASSIGN: 2,
    ALERT_CLOSE: 3,
    INBOX_POST: 3,
    GROUP_SET: 3,
    TOPIC_SET: 3,
    INBOX_SETTLE: 4,
    NOTICE_SETTLE: 4,
    PAGE_SETTLE: 4,
    PLACE_SETTLE: 4,
    THREAD_SETTLE: 4,
    THREAD_CARD: 5,
    THREAD_ARCHIVE: 5,
}
"""Everything that can be planned; pages go out before all else, the card last."""
OWN_CHANNEL: Final = "thread:channel"
"""The ability to give each incident a channel of its own."""
SHOWS_ON_CALL: Final = "on-call:slack"
"""The ability to show who is on call in user groups and topics."""
PUBLIC: Final = frozenset(
    {
        ISSUE_OPEN,
        ISSUE_UPDATE,
        ISSUE_CLOSE,
        POST_PUBLISH,
        POST_UPDATE,
        POST_ANSWER,
        FOLLOW_UP_OPEN,
        FOLLOW_UP_CLOSE,
    }
)
"""What the whole world can read. None of these is ever planned, or carried out, for a private incident."""

OF_PROCEDURES: Final = frozenset({PROCEDURE_LOOK, PROCEDURE_STEP})
"""What hands see and do, step by step, for the `run` in the payload."""

ON_ONE_WAY: Final = frozenset({REMIND, WORD})
"""What one person is told on the first of their ways only; where that fails, on the next."""

OF_INBOX: Final = frozenset({INBOX_POST, INBOX_SETTLE})
"""What is done about a message that waits, before there is an incident."""

OF_HOUSE: Final = frozenset({NOTICE, NOTICE_SETTLE, GROUP_SET, TOPIC_SET})
"""What is about no incident and no message, such as who is on call."""

SHOWN_ON_CALL: Final = frozenset({GROUP_SET, TOPIC_SET})
"""What shows who is on call, at the place that the payload names as `target`. The evidence says in `problem` what is amiss all the same."""


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do outside. Works of one `lane` go out in order; `key` is the same at every try and never used twice.

    `via` names the integration that must do it ("" is whichever has the ability).
    """

    does: str
    lane: str
    key: str
    via: str = ""
    payload: Mapping[str, str] = field(default_factory=dict)
    not_before: datetime | None = None

    @property
    def service(self) -> str:
        """What has to answer for it: an integration, or a kind of place where only one can. What one holds up, others do not wait for."""
        return self.via or self.does.partition(".")[0]

    @property
    def urgency(self) -> int:
        return URGENCY[self.does]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The service did it. `evidence` says where it can be seen: url, and the service's own ids."""

    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """It could not be done now; try again after `wait` (None: the engine's own backing off)."""

    why: str
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The service said no, and will say no again."""

    why: str


Outcome = Delivered | Later | Refused


@dataclass(frozen=True, slots=True)
class Moot:
    """It was not tried: things have moved on, and nobody needs it any more."""

    why: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What a reach may look at while it carries out a work: everything as it stands at this moment."""

    incident: Incident
    handbook: Handbook
    roster: Roster
    places: Places
    now: datetime
    sign: Signer

    @property
    def duties(self) -> dict[str, Duty]:
        """The incident's ledger now, by ids; worked out at each look."""
        return {duty.id: duty for duty in ledger(self.incident, self.handbook, self.now)}


@dataclass(frozen=True, slots=True)
class Together:
    """Works of one kind for one device that leave as one message: `batch` names it, `key` is the same at every try, `note` stands beneath."""

    batch: int
    key: str
    works: tuple[tuple[Work, Desk], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class InboxDesk:
    """What a reach may look at for a message of the inbox. `private` ones have become part of an incident that not all may know of."""

    message: Kept
    private: bool
    roster: Roster
    places: Places
    now: datetime


@dataclass(frozen=True, slots=True)
class HouseDesk:
    """What a reach may look at for a work of OF_HOUSE.

    `posted` is where the notice stands that a NOTICE_SETTLE rewrites ("" where it was never sent). `shown` is what is to be shown in all
    places of the work's kind.
    """

    roster: Roster
    places: Places
    now: datetime
    sign: Signer
    posted: str = ""
    shown: tuple[Shown, ...] = ()


class Signer(Protocol):
    """Signs a link, so that following it proves that it was sent to this person."""

    def __call__(self, ref: str, person: str) -> str: ...


class Reach(Protocol):
    """An integration's outbound side. It says what it can do, and raises only for bugs."""

    name: str
    """The `via` under which works ask for it: slack, x, github, email."""
    does: frozenset[str]
    """Which of the kinds of work above it can carry out."""

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Do it once. `attempt` counts from 1: from the second on, an earlier try may have taken effect unseen."""
        ...


@runtime_checkable
class Finder(Protocol):
    """A reach that can tell what an earlier try left that took effect unseen."""

    async def found(self, work: Work, desk: Desk) -> Outcome | None:
        """What `carry_out` would have said of it; None where there is nothing. Nothing is done by that."""
        ...


@runtime_checkable
class Gatherer(Protocol):
    """A reach that can say many things to one device at once."""

    async def carry_out_together(self, together: Together, attempt: int) -> Outcome:
        """As `carry_out`, one message for all of them."""
        ...


@runtime_checkable
class Announcer(Protocol):
    """A reach that can show what waits in the inbox."""

    announces: frozenset[str]
    """Which of OF_INBOX it can carry out."""

    async def announce(self, work: Work, desk: InboxDesk, attempt: int) -> Outcome:
        """As `carry_out`, for a message. The evidence of INBOX_POST says in `message` where it stands."""
        ...


@runtime_checkable
class Notifier(Protocol):
    """A reach that can tell one person something that is about no incident, or show who is on call."""

    name: str
    notifies: frozenset[str]
    """Which of OF_HOUSE it can carry out."""

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        """As `carry_out`. The evidence of NOTICE says in `message` where it stands, if it can be rewritten there."""
        ...
