"""Opening forms, and what is sent with them: each form does one act. Refusals come back at the field that they are about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from tocsin.acts import incidents, looks
from tocsin.acts.looks import View
from tocsin.acts.policies import all_policies
from tocsin.core.case import Actor
from tocsin.errors import Invalid, TocsinError
from tocsin.integrations.slack import modals, reports
from tocsin.integrations.slack.blocks import JSON, OPTIONS_LIMIT, entered, name_of
from tocsin.integrations.slack.client import SlackFailed
from tocsin.integrations.slack.form import Company, Form, Sent, company
from tocsin.integrations.slack.forms_asked import FORMS_OF_ASKING
from tocsin.integrations.slack.forms_learning import FORMS_OF_LEARNING
from tocsin.integrations.slack.forms_procedures import FORMS_OF_PROCEDURES
from tocsin.integrations.slack.grammar import span
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply, refusal_words
from tocsin.integrations.slack.reports import Told

REPORT = "report"
STALE = ("hash_conflict", "not_found")
"""What Slack says of a form that was changed again, or closed, in the meantime."""


async def open_form(
    lobby: Lobby, actor: Actor, name: str, trigger: str, ref: str, about: str = "", channel: str = ""
) -> None:
    """Put a form before who clicked. NotFound if there is no such incident; SlackFailed if Slack's three seconds are over."""
    form = FORMS[name]
    view = await looks.case(lobby.house, ref, actor.person)
    if form.draw_with:
        blocks = form.draw_with(view, about, await company(lobby.house, actor, view))
    else:
        assert form.draw
        blocks = form.draw(view, about)
    metadata = json.dumps({"ref": ref, "about": about if form.draw_with else "", "channel": channel})
    await _show(lobby, trigger, modals.modal(name, f"{ref}: {form.title}", form.submit, metadata, blocks))


async def open_report(lobby: Lobby, trigger: str, channel: str = "") -> None:
    """The form of a new report; what is entered there is answered in `channel`."""
    blocks = modals.report(lobby.house.handbook, policies=await _policies(lobby))
    await _show(lobby, trigger, _report(blocks, json.dumps({"channel": channel})))


async def redraw_report(lobby: Lobby, view: JSON) -> None:
    """The form of a new report with the severities of the kind that is chosen in it now. An older answer than the last changes nothing."""
    given = entered(view)
    blocks = modals.report(lobby.house.handbook, given.get("kind", ""), given, await _policies(lobby))
    new = _report(blocks, str(view.get("private_metadata") or "{}"))
    try:
        await lobby.slack.do(
            lambda web: web.views_update(view_id=str(view["id"]), hash=str(view.get("hash") or ""), view=new)
        )
    except SlackFailed as failed:
        if failed.error not in STALE:
            raise


async def take(lobby: Lobby, caller: Caller, view: JSON) -> Reply:
    """Do what a sent form asks. A refusal is shown at its field; the form stays open with what was entered."""
    try:
        return await _take(lobby, caller, view)
    except TocsinError as refusal:
        blocks = [str(block["block_id"]) for block in view["blocks"] if block["type"] == "input"]
        where = next((block for block in blocks if name_of(block) == refusal.field), blocks[0])
        return Reply(refusal.message, errors={where: refusal_words(refusal, caller)})


def channel_of(view: JSON) -> str:
    """The channel from which a form was opened; "" where it was none."""
    return str(json.loads(view.get("private_metadata") or "{}").get("channel", ""))


async def _take(lobby: Lobby, caller: Caller, view: JSON) -> Reply:
    values, metadata = entered(view), json.loads(view.get("private_metadata") or "{}")
    name = str(view.get("callback_id"))
    if name == REPORT:
        if not (values.get("title") or values.get("text") or "").strip():
            raise Invalid("Say what is broken, in a few words", field="title")
        told = Told(
            text=values.get("text") or values.get("title", ""),
            title=values.get("title", ""),
            kind=values.get("kind", ""),
            severity=values.get("severity", ""),
            reason=values.get("reason", ""),
            policy=values.get("policy", ""),
            key=f"form/{view.get('id', '')}",
        )
        return await reports.declared(lobby, caller, told)
    if name not in FORMS:
        raise Invalid(f"Tocsin has no form {name!r} any more: open it anew")
    sent = Sent(lobby.house, caller.actor, metadata["ref"], metadata.get("about", ""), values)
    done = await FORMS[name].take(sent)
    return done if isinstance(done, Reply) else Reply()


