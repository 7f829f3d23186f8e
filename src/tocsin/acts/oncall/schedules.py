"""Schedules are made, edited and ended here. An edit adds a version: what was stays, and it says whose shifts to come would move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_keep
from tocsin.acts.oncall.effect import NOTHING, Effect, effect_of, with_gaps
from tocsin.acts.oncall.ending import end_all_of
from tocsin.acts.oncall.showing import let_go
from tocsin.acts.oncall.writing import A_MOMENT_AGO, LATEST, Desk, kept_of, must_expect, trying, writing
from tocsin.acts.policy_uses import out_of_policies
from tocsin.core.escalation.policy import SCHEDULE
from tocsin.core.oncall.calculator import check
from tocsin.core.oncall.edits import with_plan
from tocsin.core.oncall.model import BEGINNING, Booked, Plan, Schedule, Version
from tocsin.core.oncall.named import calendars_in, teams_in
from tocsin.core.oncall.written import ID, Known, plan_of, written_plan
from tocsin.core.words import text_of
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.store import oncall as rows
from tocsin.store.oncall import Kept
from tocsin.store.people import Directory

MOST: Final = 20_000
"""Schedules."""
PAGES: Final = ("policies", "readiness")
"""What no schedule can be called: under these names stand other pages about on-call."""
FEW: Final = 5
"""Gaps that a refusal names."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a schedule beside its plan; None: as it is (of a new one: nothing, and its id for its name)."""

    name: str | None = None
    team: str | None = None
    slack_group: str | None = None
    slack_channel: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants a schedule to be. `known` is what the names in its plan mean, where somebody has looked already."""

    doc: Mapping[str, Any]
    head: Head
    expected: int | None
    since: datetime | None
    drop_planned: bool
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A schedule as it is after an edit (or would be, in a preview), and whose shifts to come that moves."""

    kept: Kept
    effect: Effect
    is_new: bool = False
    is_changed: bool = True


async def save_schedule(
    house: House,
    by: By,
    id: str,
    plan: Mapping[str, Any],
    *,
    head: Head = Head(),
    expected: int | None = None,
    since: datetime | None = None,
    drop_planned: bool = False,
    preview: bool = False,
    refuse_gaps: bool = False,
) -> Saved:
    """Make a schedule, or edit the one of that id: `plan` (`zone`, `layers`) holds from `since` on, by default from now on.

    `expected` is the version that was edited, needed where there is one: Conflict, saying who changed it, where it has moved on. A plan
    that was to begin at `since` or later is in the way, unless `drop_planned`. With `preview` nothing is changed; with `refuse_gaps` nothing that would open a gap: Conflict, naming them.
    """
    async with (trying if preview else writing)(house, by) as desk:
        before = desk.known.kept.get(id)
        saved = await edited(desk, id, before, Edit(plan, head, expected, since, drop_planned))
        if refuse_gaps:
            _must_open_none(saved.effect)
        if saved.is_changed and not preview:
            await _store(desk, before, saved, since)
    if not preview:
        house.wake()
    return saved


async def end_schedule(
    house: House, by: By, id: str, *, expected: int | None, preview: bool = False, force: bool = False
) -> Saved:
    """Delete a schedule: nobody is on call by it from now on. What was stays. With `force` it is taken out of the policies that name it."""
    async with (trying if preview else writing)(house, by) as desk:
        before = kept_of(desk.known, id)
        must_keep(by, desk.known, before.schedule.team, f"the schedule {before.id}")
        await must_expect(desk, before, expected)
        after = ended(desk, before)
        effect = effect_of(desk.known, [(before.schedule, after.schedule)], desk.now)
        uses = await out_of_policies(desk, SCHEDULE, before.id, force=force, preview=preview)
        effect = replace(effect, policies=uses)
        if not preview:
            await store_end(desk, before, after, effect)
    return Saved(after, effect)


def ended(desk: Desk, before: Kept) -> Kept:
    """The schedule with nobody on call by it from now on."""
    empty = Version(desk.now, Plan(before.schedule.plan.zone), before.version + 1)
    gone = replace(
        before.schedule,
        versions=(*_begun(before.schedule, desk.now), empty),
        overrides=tuple(
            replace(one, end=min(one.end, desk.now))
            for one in before.schedule.overrides
            if one.start < desk.now
        ),
    )
    return replace(before, schedule=gone, version=before.version + 1, ended_at=desk.now)


