"""What the public would read, shown to the owner alone before it goes out: with one click it does, with another it does not.

`/tocsin public api is down` may be a report by somebody who did not know the command, so a third click opens that.
"""

from __future__ import annotations

from typing import Final

from tocsin.acts import incidents, looks
from tocsin.core.case import Case
from tocsin.core.decisions_public import approve_public_update
from tocsin.errors import Invalid, TocsinError
from tocsin.integrations.slack import anyway
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import actions, button, escaped, section
from tocsin.integrations.slack.grammar import may_be_a_report
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply, refusal_words

PUBLISH: Final = "publish_update"
DISCARD: Final = "discard_update"


async def preview(ask: Ask, ref: str, text: str) -> Reply:
    """Refused as the publishing would be, so that nobody approves what can't go out."""
    view = await looks.case(ask.house, ref, ask.actor.person)
    roster = await looks.roster(ask.house)
    try:
        approve_public_update(Case(view.incident, view.handbook, view.now, roster), ask.actor, text, text)
    except TocsinError as refusal:
        if not ask.trigger or not may_be_a_report(ask.whole):
            raise
        return anyway.offer(ask, escaped(refusal_words(refusal, ask.caller)))
    public = view.incident.public
    value = f"{ref}|{len(public.updates)}|{text}"
    if len(value) > anyway.VALUE_LIMIT:
        raise Invalid(f"That is too long for a command: /tocsin public {ref} opens a form", field="text")
    places = " and ".join(
        [*(["the issue shows"] if public.issue else []), *(["a post says"] if public.post else [])]
    )
    shown = f"*Nothing has gone out yet.* {ref}: {places} this, once you let it go out:\n> {escaped(text)}"
    clicks = [
        button(PUBLISH, "Let it go out", value, is_main=True),
        button(DISCARD, "Discard", f"{ref}|"),
        *(anyway.buttons(ask) if ask.trigger and may_be_a_report(ask.whole) else []),
    ]
    return Reply(shown, [section(shown), *actions(clicks)])


async def publish(lobby: Lobby, caller: Caller, ref: str, what: str) -> Reply:
    """Let go out what was shown; pressed twice, or after other words went out, it goes out no more."""
    count, _, text = what.partition("|")
    await incidents.publish_update(lobby.house, caller.actor, ref, text, int(count))
    return Reply(f"{ref}: the public is told:\n> {escaped(text)}", replaces=True)


def discard(ref: str) -> Reply:
    return Reply(f"{ref}: nothing has gone out.", replaces=True)
