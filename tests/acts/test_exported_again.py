"""What was exported a moment ago changes nothing when it is applied, whatever happened before, and whoever may read it may apply it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tocsin.acts import people
from tocsin.acts.configuration.applying import apply
from tocsin.acts.configuration.documents import configuration
from tocsin.acts.house import House
from tocsin.acts.oncall.absences import add_absence
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.acts.oncall.schedules import save_schedule
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change

ALICE = By(Actor("alice", "cli", "Alice"))
DAY = timedelta(days=1)


async def changed(house: House, by: By = OPERATOR) -> list[tuple[str, tuple[str, ...]]]:
    """What a fresh export would change, applied."""
    done = await apply(house, by, (await configuration(house, by))[1])
    return [(step.id, step.words) for step in done.steps if step.action != "unchanged"]


async def test_what_somebody_chose_to_hear_of_is_in_no_file_and_stays(house: House) -> None:
    await people.choose_notices(house, OPERATOR, "alice", ["1h"])

    assert await changed(house) == []
    assert await changed(house, ALICE) == [], "a team's member changes nobody by it"
    assert (await people.everybody(house)).people["alice"].notices == ("1h",)


def rotation(*participants: Any, **given: Any) -> dict[str, Any]:
    first = datetime(2026, 3, 2, 9, 0).isoformat()  # noqa: DTZ001 - local wall clock
    return {"id": "r", "first_handoff": first, "every": "1 day", "participants": list(participants), **given}


async def test_after_somebody_left_there_is_nothing_to_apply(house: House, clock: HandClock) -> None:
    await people.save_team(house, "night", ["bob"])
    for id, participants in (
        ("two", [["bob", "alice"], ["carol", "bob"]]),
        ("turns", ["alice", "bob", "carol"]),
        ("solo", ["bob", "alice"]),
        ("teams", ["team:ops_team", "carol"]),
        ("both", [["bob", "alice"]]),
        ("nobody", ["bob", "nobody"]),
        ("mixed", [["bob", "team:ops_team"], "alice"]),
        ("alone", ["bob"]),
        ("twice", ["bob", "alice", "bob", "carol"]),
        ("gone", [["team:night", "alice"], "carol"]),
        ("night", ["team:night", "alice"]),
        ("solo2", ["alice", ["team:night", "bob"]]),
        ("solo3", [["alice", "bob"], "team:night"]),
        ("solo4", ["alice", ["bob", "team:night"]]),
    ):
        plan = {"zone": "UTC", "layers": [{"name": "base", "rotations": [rotation(*participants)]}]}
        await save_schedule(house, OPERATOR, id, plan)
    clock.advance(10 * DAY)
    await add_absence(house, OPERATOR, "bob", start=date(2026, 3, 20), end=date(2026, 3, 22))
    await add_override(
        house, OPERATOR, "solo", Wish(Change.TAKE, clock.now() + DAY, ("bob",), "", clock.now(), "")
    )
    await add_override(
        house,
        OPERATOR,
        "solo2",
        Wish(Change.TAKE, clock.now() + 2 * DAY, ("bob",), "", clock.now() + DAY, ""),
    )
    clock.advance(DAY / 4)

    await people.remove_person(house, "bob")

    assert await changed(house) == []
