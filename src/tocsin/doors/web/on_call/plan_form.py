"""A plan as a form: layers and rotations with numbered fields, which become the written plan that the act takes, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from tocsin.core.oncall.model import Layer, Plan, Rotation, Unit
from tocsin.core.oncall.written import MOST, written_plan
from tocsin.core.people import DAYS
from tocsin.doors.web.forms import Form
from tocsin.errors import TocsinError

PLACE: Final = re.compile(r"layers\[(\d+)\](?:\.rotations\[(\d+)\])?(?:\.(\w+))?")
NUMBERED: Final = re.compile(r"^(?:participants|restrict)\[(\d+)\]")
BUTTON: Final = re.compile(
    r"(add-layer|drop-layer|up|add-rotation|drop-rotation)(?:-(\d{1,2}))?(?:-(\d{1,2}))?"
)
SHOWN_AS: Final = {"every": "count"}
"""Where the message about a field of the written plan stands in the form."""
HEAD: Final = ("id", "name", "team", "zone", "since", "slack_group", "slack_channel")


@dataclass(frozen=True, slots=True)
class RotationForm:
    """A rotation as it is typed: `participants` and `restrict` a line each, several people of one turn with a plus between them."""

    id: str = "weekly"
    first_handoff: str = ""
    count: str = "1"
    unit: str = "weeks"
    weekdays: tuple[str, ...] = ()
    participants: str = ""
    restrict: str = ""
    until: str = ""
    offset: str = ""

    def written(self) -> dict[str, Any]:
        every = list(self.weekdays) if self.unit == Unit.WEEKDAYS else f"{self.count.strip()} {self.unit}"
        found: dict[str, Any] = {
            "id": self.id.strip(),
            "first_handoff": self.first_handoff.strip().replace("T", " "),
            "every": every,
            "participants": [_slot(line) for line in _lines(self.participants)],
        }
        if _lines(self.restrict):
            found["restrict"] = _lines(self.restrict)
        if self.until.strip():
            found["until"] = self.until.strip().replace("T", " ")
        if self.offset.isascii() and self.offset.isdecimal() and len(self.offset) < 6:
            # Whose turn comes first is kept as far as those who take turns are as many.
            found["offset"] = int(self.offset) % max(len(found["participants"]), 1)
        return found


@dataclass(frozen=True, slots=True)
class LayerForm:
    name: str = ""
    calendar: str = ""
    rotations: tuple[RotationForm, ...] = ()

    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "name": self.name.strip(),
            "rotations": [one.written() for one in self.rotations],
        }
        return {**found, "calendar": self.calendar.strip()} if self.calendar.strip() else found


@dataclass(frozen=True, slots=True)
class PlanForm:
    """All that the page asks for; `head` is what is said of the schedule beside its layers."""

    head: Mapping[str, str]
    layers: tuple[LayerForm, ...]
    drop_planned: bool = False

    def written(self) -> dict[str, Any]:
        return {"zone": self.head["zone"].strip(), "layers": [one.written() for one in self.layers]}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was refused, at the key of its field; "" is the form as a whole."""

    at: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """With what a new schedule's form begins."""

    zone: str
    today: date
    team: str = ""
    members: Sequence[str] = field(default_factory=tuple)

    def form(self) -> PlanForm:
        # The last one that is over, so that somebody is on call at once.
        monday = self.today - timedelta(days=self.today.weekday() or 7)
        first = datetime.combine(monday, time(9))
        weekly = RotationForm(first_handoff=_typed(first), participants="\n".join(self.members))
        head = dict.fromkeys(HEAD, "") | {"zone": self.zone, "team": self.team}
        return PlanForm(head, (LayerForm("base", "", (weekly,)),))


def form_of(plan: Plan, head: Mapping[str, str]) -> PlanForm:
    """The form with that plan in it."""
    layers = tuple(
        _layer(one, doc) for one, doc in zip(plan.layers, written_plan(plan)["layers"], strict=True)
    )
    return PlanForm({**dict.fromkeys(HEAD, ""), **head, "zone": plan.zone}, layers)


