"""The ops log in a document of the organisation's own."""

from __future__ import annotations

from doubles import Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.facts import TOCSIN
from tocsin.engine.loop import Engine
from walks.walk_steps import ALICE, LOG, Walk, tweet


async def test_the_entry_is_appended_to_the_document_and_only_then_all_is_settled(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> None:
    house.abilities |= {"doc"}
    walk = await Walk(house, engine, clock, mailbox).begin(tweet())
    await walk.steered()
    await walk.resolved()
    await walk.learned()

    written = await incidents.write_ops_log(house, ALICE, walk.ref, **LOG)
    await engine.run_due()

    assert written.status == "resolved"
    assert len(mailbox.take("log.append")) == 1
    view = await looks.case(house, walk.ref, TOCSIN)
    assert view.incident.status == "closed"
    duty = next(duty for duty in view.ledger if duty.id == "ops-log-document")
    assert duty.state == "met"
    assert duty.evidence.startswith("https://outside.example/log.append/")


async def test_without_a_document_nothing_of_it_is_owed(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> None:
    walk = await Walk(house, engine, clock, mailbox).begin(tweet())
    await walk.steered()
    await walk.resolved()
    await walk.learned()

    written = await incidents.write_ops_log(house, ALICE, walk.ref, **LOG)

    assert written.status == "closed"
    assert mailbox.take("log.append") == []


async def test_of_a_private_one_nothing_is_owed_to_the_document_and_it_can_close(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> None:
    house.abilities |= {"doc"}
    walk = Walk(house, engine, clock, mailbox)
    walk.ref = (await incidents.declare(house, ALICE, tweet(), kind="security")).ref

    await incidents.resolve(house, ALICE, walk.ref, "closed the hole", "tried it")
    await incidents.write_ops_log(house, ALICE, walk.ref, **LOG)
    await engine.run_due()

    assert "ops-log-document" not in await walk.duties()
    assert mailbox.take("log.append") == []
