"""Plans what it takes to have the house say what the documents say. Nothing is written here.

1. People, 2. teams, 3. calendars, 4. schedules, 5. policies: each with those before it as they will be. All that is wrong is told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tocsin.acts.configuration import documents
from tocsin.acts.configuration.documents import HEAD, Doc, Documents
from tocsin.acts.configuration.draft import (
    CALENDAR,
    CREATE,
    DELETE,
    LEFT,
    PERSON,
    SCHEDULE,
    TEAM_,
    UNCHANGED,
    UPDATE,
    Draft,
    Step,
    step_of,
)
from tocsin.acts.configuration.planning_people import plan_people
from tocsin.acts.configuration.planning_policies import plan_policies
from tocsin.acts.configuration.planning_teams import plan_teams
from tocsin.acts.oncall.calendars import check_name, check_url, whole_url
from tocsin.acts.oncall.leaving import without
from tocsin.acts.oncall.schedules import Edit, Head, edited, ended
from tocsin.acts.oncall.writing import Desk, handles_of
from tocsin.core.oncall.differences import field_differences, plan_differences
from tocsin.core.oncall.edits import with_team
from tocsin.core.oncall.model import TEAM, Schedule
from tocsin.core.oncall.named import people_in, teams_in
from tocsin.core.oncall.written import Known, written_plan
from tocsin.errors import Invalid, TocsinError
from tocsin.settings import zone_of
from tocsin.store import calendars as calendar_rows
from tocsin.store import oncall as rows
from tocsin.store import people as people_rows
from tocsin.store.calendars import DAYS_OFF, SHIFTS, CalendarRow
from tocsin.store.oncall import Kept
from tocsin.store.people import Directory

AT_ONCE: Final = 100
"""How many schedules are planned before the event loop gets its turn."""


async def draft_of(desk: Desk, wanted: Documents, *, prune: bool, drop_planned: bool, private: bool) -> Draft:
    """What would be done; with `private` its words tell how people are reached. Invalid, with all that is wrong, where the documents say something that can't be."""
    draft = Draft(desk.known, desk.known)
    plan_people(desk, draft, wanted.people, prune, private)
    plan_teams(draft, wanted.teams, prune, desk.house.abilities)
    await _calendars(desk, draft, wanted.calendars, prune)
    await _schedules(desk, draft, wanted.schedules, prune=prune, drop_planned=drop_planned)
    plan_policies(desk, draft, wanted.policies, prune)
    _no_team_is_missed(draft)
    if draft.problems:
        lines = [f"{place}: {message}" for place, message in draft.problems]
        raise Invalid("; ".join(lines), field=draft.problems[0][0], places=draft.problems)
    return draft


async def still_here(desk: Desk) -> None:
    """Let others have their turn, and let the database see that this transaction is not forgotten: it ends one that is idle."""
    await people_rows.version(desk.conn)


async def _calendars(desk: Desk, draft: Draft, docs: Mapping[str, Doc] | None, prune: bool) -> None:
    there = {one.name: one for one in await calendar_rows.every(desk.conn)}
    draft.calendars = dict(there)
    for name, doc in (docs or {}).items():
        try:
            new = draft.calendars[name] = _calendar(draft.after, name, there.get(name), doc)
        except TocsinError as why:
            draft.wrong(CALENDAR, name, why)
            continue
        old = there.get(name)
        moves = old is None or old.url != new.url
        # Whoever gave another address knows that one; the old one is for admins.
        before = documents.calendar_doc(old, desk.by.is_admin) if old else {}
        after = documents.calendar_doc(new, desk.by.is_admin or moves)
        words = field_differences(before, after, ("kind", "url", "zone", "who"))
        if new.read_at is None and not new.url:
            words.append("has no address: it is empty until a file is imported into it")
        draft.steps.append(step_of(CALENDAR, name, old and before, after, tuple(words)))
    needed = {name for kept in desk.known.kept.values() for name in _calendars_of(kept.schedule)}
    for name in there if docs is not None else ():
        if name not in (docs or {}):
            may_go = prune and name not in needed
            kept_by = ("a schedule names it, or did: its past needs it",) if prune and name in needed else ()
            draft.steps.append(Step(CALENDAR, name, DELETE if may_go else LEFT, kept_by))
            if may_go:
                del draft.calendars[name]
    draft.events = await rows.events_of(desk.conn, sorted(draft.calendars), desk.known.horizon)


