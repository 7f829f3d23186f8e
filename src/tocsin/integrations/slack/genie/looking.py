"""What is only looked at: the open incidents, one of them, teams, schedules, and where what Opsgenie switches is set here."""

from __future__ import annotations

import re
from typing import Final

from tocsin.acts import looks
from tocsin.acts.policies import KeptPolicy, all_policies
from tocsin.core.escalation.step_words import condition_words, when_words
from tocsin.core.handbook import Step
from tocsin.core.spans import span_text
from tocsin.core.work import OWN_CHANNEL
from tocsin.integrations.slack import answers
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import escaped, link
from tocsin.integrations.slack.genie.deeds import only
from tocsin.integrations.slack.genie.grammar import ids
from tocsin.integrations.slack.lobby import Reply

LISTS: Final = ("", "teams", "schedules", "integrations", "policies")
SETTING: Final = re.compile(r"(policy|integration)\s+(.+)", re.IGNORECASE | re.DOTALL)
DOES: Final = {
    "thread": "an incident's thread",
    "issue": "public issues",
    "post": "public posts",
    "doc": "the ops log's document",
    "page": "pages by {}",
    "answer": "answers to reporters by {}",
    "pager": "{} as the pager of a team",
    "pager-for-all": "{} as the pager of every team that does not say which it keeps",
}
"""What the links can do, in words; the part after the colon is the service."""


def what(rest: str) -> str | None:
    return rest.lower() if rest.lower() in LISTS else None


def one(rest: str) -> str | None:
    """One id; "" where none is given, None where it is none, or several."""
    found = ids(rest)
    return None if found is None or len(found) > 1 else "".join(found)


def setting(rest: str) -> tuple[str, str] | None:
    match = SETTING.fullmatch(rest.strip())
    return (match[1].lower(), match[2]) if match else None


async def get(ask: Ask, ref: str) -> Reply:
    [ref] = [ref] if ref else await only(ask, "get", lambda incident: True)
    return await answers.status(ask.house, ref, ask.actor.person)


async def listed(ask: Ask, which: str) -> Reply:
    match which:
        case "teams":
            return await _teams(ask)
        case "schedules":
            return await answers.on_call(ask.house)
        case "integrations":
            return Reply(f"{_integrations(ask)}\n{_where(ask, 'integration')}")
        case "policies":
            saved = "\n".join(_saved(one, ask) for one in await all_policies(ask.house) if one.version)
            return Reply("\n".join(one for one in (_policies(ask), saved, _where(ask, "policy")) if one))
        case _:
            return await answers.listed(ask.house, ask.actor.person)


async def elsewhere(ask: Ask, said: tuple[str, str]) -> Reply:
    """Nothing is switched by a word in chat: what pages people is the handbook, and what can be reached are the settings (ADR 0010)."""
    kind, name = said
    return Reply(f"Nothing was changed: “{escaped(name)}” can't be switched from here. {_where(ask, kind)}")


async def _teams(ask: Ask) -> Reply:
    roster = await looks.roster(ask.house)
    lines = [
        f"*{escaped(name)}*: {escaped(', '.join(map(roster.name, members))) or '*nobody*'}"
        for name, members in roster.teams.items()
    ]
    return Reply("\n".join(lines) or "There is no team yet.")


def _policies(ask: Ask) -> str:
    """The steps of each kind's own; kinds that share theirs stand together."""
    handbook = ask.house.handbook
    kinds: dict[tuple[Step, ...], list[str]] = {}
    for kind in handbook.kinds:
        kinds.setdefault(handbook.policy_of(kind.id), []).append(kind.id)
    lines = []
    for policy, names in kinds.items():
        lines.append(f"*The escalation of {escaped(', '.join(names))}*")
        lines += [
            f"{n}. {escaped(', '.join(step.to))}; after {span_text(step.wait)} without an acknowledgement the next step"
            for n, step in enumerate(policy, 1)
        ]
    return "\n".join(lines)


def _saved(one: KeptPolicy, ask: Ask) -> str:
    """A policy for alerts that somebody has saved."""
    page = link(ask.house.places.policy(one.id), one.policy.name)
    lines = [f"*Alerts by {page}* (`{one.id}`, {escaped(one.policy.team) or 'no team'})"]
    for n, step in enumerate(one.policy.steps, 1):
        to = escaped(", ".join(target.written for target in step.to))
        lines.append(f"{n}. {to}; {'; '.join([when_words(step, n), *condition_words(step)])}")
    return "\n".join(lines)


def _integrations(ask: Ask) -> str:
    found = []
    for ability in sorted(ask.house.abilities):
        what, _, via = ability.partition(":")
        if ability == OWN_CHANNEL:
            found.append("a channel for each incident")
        elif what in DOES:
            found.append(DOES[what].format(escaped(via)))
    return "*Tocsin reaches*\n" + ("\n".join(f"• {one}" for one in found) or "nothing yet")


def _where(ask: Ask, kind: str) -> str:
    base = ask.house.places.base
    if kind == "policy":
        page = link(f"{base}/handbook", "the handbook")
        alerts = link(ask.house.places.policies, "a page of their own")
        return (
            f"Tocsin's policies stand in {page}: an admin changes them with a new version of it (`tocsin handbook`). Those that alerts "
            f"name have {alerts}."
        )
    return "Tocsin's integrations are its settings (`TOCSIN_…`, see docs/reference/settings.md): whoever runs it changes them."
