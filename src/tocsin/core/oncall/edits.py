"""Changes of a schedule's plan from an instant on. The past stays, and the turns go on as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher

from tocsin.core.oncall.model import TEAM, Layer, Participant, Plan, Rotation, Schedule, Version
from tocsin.core.oncall.turns import turn_number
from tocsin.core.oncall.wall import wall


def with_plan(schedule: Schedule, plan: Plan, since: datetime) -> Schedule:
    """The schedule with `plan` from `since` on, in the place of whatever was to hold from then on.

    Whose turn it is stays so, as `keeping_turns` says.
    """
    kept = keeping_turns(schedule.plan_at(since), plan, since)
    earlier = tuple(version for version in schedule.versions if version.since < since)
    return replace(schedule, versions=(*earlier, Version(since, kept, _next_number(schedule))))


def without_person(schedule: Schedule, handle: str, since: datetime) -> Schedule:
    """The schedule with that person in none of its rotations and events from `since` on; plans that hold only later are changed as well.

    Whoever else is on call stays so to the end of the turn, and the order goes on. In the middle of their own turn the next in the order
    takes it over. A rotation of them alone goes. Overrides are left as they are.
    """
    return _from(schedule, since, lambda plan, at: _plan_without(plan, handle, at))


def with_team(
    schedule: Schedule,
    team: str,
    members: Sequence[str],
    since: datetime,
    others: Mapping[str, Sequence[str]] | None = None,
) -> Schedule:
    """The schedule with those members of the team from `since` on.

    `others` are the members of the other teams: they are asked for where one turn is that of several teams.
    """
    teams = {**(others or {}), team: members}
    return _from(schedule, since, lambda plan, _: _plan_with_team(plan, team, teams))


def keeping_turns(before: Plan, after: Plan, since: datetime) -> Plan:
    """`after`, its rotations so set off that whose turn it is by `before` keeps it, and the order goes on.

    So it is with each rotation that both have, has begun in both (or in neither) by `since`, and names those whom both name in the same
    order. It stays as it is written where its `offset` says something else: neither what it was, nor 0.
    """
    old = {rotation.id: rotation for layer in before.layers for rotation in layer.rotations}

    def kept(new: Rotation) -> Rotation:
        was = old.get(new.id)
        if was is None or new.offset not in (0, was.offset):
            return new
        goes_to = _places(was.participants, new.participants)
        return _going_on(was, before.zone, new, after.zone, goes_to, since) if goes_to else new

    return _each_rotation(after, lambda rotation: [kept(rotation)])


def _going_on(
    was: Rotation, zone: str, new: Rotation, new_zone: str, goes_to: Mapping[int, int], since: datetime
) -> Rotation:
    """`new` set off so that it is the turn of the same participant as in `was`, or of the next one that stayed."""
    turn, new_turn = turn_number(was, wall(zone), since), turn_number(new, wall(new_zone), since)
    if (turn is None) != (new_turn is None):
        return new
    many = len(was.participants)
    slots = ((was.offset + (turn or 0) + further) % many for further in range(many))
    here = next((goes_to[slot] for slot in slots if slot in goes_to), None)
    return new if here is None else replace(new, offset=(here - (new_turn or 0)) % len(new.participants))


def _places(before: Sequence[Participant], after: Sequence[Participant]) -> dict[int, int]:
    """Where each participant of `before` stands in `after`; empty where those who are in both have changed their order.

    Somebody in the place of somebody else stands there.
    """
    old, new = [one.written for one in before], [one.written for one in after]
    found: dict[int, int] = {}
    same = 0
    for what, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal" or (what == "replace" and i_end - i == j_end - j):
            found.update(zip(range(i, i_end), range(j, j_end), strict=True))
        if what == "equal":
            same += i_end - i
    in_both = sum(min(old.count(one), new.count(one)) for one in set(old))
    return found if same == in_both > 0 else {}


def _from(schedule: Schedule, since: datetime, change: Callable[[Plan, datetime], Plan]) -> Schedule:
    """The schedule with its plans changed from `since` on."""
    return replace(schedule, versions=tuple(_changed(schedule, since, change)))


def _changed(
    schedule: Schedule, since: datetime, change: Callable[[Plan, datetime], Plan]
) -> Iterator[Version]:
    nexts = (*(version.since for version in schedule.versions[1:]), None)
    for version, until in zip(schedule.versions, nexts, strict=True):
        if until is not None and until <= since:
            yield version
        elif version.since >= since:
            yield replace(version, plan=change(version.plan, version.since))
        else:
            yield version
            plan = change(version.plan, since)
            if plan != version.plan:
                yield Version(since, plan, _next_number(schedule))


def _next_number(schedule: Schedule) -> int:
    return max((version.number for version in schedule.versions), default=0) + 1


def _plan_without(plan: Plan, handle: str, since: datetime) -> Plan:
    plan = _each_rotation(plan, lambda rotation: _rotation_without(rotation, plan.zone, handle, since))
    return replace(plan, layers=tuple(_events_without(layer, handle) for layer in plan.layers))


def _rotation_without(rotation: Rotation, zone: str, handle: str, since: datetime) -> list[Rotation]:
    left: list[Participant] = []
    goes_to: dict[int, int] = {}
    for slot, one in enumerate(rotation.participants):
        written = tuple(name for name in one.written if name != handle)
        if written:
            goes_to[slot] = len(left)
            left.append(Participant(written, tuple(person for person in one.people if person != handle)))
    if not left:
        return []
    new = replace(rotation, participants=tuple(left), offset=0)
    return [_going_on(rotation, zone, new, zone, goes_to, since)]


def _events_without(layer: Layer, handle: str) -> Layer:
    events = (replace(one, people=tuple(p for p in one.people if p != handle)) for one in layer.booked)
    return replace(layer, booked=tuple(one for one in events if one.people))


def _plan_with_team(plan: Plan, team: str, teams: Mapping[str, Sequence[str]]) -> Plan:
    def changed(rotation: Rotation) -> list[Rotation]:
        participants = tuple(_with_members(one, team, teams) for one in rotation.participants)
        return [replace(rotation, participants=participants)]

    return _each_rotation(plan, changed)


def _with_members(one: Participant, team: str, teams: Mapping[str, Sequence[str]]) -> Participant:
    if TEAM + team not in one.written:
        return one
    people: list[str] = []
    for name in one.written:
        if not name.startswith(TEAM):
            people += [name] if name in one.people else []
        else:
            # Of a team that nobody told of, whoever is there stays.
            people += teams.get(name.removeprefix(TEAM), one.people)
    return Participant(one.written, tuple(dict.fromkeys(people)))


def _each_rotation(plan: Plan, change: Callable[[Rotation], list[Rotation]]) -> Plan:
    """The plan with what `change` gives in the place of each rotation."""
    return replace(
        plan,
        layers=tuple(
            replace(layer, rotations=tuple(new for one in layer.rotations for new in change(one)))
            for layer in plan.layers
        ),
    )
