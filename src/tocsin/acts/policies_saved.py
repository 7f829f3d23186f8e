"""Escalation policies are made, edited and deleted here: each as a whole, with all that refer to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_be_somebody, must_keep
from tocsin.acts.oncall.writing import Desk, must_expect_of, trying, writing
from tocsin.acts.policies import DEFAULT, Shown, names_in, plain, policies_in, shown, with_places
from tocsin.acts.policy_places import must_be_told
from tocsin.acts.policy_uses import out_of_policies
from tocsin.acts.policy_uses import store_policy as store_policy
from tocsin.acts.roster import directory
from tocsin.core.escalation.named import Use, uses_of
from tocsin.core.escalation.policy import POLICY, Policy
from tocsin.core.escalation.stamping import stamped
from tocsin.core.escalation.written import Known, policy_of, written_policy
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.store import policies as rows
from tocsin.store.policies import KeptPolicy

MOST = 5000
"""Policies."""


@dataclass(frozen=True, slots=True)
class SavedPolicy:
    """A policy as it is after an edit (or would be, in a preview), and what it would do now."""

    shown: Shown
    is_new: bool
    is_changed: bool


async def save_policy(
    house: House, by: By, doc: Mapping[str, Any], *, expected: int | None = None, preview: bool = False
) -> SavedPolicy:
    """Make the policy that `doc` writes, or edit the one of its id. Alerts that have begun keep what they were stamped with.

    `expected` is the version that was edited, needed where there is one: Conflict, saying who changed it, where it has moved on. Invalid,
    by name, where it can't be, or where another policy that refers to it could not be any more.
    """
    async with (trying if preview else writing)(house, by) as desk:
        there = policies_in(house, desk.known)
        id = str(doc.get("id", ""))
        new = read_policy(doc, names_in(house, desk.known))
        must_be_told(house, new.targets)
        old = desk.known.policies.get(id)
        await _may_save(desk, old, new, expected)
        those = {**plain(there), id: new}
        must_hold(id, those)
        is_changed = old is None or written_policy(old.policy) != written_policy(new)
        kept = old
        if kept is None or is_changed:
            kept = KeptPolicy(new, old.version if old else 0, by.name, desk.now)
            if not preview:
                kept = await store_policy(desk, kept)
        found = await shown(house, desk.conn, kept, those, desk.now)
    return SavedPolicy(await with_places(house, found, those), old is None, is_changed)


async def delete_policy(house: House, by: By, id: str, *, expected: int | None, force: bool = False) -> None:
    """Delete a policy; alerts that have begun go on by it. Conflict, naming them, while others refer to it, unless it is taken out of them."""
    async with writing(house, by) as desk:
        old = desk.known.policies.get(id)
        if old is None:
            there = ", ".join(desk.known.policies) or "none that anybody has saved"
            raise NotFound(f"There is no policy {id} to delete; there are: {there}", field="policy")
        must_be_somebody(by)
        must_keep(by, desk.known, old.policy.team, f"the policy {id}")
        await must_expect_of(desk, "policy", id, old.version, expected)
        if any(one.policy == id for one in house.handbook.named):
            raise Conflict(
                f"The policy {id} can't go: the handbook names it for incidents; take that [[escalation]] out first",
                field="policy",
            )
        if id != DEFAULT:  # Those that refer to it mean the handbook's from now on.
            await out_of_policies(desk, POLICY, id, force=force, preview=False)
        await end_policy(desk, old)


async def users_of(house: House, id: str) -> tuple[Use, ...]:
    """Which saved policies refer to that one; of the default, none that would miss it."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
    return uses_of((one.policy for one in known.policies.values()), POLICY, id) if id != DEFAULT else ()


def read_policy(doc: Mapping[str, Any], names: Known) -> Policy:
    """The policy that `doc` writes; it may name itself, so that the circle is what is told."""
    id = str(doc.get("id", ""))
    return policy_of(
        doc, Known(names.people, names.teams, names.schedules, (names.policies or frozenset()) | {id})
    )


def must_hold(id: str, those: Mapping[str, Policy]) -> None:
    """Invalid where that policy can't be among those, or one that refers to it could not be any more."""
    stamped(those[id], those)
    for user in _users(id, those):
        try:
            stamped(those[user], those)
        except Invalid as why:
            raise Invalid(
                f"{user} refers to {id}, and could not be any more: {why.message}", field=why.field
            ) from why


def refers_to(policy: Policy, id: str) -> bool:
    return any(target.kind == POLICY and target.name == id for step in policy.steps for target in step.to)


async def end_policy(desk: Desk, old: KeptPolicy) -> None:
    await rows.end(desk.conn, old.id, desk.by.name, desk.now)
    words = f"deleted the policy {old.id}"
    await desk.log("policy deleted", words, subject=old.id, before=old.version, after=old.version + 1)


async def _may_save(desk: Desk, old: KeptPolicy | None, new: Policy, expected: int | None) -> None:
    must_be_somebody(desk.by)
    if old is not None:
        await must_expect_of(desk, "policy", new.id, old.version, expected)
        must_keep(desk.by, desk.known, old.policy.team, f"the policy {new.id}")
    elif expected:
        raise Conflict(
            f"There is no policy {new.id} any more, of which you saw version {expected}",
            field="expected_version",
        )
    elif len(desk.known.policies) >= MOST:
        raise Conflict(f"There are {MOST:,} policies already: delete some first")
    must_keep(desk.by, desk.known, new.team, f"a policy of {new.team or 'no team'}")


def _users(id: str, those: Mapping[str, Policy]) -> Iterator[str]:
    """The policies that refer to it, be it through others."""
    reached, found = {id}, [id]
    while found:
        of = found.pop()
        for user, policy in those.items():
            if user not in reached and refers_to(policy, of):
                reached.add(user)
                found.append(user)
                yield user
