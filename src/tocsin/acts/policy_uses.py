"""What policies name does not go unnoticed: one rule for people, schedules and policies, through whichever door they are deleted."""

from __future__ import annotations

from dataclasses import replace

from tocsin.acts.oncall.by import must_keep
from tocsin.acts.oncall.writing import Desk
from tocsin.core.escalation.named import Use, uses_of, without
from tocsin.core.escalation.policy import Policy
from tocsin.errors import Conflict
from tocsin.store import policies as rows
from tocsin.store.policies import KeptPolicy


async def out_of_policies(desk: Desk, kind: str, name: str, *, force: bool, preview: bool) -> tuple[Use, ...]:
    """Take what is about to go out of the policies that name it; which those are.

    Conflict, with all of them, without `force`; and where one would reach nobody then, or is not theirs to change. With `preview` nothing
    is changed or refused.
    """
    uses = uses_of((one.policy for one in desk.known.policies.values()), kind, name)
    if preview or not uses:
        return uses
    if not force:
        verb = "name it" if len(uses) > 1 else "names it"
        raise Conflict(
            f"The {kind} {name} can't go: {', '.join(map(str, uses))} {verb}. Change that first, or say that it is taken out of there"
            " (force)",
            field="force",
        )
    for use in uses:
        await _take_out(desk, desk.known.policies[use.policy], kind, name)
    return uses


async def store_policy(desk: Desk, kept: KeptPolicy, why: str = "") -> KeptPolicy:
    """Keep it, and remember who did."""
    version = await rows.save(desk.conn, kept.policy, desk.by.name, desk.now)
    verb = "changed" if kept.version else "made"
    words = f"{verb} the policy {kept.id}{why}"
    await desk.log("policy saved", words, subject=kept.id, before=kept.version, after=version)
    return KeptPolicy(kept.policy, version, desk.by.name, desk.now)


async def _take_out(desk: Desk, old: KeptPolicy, kind: str, name: str) -> None:
    must_keep(desk.by, desk.known, old.policy.team, f"the policy {old.id}, which names {kind}:{name}")
    new: Policy | None = without(old.policy, kind, name)
    if new is None:
        raise Conflict(
            f"The policy {old.id} would reach nobody without {kind}:{name}: name others in it, or delete it first",
            field="force",
        )
    await store_policy(desk, replace(old, policy=new), f": {kind}:{name} is taken out of it")
