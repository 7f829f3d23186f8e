"""A policy as a form: steps with numbered fields, which become the written policy that the act takes, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tocsin.core.escalation.policy import NOT_ACKNOWLEDGED, ONE, Policy
from tocsin.core.escalation.written import MOST_STEPS, written_policy
from tocsin.core.spans import span_written
from tocsin.doors.web.forms import Form
from tocsin.doors.web.on_call.plan_form import Wrong
from tocsin.errors import TocsinError

PLACE: Final = re.compile(r"steps\[(\d+)\](?:\.([a-z]+))?(?:\[(\d+)\])?")
LISTED: Final = re.compile(r"(last_resort|priorities)\[(\d+)\]")
BUTTON: Final = re.compile(r"(add-step|drop-step|up)(?:-(\d{1,2}))?")
OF_STEP: Final = ("to", "after", "when", "between", "zone")
HEAD: Final = (
    "id", "name", "team", "repeat", "again_after", "acknowledged_by", "forgotten_after", "last_resort",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step as it is typed: `to` and `between` a line each."""

    to: str = ""
    after: str = ""
    when: str = NOT_ACKNOWLEDGED
    between: str = ""
    zone: str = ""
    priorities: tuple[str, ...] = ()
    turn: bool = False

    @property
    def has_more(self) -> bool:
        """Whether it says what most steps don't."""
        return bool(self.when != NOT_ACKNOWLEDGED or self.between or self.priorities or self.turn)

    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = {"to": _lines(self.to)}
        if self.after.strip():
            found["after"] = _span(self.after)
        if self.when:
            found["when"] = self.when
        if _lines(self.between):
            found |= {"between": _lines(self.between), "zone": self.zone.strip()}
        if self.priorities:
            found["priorities"] = list(self.priorities)
        return {**found, "turn": True} if self.turn else found


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """All that the page asks for; `head` is what is said beside its steps."""

    head: Mapping[str, str]
    steps: tuple[StepForm, ...]

    def written(self) -> dict[str, Any]:
        head = {name: text.strip() for name, text in self.head.items()}
        found: dict[str, Any] = {"id": head["id"], "steps": [one.written() for one in self.steps]}
        for name in ("name", "team", "acknowledged_by"):
            if head[name]:
                found[name] = head[name]
        for name in ("again_after", "forgotten_after"):
            if head[name]:
                found[name] = _span(head[name])
        if head["repeat"]:
            repeat = head["repeat"]
            found["repeat"] = int(repeat) if repeat.isascii() and repeat.isdecimal() else repeat
        if _lines(head["last_resort"]):
            found["last_resort"] = _lines(head["last_resort"])
        return found


def new_form(zone: str, team: str) -> PolicyForm:
    """With what a new policy begins: who is on call, then their team."""
    steps = (StepForm("on-call", zone=zone), StepForm(f"team:{team}" if team else "", "5m", zone=zone))
    return PolicyForm({**dict.fromkeys(HEAD, ""), "team": team, "acknowledged_by": ONE}, steps)


def form_of(one: Policy, zone: str) -> PolicyForm:
    """The form with that policy in it; `zone` stands where a step that is for all times names none."""
    doc = written_policy(one)
    head = {name: str(doc.get(name, "")) for name in HEAD}
    head["again_after"] = span_written(one.again_after)
    head["acknowledged_by"] = one.acknowledged_by
    head["last_resort"] = "\n".join(doc.get("last_resort", ()))
    return PolicyForm(head, tuple(_step(step, zone) for step in doc["steps"]))


def typed_in(form: Form) -> PolicyForm:
    """What was typed; the first step that is missing ends the list."""
    return PolicyForm({name: form.text(name) for name in HEAD}, tuple(_typed(form)))


def pressed(policy: PolicyForm, button: str, zone: str) -> PolicyForm | None:
    """The form after a button that adds, takes out or moves a step; None for any other button."""
    found = BUTTON.fullmatch(button)
    if not found:
        return None
    what, i, steps = found[1], int(found[2] or 0), list(policy.steps)
    if what == "add-step" and len(steps) < MOST_STEPS:
        steps.append(StepForm(after="5m", zone=zone))
    elif what == "drop-step":
        del steps[i : i + 1]
    elif what == "up" and 0 < i < len(steps):
        steps[i - 1], steps[i] = steps[i], steps[i - 1]
    return replace(policy, steps=tuple(steps))


def wrong_of(error: TocsinError) -> Wrong:
    """Where in the form the message belongs: the place in the written policy that it begins with, or its field."""
    found = PLACE.match(error.message)
    if found:
        key = f"s{found[1]}-{found[2] or error.field or 'to'}"
        line = f"line {int(found[3]) + 1}" if found[3] else (found[2] or f"step {int(found[1]) + 1}")
        return Wrong(key, f"{line} {error.message[found.end() :].lstrip(':. ')}")
    listed = LISTED.match(error.message)
    if listed:
        words = f"line {int(listed[2]) + 1} {error.message[listed.end() :].lstrip(': ')}"
        return Wrong(listed[1], words)
    return Wrong(error.field if error.field in HEAD else "", error.message)


def _typed(form: Form) -> Iterator[StepForm]:
    for i in range(MOST_STEPS):
        key = f"s{i}-"
        if f"{key}to" not in form.values:
            return
        texts = {name: form.text(key + name) for name in OF_STEP}
        yield StepForm(
            **texts, priorities=form.all(f"{key}priorities"), turn=form.text(f"{key}turn") == "yes"
        )


def _step(doc: Mapping[str, Any], zone: str) -> StepForm:
    return StepForm(
        "\n".join(doc["to"]),
        doc.get("after", ""),
        doc.get("when", NOT_ACKNOWLEDGED),
        "\n".join(doc.get("between", ())),
        doc.get("zone", zone),
        tuple(doc.get("priorities", ())),
        bool(doc.get("turn")),
    )


def _span(text: str) -> str:
    """`10 min` is typed as often as `10m`."""
    return re.sub(r"^(\d+) ?(s|m|h|d)\w*$", r"\1\2", text.strip().lower()) or text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