async def store_end(desk: Desk, before: Kept, after: Kept, effect: Effect) -> None:
    """Keep that it has ended, with all that was to change it for a while."""
    await end_all_of(desk, before)
    await rows.save_head(desk.conn, after, desk.version)
    await let_go(desk, before, after)
    await store_versions(desk, before.schedule, after.schedule, after.version)
    await desk.log(
        "schedule ended",
        f"ended the schedule {before.id}",
        schedule=before.id,
        before=before.version,
        after=after.version,
        effect=effect,
    )


async def edited(desk: Desk, id: str, before: Kept | None, edit: Edit, *, with_effect: bool = True) -> Saved:
    """The schedule as that edit makes it; nothing is written yet. Errors as of `save_schedule`."""
    is_new = before is None or before.ended_at is not None
    if is_new:
        _may_be_new(desk, id, edit.expected)
    elif before is not None:
        await must_expect(desk, before, edit.expected)
        must_keep(desk.by, desk.known, before.schedule.team, f"the schedule {id}")
    after = _headed(desk.known, before or Kept(Schedule(id, id), 0), edit.head)
    must_keep(desk.by, desk.known, after.schedule.team, f"a schedule of {after.schedule.team or 'no team'}")
    plan = await plan_from(desk, edit.doc, edit.known)
    begins = _begins(desk.now, edit.since, is_new=before is None)
    # What is to begin later may be meant for now: whoever lets it take the place of what was planned says so.
    is_sooner = (
        edit.drop_planned and after.schedule.versions[-1:] and after.schedule.versions[-1].since > begins
    )
    if edit.since is not None or is_new or is_sooner or not _is_the_same(after.schedule, plan):
        planned = _planned(after.schedule, plan, begins, desk.now, edit.drop_planned)
        # A day of leave may be over in a new zone when it had begun in the old one: that stands in no edit's way.
        check(replace(planned, absences=()))
        after = replace(after, schedule=planned)
    changed = after != before or is_new
    if changed:
        after = replace(after, version=after.version + 1, ended_at=None)
    old = before.schedule if before else Schedule(id, id)
    effect, start = NOTHING, max(begins, desk.now)
    if changed and with_effect:
        effect = effect_of(desk.known, [(old, after.schedule)], start)
        effect = with_gaps(desk.known, effect, after.schedule, start) if is_new else effect
    return Saved(after, effect, is_new, changed)


def _must_open_none(effect: Effect) -> None:
    """Conflict, naming them, where it opens gaps."""
    if effect.opens:
        named = [f"{one.start:%Y-%m-%d %H:%M} to {one.end:%Y-%m-%d %H:%M} UTC" for one in effect.opens[:FEW]]
        more = f", and {len(effect.opens) - FEW} more" if len(effect.opens) > FEW else ""
        raise Conflict(
            f"{effect.opens[0].schedule} would have nobody on call from {', '.join(named)}{more}: nothing is saved",
            field="gaps",
        )


def _may_be_new(desk: Desk, id: str, expected: int | None) -> None:
    if not ID.fullmatch(id):
        raise Invalid(
            f"{id!r} is no id for a schedule: write small letters, digits, dots and dashes, such as ops",
            field="id",
        )
    if id in PAGES:
        raise Invalid(f"{id} is the name of a page about all that is on call: take another id", field="id")
    if expected:
        raise Conflict(f"There is no schedule {id} any more, of which you saw version {expected}")
    if len(desk.known.schedules) >= MOST:
        raise Conflict(f"There are {MOST:,} schedules already: delete some first")


def _headed(known: Directory, kept: Kept, head: Head) -> Kept:
    one = kept.schedule
    name = one.name if head.name is None else text_of(head.name, field="name", longest=100) or one.id
    team = one.team if head.team is None else head.team.strip()
    if head.team is not None and team and team not in known.teams:
        raise NotFound(
            f"There is no team {team}; there are: {', '.join(known.teams) or 'none'}", field="team"
        )
    group, channel = (
        old if said is None else text_of(said, field=field, longest=80)
        for old, said, field in (
            (kept.slack_group, head.slack_group, "slack_group"),
            (kept.slack_channel, head.slack_channel, "slack_channel"),
        )
    )
    return replace(
        kept, schedule=replace(one, name=name, team=team), slack_group=group, slack_channel=channel
    )


