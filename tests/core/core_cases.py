"""What the tests of core share: a small handbook of their own, and an incident in memory that is driven through the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tocsin.core import facts as f
from tocsin.core.case import Actor, Case
from tocsin.core.due import wake_at, what_is_due
from tocsin.core.duties import Duty, ledger
from tocsin.core.facts import Fact, What
from tocsin.core.folding import extend, fold
from tocsin.core.handbook import Handbook
from tocsin.core.handbook_text import read_handbook
from tocsin.core.incident import Incident
from tocsin.core.people import Person, Roster
from tocsin.core.places import Places

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLACES = Places("https://tocsin.example")
ALICE, BOB, CAROL = Actor("alice", "slack"), Actor("bob", "slack"), Actor("carol", "web")
ROBOT = Actor("", "api", "the key robot")
ABILITIES = ("issue", "page:email", "page:slack", "post", "thread")

TRIAL_TEXT = """
[handbook]
name = "trial"
version = "1"
title = "Trial"
organisation = "Acme"

[[kind]]
id = "service"
title = "Service"
public = true

[[kind]]
id = "security"
title = "Security"

[[severity]]
id = "high"
title = "High"
severe = true

[[severity]]
id = "moderate"
title = "Moderate"

[[severity]]
id = "low"
title = "Low"

[[escalation]]
to = ["on-call"]
wait = "7m"

[[escalation]]
to = ["team:ops"]
wait = "11m"

[[section]]
id = "all"
title = "All"

[[duty]]
id = "answer"
section = "all"
title = "Answer the reporter"
text = "Answer the reporter."
arises = ["report_received"]
per = "report"
outside_only = true
owes = "first_aware"
within = "5m"
discharged_by = ["reporter_answered"]
does = "answer_reporter"
by_hand = true
late = [{ after = "0m", do = "remind" }, { after = "2m", do = "thread" }, { after = "4m", do = "page" }, { after = "6m", do = "page_next" }]

[[duty]]
id = "own"
section = "all"
title = "Own it"
text = "Own it."
arises = ["incident_declared", "reopened"]
owes = "on_call"
within = { high = "10m", moderate = "20m", low = "40m" }
discharged_by = ["owned"]
ends_with = ["resolved", "dismissed"]
late = [{ after = "0m", do = "remind" }, { after = "3m", do = "page_next" }]

[[duty]]
id = "update"
section = "all"
title = "Post updates"
text = "Post updates."
arises = ["next_steps_stated", "update_posted"]
per = "regular"
owes = "owner"
within = { high = "30m", moderate = "60m", low = "120m" }
due_from = "next_update_at"
discharged_by = ["update_posted", "resolved", "dismissed"]
late = [{ after = "-5m", do = "remind" }, { after = "0m", do = "thread" }]

[[step]]
id = "key"
title = "A licence key"
fields = ["Whose"]

[[duty]]
id = "answer-request"
section = "all"
title = "Answer"
text = "Answer."
arises = ["task_delegated", "handover_asked"]
per = "each"
owes = "asked"
within = "10m"
due_from = "answer_by"
discharged_by = ["task_accepted", "task_declined", "handover_accepted", "handover_declined"]
ends_with = ["task_returned", "task_withdrawn", "handover_returned", "owned", "resolved", "dismissed"]
late = [{ after = "-5m", do = "remind" }]

[[duty]]
id = "hand-out-key"
section = "all"
title = "Hand out a key"
text = "Hand out a key."
arises = ["kind_changed"]
owes = "owner"
within = "20m"
discharged_by = ["step:key"]
ends_with = ["resolved", "dismissed"]
late = [{ after = "0m", do = "remind" }]

[[duty]]
id = "do-follow-up"
section = "all"
title = "Do it"
text = "Do it."
arises = ["follow_up_filed", "follow_up_reopened"]
per = "each"
owes = "asked"
within = "7d"
discharged_by = ["follow_up_done"]
late = [{ after = "-1d", do = "remind" }]

[[duty]]
id = "meet"
section = "all"
title = "Meet"
text = "Meet."
arises = ["retrospective_planned"]
per = "regular"
owes = "owner"
within = "60d"
due_from = "done_by"
discharged_by = ["retrospective_held"]
ends_with = ["retrospective_planned", "retrospective_declined"]
late = [{ after = "0m", do = "remind" }]

[[duty]]
id = "public"
section = "all"
title = "Tell the public"
text = "Tell the public."
after_severe = "30m"
kinds = ["service"]
needs = ["issue"]
owes = "owner"
within = "15m"
discharged_by = ["issue_opened"]
ends_with = ["resolved", "dismissed"]
does = "draft_public_words"
automatic = ["*"]
late = [{ after = "0m", do = "remind" }]

