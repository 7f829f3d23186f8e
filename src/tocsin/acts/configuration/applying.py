"""Has the house say what the documents say: planned and done under one lock, in one transaction; what was reviewed is what is done."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from tocsin.acts.configuration.documents import Documents
from tocsin.acts.configuration.draft import CALENDAR, DELETE, PERSON, POLICY, SCHEDULE, TEAM_, Draft, Step
from tocsin.acts.configuration.planning import AT_ONCE, draft_of, fingerprint, still_here
from tocsin.acts.contacts.choosing import store_reached
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_answer_for, must_be_somebody, must_keep
from tocsin.acts.oncall.effect import (
    AHEAD,
    AHEAD_OF_MANY,
    MANY,
    NOTHING,
    Effect,
    Moved,
    Opened,
    can_be_reached,
    effect_of,
)
from tocsin.acts.oncall.leaving import keep_pager, leave_for_good
from tocsin.acts.oncall.schedules import store_end, store_versions
from tocsin.acts.oncall.showing import let_go
from tocsin.acts.oncall.writing import Desk, handles_of, trying, writing
from tocsin.acts.policies_saved import end_policy, store_policy
from tocsin.acts.policy_places import silent_places
from tocsin.core.oncall.model import Schedule
from tocsin.errors import Conflict, Forbidden
from tocsin.store import calendars as calendar_rows
from tocsin.store import oncall as rows
from tocsin.store import people as people_rows
from tocsin.store.calendars import DAYS_OFF
from tocsin.store.oncall import Kept
from tocsin.store.people import Directory
from tocsin.store.policies import KeptPolicy

TOLD: Final = 3
"""How many changes that came in between are named."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, or would be. `plan_id` names exactly this plan on exactly this house.

    `warnings` are the places in policies that change where nothing would arrive.
    """

    plan_id: str
    is_applied: bool
    steps: tuple[Step, ...]
    effect: Effect
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_change)


async def apply(
    house: House,
    by: By,
    wanted: Documents,
    *,
    dry_run: bool = False,
    prune: bool = False,
    drop_planned: bool = False,
    plan_id: str = "",
) -> Applied:
    """Have people, teams, calendars, schedules and policies be as the documents say: all of it, or, where anything is wrong, nothing.

    What they say nothing of stays; with `prune` it is deleted, where there are documents of its kind. Conflict where `plan_id` is given
    and the plan is another by now. A dry run changes nothing, and asks for no right but to read.
    """
    async with (trying if dry_run else writing)(house, by) as desk:
        # What they may not change is no matter as long as it stays: that is looked at once the plan is known.
        able = replace(desk, by=replace(by, is_admin=True))
        draft = await draft_of(able, wanted, prune=prune, drop_planned=drop_planned, private=by.is_admin)
        last = await desk.conn.fetchval(rows.SQL["newest_change"])
        planned = f"{last}-{_hash(draft)}"
        if plan_id and plan_id.partition("-")[2] != _hash(draft):
            raise await _moved_on(desk, plan_id)
        effect = await _effect(draft, desk)
        if not dry_run and any(step.is_change for step in draft.steps):
            _must_be_allowed(desk, draft)
            await _store(desk, draft, _by_schedule(effect))
    if not dry_run:
        house.wake()
    made = [policy for _, policy in draft.policies.values() if policy]
    silent = await silent_places(house, [one for policy in made for one in policy.targets])
    return Applied(planned, not dry_run, tuple(draft.steps), effect, silent)


def _hash(draft: Draft) -> str:
    text = json.dumps(fingerprint(draft), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


async def _moved_on(desk: Desk, plan_id: str) -> Conflict:
    number = plan_id.partition("-")[0]
    since = int(number) if number.isdecimal() and len(number) < 18 else 0
    found = await desk.conn.fetch(rows.SQL["changes"], "", "", 2**62, since, TOLD)
    told = "; ".join(f"{row['by']} {row['words']} at {row['at']:%Y-%m-%d %H:%M} UTC" for row in found)
    why = f"since then: {told}" if told else "people, turns or the files are others than then"
    return Conflict(f"This is not the plan that was reviewed: {why}. Look at the plan again", field="plan_id")


async def _effect(draft: Draft, desk: Desk) -> Effect:
    """What it does to all schedules; one that stays as it is may get a gap where somebody can't be reached any more."""
    people = draft.after.people.values()
    pairs = {
        id: (old.schedule if old else Schedule(id, id), new.schedule)
        for id, (old, new) in draft.moved.items()
    }
    if can_be_reached(draft.known.people.values()) - can_be_reached(people):
        pairs |= {one.id: (one, one) for one in draft.known.schedules if one.id not in pairs}
    until = desk.now + (AHEAD if len(pairs) <= MANY else AHEAD_OF_MANY)
    moves: list[Moved] = []
    opens: list[Opened] = []
    those = list(pairs.values())
    for n in range(0, len(those), AT_ONCE):
        # Of thousands of schedules it takes seconds, in which others are answered.
        found = await asyncio.to_thread(
            partial(effect_of, draft.known, those[n : n + AT_ONCE], desk.now, until, people_after=people)
        )
        moves += found.moves
        opens += found.opens
        await still_here(desk)
    moves.sort(key=lambda one: (one.start, one.person))
    opens.sort(key=lambda one: (one.start, one.schedule))
    return Effect(tuple(moves), tuple(opens), until)


