"""`tocsin alert …`, as somebody types it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from alert_steps import Town, with_town
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.work import Refused
from tocsin.engine.loop import Engine

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
def town(house: House, engine: Engine, clock: HandClock) -> Town:
    return with_town(house, engine, clock)


async def test_an_alert_is_opened_shown_and_closed_by_its_alias(town: Town, alice: Run) -> None:
    words = ("alert", "open", "The", "disk", "is", "full", "--alias", "disk/1", "--priority", "p1")
    opened = await alice(*words, "--detail", "host=db1")
    again = await alice(*words)
    await town.engine.run_due()
    listed = await alice("alert", "list", "--status", "open")
    shown = await alice("alert", "show", "1")
    closed = await alice("alert", "close", "alias:disk/1", "room", "again")

    assert opened.out.startswith("A-1 is open: http")
    assert again.out.startswith("A-1 is open already and came 2 times: http")
    assert listed.out.splitlines() == [
        "REF  STATUS  PRIO  CAME  SINCE (UTC)  MESSAGE",
        "A-1  open    P1    2     03-02 09:00  The disk is full",
    ]
    lines = shown.out.splitlines()
    assert lines[:2] == [
        "A-1  The disk is full",
        "  open, acknowledged by nobody, P1, by the policy default, came 2 times, last 03-02 09:00 UTC",
    ]
    assert "  host: db1" in lines
    assert lines[lines.index("What was done (times in UTC)") + 1] == "  03-02 09:00:00 Step 1: Bob"
    assert "Step 2: Alice, Bob" in lines[lines.index("What comes next where nobody does anything") + 1]
    assert "bob  slack  page  handed over  09:00:00  -      -" in lines
    assert closed.out.splitlines()[1].startswith("  closed by alice at 03-02 09:00 UTC, P1")


async def test_what_the_alert_says_and_what_a_provider_said_is_shown_whole(town: Town, alice: Run) -> None:
    message = "The disk of db1 is full, " + "and so is the one of db2, " * 10 + "and nobody can write"
    why = "The provider's account is suspended (code 30002): " + "pay the invoice of March, " * 8 + "then ask"
    town.devices["slack"].answers = [Refused(f"{why}\nfor its end")]
    await town.opens(message)

    shown = await alice("alert", "show", "1")

    assert shown.out.splitlines()[0] == f"A-1  {message}"
    assert f"  - {why} for its end" in shown.out.splitlines()


async def test_people_answer_it_in_every_way(town: Town, alice: Run) -> None:
    await town.opens()

    async def stands(*words: str) -> str:
        ended = await alice("alert", *words)
        assert (ended.code, ended.err) == (0, "")
        return str(ended.out.splitlines()[1])

    assert "acknowledged by alice at 03-02 09:00 UTC" in await stands("ack", "a-1")
    assert "open, acknowledged by nobody" in await stands("unack", "A-1")
    assert "acknowledged by alice" in await stands("take-over", "1")
    assert "snoozed until 03-02 13:00 UTC" in await stands("snooze", "1", "4h")
    assert "snoozed until 03-03 09:30 UTC" in await stands("snooze", "1", "tomorrow", "9:30")
    assert "open, acknowledged by nobody" in await stands("escalate", "1")
    assert "open, acknowledged by nobody" in await stands("reassign", "1", "person:carol")
    more = json.loads((await alice("alert", "add", "1", "team:ops_team", "--json")).out)
    assert set(more["paged"]) == {"alice", "bob", "carol"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "A-9"), 1, "There is no alert A-9"),
        (("show", "../me"), 2, "'../me' is no alert: write A-7, 7 or alias:NAME"),
        (("ack", "alias:none"), 1, "No open alert has the alias none"),
        (("ack", "alias:"), 2, "write alias:NAME"),
        (("unack", "1"), 1, "Nobody has acknowledged it"),
        (("list", "--status", "new"), 2, "'new' is no status; there are open, acknowledged, snoozed, closed"),
        (("open", "x", "--priority", "P9"), 2, "priority"),
        (("open", "x", "--detail", "host"), 2, "'host' names nothing: write NAME=VALUE"),
        (("snooze", "1", "soon"), 2, "'soon' is no time"),
        (("reassign", "1", "carol"), 2, "write person:HANDLE"),
    ],
)
async def test_what_is_wrong_is_said(
    town: Town, alice: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    await town.opens()
    ended = await alice("alert", *words)
    assert (ended.code, said in ended.err) == (code, True), ended.err


async def test_where_all_have_to_acknowledge_it_says_who_is_awaited(town: Town, alice: Run) -> None:
    both = {"id": "both", "steps": [{"to": ["team:ops_team"]}], "acknowledged_by": "all"}
    await save_policy(town.house, OPERATOR, both)
    await town.opens(policy="both")
    await alice("alert", "ack", "1")

    shown = await alice("alert", "show", "1")
    assert shown.out.splitlines()[1].startswith("  open, awaited are bob, ")
