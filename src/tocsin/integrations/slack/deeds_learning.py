"""The commands with which an incident is learned from: follow-ups and the retrospective."""

from __future__ import annotations

from dataclasses import replace

from tocsin.acts import learning, looks
from tocsin.core import incident as states
from tocsin.core.retrospective import SECTIONS
from tocsin.errors import Invalid
from tocsin.integrations.slack.asking import Ask, which, words_after
from tocsin.integrations.slack.blocks import called, date
from tocsin.integrations.slack.deeds import done, show_form
from tocsin.integrations.slack.grammar import because, first_word, leading_id, meeting
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import person_of, targets_of

ANY = (states.OPEN, states.RESOLVED, states.DISMISSED)
ENDED = (states.RESOLVED, states.DISMISSED)


async def follow_up(ask: Ask) -> Reply:
    """`follow-up [@WHO] TITLE`, or `follow-up done F1 HOW`; alone it opens the form. Each has somebody's name on it: the asker's, if no other."""
    ref, rest = await which(ask, *ANY)
    if not rest and ask.trigger:
        return await show_form(ask, "follow_up", ref)
    who, title = first_word(words_after(rest, "follow-up [INC] @WHO TITLE", "title"))
    if who == "done":
        return await _finished(ask, ref, title)
    named, _ = await targets_of(ask.house, [who])
    if ask.actor.person and not who.startswith("@") and not any(one.startswith("person:") for one in named):
        to, title = ask.actor.person, rest
    else:
        to = await person_of(ask.house, who)
    incident = await learning.file_follow_up(ask.house, ask.actor, ref, title, to)
    roster = await looks.roster(ask.house)
    filed = incident.asked.follow_ups[-1].id
    return done(incident, f"the follow-up {filed} is {called(to, roster)}'s")


async def _finished(ask: Ask, ref: str, words: str) -> Reply:
    id, how = leading_id(words, "F")
    if not id:
        raise Invalid("Write /tocsin follow-up done F1 HOW", field="follow_up")
    if not how and ask.trigger:
        return await show_form(ask, "follow_up_done", ref, id)
    incident = await learning.finish_follow_up(ask.house, ask.actor, ref, id, how)
    return done(incident, f"{id} is done")


async def nothing_follows(ask: Ask) -> Reply:
    ref, rest = await which(_after(ask, "follows"), *ENDED)
    reason = because(rest)[1] or rest
    if not reason and ask.trigger:
        return await show_form(ask, "no_follow_ups", ref)
    return done(await learning.no_follow_ups(ask.house, ask.actor, ref, reason), "nothing follows")


async def retro(ask: Ask) -> Reply:
    """`retro 2026-03-05 15:00 [for 60m] [with @a @b]`, in UTC; alone it opens the form."""
    ref, rest = await which(ask, *ENDED)
    if not rest and ask.trigger:
        return await show_form(ask, "retrospective", ref)
    found = meeting(words_after(rest, "retro 2026-03-05 15:00 [for 60m] [with @a @b]", "starts_at"))
    if found is None:
        raise Invalid(
            "Write the time as 2026-03-05 15:00, in UTC: /tocsin retro 2026-03-05 15:00 for 60m with @a @b"
        )
    people = [await person_of(ask.house, name, "people") for name in found.people]
    incident = await learning.plan_retrospective(ask.house, ask.actor, ref, found.at, found.minutes, people)
    planned = incident.asked.retrospective.planned
    roster = await looks.roster(ask.house)
    who = ", ".join(called(handle, roster) for handle in planned.people) if planned else ""
    when = date(found.at, ask.house.clock.now())
    return done(incident, f"the retrospective is {when}, {found.minutes} minutes, with {who}")


async def no_retro(ask: Ask) -> Reply:
    for word in ("retrospective", "retro"):
        if ask.words.lower().startswith(word):
            ask = _after(ask, word)
    ref, rest = await which(ask, *ENDED)
    reason = because(rest)[1] or rest
    if not reason and ask.trigger:
        return await show_form(ask, "no_retrospective", ref)
    incident = await learning.decline_retrospective(ask.house, ask.actor, ref, reason)
    return done(incident, "there is no retrospective")


async def feedback(ask: Ask) -> Reply:
    """`feedback [INC] HEADING TEXT`; without a heading the form asks for it."""
    ref, rest = await which(ask, *ENDED, states.CLOSED)
    heading, text = first_word(rest)
    if heading in SECTIONS and text:
        await learning.give_feedback(ask.house, ask.actor, ref, heading, text)
        return Reply(f"{ref}: it stands under “{SECTIONS[heading]}”. {ask.house.places.retrospective(ref)}")
    if ask.trigger:
        return await show_form(ask, "feedback", ref, rest)
    raise Invalid(f"Write feedback HEADING TEXT; the headings are {', '.join(SECTIONS)}", field="section")


def _after(ask: Ask, word: str) -> Ask:
    """The same without the word that belongs to the command."""
    words = ask.words.strip()
    return replace(ask, words=words[len(word) :] if words.lower().startswith(word) else words)