def _by_schedule(effect: Effect) -> dict[str, Effect]:
    moves: dict[str, list[Moved]] = defaultdict(list)
    opens: dict[str, list[Opened]] = defaultdict(list)
    for move in effect.moves:
        moves[move.schedule].append(move)
    for gap in effect.opens:
        opens[gap.schedule].append(gap)
    ids = moves.keys() | opens.keys()
    return {id: Effect(tuple(moves[id]), tuple(opens[id]), effect.until) for id in ids}


def _must_be_allowed(desk: Desk, draft: Draft) -> None:
    """Forbidden, by name, for what they may not change."""
    by = desk.by
    for step in draft.steps:
        if not step.is_change:
            continue
        if step.kind in (PERSON, TEAM_) and not by.is_admin:
            raise Forbidden(f"{by.name} can't change the {step.kind} {step.id}: that needs the right admin")
        if step.kind == CALENDAR:
            must_be_somebody(by)
            _must_keep_calendar(desk, draft, step.id)
        if step.kind == POLICY:
            _must_keep_policy(desk, draft, step.id)
        if step.kind == SCHEDULE:
            old, new = draft.moved[step.id]
            for kept in (old, new) if old else (new,):
                must_keep(by, desk.known, kept.schedule.team, f"the schedule {step.id}")


def _must_keep_policy(desk: Desk, draft: Draft, id: str) -> None:
    must_be_somebody(desk.by)
    old, new = draft.policies[id]
    for policy in ([old.policy] if old else []) + ([new] if new else []):
        must_keep(desk.by, desk.known, policy.team, f"the policy {id}")


def _must_keep_calendar(desk: Desk, draft: Draft, name: str) -> None:
    for schedule in desk.known.schedules:
        if any(layer.calendar == name for layer in schedule.plan.layers):
            what = f"the calendar {name}, which is a layer of {schedule.id}"
            must_keep(desk.by, desk.known, schedule.team, what)
    row = draft.calendars.get(name)
    if row and row.kind == DAYS_OFF:
        for person in handles_of(draft.after, row.who, "who"):
            must_answer_for(desk.by, draft.after, person, "tell of days off of")


async def _store(desk: Desk, draft: Draft, effects: dict[str, Effect]) -> None:
    changes = [step for step in draft.steps if step.is_change]
    for step in changes:
        if step.kind == PERSON and step.action != DELETE:
            person = draft.after.people[step.id]
            await people_rows.save_person(desk.conn, person, desk.now)
            await store_reached(desk, desk.known.people.get(step.id), person)
            await desk.log("person saved", f"changed the person {step.id}", subject=step.id)
        if step.kind == TEAM_ and step.action != DELETE:
            await _store_team(desk, step.id, draft.after)
        if step.kind == CALENDAR and step.action != DELETE:
            await _store_calendar(desk, draft, step.id)
    for id, (old, new) in draft.moved.items():
        await _store_schedule(desk, draft, old, new, effects.get(id, NOTHING))
    for kept, policy in draft.policies.values():
        if policy is not None:
            await store_policy(desk, KeptPolicy(policy, kept.version if kept else 0))
        elif kept is not None:
            await end_policy(desk, kept)
    for step in changes:
        if step.action == DELETE:
            await _store_deletion(desk, step)


async def _store_team(desk: Desk, name: str, after: Directory) -> None:
    members = after.teams[name]
    await people_rows.save_team(desk.conn, name, members)
    await keep_pager(desk, name, after.pagers.get(name, ""))
    words = f"changed who is in {name}: {', '.join(members) or 'nobody'}"
    await desk.log("team saved", words, subject=name)


async def _store_calendar(desk: Desk, draft: Draft, name: str) -> None:
    row = draft.calendars[name]
    version = row.version + 1
    about = (name, row.kind, row.zone, row.url, list(row.who), version)
    next_at = desk.now if row.url else None
    await desk.conn.execute(calendar_rows.SQL["declare"], *about, desk.by.person, next_at)
    words = f"changed the calendar {name}"
    await desk.log("calendar saved", words, subject=name, before=row.version, after=version)


async def _store_schedule(desk: Desk, draft: Draft, old: Kept | None, new: Kept, effect: Effect) -> None:
    before = old.schedule if old else Schedule(new.id, new.id)
    was = old.version if old else 0
    if new.ended_at is not None and old is not None:
        await store_end(desk, old, new, effect)
        return
    await rows.save_head(desk.conn, replace(new, version=was + 1), desk.version)
    await let_go(desk, old, new)
    last = await store_versions(desk, before, new.schedule, was + 1, draft.after.teams)
    if last > was + 1:
        await rows.save_head(desk.conn, replace(new, version=last), desk.version)
    verb = "changed" if old and old.ended_at is None else "made"
    await desk.log(
        "schedule saved",
        f"{verb} the schedule {new.id}, by files",
        schedule=new.id,
        before=was,
        after=max(last, was + 1),
        effect=effect,
    )


async def _store_deletion(desk: Desk, step: Step) -> None:
    """A schedule's end stands among those that moved already, and a policy's among the policies."""
    if step.kind == PERSON:
        await leave_for_good(desk, step.id)
        await desk.log("person removed", f"removed {step.id}", subject=step.id)
    if step.kind == TEAM_:
        await desk.conn.execute(people_rows.SQL["delete_team"], step.id)
        await desk.log("team deleted", f"deleted the team {step.id}", subject=step.id)
    if step.kind == CALENDAR:
        await desk.conn.execute(rows.SQL["cancel_absences_from"], step.id, desk.now)
        await desk.conn.execute(calendar_rows.SQL["delete"], step.id)
        await desk.touch(one.id for one in desk.known.schedules)
        await desk.log("calendar saved", f"deleted the calendar {step.id}", subject=step.id)
