"""`/tocsin procedure …`: planned, approved, run and stopped by words, as by the buttons."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from tocsin.acts import looks
from tocsin.acts.procedures import deeds, views
from tocsin.core.incident import Incident
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.words import VERDICTS, state_of, title_of
from tocsin.errors import Invalid
from tocsin.integrations.slack.asking import Ask, which
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.deeds import UNLEARNED, show_form
from tocsin.integrations.slack.grammar import because, first_word, leading_id
from tocsin.integrations.slack.lobby import Reply

USAGE: Final = 'procedure [INC] plan roll-back TARGET [to=COMMIT] [NAME="SOME WORDS"] because REASON`, or `procedure [INC] approve|run|stop|go-on|withdraw|status P1 [because REASON]'
TAKES: Final = re.compile(
    r"(INC-\d+)?\s*((plan|approve|run|stop|go-on|withdraw|status)\b.*)?", re.IGNORECASE | re.DOTALL
)
PARTS: Final = re.compile(r'(?:[^\s"“”]|["“”][^"“”]*(?:["“”]|$))+')
"""Words, of which `name="some words"` is one; Slack's people often get curly quotes."""
QUOTES: Final = re.compile('["“”]')


async def procedure(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    deed, words = first_word(rest)
    if deed == "plan":
        return await _plan(ask, ref, words)
    if deed in ("", "status"):
        return await _status(ask, ref, leading_id(words, "P")[0])
    run, words = leading_id(words, "P")
    if deed not in DEEDS or not run:
        raise Invalid(f"Write `/tocsin {USAGE}`", field="run")
    incident = await DEEDS[deed](ask, ref, run, because(words)[1])
    found = incident.run(run)
    return Reply(_line(ask, incident, found)) if found else Reply(f"{run} of {incident.ref}")


async def _plan(ask: Ask, ref: str, words: str) -> Reply:
    if not words and ask.trigger:
        return await show_form(ask, "plan_procedure", ref)
    what, reason = because(words)
    parts = PARTS.findall(what)
    if len(parts) < 2 or not reason:
        raise Invalid(f"Write `/tocsin {USAGE}`", field="procedure")
    given = dict(_given(one) for one in parts[2:])
    incident, run = await deeds.plan(
        ask.house, ask.actor, ref, parts[0], parts[1], reason=reason, inputs=given
    )
    return Reply(_line(ask, incident, run))


def _given(text: str) -> tuple[str, str]:
    name, is_there, value = QUOTES.sub("", text).partition("=")
    if not is_there:
        raise Invalid(f"{text!r} names nothing: write NAME=VALUE, such as to=1a2b3c4", field="inputs")
    return name, value


async def _status(ask: Ask, ref: str, id: str) -> Reply:
    if id:
        view, run = await views.run(ask.house, ask.actor.person, ref, id)
        return Reply("\n".join([_line(ask, view.incident, run), *_steps(run)]))
    incident = (await looks.case(ask.house, ref, ask.actor.person)).incident
    lines = [_line(ask, incident, run) for run in incident.runs]
    return Reply("\n".join(lines) or f"{ref} has no run of a procedure yet: `/tocsin {USAGE}`")


def _line(ask: Ask, incident: Incident, run: Run) -> str:
    verdict = f" ({VERDICTS.get(run.plan.verdict, run.plan.verdict)})" if run.plan else ""
    place = ask.house.places.run(incident.ref, run.id)
    return f"*{run.id}* {escaped(title_of(run))}: {state_of(run)}{verdict} {place}"


def _steps(run: Run) -> list[str]:
    refused = [f"Refused: {escaped(one)}" for one in run.plan.refusals] if run.plan else []
    warned = [f"Mind: {escaped(one)}" for one in run.plan.warnings] if run.plan else []
    return [
        *refused,
        *warned,
        *(f"{n}. {escaped(one.step.title)}: {one.state}" for n, one in enumerate(run.steps, 1)),
    ]


async def _approve(ask: Ask, ref: str, run: str, reason: str) -> Incident:
    return await deeds.approve(ask.house, ask.actor, ref, run, override=reason)


async def _run(ask: Ask, ref: str, run: str, reason: str) -> Incident:
    return await deeds.start(ask.house, ask.actor, ref, run)


async def _stop(ask: Ask, ref: str, run: str, reason: str) -> Incident:
    return await deeds.stop(ask.house, ask.actor, ref, run, reason)


async def _go_on(ask: Ask, ref: str, run: str, reason: str) -> Incident:
    return await deeds.go_on(ask.house, ask.actor, ref, run, reason)


async def _withdraw(ask: Ask, ref: str, run: str, reason: str) -> Incident:
    return await deeds.withdraw(ask.house, ask.actor, ref, run, reason)


DEEDS: Final[dict[str, Callable[[Ask, str, str, str], Awaitable[Incident]]]] = {
    "approve": _approve,
    "run": _run,
    "stop": _stop,
    "go-on": _go_on,
    "withdraw": _withdraw,
}