def typed_in(form: Form) -> PlanForm:
    """What was typed; fields that are missing end the list they are of."""
    layers = []
    for i in range(MOST["layers"]):
        if f"l{i}-name" not in form.values:
            break
        rotations = tuple(_rotations(form, i))
        layers.append(LayerForm(form.text(f"l{i}-name"), form.text(f"l{i}-calendar"), rotations))
    head = {name: form.text(name) for name in HEAD}
    return PlanForm(head, tuple(layers), bool(form.text("drop_planned")))


def pressed(plan: PlanForm, button: str, start: Start) -> PlanForm | None:
    """The form after a button that adds, takes out or moves a part of it; None for any other button."""
    found = BUTTON.fullmatch(button)
    if not found:
        return None
    what, i, j = found[1], int(found[2] or 0), int(found[3] or 0)
    layers = list(plan.layers)
    new = start.form().layers[0].rotations[0]
    if what == "add-layer" and len(layers) < MOST["layers"]:
        rotation = replace(new, id=_free(plan, "rotation"), participants="")
        layers.append(LayerForm(f"layer {len(layers) + 1}", "", (rotation,)))
    elif what == "drop-layer":
        del layers[i : i + 1]
    elif what == "up" and 0 <= i < len(layers) - 1:
        layers[i], layers[i + 1] = layers[i + 1], layers[i]
    elif what == "add-rotation" and i < len(layers):
        rotation = replace(new, id=_free(plan, "rotation"), participants="")
        layers[i] = replace(layers[i], rotations=(*layers[i].rotations, rotation))
    elif what == "drop-rotation" and i < len(layers):
        rest = tuple(one for n, one in enumerate(layers[i].rotations) if n != j)
        layers[i] = replace(layers[i], rotations=rest)
    return replace(plan, layers=tuple(layers))


def wrong_of(error: TocsinError) -> Wrong:
    """Where in the form the message belongs: the place in the written plan that it begins with, or its field."""
    found = PLACE.match(error.message)
    if not found:
        return Wrong(error.field if error.field in HEAD else "", error.message)
    name = found[3] or error.field or ""
    key = f"l{found[1]}" + (f"r{found[2]}" if found[2] is not None else "")
    words = error.message[found.end() :] if not found[3] else found[3] + error.message[found.end() :]
    words = NUMBERED.sub(lambda one: f"line {int(one[1]) + 1}", words.lstrip(":. ").replace("_", " "))
    return Wrong(f"{key}-{SHOWN_AS.get(name, name)}", words)


def _rotations(form: Form, i: int) -> Iterator[RotationForm]:
    for j in range(MOST["rotations"]):
        key = f"l{i}r{j}-"
        if f"{key}id" not in form.values:
            return
        names = ("id", "first_handoff", "count", "unit", "participants", "restrict", "until", "offset")
        texts = {name: form.text(key + name) for name in names}
        yield RotationForm(**texts, weekdays=form.all(f"{key}weekdays"))


def _layer(layer: Layer, doc: Mapping[str, Any]) -> LayerForm:
    docs = doc.get("rotations", ())
    rotations = tuple(_rotation(one, had) for one, had in zip(layer.rotations, docs, strict=True))
    return LayerForm(layer.name, layer.calendar, rotations)


def _rotation(one: Rotation, doc: Mapping[str, Any]) -> RotationForm:
    slots = (" + ".join(slot) if isinstance(slot, list) else slot for slot in doc["participants"])
    return RotationForm(
        one.id,
        _typed(one.first_handoff),
        str(one.every.count),
        one.every.unit.value,
        tuple(DAYS[day] for day in one.every.weekdays),
        "\n".join(slots),
        "\n".join(doc.get("restrict", ())),
        _typed(one.until) if one.until else "",
        str(one.offset),
    )


def _free(plan: PlanForm, name: str) -> str:
    taken = {one.id for layer in plan.layers for one in layer.rotations}
    return next(f"{name}-{n}" for n in range(1, 10_000) if f"{name}-{n}" not in taken)


def _slot(line: str) -> str | list[str]:
    names = [one.strip() for one in re.split(r"[+,]", line) if one.strip()]
    return names[0] if len(names) == 1 else names


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _typed(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"
