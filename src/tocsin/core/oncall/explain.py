"""Why somebody is on call at an instant, or nobody is: in words that name the layer, the rotation, the turn, the override."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.core.oncall.calculator import next_change, on_call, shadows_at, shifts_at
from tocsin.core.oncall.layers import Away, plan_pieces
from tocsin.core.oncall.model import Because, Change, Layer, Override, Plan, Rotation, Schedule, Shift
from tocsin.core.oncall.overrides import instead, last_first
from tocsin.core.oncall.pieces import Piece
from tocsin.core.oncall.restrictions import open_spans
from tocsin.core.oncall.turns import turn_number
from tocsin.core.oncall.wall import END, Wall, later, utc, wall

Names = Mapping[str, str]
MOMENT = END.resolution


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who is on call at `at`, by which shifts (whole), until when that holds (None: for good), and the reasons, a sentence each."""

    at: datetime
    people: tuple[str, ...]
    shifts: tuple[Shift, ...]
    until: datetime | None
    words: tuple[str, ...]


def explain(schedule: Schedule, at: datetime, names: Names) -> Explanation:
    """Why who is on call. `names` are the people's by their handles; times are told by the schedule's clock."""
    at = min(utc(at), later(END, -MOMENT))
    words = _Words(schedule.plan_at(at), at, names)
    found = tuple(shifts_at(schedule, at))
    people = on_call(schedule, at)
    said = [*words.of_shifts(found, schedule.overrides)]
    if not people:
        said.append(f"Nobody is on call in {schedule.name or schedule.id} at {words.time(at)}.")
    said += words.of_overrides(schedule, found)
    said += words.of_layers(schedule)
    said += words.of_shadows(schedule)
    return Explanation(at, people, found, next_change(schedule, at), tuple(said))


