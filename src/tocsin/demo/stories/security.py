"""A security incident: nobody hears of it who need not, no word of it can become public, and the clients' clock runs."""

from __future__ import annotations

from tocsin.demo.stage import Stage
from tocsin.demo.stories.doing import (
    CHANNEL,
    MINUTE,
    Story,
    answer_by_click,
    fill_in,
    first,
    form,
    in_thread,
    nothing_follows,
    record,
    said,
)
from tocsin.errors import Conflict
from tocsin.town.slack import Message

ROOM = "inc-1-private"
HOLE = "whoever changes the number in its address reads the invoices of others"
LOG = {
    "impact": "invoices of three clients could be read by others, for two days",
    "cause": "the address was not checked against who is signed in",
}


async def security(stage: Stage) -> None:
    """Carol finds a hole; Bob leads, those who must know are told, and the clients within their 24 hours."""
    room = await _reported(stage)
    await _led(stage, room)
    await _clients_told(stage, room)
    await _learned(stage, room)


async def _reported(stage: Stage) -> Message:
    town, tell = stage.town, stage.teller.say
    view = await form(stage, "carol", lambda: town.slack.command("carol", "/tocsin"))
    entered = {"title": {"title": "Invoices can be read by others"}, "text": {"text": HOLE}}
    await stage.do(
        lambda: town.slack.submit("carol", view, entered | {"kind": {"kind": "security"}}),
        "the private conversation",
        lambda: _room(stage),
    )
    room = await stage.see("the card in it", lambda: _room(stage))
    tell(
        "Carol reports a hole as a security incident: from the first second it has a conversation of its own"
    )
    if town.slack.messages(CHANNEL):
        raise Conflict("Something of a private incident stands where everybody reads")
    tell("In #incidents stands nothing; whoever is no member finds nothing of it anywhere")
    return room


async def _led(stage: Stage, room: Message) -> None:
    town, tell = stage.town, stage.teller.say
    page = await stage.see("the page to Bob", lambda: first(town.slack.dm("bob")))
    await stage.pass_time(2 * MINUTE)
    await answer_by_click(stage, room, "bob", page, "own", "I'm on it")
    words = "next I close the hole, then look in the logs who used it in 30m"
    await in_thread(stage, room, "bob", words, "Next steps", ROOM)
    tell("Bob owns it. It began as S1, the worst, since nobody knows yet")
    await stage.pass_time(5 * MINUTE)
    await in_thread(stage, room, "bob", "member @alice leads our security", "know of this", ROOM)
    lead = {"Who": "Alice", "When they were told": "at once, by telephone"}
    await record(stage, room, "bob", "security-lead", lead, ROOM)
    legal = {"Who": "our lawyers", "When they were told": "by telephone, five minutes after"}
    await record(stage, room, "bob", "legal", legal, ROOM)
    tell(
        "The security lead and, since it is S2 or worse, legal were told: recorded steps that nobody can edit"
    )
    await stage.pass_time(10 * MINUTE)
    evidence = {"What": "the access logs of two days", "Where it is kept": "in the safe, two copies"}
    await record(stage, room, "bob", "evidence", evidence, ROOM)
    words = "update the hole is closed; the logs show three clients whose invoices were read"
    await in_thread(stage, room, "bob", words, "*Update*", ROOM)
    tell("The hole is closed; the evidence is kept")


async def _clients_told(stage: Stage, room: Message) -> None:
    tell = stage.teller.say
    hit = {"Whose": "three clients", "Which data": "invoices", "How we know": "the access logs"}
    await record(stage, room, "bob", "data-hit", hit, ROOM)
    tell("Data of clients was hit: from now on 24 hours run to tell them, and 72 more for the details")
    await in_thread(
        stage, room, "bob", "sev S2 nobody used it on purpose, the logs say", "severity from S1", ROOM
    )
    await stage.pass_time(20 * MINUTE)
    told = {
        "Who": "three clients",
        "What they were told": "what was read, and by how many",
        "How": "by telephone",
    }
    await record(stage, room, "alice", "clients-told", told, ROOM)
    await stage.pass_time(5 * MINUTE)
    detail = {"Who": "three clients", "What they were told": "each access, with its time", "How": "by letter"}
    await record(stage, room, "alice", "clients-told-in-detail", detail, ROOM)
    tell("The clients were told, and told in detail, long before their time was over")


async def _learned(stage: Stage, room: Message) -> None:
    tell = stage.teller.say
    words = "resolve the address is checked now | tried it with three accounts; a test holds it"
    await in_thread(stage, room, "bob", words, "*Resolved*", ROOM)
    await stage.pass_time(5 * MINUTE)
    await nothing_follows(
        stage, room, "bob", "the test holds it, and all addresses were looked through", ROOM
    )
    end = await stage.see("the offer to write the log", lambda: said(stage, room, "*Resolved*"))
    await fill_in(stage, room, end, "log", LOG, "every duty is settled", "bob")
    tell("It is closed. Not one word of it stands in public, nor in the Google Doc")


def _room(stage: Stage) -> Message | None:
    slack = stage.town.slack
    return first(slack.messages(ROOM)) if slack.has_channel(ROOM) else None


STORY = Story(
    "A hole that nobody else may hear of",
    security,
    "closed",
    {
        "open-thread": "met",
        "reach-on-call": "met",
        "own": "met",
        "next-steps": "met",
        "update-1": "met",
        "update-2": "met",
        "tell-security-lead": "met",
        "tell-legal": "met",
        "tell-clients-1": "met",
        "tell-clients-in-detail-1": "met",
        "tell-reporter-R1": "met",
        "ops-log": "met",
        "follow-ups": "met",
        "retrospective": "met",
    },
)
