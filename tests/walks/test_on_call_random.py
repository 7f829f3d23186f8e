"""Random months of edits, overrides, leave, cover and people who come and go: what holds through all of it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from tocsin.acts import looks as everywhere
from tocsin.acts import people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.absences import absences_of, add_absence, end_absence
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.cover import accept_cover, ask_cover, covers
from tocsin.acts.oncall.overrides import Wish, add_override, end_override, overrides_of
from tocsin.acts.oncall.schedules import Head, save_schedule
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.errors import TocsinError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HANDLES = ("alice", "bob", "carol", "dora", "erin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
EVERY = ("1 week", "1 day", "12 hours", "2 weeks", "1 month", ["mon", "thu"])


@dataclass
class Month:
    """A house to which anything may happen, a second node, and what was said of the past."""

    house: House
    other: House
    clock: HandClock
    chance: random.Random
    told: list[tuple[Any, ...]] = field(default_factory=list)
    refused: int = 0

    def some(self, of: tuple[Any, ...] = HANDLES) -> Any:
        return self.chance.choice(of)

    async def step(self) -> None:
        act: Callable[[], Awaitable[object]] = self.chance.choice(
            [self.edit, self.override, self.override, self.end, self.leave, self.back, self.cover, self.team, self.go]
        )  # fmt: skip
        try:
            await act()
        except TocsinError:
            self.refused += 1
        self.clock.advance(timedelta(minutes=self.chance.randrange(0, 60 * 40)))

    def plan(self) -> dict[str, Any]:
        def rotation(id: str) -> dict[str, Any]:
            every = self.chance.choice(EVERY)
            who = [
                self.some((*HANDLES, "team:ops_team", "nobody", list(HANDLES[:2])))
                for _ in range(self.chance.randint(1, 4))
            ]
            restrict = self.chance.choice(
                [[], [], ["Mon-Fri 09:00-17:00"], ["Fri 17:00 - Mon 09:00"], ["22:00-06:00"]]
            )
            return {"id": id, "first_handoff": "2026-02-02 09:00", "every": every, "participants": who, "restrict": restrict}  # fmt: skip

        layers = [
            {"name": f"L{n}", "rotations": [rotation(f"r{n}")]} for n in range(self.chance.randint(1, 3))
        ]
        return {"zone": self.chance.choice(ZONES), "layers": layers}

    async def edit(self) -> None:
        _, kept = await looks.schedule(self.house, "ops")
        given: dict[str, Any] = {
            "expected": kept.version,
            "head": Head(team="ops_team"),
            "drop_planned": True,
        }
        if self.chance.random() < 0.3:
            given["since"] = self.clock.now() + self.chance.randrange(1, 200) * HOUR
        plan = self.plan()
        seen = await save_schedule(self.house, OPERATOR, "ops", plan, **given, preview=True)
        done = await save_schedule(self.house, OPERATOR, "ops", plan, **given)
        assert seen.effect == done.effect

    async def override(self) -> None:
        start = self.clock.now() + self.chance.randrange(0, 100) * HOUR
        change = self.chance.choice(list(Change))
        people = () if change is Change.REMOVE else (self.some(),)
        whom = self.some() if change in (Change.REPLACE, Change.REMOVE) else ""
        wish = Wish(change, start + self.chance.randrange(1, 80) * HOUR, people, whom, start)
        await add_override(self.house, OPERATOR, "ops", wish)

    async def end(self) -> None:
        found = await overrides_of(self.house, "ops", self.clock.now(), self.clock.now() + 60 * DAY)
        one, version = self.chance.choice(found or [(None, 0)])
        if one:
            await end_override(self.house, OPERATOR, one.id, expected=version)

    async def leave(self) -> None:
        today = self.clock.now().date()
        first = today + self.chance.randrange(0, 6) * DAY
        last = first + self.chance.randrange(1, 9) * DAY
        await add_absence(self.house, OPERATOR, self.some(), start=first, end=last)

    async def back(self) -> None:
        found = await absences_of(self.house, self.clock.now(), self.clock.now() + 60 * DAY)
        if found:
            one = self.chance.choice(found)
            await end_absence(self.house, OPERATOR, one.absence.id, expected=one.version)

    async def cover(self) -> None:
        waiting = [one for one in await covers(self.house) if one.state == "open"]
        if waiting:
            row = self.chance.choice(waiting).row
            middle = row.start + (row.end - row.start) / 2
            await accept_cover(self.house, By(Actor(row.asked[0], "web")), row.id, end=middle)
            return
        start = self.clock.now() + self.chance.randrange(1, 60) * HOUR
        await ask_cover(self.house, OPERATOR, "ops", person=self.some(), start=start, end=start + 9 * HOUR)

    async def team(self) -> None:
        await people.save_team(self.house, "ops_team", self.chance.sample(HANDLES, self.chance.randint(1, 4)))

    async def go(self) -> None:
        gone = self.some()
        seen = await people.remove_person(self.house, gone, preview=True)
        assert await people.remove_person(self.house, gone) == seen
        assert gone not in (await everywhere.roster(self.house)).on_call
        await people.save_person(self.house, gone, email=f"{gone}@acme.example")

    async def nothing_that_was_has_moved(self) -> None:
        start = self.clock.now() - 39 * DAY
        shifts = await looks.shifts(self.house, "ops", start, self.clock.now())
        now = [(one.person, one.start, one.end, one.because.override, one.because.rotation) for one in shifts]
        cut = self.told[-1] if self.told else ()
        self.told.append((self.clock.now(), now))
        if cut:
            at, then = cut
            assert _until(now, at, start) == _until(then, at, start)

    async def both_nodes_and_a_new_one_agree(self, pool: asyncpg.Pool) -> None:
        fresh = await make_house(pool, self.clock)
        ours, theirs, new = [
            (await people.everybody(one)).kept["ops"] for one in (self.house, self.other, fresh)
        ]
        assert ours.version == theirs.version == new.version
        assert ours.schedule.plan == theirs.schedule.plan == new.schedule.plan
        names = [(await everywhere.roster(one)).on_call for one in (self.house, self.other, fresh)]
        assert names[0] == names[1] == names[2]
        window = self.clock.now() - 30 * DAY, self.clock.now() + 30 * DAY
        all_shifts = [await looks.shifts(one, "ops", *window) for one in (self.house, self.other, fresh)]
        assert all_shifts[0] == all_shifts[1] == all_shifts[2]


def _until(told: list[tuple[Any, ...]], at: Any, start: Any) -> list[tuple[Any, ...]]:
    return [
        (one[0], max(one[1], start), min(one[2], at), *one[3:])
        for one in told
        if one[1] < at and one[2] > start
    ]


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 25])
async def test_whatever_happens_the_past_stays_and_every_node_says_the_same(
    house: House, pool: asyncpg.Pool, clock: HandClock, seed: int
) -> None:
    for handle in ("dora", "erin"):
        await people.save_person(house, handle, email=f"{handle}@acme.example")
    month = Month(house, await make_house(pool, clock), clock, random.Random(seed))

    for n in range(25):
        await month.step()
        await month.nothing_that_was_has_moved()
        if n % 5 == 4:
            await month.both_nodes_and_a_new_one_agree(pool)

    assert month.refused < 15
