"""Keeps a Slack user group and a channel's topic equal to the schedule: at each change, and looked at again once an hour.

What has to be shown is worked out when the work goes out, from all schedules that share the place. What Slack refused is kept with the
last work of each place, until the next one went well; admins hear of it once.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tocsin.acts.oncall.clockwork import Looked
from tocsin.acts.oncall.troubles import tell_of_trouble
from tocsin.acts.roster import is_outside
from tocsin.core.oncall.model import FOREVER, Schedule
from tocsin.core.oncall.shown import Shown, target_of
from tocsin.core.work import GROUP_SET, SHOWS_ON_CALL, TOPIC_SET, Work
from tocsin.store import works as work_rows
from tocsin.store.oncall import Kept
from tocsin.store.people import Directory
from tocsin.store.pool import Connection
from tocsin.store.works import Claimed

if TYPE_CHECKING:
    from tocsin.acts.house import House
    from tocsin.acts.oncall.writing import Desk

AN_HOUR: Final = timedelta(hours=1)
UNSHOWN: Final = timedelta(days=365)
"""When a schedule is looked at again that is shown nowhere: an edit marks it due before."""
KINDS: Final = {GROUP_SET: "user group", TOPIC_SET: "channel"}
UNCONNECTED: Final = "Slack is not connected: see docs/howto/slack.md"


async def look_to_show(
    house: House, conn: Connection, known: Directory, schedule: Schedule, seen: datetime, now: datetime
) -> Looked:
    """Have its user group and channel looked at, unless somebody is about to."""
    wanted = list(_places(known.kept[schedule.id]))
    if not wanted:
        return Looked((), now + UNSHOWN)
    next_at = _next_hourly(schedule.id, now)
    if not is_outside(house, known):
        next_at = min(next_at, house.standing.of(schedule, now).until)
    return Looked(await _works(house, conn, wanted, f"{known.version}/{now.isoformat()}"), next_at)


async def let_go(desk: Desk, before: Kept | None, after: Kept) -> None:
    """Where a schedule is shown no more, the topic is cleared of it."""
    if before is None or before.ended_at is not None:
        return
    stays = set(_places(after)) if after.ended_at is None else set()
    gone = [one for one in _places(before) if one not in stays]
    works = await _works(desk.house, desk.conn, gone, f"{desk.version}/{desk.now.isoformat()}")
    await work_rows.plan(desk.conn, None, works, desk.now)


def shown_now(house: House, known: Directory, does: str, now: datetime) -> tuple[Shown, ...]:
    """What is to be shown in user groups, or in topics, by all schedules; nothing where a pager says who is on call."""
    return () if is_outside(house, known) else tuple(_shown(house, known, does, now))


async def settle_shown(house: House, conn: Connection, claimed: Claimed, problem: str) -> None:
    """The work has ended, with that problem or with none. Of each place only the last one is kept."""
    now, lane = house.clock.now(), claimed.work.lane
    before = await work_rows.last_why_in(conn, lane, claimed.id)
    await work_rows.forget_older(conn, lane, claimed.id)
    if not problem or problem == before:
        return
    # Whoever is told of it is told once a month at most, however often it comes and goes.
    told = hashlib.sha256(f"{now:%Y-%m} {problem}".encode()).hexdigest()[:16]
    title = f"Slack does not show who is on call: {KINDS[claimed.work.does]} {claimed.work.payload['target']}"
    await tell_of_trouble(house, conn, "", f"{lane}/{told}", title, f"*{title}*\n{problem}")


async def slack_problems(house: House, kept: Iterable[Kept]) -> dict[str, str]:
    """Why Slack does not show who is on call, by schedules; only those of which something is known."""
    lanes = {one.id: [_lane(*place) for place in _places(one)] for one in kept if one.ended_at is None}
    lanes = {id: theirs for id, theirs in lanes.items() if theirs}
    if not lanes:
        return {}
    if SHOWS_ON_CALL not in house.abilities:
        return dict.fromkeys(lanes, UNCONNECTED)
    async with house.pool.acquire() as conn:
        whys = await work_rows.whys_in(conn, sorted({lane for theirs in lanes.values() for lane in theirs}))
    found = {id: "; ".join(whys[lane] for lane in theirs if lane in whys) for id, theirs in lanes.items()}
    return {id: why for id, why in found.items() if why}


def _shown(house: House, known: Directory, does: str, now: datetime) -> Iterator[Shown]:
    for schedule in known.schedules:
        kept = known.kept[schedule.id]
        target = target_of(kept.slack_group if does == GROUP_SET else kept.slack_channel)
        if target:
            stand = house.standing.of(schedule, now)
            people = tuple(one for one in stand.people if one in known.people)
            until = None if stand.until == FOREVER else stand.until
            zone = schedule.plan_at(now).zone
            yield Shown(target, schedule.name or schedule.id, people, until, zone, kept.slack_group)


def _places(kept: Kept) -> Iterator[tuple[str, str]]:
    for does, written in ((GROUP_SET, kept.slack_group), (TOPIC_SET, kept.slack_channel)):
        if target := target_of(written):
            yield does, target


async def _works(house: House, conn: Connection, places: Iterable[tuple[str, str]], stand: str) -> list[Work]:
    """One for each place, unless one waits there already: that will see what is so then. `stand` tells it from those before."""
    if SHOWS_ON_CALL not in house.abilities:
        return []
    return [
        Work(does, _lane(does, target), f"{_lane(does, target)}/{stand}", "slack", {"target": target})
        for does, target in places
        if not await work_rows.waits_in(conn, _lane(does, target))
    ]


def _lane(does: str, target: str) -> str:
    return f"{does}/{target}"


def _next_hourly(id: str, now: datetime) -> datetime:
    """Each schedule at its own minute, so that Slack is not asked for all at once."""
    phase = timedelta(seconds=zlib.crc32(id.encode()) % 3600)
    hour = now.replace(minute=0, second=0, microsecond=0) + phase
    return hour if hour > now else hour + AN_HOUR