def _calendar(after: Directory, name: str, old: CalendarRow | None, doc: Doc) -> CalendarRow:
    check_name(name)
    kind, zone, url = (str(doc.get(one, "") or "") for one in ("kind", "zone", "url"))
    kind = kind or (old.kind if old else SHIFTS)
    if kind not in (SHIFTS, DAYS_OFF):
        raise Invalid(f"kind is {kind!r}: write {SHIFTS} or {DAYS_OFF}", field="kind")
    if old and kind != old.kind:
        raise Invalid(f"it is one of {old.kind}: take another name for one of {kind}", field="kind")
    who = tuple(doc["who"]) if "who" in doc else (old.who if old else ())
    if kind == SHIFTS and who:
        raise Invalid(f"who is of use with kind: {DAYS_OFF} only", field="who")
    if kind == DAYS_OFF and not handles_of(after, who, "who"):
        raise Invalid("who is empty: say whose days off these are", field="who")
    if "url" not in doc and old:
        url = old.url
    url = whole_url(url, old)
    check_url(url)
    zone = zone or (old.zone if old else "UTC")
    zone_of(zone)
    base = old or CalendarRow(name, kind, zone, url, 0, None, "", 0, who)
    return replace(base, zone=zone, url=url, who=who)


def _calendars_of(schedule: Schedule) -> Iterator[str]:
    for version in schedule.versions:
        yield from (layer.calendar for layer in version.plan.layers if layer.calendar)


async def _schedules(
    desk: Desk, draft: Draft, docs: Mapping[str, Doc] | None, *, prune: bool, drop_planned: bool
) -> None:
    then = replace(desk, known=draft.after)
    names = Known(frozenset(draft.after.people), draft.after.teams, draft.events)
    others = _Others.of(draft)
    live = {id: kept for id, kept in desk.known.kept.items() if kept.ended_at is None}
    for n, id in enumerate(dict.fromkeys([*live, *(docs or {})])):
        if n % AT_ONCE == AT_ONCE - 1:
            await still_here(desk)
        old = desk.known.kept.get(id)
        # First what people and teams do to it, then what its own document says.
        base = old and replace(old, schedule=others.done_to(desk, old.schedule))
        doc = (docs or {}).get(id)
        if doc is not None:
            try:
                new = await _as_written(then, names, id, base, doc, drop_planned)
            except TocsinError as why:
                draft.wrong(SCHEDULE, id, why)
                continue
        elif prune and docs is not None and base:
            new = ended(then, base)
        else:
            assert base is not None
            new = base
        _note(draft, id, old if id in live else None, old, new, is_named=docs is None or doc is not None)


async def _as_written(
    desk: Desk, names: Known, id: str, base: Kept | None, doc: Doc, drop_planned: bool
) -> Kept:
    known = (*HEAD, "zone", "layers")
    strange = [str(name) for name in doc if name not in known]
    if strange:
        raise Invalid(f"unknown {', '.join(strange)}; there are {', '.join(known)}", field=strange[0])
    for name in HEAD:
        if not isinstance(doc.get(name, ""), str):
            raise Invalid(f"{name} is {doc[name]!r}: write a text", field=name)
    head = Head(*(doc.get(name) for name in HEAD))
    plan = {name: value for name, value in doc.items() if name not in HEAD}
    live = base if base and base.ended_at is None else None
    edit = Edit(plan, head, live.version if live else None, None, drop_planned, names)
    return (await edited(desk, id, base, edit, with_effect=False)).kept


