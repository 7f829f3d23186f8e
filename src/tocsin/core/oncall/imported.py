"""A calendar that is read again: what it said of the past stays, what it says of now and later counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tocsin.core.oncall.model import Booked, Schedule
from tocsin.core.oncall.wall import wall


def read_again(old: Sequence[Booked], new: Sequence[Booked], now: datetime, zone: str) -> tuple[Booked, ...]:
    """The events of a calendar after `new` was read at `now`. One that runs and is there no longer as it was ends now."""
    first = wall(zone).instant_of
    past = [one for one in old if first(one.end) <= now]
    running = [one for one in old if one not in past and first(one.start) < now]
    going_on = [(one, new_one) for one in running for new_one in new if _goes_on(one, new_one, now, zone)]
    kept = {id(one) for one, _ in going_on}
    told = {id(new_one) for _, new_one in going_on}
    cut = [one if id(one) in kept else replace(one, end=now) for one in running]
    coming = [
        one if first(one.start) >= now else replace(one, start=now)
        for one in new
        if first(one.end) > now and id(one) not in told
    ]
    return (*past, *cut, *coming)


def _goes_on(old: Booked, new: Booked, now: datetime, zone: str) -> bool:
    """Whether what runs is there as before. When it began does not count: one that came late began when it was read."""
    same = (old.people, old.uid, old.end) == (new.people, new.uid, new.end)
    return same and wall(zone).instant_of(new.start) < now


def taken_out(
    events: Sequence[Booked], handle: str, now: datetime, zones: Collection[str]
) -> tuple[Booked, ...]:
    """The events with that person in none from `now` on; for whoever else is in them nothing changes.

    `zones` are those in which whole days are looked at. An event that is over in one of them stays: what was there does not move.
    """
    return tuple(part for one in events for part in _taken_out(one, handle, now, zones))


def _taken_out(one: Booked, handle: str, now: datetime, zones: Collection[str]) -> Iterator[Booked]:
    clocks = [wall(zone) for zone in zones]
    if handle not in one.people or any(clock.instant_of(one.end) <= now for clock in clocks):
        yield one
        return
    if any(clock.instant_of(one.start) < now for clock in clocks):
        yield replace(one, people=(handle,), end=now)
    if others := tuple(person for person in one.people if person != handle):
        yield replace(one, people=others)


def with_events(schedule: Schedule, calendar: str, events: Sequence[Booked]) -> Schedule:
    """The schedule with these events wherever it names the calendar."""
    versions = tuple(
        replace(
            version,
            plan=replace(
                version.plan,
                layers=tuple(
                    replace(layer, booked=tuple(events)) if layer.calendar == calendar else layer
                    for layer in version.plan.layers
                ),
            ),
        )
        for version in schedule.versions
    )
    return replace(schedule, versions=versions)
