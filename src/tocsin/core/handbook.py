"""The handbook: the process as data. The same value runs the process, renders as the page that people read, and scores it.

It knows nothing of files: `handbook_text.py` reads and checks one. All spans are `timedelta`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.core.escalation.policy import PRIORITIES
from tocsin.core.intake import IntakeRule

PART = re.compile(r"\{(\w+)\}")
OWNER, ON_CALL, FIRST_AWARE, ASKED = "owner", "on_call", "first_aware", "asked"
OWERS = (OWNER, ON_CALL, FIRST_AWARE, ASKED)
ASK, REMIND, THREAD, PAGE, PAGE_NEXT = "ask", "remind", "thread", "page", "page_next"
CHASES = (REMIND, THREAD, PAGE, PAGE_NEXT)
ONCE, PER_REPORT, REGULAR, EACH = "incident", "report", "regular", "each"
ARISES_PER = (ONCE, PER_REPORT, REGULAR, EACH)
ACTIONS: Mapping[str, str] = {
    "open_thread": "Open the thread",
    "page": "Page who is on call",
    "answer_reporter": "Answer the reporter",
    "draft_public_words": "Draft the public words",
    "ask": "Ask in the thread",
    "close_issue": "Close the public issue",
    "answer_post": "Answer the post",
    "tell_reporter": "Tell the reporter how it ended",
}
"""What Tocsin can do for a duty, by itself or at one click."""
SENT = ("answer_reporter", "tell_reporter", "close_issue", "answer_post", "open_thread")
"""Those of them that are one thing to send."""
SENT_TO_ALL = ("close_issue", "answer_post")
"""Those of them that everybody can read."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of incident. `public` says whether outsiders may be told of it in public at all, `private` whether only its members
    may know of it. `texts` are the handbook's texts for which it has words of its own, each with the name of those."""

    id: str
    title: str
    example: str
    public: bool
    private: bool = False
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Severity:
    """`severe` ones ask for public words when they last. One that names `kinds` is for those alone."""

    id: str
    title: str
    help: str
    severe: bool
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the escalation: whom it reaches, and how long it waits for an acknowledgement. `kinds`: for those alone."""

    to: tuple[str, ...]
    wait: timedelta
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """An escalation policy by its name, for incidents of these kinds and severities, of which somebody of these teams knew first.

    Where nothing is named, all fit.
    """

    policy: str
    kinds: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()

    def fits(self, kind: str, severity: str, teams: Collection[str]) -> bool:
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.severities or severity in self.severities)
            and (not self.teams or any(team in self.teams for team in teams))
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step that people take and record, such as handing out a licence key: `fields` are asked for, `text` says how it is done.

    Duties name it as `step:ID`.
    """

    id: str
    title: str
    text: str
    fields: tuple[str, ...]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chase:
    """One step of what happens when a duty is late (`after` its due time; a negative span is ahead of it)."""

    after: timedelta
    do: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One MUST of the handbook.

    It arises with a fact of the kinds in `arises` (or when the incident has been severe for `after_severe`), at most once an
    incident, once per report, again after each such fact, or for each task, handover or follow-up (`per`); where it names
    `severities`, only while the incident is of one of them. It is discharged by a fact of `discharged_by`; a fact of
    `ends_with` ends it undone. `within` is per severity. `automatic` lists the sources for which Tocsin acts by itself
    ("*" is all of them); otherwise the action is offered as one click. After the last step of `late` that step is taken again
    `again_every` so often, as long as the incident is open: a duty is never forgotten in silence.
    """

    id: str
    title: str
    section: str
    text: str
    arises: tuple[str, ...]
    after_severe: timedelta | None
    per: str
    kinds: tuple[str, ...]
    outside_only: bool
    after_fact: str
    needs: tuple[str, ...]
    owes: str
    within: Mapping[str, timedelta]
    due_from: str
    discharged_by: tuple[str, ...]
    ends_with: tuple[str, ...]
    does: str
    automatic: tuple[str, ...]
    late: tuple[Chase, ...]
    again_every: timedelta | None
    waivable: bool
    by_hand: bool
    severities: tuple[str, ...] = ()

    def is_automatic(self, source: str = "") -> bool:
        return "*" in self.automatic or source in self.automatic


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the page that people read, with its words; its duties follow them."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class BuildWatch:
    """When the builds of the main branch open an incident: so many `failures` in a row. `ignores` are events that do not count.

    A build that has not ended `unfinished_after` its start counts as a time-out until it ends (None: never). `severity` is the one it
    opens at; "" is the worst. Where nothing has built what came onto the branch `no_builds_after` that, those on call are told (None: never).
    """

    kind: str
    failures: int = 3
    ignores: tuple[str, ...] = ("schedule",)
    counts_time_outs: bool = True
    unfinished_after: timedelta | None = None
    no_builds_after: timedelta | None = None
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who has to say yes before a procedure is carried out: so many `persons` of those (`owner`, `on-call`, `anyone`, `team:NAME`,
    `person:HANDLE`). `asker_counts`: whoever asked for the plan may be one of them. `automatic`: what Tocsin has planned by itself,
    since the operators declare that it may, needs nobody's yes; for what people plan that changes nothing."""

    procedure: str
    by: tuple[str, ...] = ("owner", "on-call")
    persons: int = 1
    asker_counts: bool = True
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Handbook:
    """A whole handbook. `hash` names its text; `severities` run from the worst to the mildest.

    `intake` says which messages of a stream open an incident; without such rules all do. `inbox_within` is how long one may wait
    for a look (None: none waits). Without `builds` none is watched. `named` are the escalation policies that incidents go by where they
    fit; the steps in `policy` are for the rest.
    """

    hash: str
    name: str
    version: str
    title: str
    intro: str
    organisation: str
    kinds: tuple[Kind, ...]
    severities: tuple[Severity, ...]
    policy: tuple[Step, ...]
    rules: tuple[Rule, ...]
    texts: Mapping[str, str]
    sections: tuple[Section, ...]
    steps: tuple[Recorded, ...] = ()
    intake: tuple[IntakeRule, ...] = ()
    inbox_within: timedelta | None = None
    builds: BuildWatch | None = None
    approvals: tuple[Approval, ...] = ()
    named: tuple[Named, ...] = ()

    @property
    def worst(self) -> Severity:
        return self.severities[0]

    def severities_of(self, kind: str) -> tuple[Severity, ...]:
        """The severities that an incident of this kind can have, from the worst: its own, else those that are nobody's own."""
        return severities_of(self.severities, kind)

    def policy_of(self, kind: str) -> tuple[Step, ...]:
        """The escalation of this kind: its own steps, else those that are nobody's own."""
        own = tuple(step for step in self.policy if kind in step.kinds)
        return own or tuple(step for step in self.policy if not step.kinds)

    def policy_named(self, kind: str, severity: str, teams: Collection[str] = ()) -> str:
        """The name of the policy that such an incident goes by, the first that fits; "" where it goes by the handbook's own steps.

        Steps of the kind's own go before a policy that is for every kind.
        """
        has_own = any(kind in step.kinds for step in self.policy)
        fitting = (one for one in self.named if one.fits(kind, severity, teams))
        return next((one.policy for one in fitting if one.kinds or not has_own), "")

    def steps_of(self, kind: str) -> tuple[Recorded, ...]:
        """What people record in incidents of this kind."""
        return tuple(step for step in self.steps if not step.kinds or kind in step.kinds)

    def step(self, id: str) -> Recorded | None:
        return next((step for step in self.steps if step.id == id), None)

    def kind(self, id: str) -> Kind | None:
        return next((kind for kind in self.kinds if kind.id == id), None)

    def severity(self, id: str) -> Severity:
        """The severity of that name; an unknown one is treated as the worst."""
        return next((severity for severity in self.severities if severity.id == id), self.worst)

    def rank(self, severity: str) -> int:
        """How far from the worst it is among those of its kinds: 0 is the worst, and so is an unknown one."""
        known = self.severity(severity)
        return [one.id for one in self.severities if one.kinds == known.kinds].index(known.id)

    def priority(self, severity: str) -> str:
        """How bad that is on the scale of alerts: P1 is the worst severity, and so on to P5."""
        return PRIORITIES[min(self.rank(severity), len(PRIORITIES) - 1)]

    def is_lower(self, new: str, old: str) -> bool:
        order = [severity.id for severity in self.severities]
        return order.index(self.severity(new).id) > order.index(self.severity(old).id)

    def approval(self, procedure: str) -> Approval:
        """Who has to say yes to that procedure; of one that is not named, the owner or who is on call."""
        return next((one for one in self.approvals if one.procedure == procedure), Approval(procedure))

    def rule(self, id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == id), None)

    def within(self, rule: Rule, severity: str) -> timedelta:
        """How long the duty may take at this severity; one that the rule does not name gets the shortest time."""
        return rule.within.get(severity) or rule.within.get("*") or min(rule.within.values())

    def words(self, name: str, of_kind: str, **parts: str) -> str:
        """The text of that name, or the kind's own in its place, with its `{part}`s filled in.

        Braces within what is filled in stay as they are.
        """
        kind = self.kind(of_kind)
        name = dict(kind.texts).get(name, name) if kind else name
        return PART.sub(lambda found: parts.get(found[1], found[0]), self.texts[name])


def severities_of(severities: tuple[Severity, ...], kind: str) -> tuple[Severity, ...]:
    """Those of them that an incident of this kind can have: its own, else those that are nobody's own."""
    own = tuple(one for one in severities if kind in one.kinds)
    return own or tuple(one for one in severities if not one.kinds) or severities