class _Words:
    """The sentences about one instant of a plan."""

    def __init__(self, plan: Plan, at: datetime, names: Names) -> None:
        self._plan, self._at, self._names = plan, at, names
        self._clock: Wall = wall(plan.zone)

    def time(self, at: datetime) -> str:
        reading = self._clock.reading(at)
        return f"{reading:%a} {reading.day} {reading:%b %Y %H:%M}"

    def people(self, handles: Iterable[str]) -> str:
        named = [self._names.get(handle, handle) for handle in handles]
        return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]])) or "nobody"

    def of_shifts(self, found: Iterable[Shift], overrides: Iterable[Override]) -> Iterator[str]:
        by_id = {one.id: one for one in overrides}
        for one in found:
            until = f"{self.people([one.person])} is on call until {self.time(one.end)} ({self._plan.zone})"
            yield f"{until}: {self._reason(one.because, by_id)}."

    def _reason(self, why: Because, overrides: Mapping[int, Override]) -> str:
        if why.override and why.override in overrides:
            return self._of_override(overrides[why.override])
        if why.rotation:
            turn = f"turn {why.turn + 1} of rotation {why.rotation} ({_layer(why.layer)}), which began {self.time(why.turn_at)}"
            if not why.stands_in_for:
                return turn
            away = self.people(why.stands_in_for)
            are = "is" if len(why.stands_in_for) == 1 else "are"
            return f"in the place of {away}, who {are} away and whose turn it is: {turn}"
        return f"an event of the calendar of {_layer(why.layer)}, which began {self.time(why.turn_at)}"

    def _of_override(self, one: Override) -> str:
        what = {
            Change.TAKE: "the whole schedule was taken over"
            if one.people
            else "the schedule was given to nobody",
            Change.REPLACE: f"in the place of {self.people([one.instead_of])}",
            Change.ADD: "added to those on call",
            Change.REMOVE: f"{self.people([one.instead_of])} was taken off",
        }[one.change]
        by = f" by {self.people([one.made_by])}" if one.made_by else ""
        reason = f", for the reason: {one.reason}" if one.reason else ""
        return f"{what} from {self.time(one.start)} to {self.time(one.end)}, override {one.id}{by}{reason}"

    def of_overrides(self, schedule: Schedule, found: Iterable[Shift]) -> Iterator[str]:
        """Of those that hold but put nobody on call: what they do, or why they do nothing."""
        active = last_first(one for one in schedule.overrides if one.start <= self._at < one.end)
        seen = {one.because.override for one in found}
        taken = next((one for one in active if one.change is Change.TAKE), None)
        base = {person for _, _, who in self._base(schedule) for person, _ in who}
        by = {one.person: one.because.override for one in found if one.because.override}
        away = Away(schedule.absences, self._clock, self._at, self._at + MOMENT)
        wins = instead(active)
        for one in active:
            if one.id in seen:
                if one.change is Change.REPLACE and away.has(one.instead_of):
                    yield f"{self.people([one.instead_of])} is away, which ends no replacement: override {one.id} holds."
                continue
            told = self._of_override(one)
            if one is taken or (one.change is Change.REMOVE and not taken and self._acts(one, wins, base)):
                yield f"{_upper(told)}."
            elif one.change is Change.TAKE and taken:
                yield f"Override {one.id} does nothing now: override {taken.id} was made later."
            elif taken:
                yield f"Override {one.id} does nothing now: override {taken.id} takes the whole schedule."
            elif one.instead_of and one.instead_of not in base:
                yield f"Override {one.id} does nothing now: {self._not_there(one.instead_of, by)}."
            elif one.instead_of and wins.get(one.instead_of) is not one:
                yield f"Override {one.id} does nothing now: override {wins[one.instead_of].id} was made later."

    def _not_there(self, person: str, by: Mapping[str, int]) -> str:
        """Why nobody can stand in for a person whom the plan does not put on call."""
        if person in by:
            return f"{self.people([person])} is on call only by override {by[person]}, and overrides do not act on each other"
        return f"{self.people([person])} is not on call without it"

    @staticmethod
    def _acts(one: Override, wins: Mapping[str, Override], base: set[str]) -> bool:
        return one.instead_of in base and wins[one.instead_of] is one

    def _base(self, schedule: Schedule) -> list[Piece]:
        return self._alone(self._plan, schedule)

    def _alone(self, plan: Plan, schedule: Schedule) -> list[Piece]:
        return plan_pieces(plan, schedule.absences, self._at, self._at + MOMENT, schedule.overrides)

    def of_layers(self, schedule: Schedule) -> Iterator[str]:
        """Each layer from the top: whom it has, whether that shows, or why it has nobody."""
        above = ""
        for layer in reversed(self._plan.layers):
            alone = self._alone(Plan(self._plan.zone, (layer,)), schedule)
            here = self.people(dict.fromkeys(person for _, _, who in alone for person, _ in who))
            if not alone:
                yield f"{_upper(_layer(layer.name))} has nobody: {self._why_nobody(layer, schedule)}."
            elif above:
                yield f"{_upper(_layer(layer.name))} has {here}, but {_layer(above)} is above it."
            else:
                above = layer.name
                yield f"{_upper(_layer(layer.name))} has {here}, and is the highest that has somebody."

    def _why_nobody(self, layer: Layer, schedule: Schedule) -> str:
        away = Away(schedule.absences, self._clock, self._at, self._at + MOMENT, schedule.overrides)
        reasons = [self._why_not(one, away) for one in layer.rotations]
        if layer.calendar:
            reasons.append(f"the calendar {layer.calendar} has no event now of anybody who is there")
        return "; ".join(reasons) or "it has no rotation"

    def _why_not(self, one: Rotation, away: Away) -> str:
        turn = turn_number(one, self._clock, self._at)
        if turn is None:
            if self._at < self._clock.instant(one.first_handoff):
                first = self._clock.instant(one.first_handoff)
                return f"rotation {one.id} begins only {self.time(first)}"
            return f"rotation {one.id} has ended"
        slot = one.participants[(one.offset + turn) % len(one.participants)]
        if not slot.people:
            return f"it is the turn of {' and '.join(slot.written)} in rotation {one.id}"
        if one.restrictions and not open_spans(one.restrictions, self._clock, self._at, self._at + MOMENT):
            times = ", ".join(restriction.written for restriction in one.restrictions)
            return f"rotation {one.id}, in which it is the turn of {self.people(slot.people)}, counts only {times}"
        return f"everybody of rotation {one.id} is away"

    def of_shadows(self, schedule: Schedule) -> Iterator[str]:
        for one in shadows_at(schedule, self._at):
            of = self.people([one.of]) if one.of else "whoever is on call"
            yield f"{self.people([one.person])} shadows {of} until {self.time(one.end)}."


def _layer(name: str) -> str:
    """`layer night`; of one without a name of its own, `layer 2`."""
    return name if name.startswith("layer ") else f"layer {name}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
