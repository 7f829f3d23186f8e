"""Who leaves is taken out of every team, schedule, override and request by one act, which says what that opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.calendars import naming
from tocsin.acts.oncall.cover_telling import ask_no_more, withdraw_all
from tocsin.acts.oncall.effect import NOTHING, Effect, can_be_reached, effect_of
from tocsin.acts.oncall.ending import end_override_row, end_shadow_row
from tocsin.acts.oncall.schedules import store_versions
from tocsin.acts.oncall.writing import Desk, known_people, trying, writing
from tocsin.acts.policy_uses import out_of_policies
from tocsin.core.escalation.policy import PERSON
from tocsin.core.oncall.edits import with_team, without_person
from tocsin.core.oncall.imported import taken_out
from tocsin.core.oncall.model import BEGINNING, Override, Schedule
from tocsin.core.oncall.named import people_in, teams_in
from tocsin.core.people import Person
from tocsin.errors import Conflict
from tocsin.store import calendars as calendar_rows
from tocsin.store import oncall as rows
from tocsin.store import people as people_rows
from tocsin.store.oncall import Kept

Teams = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Left:
    """What it does to take somebody out: whose shifts to come move, which gaps open, and from where they go."""

    person: str
    teams: tuple[str, ...]
    schedules: tuple[str, ...]
    effect: Effect


async def remove_person(
    house: House,
    by: By,
    handle: str,
    *,
    expected: int | None = None,
    preview: bool = False,
    force: bool = False,
) -> Left:
    """Take a person out of Tocsin. What they did stays in the timelines, and past shifts stay theirs. With `force` policies that name them do no more."""
    async with (trying if preview else writing)(house, by) as desk:
        [handle] = known_people(desk.known, [handle])
        must_be_seen(handle, desk.known.people[handle], expected)
        teams = {
            name: tuple(one for one in members if one != handle)
            for name, members in desk.known.teams.items()
            if handle in members
        }
        everywhere = {**desk.known.teams, **teams}
        changed = [
            (kept, after)
            for kept in (desk.known.kept[one.id] for one in desk.known.schedules)
            if (after := without(desk, kept.schedule, handle, teams)) != kept.schedule
        ]
        effect = effect_of(
            desk.known, [(kept.schedule, after) for kept, after in changed], desk.now, leaves=handle
        )
        uses = await out_of_policies(desk, PERSON, handle, force=force, preview=preview)
        effect = replace(effect, policies=uses)
        left = Left(handle, tuple(teams), tuple(kept.id for kept, _ in changed), effect)
        if not preview:
            await _leave(desk, handle, teams, everywhere, changed, effect)
    return left


async def save_team(
    house: House,
    by: By,
    name: str,
    members: Sequence[str],
    *,
    expected: Sequence[str] | None = None,
    preview: bool = False,
    pager: str | None = None,
) -> Effect:
    """Set who is in a team, and which `pager` it keeps (None: as it is). The schedules that name it get a version each: a past shift does not move.

    `expected` are the members that the caller saw, in any order (none, where there was no such team): Conflict where it has others.
    """
    async with (trying if preview else writing)(house, by) as desk:
        _must_be_seen(name, desk.known.teams.get(name, ()), expected)
        handles = known_people(desk.known, members)
        teams = {**desk.known.teams, name: handles}
        changed = [
            (kept, with_team(kept.schedule, name, handles, desk.now, desk.known.teams))
            for kept in (desk.known.kept[one.id] for one in desk.known.schedules)
            if any(name in teams_in(version.plan) for version in kept.schedule.versions)
        ]
        changed = [(kept, after) for kept, after in changed if after != kept.schedule]
        effect = effect_of(desk.known, [(kept.schedule, after) for kept, after in changed], desk.now)
        if not preview:
            await people_rows.save_team(desk.conn, name, handles)
            why = f"changed who is in {name}"
            await _store_all(desk, changed, teams, why)
            words = f"{why}: {', '.join(handles) or 'nobody'}"
            await desk.log("team saved", words, subject=name, effect=effect)
            await keep_pager(desk, name, pager)
    if not preview:
        house.wake()
    return effect


async def keep_pager(desk: Desk, team: str, pager: str | None) -> None:
    """Have the team keep that pager; None leaves it as it is."""
    before = desk.known.pagers.get(team, "")
    if pager is None or pager == before:
        return
    await people_rows.set_pager(desk.conn, team, pager)
    words = f"changed which pager {team} keeps, from {before or 'that of all'} to {pager or 'that of all'}"
    await desk.log("team saved", words, subject=team)


def unreachable(desk: Desk, before: Person | None, after: Person) -> Effect:
    """Which gaps open since nothing reaches a person any more who is on call as before."""
    if before is None or not can_be_reached([before]) or can_be_reached([after]):
        return NOTHING
    theirs = [one for one in desk.known.schedules if _may_be_on_call(one, after.handle, desk.now)]
    everybody = {**desk.known.people, after.handle: after}.values()
    return effect_of(desk.known, [(one, one) for one in theirs], desk.now, people_after=everybody)


def _may_be_on_call(schedule: Schedule, handle: str, now: datetime) -> bool:
    return any(handle in people_in(version.plan) for version in schedule.versions) or any(
        one.end > now and handle in one.people for one in schedule.overrides
    )


def must_be_seen(handle: str, there: Person | None, expected: int | None) -> None:
    """Conflict unless the caller saw them as they are now; `expected` is the version seen, None: whichever."""
    if expected is not None and expected != (there.version if there else 0):
        now = f"is at version {there.version}" if there else "is not there"
        raise Conflict(
            f"{handle} {now}, and you saw {expected}: somebody changed it. Look again, then decide",
            field="expected_version",
        )


def _must_be_seen(name: str, there: Sequence[str], expected: Sequence[str] | None) -> None:
    if expected is not None and {one.strip().lower() for one in expected} != set(there):
        raise Conflict(
            f"{name} has other members than you saw: now {', '.join(there) or 'nobody'}. Look again, then decide",
            field="expected_members",
        )


def without(desk: Desk, schedule: Schedule, handle: str, teams: Teams) -> Schedule:
    """The schedule without them from now on."""
    after = schedule
    for name, members in teams.items():
        if any(name in teams_in(version.plan) for version in after.versions):
            after = with_team(after, name, members, desk.now, {**desk.known.teams, **teams})
    if any(handle in people_in(version.plan) for version in after.versions):
        after = without_person(after, handle, desk.now)
    overrides = [one for given in after.overrides for one in _rest_of(desk, given, handle)]
    return replace(after, overrides=tuple(overrides))


def _rest_of(desk: Desk, one: Override, handle: str) -> list[Override]:
    """What stays of an override: all of it until now, and after it for the others."""
    if one.end <= desk.now or (handle not in one.people and handle != one.instead_of):
        return [one]
    kept = [replace(one, end=desk.now)] if one.start < desk.now else []
    others = tuple(other for other in one.people if other != handle)
    if others and one.instead_of != handle:
        kept.append(replace(one, people=others, start=max(one.start, desk.now)))
    return kept


async def _leave(
    desk: Desk,
    handle: str,
    teams: Teams,
    everywhere: Teams,
    changed: Sequence[tuple[Kept, Schedule]],
    effect: Effect,
) -> None:
    for name, members in teams.items():
        await people_rows.save_team(desk.conn, name, members)
    await _store_all(desk, changed, everywhere, f"removed {handle}")
    await leave_for_good(desk, handle)
    desk.told_otherwise.add(handle)
    await desk.log("person removed", f"removed {handle}", subject=handle, effect=effect)


async def leave_for_good(desk: Desk, handle: str) -> None:
    """End what was theirs for a while (overrides, shadow shifts, events, leave, requests for cover), and forget them."""
    for schedule in desk.known.schedules:
        for override in schedule.overrides:
            if override.end > desk.now and handle in (*override.people, override.instead_of):
                await _end_for(desk, schedule.id, override, handle)
        for shadow in schedule.shadows:
            if handle in (shadow.person, shadow.of):
                await end_shadow_row(desk, shadow)
                await desk.touch([schedule.id])
    await _leave_calendars(desk, handle)
    # Whoever has the handle next is somebody else: no leave, and no secret link, of the one who left is theirs.
    await desk.conn.execute(rows.SQL["end_absences_of"], handle, desk.now)
    await desk.conn.execute(calendar_rows.SQL["revoke_links_of"], handle, desk.now)
    await withdraw_all(desk, "by", handle)
    await ask_no_more(desk, handle)
    await people_rows.delete_person(desk.conn, handle)


async def _leave_calendars(desk: Desk, handle: str) -> None:
    """Take them out of what calendars book; what was stays."""
    for name in await calendar_rows.booking(desk.conn, handle):
        calendar = await calendar_rows.one(desk.conn, name)
        events = (await rows.events_of(desk.conn, [name], BEGINNING))[name]
        used = naming(desk.known, name)
        zones = {schedule.plan_at(desk.now).zone for schedule in used}
        rest = taken_out(events, handle, desk.now, zones or {calendar.zone if calendar else "UTC"})
        if rest != events:
            await calendar_rows.save_events(desk.conn, name, rest)
            await desk.touch(schedule.id for schedule in used)


async def _end_for(desk: Desk, schedule: str, one: Override, handle: str) -> None:
    await end_override_row(desk, one)
    for rest in _rest_of(desk, one, handle):
        if rest.end > desk.now:
            await rows.add_override(desk.conn, schedule, rest)
    await desk.touch([schedule])


async def _store_all(desk: Desk, changed: Sequence[tuple[Kept, Schedule]], teams: Teams, why: str) -> None:
    for kept, after in changed:
        if after.versions == kept.schedule.versions:
            continue
        last = await store_versions(desk, kept.schedule, after, kept.version + 1, teams)
        await rows.save_head(desk.conn, replace(kept, version=last), desk.version)
        await desk.log(
            "schedule moved",
            f"{why}, which changes {kept.id}",
            schedule=kept.id,
            before=kept.version,
            after=last,
        )
