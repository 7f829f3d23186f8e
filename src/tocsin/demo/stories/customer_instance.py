"""A customer's own instance is down: they write a mail, the team is paged by the Opsgenie that it still keeps, the customer is told."""

from __future__ import annotations

from tocsin.demo.cast import CLIENT, INCIDENTS_MAIL
from tocsin.demo.stage import Stage
from tocsin.demo.stories.doing import (
    CHANNEL,
    MINUTE,
    Story,
    fill_in,
    first,
    in_thread,
    nothing_follows,
    record,
    said,
)
from tocsin.town.slack import Message

LOG = {
    "impact": "nobody at BigCorp could use their instance for 40 minutes",
    "cause": "an upgrade stopped at a migration; the licence had run out as well",
}
LETTER = "Since the upgrade to 5.2 this morning our instance does not start: Dirty database version 42. Please help.\n\nDana"


async def customer_instance(stage: Stage) -> None:
    """Dana writes; Bob acknowledges in Opsgenie, names the customer, rolls back; Dana says that it is well again."""
    card = await _reported(stage)
    await _paged(stage, card)
    await _worked_on(stage, card)
    await _ended(stage, card)


async def _reported(stage: Stage) -> Message:
    town, tell = stage.town, stage.teller.say
    await stage.do(
        lambda: town.mail.write(CLIENT, INCIDENTS_MAIL, "Our instance is down", LETTER),
        "the card in #incidents",
        lambda: first(town.slack.messages(CHANNEL)),
    )
    tell(f"{CLIENT} writes a mail: our instance does not start")
    await stage.see("the answer by mail", lambda: first(town.mail.to(CLIENT)))
    tell("The incident is open, and the customer has an answer by mail")
    return await stage.see("the card", lambda: first(town.slack.messages(CHANNEL)))


async def _paged(stage: Stage, card: Message) -> None:
    town, tell = stage.town, stage.teller.say
    alert = await stage.see("the alert in Opsgenie", lambda: first(town.opsgenie.alerts))
    tell(f"This team still keeps Opsgenie: the alert is there ({alert.message}). That alone reaches nobody")
    await stage.pass_time(3 * MINUTE)
    town.opsgenie.acknowledge(alert.alias, "bob@acme.example")
    await stage.see("the acknowledgement", lambda: said(stage, card, "has acknowledged the page"))
    tell("Bob acknowledges in Opsgenie: that counts")
    await in_thread(stage, card, "bob", "own", "I'm on it")
    await in_thread(
        stage, card, "bob", "kind customer-instance it is BigCorp's own instance", "to *customer-instance*"
    )
    tell("Bob owns it: a customer's own instance. No public word is offered")


async def _worked_on(stage: Stage, card: Message) -> None:
    tell = stage.teller.say
    customer = {"Customer": "BigCorp", "Version": "5.2, from 5.1", "Who talks to them": "Carol"}
    await record(stage, card, "bob", "customer", customer)
    await in_thread(stage, card, "bob", "next I roll back to 5.1 with Dana, code first in 20m", "Next steps")
    await stage.pass_time(8 * MINUTE)
    down = {
        "From version": "42",
        "To version": "41",
        "How it was rehearsed": "on a copy of last night's backup",
        "Result": "clean, in a transaction",
    }
    await record(stage, card, "bob", "down-migration", down)
    await in_thread(stage, card, "bob", "rollback yes to 5.1, with one down migration", "Rolled back?* Yes")
    await record(stage, card, "bob", "license-key", {"Customer": "BigCorp", "Valid for": "7 days"})
    tell("Which customer, the down migration and the licence key are recorded steps")
    await stage.pass_time(5 * MINUTE)


async def _ended(stage: Stage, card: Message) -> None:
    town, tell = stage.town, stage.teller.say
    words = "resolve rolled back to 5.1, and a key for 7 days | it starts, and Dana can search"
    await in_thread(stage, card, "bob", words, "*Resolved*")
    await stage.see("the end by mail", lambda: first(town.mail.to(CLIENT)[1:]))
    tell("The customer reads by mail how it ended; the alert in Opsgenie is closed")
    await stage.pass_time(5 * MINUTE)
    confirmed = {"Who": "Dana", "What they said": "works again, thank you"}
    await record(stage, card, "bob", "customer-confirmed", confirmed)
    tell("It is well again when the customer says so: Dana has")
    await nothing_follows(stage, card, "bob", "the upgrade notes say it already")
    end = await stage.see("the offer to write the log", lambda: said(stage, card, "*Resolved*"))
    await fill_in(stage, card, end, "log", LOG, "every duty is settled", "bob")
    tell("The ops log is written, every duty is settled: the incident is closed")


STORY = Story(
    "A customer's instance is down",
    customer_instance,
    "closed",
    {
        "acknowledge-reporter-R1": "met",
        "open-thread": "met",
        "reach-on-call": "met",
        "own": "met",
        "name-customer": "met",
        "next-steps": "met",
        "rolled-back": "met",
        "update-1": "met",
        "tell-reporter-R1": "met",
        "customer-confirmed": "met",
        "ops-log": "met",
        "ops-log-document": "met",
        "follow-ups": "met",
        "retrospective": "met",
    },
    keeps_opsgenie=True,
)
