"""The parts that messages are made of: a text with neutral marks, the clicks it offers, and the scene that it tells of.

`{@handle}` stands for a mention of a person; `*…*` is bold, `>` at a line's start a quotation. Integrations translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.core import facts as f
from tocsin.core.duties import Duty
from tocsin.core.facts import Fact
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.places import Places


@dataclass(frozen=True, slots=True)
class Offer:
    """A click: `act` is what it does, `about` the duty or report that it is for."""

    act: str
    label: str
    about: str = ""
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """`loud` ones concern everyone in the channel, not only those who follow the thread. One that is `alone` is not said together with
    others of the same moment: it is rewritten later."""

    text: str
    offers: tuple[Offer, ...] = ()
    loud: bool = False
    alone: bool = False


ROLL_BACK = Offer("plan_procedure", "Roll back …")
OWN = Offer("own", "I'm on it", is_main=True)
ACK = Offer("ack", "Acknowledge only")
ESCALATE = Offer("escalate", "Escalate")
NEXT = Offer("next", "State next steps", is_main=True)
UPDATE = Offer("update", "Post an update", is_main=True)
RERUN = Offer("rerun_build", "Run it again")
RESOLVE = Offer("resolve", "Resolve …")
DISMISS = Offer("dismiss", "It is none …")
PUBLIC = (Offer("approve_public", "Approve both", is_main=True), Offer("edit_public", "Edit …"))
SEVERITY = Offer("severity", "Severity …")
DELEGATE = Offer("delegate", "Delegate …")
HAND_OVER = Offer("hand_over", "Hand over …")
LOG = Offer("log", "Write the ops log …", is_main=True)
FOLLOW_UP = (
    Offer("follow_up", "File a follow-up …", is_main=True),
    Offer("no_follow_ups", "Nothing follows …"),
)
RETROSPECTIVE = (
    Offer("retrospective", "Schedule it …", is_main=True),
    Offer("no_retrospective", "Not worth one …"),
)
PUBLIC_UPDATE = Offer("public_update", "Tell the public …")


def mention(handle: str) -> str:
    return "{@" + handle + "}"


def mentions(handles: tuple[str, ...]) -> str:
    return ", ".join(mention(handle) for handle in handles) or "nobody"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def unmarked(text: str) -> str:
    """Words of others, in which nothing is taken for a mention of ours."""
    return text.replace("{@", "{ @")


def clock(at: datetime) -> str:
    return at.strftime("%H:%M UTC")


@dataclass(frozen=True, slots=True)
class Scene:
    """A fact, and the incident that it happened in, with its duties by their ids."""

    fact: Fact
    incident: Incident
    handbook: Handbook
    places: Places
    duties: Mapping[str, Duty]

    @property
    def who(self) -> str:
        return mention(self.fact.by) if self.fact.by != f.TOCSIN else "Tocsin"


SOURCES = {
    "x": "X",
    "slack": "Slack",
    "github": "GitHub",
    "buildkite": "Buildkite",
    "email": "e-mail",
    "opsgenie": "Opsgenie",
    "pagerduty": "PagerDuty",
    "form": "the form",
    "web": "the web",
    "api": "the API",
    "cli": "the command line",
}


def source_label(source: str) -> str:
    """How people call the place that a report came from."""
    return SOURCES.get(source, source)
