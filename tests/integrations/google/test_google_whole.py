"""The ops log's way to the document, through rows and the engine."""

from __future__ import annotations

from datetime import timedelta

from doubles import Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.declare import NewReport
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.work import LOG_APPEND, Work
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.google import GoogleLink
from tocsin.store import works as work_rows
from tocsin.town import Town

ALICE = Actor("alice", "web", "Alice")


async def written(house: House) -> None:
    """An incident that is over, and its ops log."""
    report = NewReport(
        source="web", text="Sign-in is broken", reporter="alice", outside=False, answer_via="page", key="k"
    )
    await incidents.declare(house, ALICE, report, title="Sign-in is broken")
    await incidents.own(house, ALICE, "INC-1")
    await incidents.resolve(house, ALICE, "INC-1", "rolled back", "sign-in works", rolled_back=True)
    await incidents.write_ops_log(
        house, ALICE, "INC-1", impact="all", detection="a report", cause="a bug", resolution="rolled back"
    )


async def planned(house: House) -> None:
    """What the plan will ask for once it knows this work."""
    row = (await looks.incidents(house, TOCSIN))[0]
    async with house.pool.acquire() as conn:
        await work_rows.plan(
            conn, row.id, [Work(LOG_APPEND, "INC-1/doc", "INC-1/log/1", via="google")], house.clock.now()
        )


async def test_an_entry_whose_yes_was_lost_stands_there_once_after_the_next_try(
    house: House, link: GoogleLink, town: Town, document: str, mailbox: Mailbox, clock: HandClock
) -> None:
    assert link.reach is not None
    names = ("slack", "email", "github", "x")
    engine = Engine(house, Reaches([link.reach, *(mailbox.under(name) for name in names)]))
    town.faults.add("google", "POST /v1/documents/*", "lost_answer")
    await written(house)
    await planned(house)

    await engine.run_due()
    clock.advance(timedelta(seconds=5))
    await engine.run_due()

    async with house.pool.acquire() as conn:
        waiting = await work_rows.waiting(conn, (await looks.incidents(house, TOCSIN))[0].id)
    assert town.google.text(document).count("INC-1: Sign-in is broken") == 1
    assert "owned by Alice" in town.google.text(document)
    assert [work for work in waiting if work.does == LOG_APPEND] == []