async def _policies(lobby: Lobby) -> dict[str, str]:
    """Those that people have saved, by id: the steps of the handbook need not be chosen."""
    saved = [one.policy for one in await all_policies(lobby.house) if one.version]
    return {one.id: f"{one.name} ({one.id})" for one in saved[:OPTIONS_LIMIT]}


def _report(blocks: list[JSON], metadata: str) -> JSON:
    return modals.modal(REPORT, "Report", "Report", metadata, blocks)


async def _show(lobby: Lobby, trigger: str, view: JSON) -> None:
    await lobby.slack.do(lambda web: web.views_open(trigger_id=trigger, view=view))


def _next_in(sent: Sent) -> timedelta | None:
    if not sent["next_in"]:
        return None
    found = span(sent["next_in"])
    if found is None:
        raise Invalid(f"{sent['next_in']!r} is no span of time: write one such as 20m", field="next_in")
    return found


async def _next(sent: Sent) -> object:
    return await incidents.state_next_steps(sent.house, sent.actor, sent.ref, sent["text"], _next_in(sent))


async def _update(sent: Sent) -> object:
    return await incidents.post_update(
        sent.house,
        sent.actor,
        sent.ref,
        sent["text"],
        _next_in(sent),
        severity=sent["severity"],
        public=sent["public"] == "same",
    )


async def _resolve(sent: Sent) -> object:
    rolled_back = {"yes": True, "no": False}.get(sent["rolled_back"])
    return await incidents.resolve(
        sent.house,
        sent.actor,
        sent.ref,
        sent["how"],
        sent["evidence"],
        public=sent["public"],
        rolled_back=rolled_back,
        follow_ups=sent["follow_ups"],
    )


async def _dismiss(sent: Sent) -> object:
    return await incidents.dismiss(
        sent.house, sent.actor, sent.ref, sent["reason"], sent["verified"], public=sent["public"]
    )


async def _severity(sent: Sent) -> object:
    return await incidents.change_severity(sent.house, sent.actor, sent.ref, sent["severity"], sent["reason"])


async def _public(sent: Sent) -> object:
    return await incidents.approve_public_words(
        sent.house, sent.actor, sent.ref, title=sent["title"], body=sent["body"], post=sent["post"]
    )


async def _log(sent: Sent) -> object:
    return await incidents.write_ops_log(
        sent.house,
        sent.actor,
        sent.ref,
        impact=sent["impact"],
        detection=sent["detection"],
        cause=sent["cause"],
        resolution=sent["resolution"],
        links=tuple(sent["links"].split()),
    )


async def _rolled_back(sent: Sent) -> object:
    return await incidents.answer_rollback(sent.house, sent.actor, sent.ref, True, sent["text"])


async def _not_rolled_back(sent: Sent) -> object:
    return await incidents.answer_rollback(sent.house, sent.actor, sent.ref, False, sent["text"])


async def _send(sent: Sent) -> object:
    return await incidents.approve_action(sent.house, sent.actor, sent.ref, sent.about, sent["text"])


def _sent_words(view: View, about: str, known: Company) -> list[JSON]:
    return modals.sent_words(view, known.places, about)


async def _snooze(sent: Sent) -> object:
    return await incidents.snooze(sent.house, sent.actor, sent.ref, sent.about, sent["reason"])


FORMS: Mapping[str, Form] = {
    "next": Form("next steps", "State", modals.next_steps, _next),
    "update": Form("update", "Post", modals.update, _update),
    "resolve": Form("resolve", "Resolve", modals.resolve, _resolve),
    "dismiss": Form("no incident", "Dismiss", modals.dismiss, _dismiss),
    "severity": Form("severity", "Change", modals.severity, _severity),
    "edit_public": Form("public words", "Approve both", modals.public_words, _public),
    "log": Form("ops log", "Write", modals.ops_log, _log),
    "rolled_back": Form("rolled back", "Answer", modals.rolled_back, _rolled_back),
    "not_rolled_back": Form("rolled back?", "Answer", modals.not_rolled_back, _not_rolled_back),
    "edit_action": Form("answer", "Send it", None, _send, _sent_words),
    "snooze": Form("a while", "Ask for it", None, _snooze, modals.snooze),
    **FORMS_OF_ASKING,
    **FORMS_OF_LEARNING,
    **FORMS_OF_PROCEDURES,
}
"""Each form by its callback id, which is also the act of the button that opens it."""