async def plan_from(desk: Desk, doc: Mapping[str, Any], known: Known | None = None) -> Plan:
    """The plan that `doc` writes, with whom its names mean now (`known`, where somebody has looked already)."""
    if known is None:
        calendars = await _calendars_for(desk, doc)
        known = Known(frozenset(desk.known.people), desk.known.teams, calendars)
    return plan_of(doc, known)


async def _calendars_for(desk: Desk, doc: Mapping[str, Any]) -> dict[str, tuple[Booked, ...]]:
    names = await rows.calendar_names(desk.conn)
    used = (
        [name for name in calendars_in(doc) if name in names] if isinstance(doc.get("layers"), list) else []
    )
    events = await rows.events_of(desk.conn, used, desk.known.horizon)
    return {name: events.get(name, ()) for name in names}


def _begins(now: datetime, since: datetime | None, *, is_new: bool) -> datetime:
    """From when on the plan holds: that of a new schedule may tell of what was before Tocsin kept it."""
    if since is None:
        return now
    if since.tzinfo is None:
        raise Invalid("since has no zone: write it with an offset or a Z", field="since")
    if since > now + LATEST:
        raise Invalid("since is more than ten years ahead", field="since")
    if is_new:
        return since
    if since < now - A_MOMENT_AGO:
        raise Invalid(
            f"since is in the past ({since:%Y-%m-%d %H:%M}): an edit never moves a past shift", field="since"
        )
    return max(since, now)


def _is_the_same(schedule: Schedule, plan: Plan) -> bool:
    """Whether the newest plan is what this one would have become at that time: whose turn it is was kept then."""
    newest = schedule.versions[-1]
    then = with_plan(replace(schedule, versions=schedule.versions[:-1]), plan, newest.since)
    return then.plan == newest.plan


def _planned(schedule: Schedule, plan: Plan, begins: datetime, now: datetime, drop_planned: bool) -> Schedule:
    in_the_way = [one for one in schedule.versions if one.since >= begins and one.since > now]
    if in_the_way and not drop_planned:
        first = in_the_way[0]
        raise Conflict(
            f"Version {first.number} of {schedule.id} is to hold from {first.since:%Y-%m-%d %H:%M} UTC on: let this one begin"
            " after it, or say that it takes its place (drop_planned)",
            field="since",
        )
    if not schedule.versions:
        first = Version(BEGINNING, Plan(plan.zone), 0)
        return replace(schedule, versions=(first, Version(begins, plan, 1)))
    return with_plan(schedule, plan, begins)


def _begun(schedule: Schedule, now: datetime) -> Sequence[Version]:
    return [one for one in schedule.versions if one.since < now]


async def _store(desk: Desk, before: Kept | None, saved: Saved, since: datetime | None) -> None:
    kept = saved.kept
    await rows.save_head(desk.conn, kept, desk.version)
    await let_go(desk, before, kept)
    old = before.schedule if before else Schedule(kept.id, kept.id)
    await store_versions(desk, old, kept.schedule, kept.version)
    verb = "made" if saved.is_new else "changed"
    from_when = f", from {since:%Y-%m-%d %H:%M} UTC on" if since else ""
    await desk.log(
        "schedule saved",
        f"{verb} the schedule {kept.id}{from_when}",
        schedule=kept.id,
        before=before.version if before else 0,
        after=kept.version,
        effect=saved.effect,
    )


async def store_versions(
    desk: Desk,
    before: Schedule,
    after: Schedule,
    number: int,
    teams: Mapping[str, tuple[str, ...]] | None = None,
) -> int:
    """Keep the versions that are new in `after`, numbered from `number` on; the number of the last."""
    teams = desk.known.teams if teams is None else teams
    desk.named[after.id] = after.name
    same = 0
    for one, other in zip(before.versions, after.versions, strict=False):
        if one.since != other.since or one.plan != other.plan:
            break
        same += 1
    for version in after.versions[same:]:
        if version.since == BEGINNING and version.number == 0:
            continue  # Before a schedule was made it had nobody; that needs no row.
        members = {name: list(teams.get(name, ())) for name in teams_in(version.plan)}
        written = written_plan(version.plan)
        await rows.add_version(
            desk.conn, after.id, number, version.since, written, members, desk.by.name, desk.now
        )
        number += 1
    return number - 1
