"""Plans who is to be in the teams, and which pager each keeps, as the documents say it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tocsin.acts.configuration.documents import KEEPS, MEMBERS
from tocsin.acts.configuration.draft import DELETE, LEFT, TEAM_, Draft, Step, step_of
from tocsin.acts.oncall.writing import known_people
from tocsin.acts.people import team_name
from tocsin.core.oncall.differences import said
from tocsin.core.pagers import chosen_pager
from tocsin.errors import Invalid, TocsinError
from tocsin.store.people import Directory


@dataclass(frozen=True, slots=True)
class _Team:
    members: tuple[str, ...] = ()
    pager: str = ""


def plan_teams(draft: Draft, docs: Mapping[str, Any] | None, prune: bool, abilities: Collection[str]) -> None:
    before = {name: _team_of(draft.known, name) for name in draft.known.teams}
    teams = {
        name: replace(one, members=tuple(who for who in one.members if who in draft.after.people))
        for name, one in before.items()
    }
    for name, doc in (docs or {}).items():
        try:
            teams[name] = _planned(draft.after, name, before.get(name, _Team()), doc, abilities)
        except TocsinError as why:
            draft.wrong(TEAM_, name, why)
    for name in draft.known.teams:
        if docs is not None and name not in docs:
            draft.steps.append(Step(TEAM_, name, DELETE if prune else LEFT))
            if prune:
                del teams[name]
    for name, one in teams.items():
        old = before.get(name)
        if name in (docs or {}) or old != one:
            if name not in (docs or {}):
                draft.steps = [step for step in draft.steps if (step.kind, step.id) != (TEAM_, name)]
            draft.steps.append(step_of(TEAM_, name, old, one, _words(old or _Team(), one)))
    members = {name: one.members for name, one in teams.items()}
    pagers = {name: one.pager for name, one in teams.items() if one.pager}
    draft.after = replace(draft.after, teams=members, pagers=pagers)


def _team_of(known: Directory, name: str) -> _Team:
    return _Team(known.teams[name], known.pagers.get(name, ""))


def _planned(after: Directory, name: str, old: _Team, doc: Any, abilities: Collection[str]) -> _Team:
    """A list is the members; a table may leave out what stays as it is."""
    if team_name(name) != name:
        raise Invalid(f"write the name without spaces around it: {name.strip()}")
    fields = doc if isinstance(doc, Mapping) else {MEMBERS: doc}
    strange = [str(one) for one in fields if one not in (MEMBERS, KEEPS)]
    if strange:
        raise Invalid(f"unknown {', '.join(strange)}; there are {MEMBERS}, {KEEPS}", field=strange[0])
    pager = old.pager
    if fields.get(KEEPS, pager) != pager:
        pager = chosen_pager(str(fields[KEEPS] or ""), abilities)
    handles = fields.get(MEMBERS)
    members = tuple(one for one in old.members if one in after.people)
    return _Team(members if handles is None else known_people(after, handles, "members"), pager)


def _words(old: _Team, new: _Team) -> tuple[str, ...]:
    comes = [one for one in new.members if one not in old.members]
    goes = [one for one in old.members if one not in new.members]
    words = [f"{said(people)} {verb}" for people, verb in ((comes, "in"), (goes, "out")) if people]
    if not words and old.members != new.members:
        words = [f"{said(old.members)} are now {said(new.members)}"]
    if old.pager != new.pager:
        words.append(f"pager: {said(old.pager)} is now {said(new.pager)}")
    return tuple(words)
