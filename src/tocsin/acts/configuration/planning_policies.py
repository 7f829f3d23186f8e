"""Plans which escalation policies there are to be, as the documents say it: each with people, teams and schedules as they will be."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.acts.configuration.documents import Doc
from tocsin.acts.configuration.draft import DELETE, LEFT, POLICY, Draft, Step, step_of
from tocsin.acts.oncall.writing import Desk
from tocsin.acts.policies import DEFAULT, by_handbook
from tocsin.acts.policies_saved import must_hold
from tocsin.core.escalation import policy as p
from tocsin.core.escalation.differences import policy_differences
from tocsin.core.escalation.named import uses_of
from tocsin.core.escalation.policy import Policy
from tocsin.core.escalation.written import Known, policy_of
from tocsin.errors import Invalid, TocsinError


def plan_policies(desk: Desk, draft: Draft, docs: Mapping[str, Doc] | None, prune: bool) -> None:
    """Each document is a policy as a whole. What refers to one that goes is wrong, unless it goes too."""
    there = {id: one.policy for id, one in desk.known.policies.items()}
    goes = {id for id in there if docs is not None and prune and id not in docs}
    after = {id: one for id, one in there.items() if id not in goes}
    names = _names(draft, {DEFAULT, *after, *(docs or {})})
    for id, doc in (docs or {}).items():
        try:
            after[id] = policy_of({**doc, "id": id}, names)
        except TocsinError as why:
            draft.wrong(POLICY, id, why)
            after.pop(id, None)
    for id in docs or {}:
        if id in after:
            _note(draft, id, there.get(id), after[id])
    for id in there if docs is not None else ():
        if id not in (docs or {}):
            draft.steps.append(Step(POLICY, id, DELETE if id in goes else LEFT))
    draft.policies = {
        step.id: (desk.known.policies.get(step.id), after.get(step.id))
        for step in draft.steps
        if step.kind == POLICY and step.is_change
    }
    if not draft.problems:
        _all_hold(draft, after, goes, by_handbook(desk.house.handbook))


def _all_hold(draft: Draft, after: Mapping[str, Policy], goes: set[str], usual: Policy) -> None:
    """No policy names what goes, or refers to itself over others."""
    gone = [(p.POLICY, id) for id in sorted(goes - {DEFAULT})]
    gone += [(kind, id) for kind in (p.PERSON, p.TEAM, p.SCHEDULE) for id in draft.gone(kind)]
    for kind, id in gone:
        uses = uses_of(after.values(), kind, id)
        if uses:
            verb = "names" if len(uses) == 1 else "name"
            draft.wrong(kind, id, Invalid(f"can't go: {', '.join(map(str, uses))} {verb} it"))
    for id in () if draft.problems else draft.policies:
        try:
            must_hold(id, {DEFAULT: usual, **after}) if id in after else None
        except Invalid as why:
            draft.wrong(POLICY, id, why)


def _names(draft: Draft, policies: set[str]) -> Known:
    """What names mean once all of it is done."""
    live = {one.id for one in draft.known.schedules} - set(draft.gone("schedule"))
    made = {id for id, (_, new) in draft.moved.items() if new.ended_at is None}
    people, teams = frozenset(draft.after.people), frozenset(draft.after.teams)
    return Known(people, teams, frozenset(live | made), frozenset(policies))


def _note(draft: Draft, id: str, old: Policy | None, new: Policy) -> None:
    count = f"{len(new.steps)} step{'s' if len(new.steps) != 1 else ''}"
    words = policy_differences(old, new) if old else [count]
    draft.steps.append(step_of(POLICY, id, old, new, tuple(words)))