@dataclass(frozen=True, slots=True)
class _Others:
    """What people and teams do to schedules: the teams that change, with their members, and who goes."""

    teams: Mapping[str, tuple[str, ...]]
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    @classmethod
    def of(cls, draft: Draft) -> _Others:
        teams, before = draft.after.teams, draft.known.teams
        changed = (name for name in before if teams.get(name, ()) != before[name])
        return cls(teams, tuple(changed), tuple(draft.gone(PERSON)))

    def done_to(self, desk: Desk, schedule: Schedule) -> Schedule:
        """The schedule with the members of teams as they will be, and without those who go."""
        named = {name for version in schedule.versions for name in teams_in(version.plan)}
        for name in self.changed:
            if name in named:
                schedule = with_team(schedule, name, self.teams.get(name, ()), desk.now, self.teams)
        for handle in self.gone:
            schedule = without(desk, schedule, handle, {})
        return schedule


def _note(draft: Draft, id: str, old: Kept | None, stored: Kept | None, new: Kept, *, is_named: bool) -> None:
    """Remember what becomes of a schedule. `stored` is it also where it was deleted once."""
    before, after = documents.schedule_doc(old) if old else None, documents.schedule_doc(new)
    if new.ended_at is not None:
        step = Step(SCHEDULE, id, DELETE)
    elif old is None or before is None:
        step = Step(SCHEDULE, id, CREATE, tuple(plan_differences({"zone": after["zone"]}, after)))
    else:
        words = [*field_differences(before, after, HEAD), *plan_differences(before, after)]
        step = step_of(SCHEDULE, id, old, _same_version(old, new), tuple(words))
        if step.action == UPDATE and not words:
            step = replace(step, words=("those of its teams change, or somebody of it leaves",))
        if step.action == UNCHANGED and not is_named:
            step = replace(step, action=LEFT)
    draft.steps.append(step)
    if step.is_change:
        draft.moved[id] = (stored, new)


def _same_version(old: Kept, new: Kept) -> Kept:
    return replace(new, version=old.version)


def _no_team_is_missed(draft: Draft) -> None:
    """A team that goes may be named by nothing that stays."""
    for team in draft.gone(TEAM_):
        users = [kept.id for kept in _kept_after(draft) if _names_team(kept, team)]
        users += [one.name for one in draft.calendars.values() if TEAM + team in one.who]
        if users:
            draft.wrong(TEAM_, team, Invalid(f"can't go: {', '.join(users)} name it"))


def _kept_after(draft: Draft) -> Iterator[Kept]:
    for id, kept in {**draft.known.kept, **{id: new for id, (_, new) in draft.moved.items()}}.items():
        if kept.ended_at is None and id == kept.id:
            yield kept


def _names_team(kept: Kept, team: str) -> bool:
    return kept.schedule.team == team or team in teams_in(kept.schedule.plan)


def fingerprint(draft: Draft) -> list[Any]:
    """All that was planned and on what it stands: two plans that do the same to the same house have the same."""
    found: list[Any] = [[one.kind, one.id, one.action] for one in draft.steps if one.is_change]
    for id, (old, new) in draft.moved.items():
        plan = new.schedule.plan
        head, people = documents.head_doc(new), list(people_in(plan))
        found.append([id, old.version if old else 0, written_plan(plan), head, people])
    policies = [[id, old.version if old else 0, repr(new)] for id, (old, new) in draft.policies.items()]
    for step in found[: len(found) - len(draft.moved)]:
        before, after = _values(draft.known, step[1]), _values(draft.after, step[1])
        calendar = draft.calendars.get(step[1])
        kept = [calendar.version, documents.calendar_doc(calendar, is_whole=True)] if calendar else []
        found.append([step[1], before, after, repr(kept)])
    return [*found, *policies]


def _values(known: Directory, id: str) -> list[str]:
    """What a directory says of whatever is called so."""
    return [repr(known.people.get(id)), repr(known.teams.get(id)), known.pagers.get(id, "")]
