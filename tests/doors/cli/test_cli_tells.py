"""What a command at the machine moves is told to those whose shifts it moves, by the services that the settings name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.schedules import save_schedule

Run = Callable[..., Awaitable[Any]]
MAIL = {"TOCSIN_SMTP_HOST": "mail.acme.example", "TOCSIN_MAIL_FROM": "tocsin@acme.example"}


async def test_a_team_that_is_set_at_the_machine_tells_whose_shifts_move(
    run: Run, house: House, dsn: str
) -> None:
    plan = {
        "zone": "UTC",
        "layers": [
            {
                "name": "base",
                "rotations": [{"id": "r", "first_handoff": "2026-03-02T09:00", "participants": ["team:ops_team"]}],
            }
        ],
    }  # fmt: skip
    await save_schedule(house, OPERATOR, "tm", plan)
    await house.pool.execute("DELETE FROM works")

    ended = await run("team", "set", "ops_team", "alice", "carol", DATABASE_URL=dsn, **MAIL)

    assert (ended.code, ended.err) == (0, "")
    told = await house.pool.fetch("SELECT via, payload FROM works WHERE does = 'notice' ORDER BY id")
    assert {(row["via"], row["payload"]["person"]) for row in told} == {("email", "bob"), ("email", "carol")}
    assert "Whoever runs Tocsin put you on call now" in {row["payload"]["subject"] for row in told}
