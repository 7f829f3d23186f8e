"""Tells people what others changed about their shifts to come, in the transaction that changes it.

What one person changes within a minute is one message: it waits so long, unless it bears on who is on call now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from tocsin.acts.breath import Breath
from tocsin.acts.house import House
from tocsin.acts.oncall.effect import Effect
from tocsin.acts.roster import is_outside
from tocsin.core.notices import Notice, in_order, said, works_for
from tocsin.core.oncall.calculator import shifts
from tocsin.core.oncall.model import BEGINNING, FOREVER, Schedule
from tocsin.core.oncall.moved import Net, as_json, of_json
from tocsin.core.oncall.notice_words import moved_words
from tocsin.core.oncall.pieces import Span, less
from tocsin.core.oncall.preview import covered_by_person
from tocsin.core.people import Person, Roster
from tocsin.core.work import Work
from tocsin.store import works as rows
from tocsin.store.people import Directory
from tocsin.store.pool import Connection

TOGETHER: Final = timedelta(minutes=1)
SOON: Final = timedelta(minutes=5)
"""What begins or ends so soon is told at once."""
HELD_UP: Final = timedelta(minutes=5)
"""What goes out later than that is looked at again: other changes may have come after it."""
LOOKED_AT: Final = timedelta(days=130)
"""How far: past all that a change is looked at."""


async def tell_moved(
    house: House,
    conn: Connection,
    known: Directory,
    changes: Sequence[tuple[int, Effect]],
    by: tuple[str, str],
    now: datetime,
    silent: Collection[str] = (),
    named: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Tell everybody whose shifts to come these changes moved, but not who did it (`by`: handle and name), nor who hears otherwise.

    `known` is from before the changes; `named` are the names that schedules have since.
    """
    if not changes or is_outside(house, known):
        return
    roster = Roster(known.people, known.teams)
    new: list[Work] = []
    about = f"moved/{by[0] or by[1]}"
    for person, nets in _by_person(effect for _, effect in changes).items():
        if not nets or person == by[0] or person in silent or person not in known.people:
            continue
        waiting = await rows.waiting_about(conn, about, person, now - TOGETHER)
        if waiting:
            await _join(house, conn, known, waiting, nets, by[1], now, named)
        else:
            key = f"moved/{changes[0][0]}"
            notice = _notice(house, known, known.people[person], key, nets, by[1], now, named)
            new += [
                _with(work, about, nets, by[1], now) for work in works_for(notice, roster, house.abilities)
            ]
    await rows.plan(conn, None, in_order(new), now)


async def moved_now(house: House, known: Directory, work: Work, now: datetime) -> Work | None:
    """A message about changed shifts that was held up, as it is true when it goes out; None where all of it was taken back, or is over."""
    if "by" not in work.payload or now < datetime.fromisoformat(work.payload["said_at"]) + HELD_UP:
        return work
    person, live, breath = work.payload["person"], {one.id: one for one in known.schedules}, Breath()
    nets: dict[str, Net] = {}
    for name, net in of_json(work.payload["moved"]).items():
        theirs = _spans_from(live[name], person, now) if name in live else []
        gains = less(list(net.gains), less(list(net.gains), theirs))
        loses = less(list(net.loses), [(BEGINNING, now), *theirs])
        left = Net(name, tuple(gains), tuple(loses))
        if not left.is_nothing:
            nets[name] = left
        await breath.take()
    if not nets:
        return None
    words = _notice(house, known, known.people[person], "", nets, work.payload["by"], now).words
    return replace(work, payload={**work.payload, **said(words, ())})


def _spans_from(schedule: Schedule, person: str, now: datetime) -> list[Span]:
    """When they are on call in it from now on; what goes on past all that was looked at has no end."""
    end = now + LOOKED_AT
    theirs = covered_by_person(shifts(schedule, now, end)).get(person, [])
    return [(start, FOREVER if until == end else until) for start, until in theirs]


def _with(work: Work, about: str, nets: Mapping[str, Net], by: str, now: datetime) -> Work:
    """What joins a change that comes soon after, and what is looked at again when it goes out late: what it is about, and what it says."""
    told = {"about": about, "moved": as_json(nets.values()), "by": by, "said_at": now.isoformat()}
    payload = {**work.payload, **told}
    return Work(work.does, work.lane, work.key, work.via, payload, work.not_before)


async def _join(
    house: House,
    conn: Connection,
    known: Directory,
    waiting: list[tuple[int, dict[str, str]]],
    new: Mapping[str, Net],
    by: str,
    now: datetime,
    named: Mapping[str, str],
) -> None:
    """A message about changes a moment ago has not gone out yet: it tells of this one too, or goes, where nothing is left to tell."""
    for id, payload in waiting:
        nets = of_json(payload["moved"])
        for name, net in new.items():
            nets[name] = nets.get(name, Net(name)).then(net.gains, net.loses)
        nets = {name: net for name, net in nets.items() if not net.is_nothing}
        if not nets:
            await rows.call_off(conn, id, "it was taken back", now)
            continue
        notice = _notice(house, known, known.people[payload["person"]], "", nets, by, now, named)
        told = {**payload, **said(notice.words, ()), "moved": as_json(nets.values())}
        await rows.reword(conn, id, told, None if notice.not_before else now)


def _notice(
    house: House,
    known: Directory,
    person: Person,
    key: str,
    nets: Mapping[str, Net],
    by: str,
    now: datetime,
    named: Mapping[str, str] = MappingProxyType({}),
) -> Notice:
    kept = known.kept
    names = {id: named.get(id) or (kept[id].schedule.name if id in kept else id) for id in nets}
    zone = person.zone or next((kept[id].schedule.plan_at(now).zone for id in nets if id in kept), "UTC")
    gains = sorted((span, names[id]) for id, net in nets.items() for span in net.gains)
    loses = sorted((span, names[id]) for id, net in nets.items() for span in net.loses)
    first = min(start for (start, _), _ in (*gains, *loses))
    return Notice(
        person.handle,
        key,
        moved_words(by, gains, loses, now, zone, house.places.on_call, not kept.keys() & nets.keys()),
        not_before=None if first <= now + SOON else now + TOGETHER,
    )


def _by_person(effects: Iterable[Effect]) -> dict[str, dict[str, Net]]:
    """What each person gained and lost in each schedule in the end."""
    found: dict[str, dict[str, Net]] = {}
    for effect in effects:
        spans: dict[tuple[str, str], tuple[list[Span], list[Span]]] = {}
        for one in effect.moves:
            gains, loses = spans.setdefault((one.person, one.schedule), ([], []))
            (gains if one.gains else loses).append((one.start, one.goes_on_to or one.end))
        for (person, name), (gains, loses) in spans.items():
            theirs = found.setdefault(person, {})
            theirs[name] = theirs.get(name, Net(name)).then(gains, loses)
    return {
        person: {name: net for name, net in theirs.items() if not net.is_nothing}
        for person, theirs in found.items()
    }
