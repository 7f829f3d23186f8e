"""What is done to incidents by their ids. Each is done for itself: one that is refused holds up no other, and is named."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from tocsin.acts import asking, incidents, looks
from tocsin.core.incident import Incident
from tocsin.errors import Invalid, TocsinError
from tocsin.integrations.slack import answers
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.genie import choosing
from tocsin.integrations.slack.genie.grammar import About, Closing, Priority, tags
from tocsin.integrations.slack.lobby import Reply, refusal_words
from tocsin.integrations.slack.recipients import names_of, targets_of

Deed = Callable[[str], Awaitable[str]]


async def ack(ask: Ask, refs: tuple[str, ...]) -> Reply:
    async def deed(ref: str) -> str:
        incident = await incidents.acknowledge(ask.house, ask.actor, ref)
        who = escaped(await _called(ask, incident.alert.acknowledged_by or ask.actor.person))
        return f"the page is acknowledged by {who}. To own it: `/genie own {number(ref)}`"

    return await _each(ask, refs or await only(ask, "ack", choosing.waits_for(ask.actor.person)), deed)


async def own(ask: Ask, said: tuple[tuple[str, ...], bool]) -> Reply:
    refs, take_over = said

    async def deed(ref: str) -> str:
        await incidents.own(ask.house, ask.actor, ref, take_over=take_over)
        return f"you own it. Say next what you intend to do: `/tocsin next {ref} …`"

    which = choosing.has_an_owner if take_over else choosing.has_no_owner
    return await _each(ask, refs or await only(ask, "own", which), deed)


async def assign(ask: Ask, said: tuple[tuple[str, ...], str]) -> Reply:
    """Nobody is made an owner unasked: the owner asks them to take it over, anybody else pages them for it."""
    refs, who = said
    person = await one_person(ask, who)
    name = escaped(await _called(ask, person))

    async def deed(ref: str) -> str:
        owner = (await looks.case(ask.house, ref, ask.actor.person)).incident.owner
        if owner == ask.actor.person and owner:
            await asking.hand_over(ask.house, ask.actor, ref, person)
            return f"{name} is asked to take it over; until they accept it stays yours"
        await incidents.page(ask.house, ask.actor, ref, (f"person:{person}",))
        return f"{name} is paged for it, and owns it once they say so themselves"

    refs = refs or await only(ask, "assign", lambda incident: True)
    return await _each(ask, refs, deed, f"*Recipients:* {name}")


async def note(ask: Ask, said: About) -> Reply:
    async def deed(ref: str) -> str:
        await incidents.add_note(ask.house, ask.actor, ref, said.what)
        return "noted"

    return await _each(ask, said.refs, deed, f"*Note:* {escaped(said.what)}")


async def tag(ask: Ask, said: About) -> Reply:
    named = tags(said.what)

    async def deed(ref: str) -> str:
        incident = await incidents.add_tags(ask.house, ask.actor, ref, named)
        return f"tagged {escaped(', '.join(incident.tags))}"

    return await _each(ask, said.refs, deed)


async def priority(ask: Ask, said: Priority) -> Reply:
    """P1 is the worst of the incident's severities, and so on; where there are fewer, the last stands for the rest."""

    async def deed(ref: str) -> str:
        case = await looks.case(ask.house, ref, ask.actor.person)
        levels = case.handbook.severities_of(case.incident.kind)
        level = levels[min(said.place, len(levels) - 1)]
        needs = case.handbook.is_lower(level.id, case.incident.severity) and not said.reason
        if needs:
            raise Invalid(
                f"P{said.place + 1} is {level.title}, which is lower than {case.incident.severity}: say why, "
                f"/genie update priority to P{said.place + 1} for {number(ref)} because REASON",
                field="reason",
            )
        await incidents.change_severity(ask.house, ask.actor, ref, level.id, said.reason)
        return f"the severity is {escaped(level.title)} (P{said.place + 1})"

    return await _each(ask, (said.ref,), deed)


