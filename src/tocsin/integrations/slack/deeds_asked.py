"""The commands in which people ask something of each other, and answer; the update for the public, and the recorded steps."""

from __future__ import annotations

from dataclasses import replace

from tocsin.acts import asking, incidents, looks
from tocsin.core import incident as states
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.integrations.slack.asked_words import told
from tocsin.integrations.slack.asking import LISTED, Ask, which, words_after
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.deeds import UNLEARNED, done, show_form
from tocsin.integrations.slack.forms_asked import ON_CALL
from tocsin.integrations.slack.genie.grammar import split_at_last
from tocsin.integrations.slack.grammar import because, first_word, halves, leading_id, leading_ref, pairs
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.preview import preview
from tocsin.integrations.slack.recipients import person_of


async def delegate(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await show_form(ask, "delegate", ref)
    who, text = first_word(words_after(rest, "delegate [INC] @WHO TEXT", "to"))
    to = await person_of(ask.house, who)
    incident = await asking.delegate(ask.house, ask.actor, ref, to, text)
    return Reply(await told(ask.house, incident, ask.actor))


async def todo(ask: Ask) -> Reply:
    """`todo TEXT for @WHO`: split at the last `for`, since the text may say it as well. Without anybody's name the form asks for one."""
    ref, rest = await which(ask)
    text, who = split_at_last(rest, ("for",)) or (rest, "")
    if not who and ask.trigger:
        return await show_form(ask, "delegate", ref, text)
    to = await person_of(ask.house, words_after(who, "todo [INC] TEXT for @WHO", "to"))
    incident = await asking.delegate(ask.house, ask.actor, ref, to, text)
    return Reply(await told(ask.house, incident, ask.actor))


async def accept(ask: Ask) -> Reply:
    ref, about, _ = await _asked(ask)
    if about.startswith("H"):
        incident = await asking.accept_handover(ask.house, ask.actor, ref, about)
        return done(incident, f"you own it now. Say next what you intend to do: `/tocsin next {ref} …`")
    incident = await asking.accept_task(ask.house, ask.actor, ref, about)
    return done(incident, f"{about} is yours. Say what came of it: `/tocsin result {ref} {about} …`")


async def decline(ask: Ask) -> Reply:
    ref, about, rest = await _asked(ask)
    reason = because(rest)[1]
    if about.startswith("H"):
        incident = await asking.decline_handover(ask.house, ask.actor, ref, reason, about)
        return done(incident, "the owner stays the owner")
    incident = await asking.decline_task(ask.house, ask.actor, ref, about, reason)
    return done(incident, f"{about} is the owner's again")


async def result(ask: Ask) -> Reply:
    ref, about, rest = await _asked(ask, may_be_accepted=True)
    if not rest and ask.trigger:
        return await show_form(ask, "report_task", ref, about)
    text = words_after(rest, f"result {ref} {about} TEXT")
    incident = await asking.report_task(ask.house, ask.actor, ref, about, text)
    return done(incident, f"the owner hears what came of {about}")


async def withdraw(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    about, rest = leading_id(rest, "TH")
    if not about:
        raise Invalid("Write /tocsin withdraw T1 because REASON", field="task")
    incident = await asking.withdraw_task(ask.house, ask.actor, ref, about, because(rest)[1] or rest)
    return done(incident, f"{about} is withdrawn")


async def hand_over(ask: Ask) -> Reply:
    """`hand over [INC] to @WHO|on-call [| SUMMARY]`; alone it opens the form."""
    words = ask.words.strip()
    if words.lower().startswith("over"):
        words = words[len("over") :].strip()
    ref, rest = leading_ref(words)
    if not ref:
        ref, rest = (await which(_with(ask, "")))[0], words
    if not rest and ask.trigger:
        return await show_form(ask, "hand_over", ref)
    who, summary = halves(words_after(rest, "hand over [INC] to @WHO | SUMMARY", "to"))
    who = who[3:].strip() if who.lower().startswith("to ") else who
    is_on_call = who.lower().lstrip("@").replace(" ", "-") in (ON_CALL, "oncall")
    to = ON_CALL if is_on_call else await person_of(ask.house, who)
    incident = await asking.hand_over(ask.house, ask.actor, ref, to, summary)
    return Reply(await told(ask.house, incident, ask.actor))


async def release(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    return done(await asking.release(ask.house, ask.actor, ref), "you are released")


async def public(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await show_form(ask, "public_update", ref)
    text = words_after(rest, "public [INC] TEXT")
    return await preview(ask, ref, text)


async def step(ask: Ask) -> Reply:
    """A step with its fields; without them the form that the handbook makes of it."""
    ref, rest = await which(ask, *UNLEARNED)
    view = await looks.case(ask.house, ref, ask.actor.person)
    steps = view.handbook.steps_of(view.incident.kind)
    id, words = first_word(rest)
    found = next((one for one in steps if one.id == id), None)
    if found is None:
        names = ", ".join(one.id for one in steps) or "none"
        raise NotFound(f"{view.incident.kind} has no step {id or '(unnamed)'}; it has: {names}", field="step")
    if not words and ask.trigger:
        return await show_form(ask, "step", ref, found.id)
    usage = "; ".join(f"{name}: …" for name in found.fields)
    values = pairs(words_after(words, f"step {ref} {found.id} {usage}", "values"), found.fields)
    incident = await incidents.take_step(ask.house, ask.actor, ref, found.id, values)
    return done(incident, f"{escaped(found.title)} is recorded")


async def _asked(ask: Ask, *, may_be_accepted: bool = False) -> tuple[str, str, str]:
    """The incident, and the task or handover, that the caller answers for, and the rest of the words.

    Named, or the only one that waits for them in that incident, or in any that is open.
    """
    ref, rest = leading_ref(ask.words)
    about, rest = leading_id(rest, "TH")
    refs = [ref or ask.ref] if ref or ask.ref else await _open_refs(ask)
    found = [(ref, id) for ref in refs for id in await _mine(ask, ref, may_be_accepted=may_be_accepted)]
    if about and len(refs) == 1:
        return refs[0], about, rest
    found = [(ref, id) for ref, id in found if not about or id == about]
    if len(found) == 1:
        return *found[0], rest
    if not found:
        raise Conflict("Nothing waits for an answer of yours here")
    listed = ", ".join(f"{ref} {id}" for ref, id in found)
    raise Invalid(
        f"Several wait for you; say which: /tocsin {ask.word} {found[0][0]} {found[0][1]} ({listed})"
    )


async def _mine(ask: Ask, ref: str, *, may_be_accepted: bool) -> list[str]:
    """The tasks and the handover of that incident that wait for the caller."""
    asked = (await looks.case(ask.house, ref, ask.actor.person)).incident.asked
    mine = [
        task.id
        for task in asked.tasks
        if task.to == ask.actor.person and task.is_theirs and (may_be_accepted or task.state == "asked")
    ]
    is_handed = asked.handover and asked.handover.to == ask.actor.person and not may_be_accepted
    return [*mine, asked.handover.id] if asked.handover and is_handed else mine


async def _open_refs(ask: Ask) -> list[str]:
    rows = await looks.incidents(ask.house, ask.actor.person, statuses=(states.OPEN,), limit=LISTED)
    return [row.ref for row in rows]


def _with(ask: Ask, words: str) -> Ask:
    return replace(ask, words=words)