[[duty]]
id = "close-issue"
section = "all"
title = "Close the issue"
text = "Close the issue."
arises = ["resolved", "dismissed"]
after_fact = "issue_opened"
owes = "owner"
within = "15m"
discharged_by = ["issue_closed"]
does = "close_issue"
automatic = ["*"]
waivable = false
by_hand = true

[[duty]]
id = "tell"
section = "all"
title = "Tell the reporter the end"
text = "Tell the reporter the end."
arises = ["resolved", "dismissed"]
per = "report"
owes = "owner"
within = "15m"
discharged_by = ["reporter_told"]
does = "tell_reporter"
automatic = ["x"]

[[duty]]
id = "log"
section = "all"
title = "Write the log"
text = "Write the log."
arises = ["resolved"]
owes = "owner"
within = "1d"
discharged_by = ["ops_log_written"]

[texts]
answer = "Thanks, we are on {title}. {status_page}"
told_resolved = "Resolved: {public} {status_page}"
told_dismissed = "It works: {public}"
public_resolved = "it works again."
issue_title = "{title}"
issue_body = "We work on {title}."
post = "We work on {title}. {issue}"
issue_closed = "Resolved: {public}"
post_resolved = "Resolved: {public} {issue}"
"""
TRIAL = read_handbook(TRIAL_TEXT)


def person(handle: str, *, slack: bool = True) -> Person:
    return Person(handle, handle.title(), f"{handle}@acme.example", f"U{handle.upper()}" if slack else "")


def roster(on_call: Sequence[str] = ("bob",), ops: Sequence[str] = ("alice", "bob")) -> Roster:
    people = {handle: person(handle) for handle in ("alice", "bob", "carol")}
    return Roster(people, {"ops": tuple(ops)}, tuple(on_call))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def declared(**changes: object) -> f.Declared:
    policy = tuple(f.PolicyStep(step.to, int(step.wait.total_seconds())) for step in TRIAL.policy)
    given: dict[str, object] = {
        "ref": "INC-1",
        "title": "Sign-in is broken",
        "kind": "service",
        "severity": "high",
        "handbook": TRIAL.hash,
        "abilities": ABILITIES,
        "policy": policy,
    }
    return f.Declared(**{**given, **changes})  # type: ignore[arg-type]


def report(id: str = "R1", *, outside: bool = True, via: str = "x") -> f.ReportReceived:
    return f.ReportReceived(id, "x", "sign-in is broken", "@jane", outside, via, f"token-{id}", "101")


@dataclass
class Story:
    """An incident in memory. `say` appends facts as they are; `act` takes a decision and lets Tocsin do what follows."""

    handbook: Handbook = TRIAL
    roster: Roster = field(default_factory=roster)
    facts: list[Fact] = field(default_factory=list)
    minute: float = 0

    @property
    def now(self) -> datetime:
        return at(self.minute)

    @property
    def incident(self) -> Incident:
        return fold(self.facts)

    def say(self, minute: float, *whats: What, by: str = "alice") -> Story:
        self.minute = minute
        n = len(self.facts)
        self.facts += [Fact(n + i, self.now, by, "slack", what) for i, what in enumerate(whats, 1)]
        return self

    def begin(self, minute: float = 0, **changes: object) -> Story:
        return self.say(minute, declared(**changes), report(), by="@jane").tocsin()

    def case(self) -> Case:
        return Case(self.incident, self.handbook, self.now)

    def tocsin(self) -> Story:
        """Let Tocsin do what is due, as an act would; fails if that never ends."""
        for _ in range(50):
            due = what_is_due(self.incident, self.handbook, self.roster, PLACES, self.now)
            if not due:
                return self
            self.say(self.minute, *due, by=f.TOCSIN)
        raise AssertionError("what is due never ends")

    def wait(self, minute: float) -> Story:
        self.minute = minute
        return self.tocsin()

    def wake(self) -> datetime | None:
        return wake_at(self.incident, self.handbook, ledger(self.incident, self.handbook, self.now), self.now)

    def ledger(self, minute: float | None = None) -> dict[str, Duty]:
        now = self.now if minute is None else at(minute)
        return {duty.id: duty for duty in ledger(self.incident, self.handbook, now)}

    def kinds(self) -> list[str]:
        return [fact.kind for fact in self.facts]


def step_by_step(facts: Sequence[Fact]) -> Incident:
    incident = fold(facts[:1])
    for fact in facts[1:]:
        incident = extend(incident, [fact])
    return incident