async def execute(ask: Ask, said: About) -> Reply:
    async def deed(ref: str) -> str:
        case = await looks.case(ask.house, ref, ask.actor.person)
        offered = choosing.actions_of(case)
        wanted = said.what.lower()
        if wanted not in offered:
            raise Invalid(f"there is no action {said.what}; there are: {', '.join(offered)}", field="action")
        if wanted == "own":
            await incidents.own(ask.house, ask.actor, ref)
        elif wanted == "ack":
            await incidents.acknowledge(ask.house, ask.actor, ref)
        else:
            await incidents.approve_action(ask.house, ask.actor, ref, offered[wanted])
        return f"{wanted} is done" if wanted in ("own", "ack") else f"{wanted} goes out"

    return await _each(ask, said.refs, deed, f"*Action:* {escaped(said.what)}")


async def close(ask: Ask, said: Closing) -> Reply:
    """With how and by what evidence they are resolved; without, each is shown with the two ways in which it can end."""
    refs = said.refs or await only(ask, "close", lambda incident: True)
    if not said.evidence:
        views = [await looks.case(ask.house, ref, ask.actor.person) for ref in refs[: choosing.SHOWN]]
        why = "Nothing closes without evidence. Say how each ended"
        how = f"`/genie close {number(refs[0])} because HOW | EVIDENCE`"
        return choosing.endings([view.incident for view in views], f"{why}, here or by {how}.")

    async def deed(ref: str) -> str:
        await incidents.resolve(ask.house, ask.actor, ref, said.how, said.evidence)
        return "it is resolved"

    return await _each(ask, refs, deed, f"*How:* {escaped(said.how)} *Evidence:* {escaped(said.evidence)}")


async def ack_all(ask: Ask, _: str) -> Reply:
    """The list first; one click acknowledges what stands in it, and nothing that came later."""
    waiting = await choosing.those(ask, lambda incident: incident.alert.acknowledged_at is None)
    return choosing.confirmation(waiting) if waiting else Reply("No page waits for an acknowledgement.")


async def close_all(ask: Ask, _: str) -> Reply:
    open_ones = await choosing.those(ask, lambda incident: True)
    if not open_ones:
        return Reply("No incident is open.")
    return choosing.endings(open_ones, "Nothing closes without evidence, so each is ended for itself.")


async def one_person(ask: Ask, who: str) -> str:
    """The handle of the person who is meant. Invalid, naming who there is, for anybody else."""
    targets, unknown = await targets_of(ask.house, [who])
    if unknown or not targets or not targets[0].startswith("person:"):
        raise Invalid(f"{who} is no person here. {await answers.who_can_be_paged(ask.house)}", field="user")
    return targets[0].removeprefix("person:")


def number(ref: str) -> str:
    return ref.removeprefix("INC-")


async def _each(ask: Ask, refs: Iterable[str], deed: Deed, echo: str = "") -> Reply:
    """What came of each, by its name."""
    lines = [echo] if echo else []
    for ref in refs:
        try:
            lines.append(f"*{ref}*: {await deed(ref)}")
        except TocsinError as refusal:
            lines.append(f"*{ref}*: not done. {escaped(refusal_words(refusal, ask.caller))}")
    return Reply("\n".join(lines))


async def only(ask: Ask, word: str, fits: Callable[[Incident], bool]) -> tuple[str, ...]:
    """The one incident that is meant where none is named: the thread's, or the only one that fits. Invalid, listing them, else."""
    if ask.ref:
        return (ask.ref,)
    open_ones = await choosing.those(ask, lambda incident: True)
    found: Sequence[Incident] = [one for one in open_ones if fits(one)] or open_ones
    if len(found) == 1:
        return (found[0].ref,)
    if not found:
        raise Invalid("No incident is open", field="ref")
    listed = "\n".join(f"• {number(one.ref)}: {one.title}" for one in found[:10])
    raise Invalid(f"Several are open; say which: /genie {word} {number(found[0].ref)}\n{listed}", field="ref")


async def _called(ask: Ask, handle: str) -> str:
    return await names_of(ask.house, [f"person:{handle}"])
